//! Where the policy in force comes from. On a server it is never anything that was pushed.

use std::path::{Path, PathBuf};

use super::Policy;
use crate::error::Result;

/// The policy of a server: the file that git config `gate.policy` names, else `git-gate.yml` in the git directory, else
/// `/etc/git-gate.yml`, else the defaults.
///
/// # Errors
/// Fails when the named file is missing, or any file cannot be read or is not valid.
pub fn on_server(configured: Option<PathBuf>, git_dir: &Path) -> Result<Policy> {
    if let Some(path) = configured {
        return Policy::read(&path);
    }
    first_of(&[git_dir.join("git-gate.yml"), PathBuf::from("/etc/git-gate.yml")])
}

/// The policy of a clone: `.git-gate.yml` at the top of the work tree, else the defaults.
///
/// # Errors
/// Fails when the file is there and cannot be read or is not valid.
pub fn in_clone(work_tree: &Path) -> Result<Policy> {
    first_of(&[work_tree.join(".git-gate.yml")])
}

/// Reads the first file that exists. A file that is there but cannot be looked at is an error, never "not there".
fn first_of(paths: &[PathBuf]) -> Result<Policy> {
    for path in paths {
        match path.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            _ => return Policy::read(path),
        }
    }
    Ok(Policy::default())
}
