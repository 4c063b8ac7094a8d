//! Advice for a push: commands that repair its sign-offs.

use super::{autosquash, clone, publication};
use crate::error::Result;
use crate::git::Repo;
use crate::report::Report;
use crate::signoff::repair::{PushFacts, Repair, repair};

/// Adds the commands to the report.
///
/// # Errors
/// Fails when git does not answer, or when a commit cannot be read.
pub(super) fn add(repo: &Repo, mut push: PushFacts, report: &mut Report) -> Result<()> {
    publication::find(repo, &mut push)?;
    autosquash::find(repo, &mut push)?;
    if !push.bad.is_empty() {
        push.checked_out = clone::checked_out(repo, &push.tips())?;
    }
    push.is_empty = is_empty(repo, &push)?;
    let Repair { lines, baseline_lines, repaired } = repair(&push);
    report.advice = lines;
    report.baseline_advice = baseline_lines;
    report.repaired = repaired.into_iter().collect();
    Ok(())
}

/// Returns true if a single commit is to be rewritten, and has the files of its parent, or as a root commit none.
fn is_empty(repo: &Repo, push: &PushFacts) -> Result<bool> {
    let mut own = push.bad.iter().filter(|bad| !push.published.contains(&bad.oid));
    let (Some(bad), None) = (own.next(), own.next()) else { return Ok(false) };
    let commit = repo.store().commit(bad.oid)?;
    match repo.store().parents(&commit)? {
        [] => Ok(repo.store().tree(commit.tree)?.entries().next().is_none()),
        [parent] => Ok(repo.store().commit(*parent)?.tree == commit.tree),
        _ => Ok(false),
    }
}
