//! Workflows of the ref tips, each compared with the accepted history of its own ref.

use super::Context;
use super::files::FileJudge;
use crate::error::Result;
use crate::git::{ChangedFile, Changes, NewHistory, Oid, PackSummary, Tip};
use crate::policy::JudgedCommits;
use crate::report::Report;

/// Judges the workflows of the tips, and adds their findings.
///
/// Does nothing if the policy judges every commit.
///
/// # Errors
/// Fails when an object cannot be read.
pub(super) fn add_findings(
    context: Context<'_>,
    history: &NewHistory,
    summary: Option<&PackSummary>,
    report: &mut Report,
) -> Result<()> {
    let Context { repo, policy } = context;
    if policy.workflows.judge == JudgedCommits::EveryCommit {
        return Ok(());
    }
    let mut files = FileJudge::of_tips(repo, policy);
    let mut changes = Changes::skipping(repo, summary);
    for Tip { oid, accepted } in &history.tips {
        let commit = repo.store().commit(*oid)?;
        let accepted = accepted.map(|oid| repo.store().commit(oid)).transpose()?;
        let before: Vec<Oid> = accepted.iter().map(|commit| commit.tree).collect();
        files.enter_tree(commit.tree, &before);
        let each = &mut |file: ChangedFile| files.add_findings(Some(*oid), &file, report);
        let removed = changes.between(commit.tree, &before, each)?;
        files.finish_tree(&mut changes, &removed, Some(*oid), commit.tree, report)?;
    }
    Ok(())
}
