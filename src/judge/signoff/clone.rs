//! Facts about the clone of the user who pushes: who that is, and what is checked out.

use std::collections::HashMap;

use bstr::ByteSlice as _;

use crate::env;
use crate::error::Result;
use crate::git::{Git, Oid, Repo, checked_out_commit};
use crate::signoff::Identity;
use crate::signoff::repair::CheckedOut;

/// Maximum number of tips whose branches are looked up.
const MAX_TIPS: usize = 16;

/// Returns whether git-gate judges a push that a server receives, or there is no git that could be asked.
pub(super) fn is_push_received(repo: &Repo) -> bool {
    !repo.has_git() || env::git_variable("GIT_QUARANTINE_PATH").is_some()
}

/// Returns the identity with which the user would sign; `None` outside a clone, and if it is not configured.
///
/// Git would make one up from the names of account and host, which is nobody who could sign.
///
/// # Errors
/// Fails when git cannot be run.
pub(crate) fn user(repo: &Repo) -> Result<Option<Identity>> {
    if repo.is_bare() || is_push_received(repo) {
        return Ok(None);
    }
    let answer = Git::new("var").config("user.useConfigOnly=true").arg("GIT_COMMITTER_IDENT").answer()?;
    Ok(Identity::of_header(answer.stdout.trim_ascii_end()).filter(|_| answer.code == Some(0)))
}

/// Returns what is checked out, and the branches at tips of a push; `None` outside a clone.
///
/// # Errors
/// Fails when git does not answer.
pub(super) fn checked_out(repo: &Repo, tips: &[Oid]) -> Result<Option<CheckedOut>> {
    if repo.is_bare() || is_push_received(repo) {
        return Ok(None);
    }
    let head = checked_out_commit()?;
    let others: Vec<&Oid> = tips.iter().filter(|tip| Some(**tip) != head).take(MAX_TIPS).collect();
    let mut branches = HashMap::new();
    if !others.is_empty() {
        let points_at = others.iter().map(|tip| format!("--points-at={tip}"));
        let git = Git::new("for-each-ref").arg("--format=%(objectname) %(refname)").args(points_at);
        for line in git.arg("refs/heads").output()?.lines() {
            let Some((hex, name)) = line.split_once_str(" refs/heads/") else { continue };
            branches.extend(Oid::from_hex(hex).zip(name.to_str().ok().map(str::to_owned)));
        }
    }
    Ok(Some(CheckedOut { head, branches }))
}
