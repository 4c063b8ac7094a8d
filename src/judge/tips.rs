//! Workflows of the ref tips, each compared with the accepted history of its own ref.

use super::Context;
use super::trees::TreeJudge;
use crate::error::Result;
use crate::git::{CommitTree, NewHistory, Older, PackSummary, Tip};
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
    let mut trees = TreeJudge::of_tips(context, summary);
    for Tip { oid, accepted, .. } in &history.tips {
        let commit = repo.store().commit(*oid)?;
        let accepted = accepted.map(|oid| repo.store().commit(oid)).transpose()?;
        let older = Older::of_parents(accepted.iter().map(|commit| commit.tree).collect());
        let judged = CommitTree { commit: *oid, tree: commit.tree, older };
        trees.add_findings(&judged, report)?;
    }
    Ok(())
}
