//! Where the policy in force comes from. On a server it is never anything that was pushed.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::{Policy, Trust};
use crate::error::{Error, Result};
use crate::git::{Git, Repo};

/// The policy of a server: the file that git config `gate.policy` names, else `git-gate.yml` in the git directory, else
/// `/etc/git-gate.yml`, else the defaults.
///
/// # Errors
/// Fails when the named file is missing, or any file cannot be read, is not valid, or can be changed by others than root
/// and the owner of the repository.
pub fn on_server(repo: &Repo) -> Result<Policy> {
    let path = match configured()? {
        Some(path) => Some(path),
        None => first_of(&[repo.common_dir().join("git-gate.yml"), PathBuf::from("/etc/git-gate.yml")]),
    };
    path.map_or_else(|| Ok(Policy::default()), |path| Policy::read_trusted(&path, Trust::of(repo)?))
}

/// The file that git config `gate.policy` names.
fn configured() -> Result<Option<PathBuf>> {
    let answer = Git::new("config").args(["--type=path", "--get", "gate.policy"]).answer()?;
    match answer.code {
        Some(0) => {
            let value = answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout);
            let path = value
                .to_path()
                .map_err(|error| Error::policy("`gate.policy` is no path").caused_by(error))?;
            Ok(Some(path.to_owned()))
        }
        Some(1) => Ok(None),
        _ => Err(answer.refusal("config")),
    }
}

/// The policy of a clone: `.git-gate.yml` at the top of the work tree, else the defaults.
///
/// # Errors
/// Fails when the file is there and cannot be read or is not valid.
pub fn in_clone(work_tree: &Path) -> Result<Policy> {
    first_of(&[work_tree.join(".git-gate.yml")])
        .map_or_else(|| Ok(Policy::default()), |path| Policy::read(&path))
}

/// The first file that exists. One that is there but cannot be looked at exists: reading it is an error.
fn first_of(paths: &[PathBuf]) -> Option<PathBuf> {
    let exists = |path: &&PathBuf| match path.symlink_metadata() {
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        Ok(_) => true,
    };
    paths.iter().find(exists).cloned()
}

/// The policy of a repository: that of a clone where there is a work tree, else that of a server.
///
/// # Errors
/// As [`in_clone`] and [`on_server`].
pub fn in_force(repo: &Repo) -> Result<Policy> {
    match repo.work_tree() {
        Some(work_tree) => in_clone(work_tree),
        None => on_server(repo),
    }
}
