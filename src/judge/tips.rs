//! Workflows of the ref tips, each compared with the accepted history of its own ref.

use std::collections::BTreeSet;

use super::Context;
use super::trees::TreeJudge;
use crate::error::Result;
use crate::git::{Ancestry, CommitTree, NewHistory, Oid, OidSet, Older, PackSummary, Repo, Tip};
use crate::policy::JudgedCommits;
use crate::report::{Report, UnreadPlace};

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
    let joins = if history.trusts_joins { trees_of_joins(context, history) } else { Ok(BTreeSet::new()) };
    let nowhere = UnreadPlace { commit: None, path: b"" };
    let Some(joins) = report.read(joins, nowhere)? else { return Ok(()) };
    let mut trees = TreeJudge::of_tips(context, summary);
    for tip in &history.tips {
        let place = UnreadPlace { commit: Some(tip.oid), path: b"" };
        let known = known_trees(repo, ancestry, tip);
        let read = known.and_then(|known| Ok((known, repo.store().commit(tip.oid)?.tree)));
        let Some((mut known, tree)) = report.read(read, place)? else { continue };
        known.extend(&joins);
        let judged = CommitTree { commit: tip.oid, tree, older: Older::of_parents(known) };
        let judged = trees.add_findings(&judged, report);
        report.read(judged, place)?;
    }
    Ok(())
}

/// Returns the trees that the new value of a ref is compared with.
fn known_trees(repo: &Repo, ancestry: &mut Ancestry, tip: &Tip) -> Result<Vec<Oid>> {
    Ok(match (tip.replaced, tip.accepted) {
        (None, None) => Vec::new(),
        (Some(old), _) => vec![repo.store().commit(old)?.tree],
        // A new branch may begin at any accepted commit.
        (None, Some(accepted)) => ancestry.trees_known_to(repo.store(), tip.oid, accepted)?,
    })
}

/// Returns the trees of the commits on which the new ones are built, each once.
fn trees_of_joins(Context { repo, .. }: Context<'_>, history: &NewHistory) -> Result<BTreeSet<Oid>> {
    let Some(listed) = history.commits.listed() else { return Ok(BTreeSet::new()) };
    let (mut seen, mut trees) = (OidSet::default(), BTreeSet::new());
    for oid in &listed {
        let commit = repo.store().commit(*oid)?;
        for join in repo.store().parents(&commit)?.iter().filter(|parent| !listed.contains(*parent)) {
            if seen.insert(*join) {
                trees.insert(repo.store().commit(*join)?.tree);
            }
        }
    }
    // A tip that is not new is accepted itself.
    for tip in history.tips.iter().filter(|tip| !listed.contains(&tip.oid)) {
        trees.insert(repo.store().commit(tip.oid)?.tree);
    }
    Ok(trees)
}
