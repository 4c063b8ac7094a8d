//! Judges the files of merges, once the whole history is known in which their merge bases are found.

use std::sync::{Mutex, mpsc};

use super::Context;
use super::pool::CommitReports;
use super::prescan::Prescan;
use super::trees::TreeJudge;
use crate::error::Result;
use crate::git::{Ancestry, CommitOrder, CommitTree, NodeId, Oid, Repo, cut_between};
use crate::parallel::{self, lock};
use crate::report::{Report, Unread, UnreadPlace};

/// Minimum number of merges for which worker threads are started.
const FEW: usize = 64;

/// Maximum number of merges whose older trees wait to be compared.
const MAX_WAITING: usize = 1 << 14;

/// A merge whose files are to be judged.
#[derive(Clone, Copy)]
pub(super) struct PendingMerge {
    /// Position among the new commits.
    pub(super) order: CommitOrder,
    /// Number in the graph.
    pub(super) node: NodeId,
}

/// Judges the files of merges and returns the reports on them.
///
/// This thread finds the merge bases, because that needs the whole history; the others compare the trees
/// meanwhile.
///
/// # Errors
/// Fails when an object is missing or cannot be read.
pub(super) fn reports(
    context: Context<'_>,
    prescan: &Prescan,
    ancestry: &mut Ancestry,
    merges: &[PendingMerge],
    own: &mut TreeJudge<'_>,
) -> Result<CommitReports> {
    let mut reports = CommitReports::default();
    let graph = ancestry.graph();
    let merges = merges.iter().filter(|merge| !prescan.has_files_of(graph, merge.node));
    let merges: Vec<PendingMerge> = merges.copied().collect();
    for some in merges.chunks(MAX_WAITING) {
        for result in judge_some(context, prescan, ancestry, some, own)? {
            reports.merge(result?);
        }
    }
    Ok(reports)
}

/// Judges some merges and returns the results of all threads.
fn judge_some(
    context: Context<'_>,
    prescan: &Prescan,
    ancestry: &mut Ancestry,
    merges: &[PendingMerge],
    own: &mut TreeJudge<'_>,
) -> Result<Vec<Result<CommitReports>>> {
    let Context { repo, policy } = context;
    let others = if merges.len() < FEW { Vec::new() } else { repo.reopen_for_workers()? };
    let (send, receive) = mpsc::channel();
    let receive = Mutex::new(receive);
    let work = |repo: Repo| {
        let context = Context { repo: &repo, policy };
        judge_all(&mut TreeJudge::of_commits(context, prescan.summary.as_ref()), &receive)
    };
    let own = || {
        let mut unread = CommitReports::default();
        let sent = merges.iter().try_for_each(|merge| {
            let mut report = Report::default();
            let place = UnreadPlace { commit: Some(ancestry.graph().oid(merge.node)), path: b"" };
            let tree = older_trees(repo, ancestry, merge.node, &mut report);
            match report.read(tree, place)? {
                // The send fails only after all threads have failed; their error is reported, too.
                Some(Some(tree)) => drop(send.send(MergeTree { order: merge.order, tree })),
                Some(None) => unread.add(merge.order, report),
                None => {
                    add_unreadable(repo, own, place, &mut report)?;
                    unread.add(merge.order, report);
                }
            }
            Ok(())
        });
        drop(send);
        let mut reports = sent.and_then(|()| judge_all(own, &receive))?;
        reports.merge(unread);
        Ok(reports)
    };
    Ok(parallel::run(others, own, work))
}

/// Returns a merge with the older trees that it is compared with; `None` if the history is cut off between its
/// parents, where their merge base may be.
fn older_trees(
    repo: &Repo,
    ancestry: &mut Ancestry,
    merge: NodeId,
    report: &mut Report,
) -> Result<Option<CommitTree>> {
    let parents: Vec<Oid> = ancestry.graph().parent_oids(merge).collect();
    let cut = cut_between(repo.store(), &parents)?;
    report.unread.extend(cut.iter().copied().map(Unread::behind_cut));
    if cut.is_empty() { ancestry.merge(repo.store(), merge).map(Some) } else { Ok(None) }
}

/// Notes what cannot be read of the tree of a merge that is not judged.
fn add_unreadable(
    repo: &Repo,
    trees: &mut TreeJudge<'_>,
    place: UnreadPlace<'_>,
    report: &mut Report,
) -> Result<()> {
    let Some(oid) = place.commit else { return Ok(()) };
    match report.read(repo.store().commit(oid), place)? {
        Some(commit) => trees.add_unreadable(oid, commit.tree, report),
        None => Ok(()),
    }
}

/// A merge with the older trees that it is compared with.
struct MergeTree {
    order: CommitOrder,
    tree: CommitTree,
}

/// Judges merges on one thread until none is left.
fn judge_all(trees: &mut TreeJudge<'_>, merges: &Mutex<mpsc::Receiver<MergeTree>>) -> Result<CommitReports> {
    let mut reports = CommitReports::default();
    let next = || lock(merges).recv();
    while let Ok(MergeTree { order, tree }) = next() {
        let mut report = Report::default();
        let judged = trees.add_findings(&tree, &mut report);
        report.read(judged, UnreadPlace { commit: Some(tree.commit), path: b"" })?;
        reports.add(order, report);
    }
    Ok(reports)
}
