//! Where the policy in force comes from. On a server it is never anything that was pushed.

use std::path::{Path, PathBuf};

use super::{Policy, Trust};
use crate::error::Result;
use crate::git::Repo;

/// The key of git config that names the policy of a server.
pub(crate) const KEY: &str = "gate.policy";

/// The policy of a server: the file that git config `gate.policy` names, else `git-gate.yml` in the git directory, else
/// `/etc/git-gate.yml`, else the defaults.
///
/// # Errors
/// Fails when the named file is missing, or any file cannot be read, is not valid, or can be changed by others than root
/// and the owner of the repository.
pub(crate) fn on_server(repo: &Repo) -> Result<Policy> {
    let path = match repo.configured_path(KEY)? {
        Some(path) => Some(path),
        None => first_of(&[repo.common_dir().join("git-gate.yml"), PathBuf::from("/etc/git-gate.yml")]),
    };
    path.map_or_else(|| Ok(Policy::default()), |path| Policy::read_trusted(&path, repo, Trust::of(repo)?))
}

/// The policy of a clone: `.git-gate.yml` at the top of the work tree, else the defaults.
///
/// # Errors
/// Fails when the file is there and cannot be read or is not valid.
fn in_clone(repo: &Repo, work_tree: &Path) -> Result<Policy> {
    first_of(&[work_tree.join(".git-gate.yml")])
        .map_or_else(|| Ok(Policy::default()), |path| Policy::read(&path, repo))
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
pub(crate) fn in_force(repo: &Repo) -> Result<Policy> {
    match repo.work_tree() {
        Some(work_tree) => in_clone(repo, work_tree),
        None => on_server(repo)?.tightened(repo),
    }
}

/// The name of the accepted policy of a repository, as messages show it.
pub(super) const ACCEPTED: &str = "HEAD:.git-gate.yml";

/// The text of `.git-gate.yml` on the default branch as it is now, before a push; none where there is none.
pub(super) fn accepted(repo: &Repo) -> Result<Option<Vec<u8>>> {
    let values = repo.ref_values(&Vec::from_iter(repo.default_branch()?))?;
    let Some(commit) = values.into_iter().flatten().next() else { return Ok(None) };
    let Some(commit) = repo.commit_behind(commit)? else { return Ok(None) };
    repo.file_at(repo.commit(commit)?.tree, b".git-gate.yml")
}
