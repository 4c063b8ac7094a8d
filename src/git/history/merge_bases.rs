//! Merge bases in the part of history that has been read. Missing commits are read on the way.

use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;

use super::graph::{Graph, NodeId, NodeMap, distinct};
use super::trunk::Trunk;
use crate::error::Result;
use crate::git::object::store::Store;
use crate::git::{CommitTree, OfBase, Oid, Older, ParentPair};

/// Finds merge bases. Reads the commits that it needs into its graph, and remembers what it has found.
#[derive(Debug, Default)]
pub(crate) struct Ancestry {
    pub(in crate::git) graph: Graph,
    found: HashMap<[NodeId; 2], Rc<[NodeId]>>,
    paint: NodeMap<u8>,
    painted: Vec<NodeId>,
    queue: PaintQueue,
    trunk: Option<Trunk>,
}

/// Maximum number of parents of a merge for which the merge bases of all pairs are found.
///
/// Only what every parent has counts as known in a merge of more.
const MAX_PARENTS: usize = 8;

/// Maximum number of merge bases with which a merge is compared; with more, the same holds as for more parents.
const MAX_BASES: usize = 256;

/// Maximum number of common ancestors among which those that others reach are searched for.
const MAX_COMPARED: usize = 8;

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
    /// Creates the ancestry of a history that has been read.
    pub(crate) fn new(graph: Graph) -> Self {
        Self { graph, ..Self::default() }
    }

    /// Reads a commit, unless it has been read, and returns its number.
    pub(in crate::git) fn read(&mut self, store: &Store, oid: Oid) -> Result<NodeId> {
        let node = self.graph.node(oid);
        self.graph.read(store, node)?;
        Ok(node)
    }

    /// Returns the history that has been read.
    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the trees of a merge: its own, those of its parents and those of their merge bases.
    ///
    /// # Errors
    /// Fails when a commit is missing or cannot be read.
    pub(crate) fn merge(&mut self, store: &Store, merge: NodeId) -> Result<CommitTree> {
        self.graph.read(store, merge)?;
        let parents = distinct(self.graph.parents(merge));
        let older = self.trees_of(store, &parents)?;
        Ok(CommitTree { commit: self.graph.oid(merge), tree: self.graph.tree(merge), older })
    }

    /// Returns the trees of a commit that replaces another one: its own, and as older trees those of both and of
    /// their merge bases. `None` if it contains the other one.
    ///
    /// So it is compared as if it were a merge of the two that takes its own side.
    ///
    /// # Errors
    /// Fails when a commit is missing or cannot be read.
    pub(crate) fn replacement(
        &mut self,
        store: &Store,
        new: Oid,
        replaced: Oid,
    ) -> Result<Option<CommitTree>> {
        let (old, node) = (self.read(store, replaced)?, self.read(store, new)?);
        if old == node || *self.bases(store, old, node)? == [old] {
            return Ok(None);
        }
        let older = self.trees_of(store, &[old, node])?;
        Ok(Some(CommitTree { commit: new, tree: self.graph.tree(node), older }))
    }

    /// Returns the trees that are known to a new ref: that of an accepted commit, and those of the merge bases of
    /// the two, where the new history leaves the accepted one.
    ///
    /// # Errors
    /// Fails when a commit is missing or cannot be read.
    pub(crate) fn trees_known_to(&mut self, store: &Store, new: Oid, accepted: Oid) -> Result<Vec<Oid>> {
        let (new, accepted) = (self.read(store, new)?, self.read(store, accepted)?);
        let mut trees = vec![self.graph.tree(accepted)];
        for base in self.bases(store, new, accepted)?.iter() {
            trees.push(self.graph.tree(*base));
        }
        Ok(trees)
    }

    /// Returns true if a commit is another one or reaches it.
    ///
    /// # Errors
    /// Fails when a commit is missing or cannot be read.
    pub(crate) fn reaches(&mut self, store: &Store, commit: Oid, other: Oid) -> Result<bool> {
        let (commit, other) = (self.read(store, commit)?, self.read(store, other)?);
        Ok(commit == other || *self.bases(store, commit, other)? == [other])
    }

    /// Returns the trees of commits, and those of the merge bases of each two of them.
    fn trees_of(&mut self, store: &Store, commits: &[NodeId]) -> Result<Older<Oid>> {
        let (mut parents, mut bases) = (Vec::new(), Vec::new());
        for commit in commits {
            self.graph.read(store, *commit)?;
            parents.push(self.graph.tree(*commit));
        }
        if commits.len() > MAX_PARENTS {
            return Ok(Older::of_every(parents));
        }
        for pair in ParentPair::all(commits.len()) {
            let (Some(one), Some(other)) = (commits.get(pair.one), commits.get(pair.other)) else { continue };
            let found = self.bases(store, *one, *other)?;
            bases.extend(found.iter().map(|base| OfBase { pair, value: self.graph.tree(*base) }));
        }
        if bases.len() > MAX_BASES {
            return Ok(Older::of_every(parents));
        }
        Ok(Older::of_merge(parents, bases))
    }

    /// Finds the merge bases of two commits with the algorithm of git's `paint_down_to_common`.
    ///
    /// Finds all best common ancestors, regardless of dates. If there are very many and dates run backwards,
    /// other common ancestors may be among them.
    pub(in crate::git) fn bases(
        &mut self,
        store: &Store,
        ours: NodeId,
        theirs: NodeId,
    ) -> Result<Rc<[NodeId]>> {
        let key = [ours.min(theirs), ours.max(theirs)];
        if let Some(found) = self.found.get(&key) {
            return Ok(Rc::clone(found));
        }
        let bases = match self.common_by_trunk(&[ours], theirs) {
            Some(bases) => bases,
            None => self.common_compared(store, ours, theirs)?,
        };
        let bases: Rc<[NodeId]> = bases.into();
        self.found.insert(key, Rc::clone(&bases));
        Ok(bases)
    }

    /// Prepares for many searches, if the whole history has been read.
    pub(in crate::git) fn index_trunk(&mut self) {
        self.trunk = Trunk::of(&self.graph);
    }

    fn common_by_trunk(&mut self, ours: &[NodeId], theirs: NodeId) -> Option<Vec<NodeId>> {
        self.trunk.as_mut()?.common(&self.graph, ours, theirs)
    }

    fn common_compared(&mut self, store: &Store, ours: NodeId, theirs: NodeId) -> Result<Vec<NodeId>> {
        let common = self.common(store, &[ours], theirs)?;
        if (2..=MAX_COMPARED).contains(&common.len()) { self.best(store, &common) } else { Ok(common) }
    }

    /// Returns those of some commits that no other one of them reaches.
    fn best(&mut self, store: &Store, commits: &[NodeId]) -> Result<Vec<NodeId>> {
        let mut best = Vec::new();
        for commit in commits {
            let mut is_reached = false;
            for other in commits.iter().filter(|other| *other != commit) {
                is_reached = is_reached || self.common(store, &[*commit], *other)?.contains(commit);
            }
            best.extend((!is_reached).then_some(*commit));
        }
        Ok(best)
    }

    /// Returns the merge bases of the merge of some commits with another commit.
    pub(super) fn bases_of_merged(
        &mut self,
        store: &Store,
        ours: &[NodeId],
        theirs: NodeId,
    ) -> Result<Vec<NodeId>> {
        match ours {
            [ours] => Ok(self.bases(store, *ours, theirs)?.to_vec()),
            _ => match self.common_by_trunk(ours, theirs) {
                Some(common) => Ok(common),
                None => self.common(store, ours, theirs),
            },
        }
    }

    fn common(&mut self, store: &Store, ours: &[NodeId], theirs: NodeId) -> Result<Vec<NodeId>> {
        let found = self.paint_down(store, ours, theirs);
        for node in self.painted.drain(..) {
            *self.paint.get_mut(node) = 0;
        }
        self.queue.heap.clear();
        self.queue.fresh = 0;
        found
    }

    fn paint_down(&mut self, store: &Store, ours: &[NodeId], theirs: NodeId) -> Result<Vec<NodeId>> {
        for ours in ours {
            self.paint(store, *ours, OURS)?;
        }
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
        Ok(found)
    }

    fn paint(&mut self, store: &Store, node: NodeId, paint: u8) -> Result<()> {
        let own = self.paint.get_mut(node);
        let before = *own;
        if before & paint == paint {
            return Ok(());
        }
        *own |= paint | QUEUED;
        // First of all, so that the paint is taken off even if the commit cannot be read.
        if before == 0 {
            self.painted.push(node);
        }
        let own = self.paint.get_mut(node);
        let stale = *own & STALE != 0;
        if before & QUEUED == 0 {
            self.graph.read(store, node)?;
            self.queue.heap.push((self.graph.date(node), node));
            self.queue.fresh += usize::from(!stale);
        } else if stale && before & STALE == 0 {
            self.queue.fresh -= 1;
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
            let mut trunk = Trunk::of(&ancestry.graph).unwrap();
            for (ours, theirs) in all.iter().flat_map(|ours| all.iter().map(move |theirs| (*ours, *theirs))) {
                let mut best = best(&ancestry.graph, ours, theirs);
                let mut found = ancestry.bases(&store, ours, theirs).unwrap().to_vec();
                best.sort_unstable();
                found.sort_unstable();
                let mut by_trunk = trunk.common(&ancestry.graph, &[ours], theirs).unwrap();
                by_trunk.sort_unstable();
                prop_assert_eq!(&by_trunk, &best);
                if found.len() <= MAX_COMPARED {
                    prop_assert_eq!(found, best);
                } else {
                    prop_assert!(best.iter().all(|node| found.contains(node)));
                }
            }
        }
    }
}
