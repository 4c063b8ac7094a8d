//! Blobs of the judged trees, counted without a list of the blobs of each tree.

use super::fingerprints::TreeFingerprints;
use super::per_object::PerObject;
use super::tree_graph::TreeGraph;
use crate::git::pack::packs::Packs;

/// Blobs of the trees that were reached.
pub(super) struct ReachedBlobs {
    is_reached: PerObject<bool>,
    count: usize,
}

impl ReachedBlobs {
    /// Finds the blobs of all trees that were reached.
    ///
    /// A tree has the blobs that its delta base has, but for those that it adds or removes. So the number of
    /// reached trees that have a blob is a sum over all trees that add or remove it: each adds or removes it
    /// for itself and for all its deltas.
    pub(super) fn of(packs: &Packs, graph: &TreeGraph, trees: &TreeFingerprints) -> Self {
        let mut trees_with = PerObject::new(packs, || 0_i64);
        for (node, reached) in (0..graph.len()).zip(reached_deltas(graph, trees)) {
            for change in graph.blob_changes(node) {
                let count = &mut trees_with[change.blob];
                *count += if change.is_added { reached } else { -reached };
            }
        }
        let is_reached = trees_with.map(|trees| trees > 0);
        let count = is_reached.iter().filter(|is_reached| **is_reached).count();
        Self { is_reached, count }
    }

    /// Returns the number of blobs.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Returns true if the blob at a position is one of them.
    pub(super) fn contain(&self, position: u32) -> bool {
        self.is_reached[position]
    }
}

/// Returns for each tree of the graph the number of reached trees among the tree itself and its deltas.
#[expect(clippy::indexing_slicing, reason = "the base of a tree is before the tree")]
fn reached_deltas(graph: &TreeGraph, trees: &TreeFingerprints) -> Vec<i64> {
    let own = (0..graph.len()).map(|node| i64::from(trees.is_reached(graph.position(node))));
    let mut reached: Vec<i64> = own.collect();
    for node in (0..graph.len()).rev() {
        if let Some(base) = graph.base(node) {
            let (before, rest) = reached.split_at_mut(node as usize);
            before[base as usize] += rest[0];
        }
    }
    reached
}
