//! The trees of packs, reduced to what fingerprints and the count of blobs depend on. There may be millions.

use std::ops::Range;

use super::per_object::PerObject;
use super::trees::NOTHING;
use crate::git::pack::packs::Packs;

/// The trees that were kept. The base of a delta comes before the delta.
pub(super) struct TreeGraph {
    nodes: Vec<TreeNode>,
    subtrees: Vec<Subtree>,
    blobs: Vec<BlobChange>,
    /// Index of the node of each tree; [`NO_NODE`] for all other objects.
    node_at: PerObject<u32>,
}

/// Index of no node.
const NO_NODE: u32 = u32::MAX;

/// A tree that has been read, before it is added to the graph.
pub(super) struct ReadTree {
    pub(super) position: u32,
    /// Position of the delta base, if that is kept too.
    pub(super) base: Option<u32>,
    /// Hash of the relevant entries in the tree itself.
    pub(super) own: u64,
    pub(super) subtrees: Vec<Subtree>,
    /// Differences to the blobs of the base; without a base, all blobs.
    pub(super) blobs: Vec<BlobChange>,
}

impl ReadTree {
    pub(super) fn new(position: u32, base: Option<u32>) -> Self {
        Self { position, base, own: NOTHING, subtrees: Vec::new(), blobs: Vec::new() }
    }
}

/// A tree in the graph.
pub(super) struct TreeNode {
    pub(super) position: u32,
    /// Index of the delta base in the list of all nodes, if that is there.
    pub(super) base: Option<u32>,
    /// Hash of the relevant entries in the tree itself.
    pub(super) own: u64,
    subtrees: Range<u32>,
    blobs: Range<u32>,
}

/// A subtree of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subtree {
    /// Hash of its name.
    pub(super) name: [u8; 8],
    pub(super) position: u32,
}

/// A blob that a tree has in addition to its delta base, or that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlobChange {
    /// Position of the blob.
    pub(super) blob: u32,
    pub(super) is_added: bool,
}

impl TreeGraph {
    pub(super) fn new(packs: &Packs) -> Self {
        let node_at = PerObject::new(packs, || NO_NODE);
        Self { nodes: Vec::new(), subtrees: Vec::new(), blobs: Vec::new(), node_at }
    }

    /// Adds a tree. Its delta base must have been added before, if that is kept too.
    pub(super) fn add(&mut self, tree: ReadTree) {
        let ReadTree { position, base, own, subtrees, blobs } = tree;
        let base = base.map(|base| self.node_at[base]);
        self.node_at[position] = length(&self.nodes);
        let (subtrees, blobs) = (append(&mut self.subtrees, subtrees), append(&mut self.blobs, blobs));
        self.nodes.push(TreeNode { position, base, own, subtrees, blobs });
    }

    /// Returns the trees in the order in which they were added.
    pub(super) fn nodes(&self) -> &[TreeNode] {
        &self.nodes
    }

    /// Returns the tree at a position; `None` if that was not kept.
    pub(super) fn node(&self, position: u32) -> Option<&TreeNode> {
        self.nodes.get(self.node_at[position] as usize)
    }

    /// Returns the subtrees of a tree.
    #[expect(clippy::indexing_slicing, reason = "the range was made when the subtrees were appended")]
    pub(super) fn subtrees(&self, node: &TreeNode) -> &[Subtree] {
        &self.subtrees[node.subtrees.start as usize..node.subtrees.end as usize]
    }

    /// Returns the differences of a tree to the blobs of its delta base.
    #[expect(clippy::indexing_slicing, reason = "the range was made when the changes were appended")]
    pub(super) fn blob_changes(&self, node: &TreeNode) -> &[BlobChange] {
        &self.blobs[node.blobs.start as usize..node.blobs.end as usize]
    }
}

/// Returns the range of the appended values.
fn append<T>(list: &mut Vec<T>, mut more: Vec<T>) -> Range<u32> {
    let start = length(list);
    list.append(&mut more);
    start..length(list)
}

#[expect(
    clippy::expect_used,
    reason = "there are at most as many nodes as objects, and fewer values than `MAX_KEPT`"
)]
fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("the numbers of trees and of kept values are bounded")
}
