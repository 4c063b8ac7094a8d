//! Fingerprints of the relevant entries below each tree.
//!
//! Trees with equal fingerprints hold the same relevant entries at the same paths, so a walk over changes can
//! skip them.

use std::hash::{BuildHasher as _, RandomState};

use super::per_object::PerObject;
use super::tree_graph::{TreeGraph, TreeNode};
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
        let mut computation = Computation { graph, fingerprints, hasher: RandomState::new() };
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
}

impl<'a> Computation<'a> {
    /// Computes the fingerprints of a tree and of all trees below it, each once.
    ///
    /// A few trees may contain each other many times over, so repeated visits would take too long.
    fn reach(&mut self, root: &'a TreeNode) {
        let mut stack = vec![(root, false)];
        while let Some((node, entered)) = stack.pop() {
            if self.is_done(node) {
                continue;
            }
            if entered {
                self.fingerprints[node.position] = self.fingerprint(node);
                continue;
            }
            stack.push((node, true));
            let subtrees = self.graph.subtrees(node).iter();
            let subtrees = subtrees.filter_map(|subtree| self.graph.node(subtree.position));
            stack.extend(subtrees.filter(|subtree| !self.is_done(subtree)).map(|subtree| (subtree, false)));
        }
    }

    fn is_done(&self, node: &TreeNode) -> bool {
        self.fingerprints[node.position] != UNREACHED
    }

    fn fingerprint(&self, node: &TreeNode) -> u64 {
        let mut value = node.own;
        for subtree in self.graph.subtrees(node) {
            match self.fingerprints[subtree.position] {
                NOTHING => {}
                UNKNOWN | UNREACHED => return UNKNOWN,
                below => {
                    value =
                        self.hasher.hash_one((value, subtree.name, below)).clamp(NOTHING + 1, UNKNOWN - 1);
                }
            }
        }
        value
    }
}
