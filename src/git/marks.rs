//! What has to be looked at below a tree, in one number: two trees of the same mark hold the same of it, at the same paths.
//!
//! Between such trees nothing is new that anybody wants to see, so a walk over changes need not go into them.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use super::overview::{Names, Regard};
use super::packs::{Packed, Packs};
use super::tree::{RawEntries, RawEntry};
use super::{Entry, Mode};

/// The marks of all trees, by position.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<u64>);

/// The mark of a tree of which there is no saying.
const UNKNOWN: u64 = u64::MAX;

/// The mark of a tree below which nothing has to be looked at.
pub(super) const NOTHING: u64 = 0;

fn mark(hash: u64) -> u64 {
    hash.clamp(NOTHING + 1, UNKNOWN - 1)
}

impl Marks {
    /// The mark of the tree at a position; none when there is no saying.
    pub(super) fn get(&self, position: usize) -> Option<u64> {
        self.0.get(position).copied().filter(|mark| *mark != UNKNOWN)
    }
}

/// A tree, as far as its mark depends on it.
struct Node {
    position: usize,
    /// What stands in it itself.
    own: u64,
    /// Whether it holds anything that is [`Regard::Placed`].
    placed: bool,
    below: Vec<Below>,
}

/// A tree in a tree.
#[derive(Debug, Clone, Copy)]
struct Below {
    name: u64,
    position: Option<usize>,
    /// Whether its name makes more of what is [`Regard::Placed`].
    place: bool,
}

/// What an entry adds to the mark of its tree.
#[derive(Debug, Clone, Copy)]
enum Part {
    Nothing,
    Leaf(u64),
    Below(Below),
}

/// Reads trees, and marks them in the end. The hash has a key of its own in every run: nobody can aim at equal marks.
pub(super) struct Marker<'a, N> {
    packs: &'a Packs,
    names: &'a N,
    is_clean: &'a (dyn Fn(usize) -> bool + Sync),
    hasher: RandomState,
    nodes: Mutex<Vec<Node>>,
}

impl<'a, N: Names> Marker<'a, N> {
    /// Prepares to read the trees of packs; `is_clean` says of the blob at a position whether it needs no look.
    pub(super) fn new(packs: &'a Packs, names: &'a N, is_clean: &'a (dyn Fn(usize) -> bool + Sync)) -> Self {
        Self { packs, names, is_clean, hasher: RandomState::new(), nodes: Mutex::default() }
    }

    /// Reads a tree. Neighbours in a pack are much alike: what is as in the one before costs next to nothing.
    pub(super) fn read(&self, tree: Packed<'_>, last: &mut Last) {
        let oid_len = tree.oid.as_bytes().len();
        let mut node = Node { position: tree.position, own: NOTHING, placed: false, below: Vec::new() };
        let mut parts = Vec::with_capacity(last.parts.len());
        let mut cursor = Cursor { rest: RawEntries::new(&last.tree, oid_len), next: 0 };
        let mut entries = RawEntries::new(tree.data, oid_len);
        for entry in entries.by_ref() {
            let known = cursor.find(entry).and_then(|at| last.parts.get(at).copied());
            let (part, placed) = known.unwrap_or_else(|| self.part(entry));
            match part {
                Part::Nothing => {}
                Part::Leaf(leaf) => node.own = mark(self.hasher.hash_one((node.own, leaf))),
                Part::Below(below) => node.below.push(below),
            }
            node.placed |= placed;
            parts.push((part, placed));
        }
        if entries.is_empty() {
            self.nodes.lock().unwrap_or_else(PoisonError::into_inner).push(node);
        }
        last.tree.clear();
        last.tree.extend_from_slice(tree.data);
        last.parts = parts;
    }

    /// What an entry adds, and whether it is [`Regard::Placed`].
    fn part(&self, raw: RawEntry<'_>) -> (Part, bool) {
        let leaf = || Part::Leaf(self.hasher.hash_one(raw.bytes()));
        // Git would take a mode that nobody can read for that of a submodule; here it is looked at.
        let Some(Entry { mode, name, oid }) = raw.read() else { return (leaf(), false) };
        let regard = self.names.regard(name);
        let position = || self.packs.position(oid);
        let part = match (regard, mode) {
            (Regard::Always, _) | (_, Mode::Symlink) => leaf(),
            (_, Mode::Submodule) => Part::Nothing,
            (_, Mode::File) if position().is_some_and(|at| (self.is_clean)(at)) => Part::Nothing,
            (_, Mode::File) => leaf(),
            (_, Mode::Tree) => Part::Below(Below {
                name: self.hasher.hash_one(name),
                position: position(),
                place: self.names.is_place(name),
            }),
        };
        (part, regard == Regard::Placed)
    }

    /// The marks of all trees that were read.
    pub(super) fn finish(self) -> Marks {
        let nodes = self.nodes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut marking = Marking::new(&nodes, self.packs.count(), &self.hasher);
        (0..nodes.len()).for_each(|node| marking.mark(node));
        Marks(marking.marks)
    }
}

/// The tree that was read last, and what each of its entries came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Last {
    tree: Vec<u8>,
    parts: Vec<(Part, bool)>,
}

/// Goes through a tree along with its neighbour.
struct Cursor<'t> {
    rest: RawEntries<'t>,
    next: usize,
}

impl Cursor<'_> {
    /// The number of an entry that is the same to the byte, if it is where it would be in a tree that is much alike.
    fn find(&mut self, entry: RawEntry<'_>) -> Option<usize> {
        if self.rest.pass(entry) {
            self.next += 1;
            return Some(self.next - 1);
        }
        let mut behind = self.rest;
        let first = behind.next()?;
        if first.has_name_of(entry) {
            (self.rest, self.next) = (behind, self.next + 1);
        } else if behind.pass(entry) {
            (self.rest, self.next) = (behind, self.next + 2);
            return Some(self.next - 1);
        }
        None
    }
}

/// Marks trees from the bottom up.
struct Marking<'a> {
    nodes: &'a [Node],
    /// The node of the tree at a position.
    node_at: Vec<u32>,
    marks: Vec<u64>,
    hasher: &'a RandomState,
}

/// No node.
const NONE: u32 = u32::MAX;

impl<'a> Marking<'a> {
    fn new(nodes: &'a [Node], objects: usize, hasher: &'a RandomState) -> Self {
        let mut node_at = vec![NONE; objects];
        for (number, node) in (0..NONE).zip(nodes) {
            if let Some(at) = node_at.get_mut(node.position) {
                *at = number;
            }
        }
        Self { nodes, node_at, marks: vec![UNKNOWN; objects], hasher }
    }

    fn node(&self, position: Option<usize>) -> Option<&'a Node> {
        self.nodes.get(*self.node_at.get(position?)? as usize)
    }

    fn is_marked(&self, node: &Node) -> bool {
        self.marks.get(node.position).is_none_or(|mark| *mark != UNKNOWN)
    }

    /// Marks a tree and all below it.
    fn mark(&mut self, node: usize) {
        let mut stack: Vec<(&Node, bool)> =
            self.nodes.get(node).map(|node| (node, false)).into_iter().collect();
        while let Some((node, entered)) = stack.pop() {
            if self.is_marked(node) {
                continue;
            }
            if entered {
                let value = self.value(node);
                if let Some(mark) = self.marks.get_mut(node.position) {
                    *mark = value;
                }
                continue;
            }
            stack.push((node, true));
            let below = node.below.iter().filter_map(|below| self.node(below.position));
            stack.extend(below.filter(|below| !self.is_marked(below)).map(|below| (below, false)));
        }
    }

    fn value(&self, node: &Node) -> u64 {
        let mut value = node.own;
        for below in &node.below {
            let Some(tree) = self.node(below.position) else { return UNKNOWN };
            let inner = match self.marks.get(tree.position).copied() {
                // Its position stands for all that it holds.
                Some(_) if below.place && tree.placed => mark(self.hasher.hash_one(tree.position)),
                Some(NOTHING) => continue,
                Some(mark) if mark != UNKNOWN => mark,
                _ => return UNKNOWN,
            };
            value = mark(self.hasher.hash_one((value, below.name, inner)));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, u8)]) -> Vec<u8> {
        entries
            .iter()
            .flat_map(|(name, oid)| [format!("100644 {name}\0").as_bytes(), &[*oid; 20]].concat())
            .collect()
    }

    #[test]
    fn an_entry_is_known_by_the_same_entry_of_the_neighbour_and_by_no_other() {
        let old = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)];
        for (new, known) in [
            (&[("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)][..], &[0, 1, 2, 3, 4][..]),
            (&[("a", 1), ("b", 9), ("c", 3), ("d", 4), ("e", 5)], &[0, 2, 3, 4]),
            (&[("a", 1), ("c", 3), ("d", 4), ("e", 5)], &[0, 2, 3, 4]),
            (&[("a", 1), ("aa", 2), ("b", 2), ("c", 3)], &[0, 1, 2]),
            (&[("e", 5), ("a", 1)], &[0]),
            (&[], &[]),
        ] {
            let (old, new) = (tree(&old), tree(new));
            let mut cursor = Cursor { rest: RawEntries::new(&old, 20), next: 0 };
            let found: Vec<usize> =
                RawEntries::new(&new, 20).filter_map(|entry| cursor.find(entry)).collect();
            assert_eq!(found, known);
        }
    }
}
