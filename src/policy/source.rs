//! Location of the policy in force. On a server it never comes from the pushed objects.

use std::path::{Path, PathBuf};

use super::file::PolicyFile;
use super::{Policy, Trust, repository};
use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::platform;

/// Key of git config that names the policy file of a server.
const KEY: &str = "gate.policy";

/// Name of the policy file of a server.
pub(crate) const SERVER_FILE: &str = "git-gate.yml";

/// Returns the policy of a server.
///
/// This is the file that git config `gate.policy` names, else `git-gate.yml` in the git directory, else
/// `/etc/git-gate.yml`, else the defaults. What the default branch decides is added by [`Policy::tightened`], which asks
/// git: not before the deadline that the policy sets is known.
///
/// # Errors
/// Fails when the named file is missing, or when a file cannot be read, is not valid, or can be changed by a
/// user other than root and the owner of the repository.
pub(crate) fn on_server(repo: &Repo) -> Result<Policy> {
    let path = match repo.configured_path(KEY)? {
        Some(path) => Some(path),
        None => first_of(&places(repo)),
    };
    let policy = path.map_or_else(
        || Ok(Policy::default()),
        |path| Policy::read_trusted(&path, repo, Trust::in_owner_of(repo)?),
    )?;
    Ok(policy.for_server(None))
}

/// Returns the policy in a file that a user names, for the place that the repository is.
///
/// # Errors
/// As [`Policy::read`]; fails also when the default branch of a bare repository cannot be read.
pub(crate) fn in_file(path: &Path, repo: &Repo) -> Result<Policy> {
    let policy = Policy::read(path, repo)?;
    Ok(match repo.work_tree() {
        Some(_) => policy,
        None => {
            let accepted = policy.accepted_comments(repo)?;
            policy.for_server(accepted)
        }
    })
}

/// Returns the tree of the default branch before the push; `None` if there is no such branch.
pub(super) fn accepted_tree(repo: &Repo) -> Result<Option<Oid>> {
    let commit = repo.default_commit()?;
    commit.map(|commit| Ok(repo.store().commit(commit)?.tree)).transpose()
}

/// Returns the policy of a clone: `.git-gate.yml` at the top of the work tree, else the defaults.
///
/// # Errors
/// Fails when the file exists and cannot be read, or is not valid.
fn in_clone(repo: &Repo, work_tree: &Path) -> Result<Policy> {
    first_of(&places(repo))
        .map_or_else(|| Ok(Policy::default()), |path| Policy::read_in_work_tree(&path, repo, work_tree))
}

/// Returns the files in which the policy of a repository is looked for, unless git config `gate.policy` of a server
/// names one.
pub(crate) fn places(repo: &Repo) -> Vec<PathBuf> {
    match repo.work_tree() {
        Some(work_tree) => vec![work_tree.join(repository::PATH)],
        None => {
            let directories =
                [Some(repo.common_dir()), platform::SETTINGS.map(Path::new)].into_iter().flatten();
            directories.map(|directory| directory.join(SERVER_FILE)).collect()
        }
    }
}

/// Returns the first path that exists.
///
/// A path that cannot be inspected counts as existing, so that reading it is an error.
fn first_of(paths: &[PathBuf]) -> Option<PathBuf> {
    let exists = |path: &&PathBuf| match path.symlink_metadata() {
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        Ok(_) => true,
    };
    paths.iter().find(exists).cloned()
}

/// Returns the policy of a repository: that of a clone if there is a work tree, else that of a server.
///
/// # Errors
/// As [`in_clone`] and [`on_server`].
pub(crate) fn in_force(repo: &Repo) -> Result<Policy> {
    match repo.work_tree() {
        Some(work_tree) => in_clone(repo, work_tree),
        None => on_server(repo)?.tightened(repo),
    }
}

/// Returns the policy file on the default branch before the push, or its fault; `None` if there is none.
pub(super) fn accepted(repo: &Repo) -> Result<Option<std::result::Result<PolicyFile, String>>> {
    let Some(tree) = accepted_tree(repo)? else { return Ok(None) };
    let Some(file) = repo.store().find_file(tree, repository::PATH.as_bytes())? else { return Ok(None) };
    repo.store().parsed_up_to(file, repository::MAX_SIZE, repository::parse).map(Some)
}
