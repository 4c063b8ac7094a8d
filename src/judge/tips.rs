//! Workflows of the ref tips, each compared with the accepted history of its own ref.

use super::Context;
use super::trees::TreeJudge;
use crate::error::Result;
use crate::git::{Ancestry, CommitTree, NewHistory, Older, PackSummary, Tip};
use crate::policy::JudgedCommits;
use crate::report::Report;

/// Judges the workflows of the tips, and adds their findings.
///
/// The tip of a new branch is compared with the default branch, and with the commits at which it leaves that.
///
/// Does nothing if the policy judges every commit.
///
/// # Errors
/// Fails when an object cannot be read.
pub(super) fn add_findings(
    context: Context<'_>,
    history: &NewHistory,
    ancestry: &mut Ancestry,
    summary: Option<&PackSummary>,
    report: &mut Report,
) -> Result<()> {
    let Context { repo, policy } = context;
    if policy.workflows.judge == JudgedCommits::EveryCommit {
        return Ok(());
    }
    let mut trees = TreeJudge::of_tips(context, summary);
    for Tip { oid, accepted, replaced } in &history.tips {
        let commit = repo.store().commit(*oid)?;
        let older = match (replaced, accepted) {
            (None, None) => Older::default(),
            (Some(old), _) => Older::of_parents(vec![repo.store().commit(*old)?.tree]),
            // A new branch may begin at any accepted commit.
            (None, Some(accepted)) => ancestry.trees_known_to(repo.store(), *oid, *accepted)?,
        };
        let judged = CommitTree { commit: *oid, tree: commit.tree, older };
        trees.add_findings(&judged, report)?;
    }
    Ok(())
}
