//! Merge bases in the part of history that has been read. Missing commits are read on the way.

use std::collections::BinaryHeap;

use super::graph::{Graph, NodeId, NodeMap};
use crate::error::Result;
use crate::git::Oid;
use crate::git::object::store::Store;

/// Best common ancestors of two commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum MergeBase {
    /// No common ancestor: the histories are unrelated.
    None,
    /// Exactly one.
    One(NodeId),
    /// Several, or possibly several.
    Several,
}

/// Finds merge bases. Reads the commits that it needs into its graph.
#[derive(Debug, Default)]
pub(in crate::git) struct Ancestry {
    pub(in crate::git) graph: Graph,
    paint: NodeMap<u8>,
    painted: Vec<NodeId>,
    queue: PaintQueue,
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const COMMON: u8 = OURS | THEIRS;
/// Set below a common ancestor: the commit is a common ancestor too, but not a best one.
const STALE: u8 = 4;
const FOUND: u8 = 8;
const QUEUED: u8 = 16;

/// Painted commits that are still to be visited, newest first.
#[derive(Debug, Default)]
struct PaintQueue {
    heap: BinaryHeap<(u64, NodeId)>,
    /// Number of queued commits that are not stale; the walk ends at 0.
    fresh: usize,
}

impl Ancestry {
    pub(in crate::git) fn new(graph: Graph) -> Self {
        Self { graph, ..Self::default() }
    }

    /// Reads a commit, unless it has been read, and returns its number.
    pub(in crate::git) fn read(&mut self, store: &Store, oid: Oid) -> Result<NodeId> {
        let node = self.graph.node(oid);
        self.graph.read(store, node)?;
        Ok(node)
    }

    /// Finds the merge base of two commits with the algorithm of git's `paint_down_to_common`.
    ///
    /// Finds all best common ancestors, regardless of dates. If dates run backwards, other ancestors may be
    /// among them. A single result is therefore the merge base.
    pub(in crate::git) fn base(&mut self, store: &Store, ours: NodeId, theirs: NodeId) -> Result<MergeBase> {
        let found = self.paint_down(store, ours, theirs);
        for node in self.painted.drain(..) {
            *self.paint.get_mut(node) = 0;
        }
        self.queue.heap.clear();
        self.queue.fresh = 0;
        found
    }

    fn paint_down(&mut self, store: &Store, ours: NodeId, theirs: NodeId) -> Result<MergeBase> {
        self.paint(store, ours, OURS)?;
        self.paint(store, theirs, THEIRS)?;
        let mut found = Vec::new();
        while self.queue.fresh > 0
            && let Some((_, node)) = self.queue.heap.pop()
        {
            let paint = self.paint.get_mut(node);
            *paint &= !QUEUED;
            self.queue.fresh -= usize::from(*paint & STALE == 0);
            let mut below = *paint & (COMMON | STALE);
            if below == COMMON {
                if *paint & FOUND == 0 {
                    *paint |= FOUND;
                    found.push(node);
                }
                below |= STALE;
            }
            let mut at = 0;
            while let Some(parent) = self.graph.parents(node).get(at).copied() {
                self.paint(store, parent, below)?;
                at += 1;
            }
        }
        found.retain(|node| self.paint.get(*node) & STALE == 0);
        Ok(match *found.as_slice() {
            [] => MergeBase::None,
            [node] => MergeBase::One(node),
            _ => MergeBase::Several,
        })
    }

    fn paint(&mut self, store: &Store, node: NodeId, paint: u8) -> Result<()> {
        let own = self.paint.get_mut(node);
        let before = *own;
        if before & paint == paint {
            return Ok(());
        }
        *own |= paint | QUEUED;
        let stale = *own & STALE != 0;
        if before & QUEUED == 0 {
            self.graph.read(store, node)?;
            self.queue.heap.push((self.graph.date(node), node));
            self.queue.fresh += usize::from(!stale);
        } else if stale && before & STALE == 0 {
            self.queue.fresh -= 1;
        }
        if before == 0 {
            self.painted.push(node);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::git::object::commit::CommitLinks;
    use crate::git::object::database::Database;

    /// Builds a graph in which the parents of each commit are some of the commits before it.
    fn graph(commits: &[(Vec<usize>, u64)]) -> Graph {
        let oid = |at: usize| Oid::from_bytes(&[&[1; 12][..], &at.to_le_bytes()].concat()).unwrap();
        let mut graph = Graph::default();
        for (at, (parents, date)) in commits.iter().enumerate().rev() {
            let parents = parents.iter().map(|parent| oid(parent % at.max(1))).filter(|_| at > 0).collect();
            graph.add(oid(at), &CommitLinks { tree: oid(at), parents, date: *date });
        }
        graph
    }

    fn ancestors(graph: &Graph, of: NodeId) -> BTreeSet<NodeId> {
        let (mut all, mut stack) = (BTreeSet::new(), vec![of]);
        while let Some(node) = stack.pop() {
            if all.insert(node) {
                stack.extend(graph.parents(node));
            }
        }
        all
    }

    /// Returns the common ancestors that no other common ancestor reaches.
    fn best(graph: &Graph, ours: NodeId, theirs: NodeId) -> Vec<NodeId> {
        let common: BTreeSet<NodeId> = &ancestors(graph, ours) & &ancestors(graph, theirs);
        let below = |node: &NodeId| common.iter().any(|o| o != node && ancestors(graph, *o).contains(node));
        common.iter().copied().filter(|node| !below(node)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn merge_base_is_the_best_common_ancestor(
            parents in proptest::collection::vec(proptest::collection::vec(0_usize..20, 0..3), 1..20),
            dates in proptest::option::of(proptest::collection::vec(0_u64..9, 20)),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let repository = git2::Repository::init_bare(folder.path()).unwrap();
            let store = Store::new(Database::from(repository), folder.path().to_owned());
            // Without other dates, each commit is younger than its parents.
            let date = |at: usize| dates.as_ref().map_or(at as u64, |dates| dates[at]);
            let commits: Vec<_> =
                parents.into_iter().enumerate().map(|(at, parents)| (parents, date(at))).collect();
            let mut ancestry = Ancestry::new(graph(&commits));
            let all: Vec<NodeId> = ancestry.graph.nodes().collect();
            for (ours, theirs) in all.iter().flat_map(|ours| all.iter().map(move |theirs| (*ours, *theirs))) {
                let best = best(&ancestry.graph, ours, theirs);
                match ancestry.base(&store, ours, theirs).unwrap() {
                    MergeBase::None => prop_assert_eq!(best.len(), 0),
                    MergeBase::One(one) => prop_assert_eq!(best, [one]),
                    MergeBase::Several => prop_assert!(best.len() > usize::from(dates.is_none())),
                }
            }
        }
    }
}
