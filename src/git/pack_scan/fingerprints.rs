//! Fingerprints of the relevant entries below each tree.
//!
//! Trees with equal fingerprints hold the same relevant entries at the same paths, so a walk over changes can
//! skip them.

use std::hash::{BuildHasher as _, RandomState};

use super::per_object::PerObject;
use super::tree_graph::{NodeIndex, Subtree, TreeGraph};
use super::trees::NOTHING;
use crate::git::pack::packs::Packs;

/// Fingerprints of the trees that some root trees reach.
#[derive(Debug)]
pub(super) struct TreeFingerprints(PerObject<u64>);

/// Placeholder: the tree has not been reached.
const UNREACHED: u64 = u64::MAX;

/// Fingerprint of a tree for which none could be computed.
const UNKNOWN: u64 = UNREACHED - 1;

impl TreeFingerprints {
    /// Computes the fingerprints of root trees, by position, and of all trees that they reach.
    pub(super) fn of(packs: &Packs, graph: &TreeGraph, roots: impl Iterator<Item = u32>) -> Self {
        let fingerprints = PerObject::new(packs, || UNREACHED);
        let (hasher, subtrees) = (RandomState::new(), Vec::new());
        let mut computation = Computation { graph, fingerprints, hasher, subtrees };
        roots.filter_map(|root| graph.node(root)).for_each(|root| computation.reach(root));
        Self(computation.fingerprints)
    }

    /// Returns the fingerprint of the tree at a position; `None` if there is none.
    pub(super) fn get(&self, position: u32) -> Option<u64> {
        Some(self.0[position]).filter(|fingerprint| *fingerprint < UNKNOWN)
    }

    /// Returns true if a root tree reaches the tree at a position.
    pub(super) fn is_reached(&self, position: u32) -> bool {
        self.0[position] != UNREACHED
    }
}

/// Computes fingerprints from the bottom up.
struct Computation<'a> {
    graph: &'a TreeGraph,
    fingerprints: PerObject<u64>,
    hasher: RandomState,
    /// Subtrees of the tree that is computed.
    subtrees: Vec<Subtree>,
}

impl Computation<'_> {
    /// Computes the fingerprints of a tree and of all trees below it, each once.
    ///
    /// A few trees may contain each other many times over, so repeated visits would take too long.
    fn reach(&mut self, root: NodeIndex) {
        let mut stack = vec![(root, false)];
        while let Some((node, is_entered)) = stack.pop() {
            if !is_entered && self.is_done(node) {
                continue;
            }
            self.graph.subtrees(node, &mut self.subtrees);
            if !is_entered {
                // A tree that a damaged pack has below itself.
                self.fingerprints[self.graph.position(node)] = UNKNOWN;
                let subtrees = self.subtrees.iter().filter_map(|subtree| self.graph.node(subtree.position));
                let before = stack.len();
                stack.push((node, true));
                stack.extend(
                    subtrees.filter(|subtree| !self.is_done(*subtree)).map(|subtree| (subtree, false)),
                );
                if stack.len() > before + 1 {
                    continue;
                }
                stack.truncate(before);
            }
            self.fingerprints[self.graph.position(node)] = self.fingerprint(node);
        }
    }

    fn is_done(&self, node: NodeIndex) -> bool {
        self.fingerprints[self.graph.position(node)] != UNREACHED
    }

    /// Returns the fingerprint of a tree whose subtrees have one. The order in which these are listed does not count: each name
    /// occurs once, and the order of a tree is that of the names.
    fn fingerprint(&self, node: NodeIndex) -> u64 {
        let (own, mut sum) = (self.graph.own(node), NOTHING);
        for subtree in &self.subtrees {
            match self.fingerprints[subtree.position] {
                NOTHING => {}
                UNKNOWN | UNREACHED => return UNKNOWN,
                below => sum = sum.wrapping_add(self.hasher.hash_one((subtree.name, below))),
            }
        }
        match sum {
            NOTHING => own,
            sum => self.hasher.hash_one((own, sum)).clamp(NOTHING + 1, UNKNOWN - 1),
        }
    }
}
