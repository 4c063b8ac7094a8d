//! The trees of packs, reduced to what fingerprints and the count of blobs depend on. There may be millions.
//!
//! A tree is mostly a copy of its delta base, so what it has in addition to that, and what it lacks, is kept of most of them.

use std::collections::HashSet;

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

/// Index of a tree in the list of all.
pub(super) type NodeIndex = u32;

/// Index of no node.
const NO_NODE: NodeIndex = NodeIndex::MAX;

/// Number of removed subtrees above which they are looked up in a set.
const MANY_REMOVED: usize = 8;

/// A tree that has been read, before it is added to the graph.
pub(super) struct ReadTree {
    pub(super) position: u32,
    /// Position of the delta base, if that is kept too.
    pub(super) base: Option<u32>,
    /// Hash of the relevant entries in the tree itself.
    pub(super) own: u64,
    pub(super) subtrees: SubtreeList,
    /// Differences to the blobs of the base; without a base, all blobs.
    pub(super) blobs: Vec<BlobChange>,
}

/// Subtrees of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SubtreeList {
    /// All of them.
    Whole(Vec<Subtree>),
    /// Differences to those of the base.
    Changes(SubtreeChanges),
}

/// Subtrees that a tree has in addition to its delta base, and those that it lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SubtreeChanges {
    pub(super) added: Vec<Subtree>,
    pub(super) removed: Vec<Subtree>,
}

impl SubtreeChanges {
    /// Adds the changes of a delta of the tree that has these.
    fn add(&mut self, added: &[Subtree], removed: &[Subtree]) {
        cancel(&mut self.added, removed, &mut self.removed);
        cancel(&mut self.removed, added, &mut self.added);
    }
}

/// Takes the values that are in a list out of it, and puts the others into another one.
fn cancel(list: &mut Vec<Subtree>, values: &[Subtree], others: &mut Vec<Subtree>) {
    if list.len().saturating_mul(values.len()) > MANY_REMOVED * MANY_REMOVED {
        let mut left: HashSet<Subtree> = values.iter().copied().collect();
        list.retain(|subtree| !left.remove(subtree));
        others.extend(values.iter().filter(|subtree| left.contains(subtree)));
        return;
    }
    for value in values {
        match list.iter().position(|subtree| subtree == value) {
            Some(at) => {
                list.swap_remove(at);
            }
            None => others.push(*value),
        }
    }
}

impl SubtreeList {
    /// Returns the number of subtrees that are kept.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Whole(all) => all.len(),
            Self::Changes(SubtreeChanges { added, removed }) => added.len() + removed.len(),
        }
    }
}

impl ReadTree {
    pub(super) fn new(position: u32, base: Option<u32>) -> Self {
        let subtrees = SubtreeList::Whole(Vec::new());
        Self { position, base, own: NOTHING, subtrees, blobs: Vec::new() }
    }
}

/// A tree in the graph. Its subtrees and blobs end where those of the next one start.
struct TreeNode {
    position: u32,
    /// Index of the delta base; [`NO_NODE`] if that is not kept.
    base: NodeIndex,
    /// Hash of the relevant entries in the tree itself.
    own: u64,
    /// Index of the first subtree.
    subtrees: u32,
    /// Index of the first subtree that the base has and the tree lacks.
    removed: u32,
    /// Index of the first blob.
    blobs: u32,
    /// True if the subtrees are differences to those of the base.
    has_changes: bool,
}

/// A subtree of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Subtree {
    pub(super) position: u32,
    /// Hash of its name.
    pub(super) name: [u8; 8],
}

/// A blob that a tree has in addition to its delta base, or that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlobChange {
    /// Position of the blob.
    pub(super) blob: u32,
    pub(super) is_added: bool,
}

#[expect(clippy::indexing_slicing, reason = "the indexes were made when the values were added")]
impl TreeGraph {
    pub(super) fn new(packs: &Packs) -> Self {
        let node_at = PerObject::new(packs, || NO_NODE);
        Self { nodes: Vec::new(), subtrees: Vec::new(), blobs: Vec::new(), node_at }
    }

    /// Adds a tree. Its delta base must have been added before, if that is kept too.
    pub(super) fn add(&mut self, tree: ReadTree) {
        let ReadTree { position, base, own, subtrees, blobs } = tree;
        let base = base.map_or(NO_NODE, |base| self.node_at[base]);
        self.node_at[position] = length(&self.nodes);
        let has_changes = matches!(subtrees, SubtreeList::Changes(_));
        let (added, removed) = match subtrees {
            SubtreeList::Whole(all) => (all, Vec::new()),
            SubtreeList::Changes(SubtreeChanges { added, removed }) => (added, removed),
        };
        let subtrees = append(&mut self.subtrees, added);
        let removed = append(&mut self.subtrees, removed);
        let blobs = append(&mut self.blobs, blobs);
        self.nodes.push(TreeNode { position, base, own, subtrees, removed, blobs, has_changes });
    }

    /// Returns the number of trees.
    pub(super) fn len(&self) -> NodeIndex {
        length(&self.nodes)
    }

    /// Returns the tree at a position; `None` if that was not kept.
    pub(super) fn node(&self, position: u32) -> Option<NodeIndex> {
        Some(self.node_at[position]).filter(|node| *node != NO_NODE)
    }

    /// Returns the position of a tree.
    pub(super) fn position(&self, node: NodeIndex) -> u32 {
        self.nodes[node as usize].position
    }

    /// Returns the delta base of a tree, if that is kept.
    pub(super) fn base(&self, node: NodeIndex) -> Option<NodeIndex> {
        Some(self.nodes[node as usize].base).filter(|base| *base != NO_NODE)
    }

    /// Returns the hash of the relevant entries in a tree itself.
    pub(super) fn own(&self, node: NodeIndex) -> u64 {
        self.nodes[node as usize].own
    }

    /// Puts the subtrees of a tree into a list, in any order.
    pub(super) fn subtrees(&self, node: NodeIndex, list: &mut Vec<Subtree>) {
        list.clear();
        let mut chain = Vec::new();
        let mut at = node;
        while self.nodes[at as usize].has_changes {
            chain.push(at);
            at = self.nodes[at as usize].base;
        }
        let mut changes = SubtreeChanges::default();
        chain.into_iter().rev().for_each(|node| changes.add(self.added(node), self.removed(node)));
        let SubtreeChanges { added, removed } = changes;
        let whole = self.added(at).iter().copied();
        if removed.len() > MANY_REMOVED {
            let removed: HashSet<Subtree> = removed.into_iter().collect();
            list.extend(whole.filter(|subtree| !removed.contains(subtree)));
        } else {
            list.extend(whole.filter(|subtree| !removed.contains(subtree)));
        }
        list.extend(added);
    }

    fn added(&self, node: NodeIndex) -> &[Subtree] {
        let TreeNode { subtrees, removed, .. } = self.nodes[node as usize];
        &self.subtrees[subtrees as usize..removed as usize]
    }

    fn removed(&self, node: NodeIndex) -> &[Subtree] {
        let end = self.next(node).map_or(self.subtrees.len(), |next| next.subtrees as usize);
        &self.subtrees[self.nodes[node as usize].removed as usize..end]
    }

    /// Returns the differences of a tree to the blobs of its delta base.
    pub(super) fn blob_changes(&self, node: NodeIndex) -> &[BlobChange] {
        let end = self.next(node).map_or(self.blobs.len(), |next| next.blobs as usize);
        &self.blobs[self.nodes[node as usize].blobs as usize..end]
    }

    fn next(&self, node: NodeIndex) -> Option<&TreeNode> {
        self.nodes.get(node as usize + 1)
    }
}

/// Appends values to a list, and returns the index of the first.
fn append<T>(list: &mut Vec<T>, mut more: Vec<T>) -> u32 {
    let start = length(list);
    list.append(&mut more);
    start
}

#[expect(
    clippy::expect_used,
    reason = "there are at most as many nodes as objects, and fewer values than `MAX_KEPT`"
)]
fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("the numbers of trees and of kept values are bounded")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Few and many changes are put together in different ways.
    #[test]
    fn changes_of_a_chain_lead_from_the_first_list_to_the_last() {
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let subtree = |number: usize| Subtree { position: number as u32, name: [number as u8; 8] };
        for size in [1, 3, 40, 300] {
            let first: BTreeSet<Subtree> = (0..size).map(|_| subtree(random(2 * size))).collect();
            let (mut last, mut changes) = (first.clone(), SubtreeChanges::default());
            for _ in 0..20 {
                let mut next: BTreeSet<Subtree> = last.iter().copied().filter(|_| random(10) > 0).collect();
                next.extend((0..1 + size / 10).map(|_| subtree(random(2 * size))));
                let added: Vec<Subtree> = next.difference(&last).copied().collect();
                let removed: Vec<Subtree> = last.difference(&next).copied().collect();
                changes.add(&added, &removed);
                last = next;
                let unique = |list: &[Subtree]| list.iter().copied().collect::<BTreeSet<_>>();
                let (added, removed) = (unique(&changes.added), unique(&changes.removed));
                assert_eq!((added.len(), removed.len()), (changes.added.len(), changes.removed.len()));
                assert_eq!(added, &last - &first);
                assert_eq!(removed, &first - &last);
            }
        }
    }
}
