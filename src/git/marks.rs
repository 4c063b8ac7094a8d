//! What has to be looked at below a tree, in one number: two trees of the same mark hold the same of it, at the same paths.
//!
//! Between such trees nothing is new that anybody wants to see, so a walk over changes need not go into them.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use super::overview::{Names, Regard};
use super::packs::{Packed, Packs};
use super::tree::{Order, RawEntries, RawEntry};
use super::{Entry, Mode};

/// The marks of all trees, by position.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<u64>);

/// The mark of a tree of which there is no saying.
const UNKNOWN: u64 = u64::MAX;

/// That a tree has not been marked yet.
const UNMARKED: u64 = UNKNOWN - 1;

/// The mark of a tree below which nothing has to be looked at.
pub(super) const NOTHING: u64 = 0;

fn mark(hash: u64) -> u64 {
    hash.clamp(NOTHING + 1, UNMARKED - 1)
}

impl Marks {
    /// The mark of the tree at a position; none when there is no saying.
    pub(super) fn get(&self, position: usize) -> Option<u64> {
        self.0.get(position).copied().filter(|mark| *mark < UNMARKED)
    }
}

/// Trees, as far as their marks depend on them. There may be millions.
#[derive(Default)]
struct Forest {
    nodes: Vec<Node>,
    below: Vec<Below>,
}

/// How many trees in trees are kept, of twelve bytes each. Of trees that come later there is no saying.
const MAX_BELOW: usize = 1 << 23;

/// A tree.
struct Node {
    /// What stands in it itself.
    own: u64,
    position: u32,
    /// The trees in it.
    start: u32,
    end: u32,
    /// Whether it holds anything that is [`Regard::Placed`].
    placed: bool,
}

impl Forest {
    fn add(&mut self, position: usize, own: u64, placed: bool, below: &[Below]) {
        let (start, end) = (self.below.len(), self.below.len() + below.len());
        let [Ok(position), Ok(start), Ok(end)] = [position, start, end].map(u32::try_from) else { return };
        if self.below.len() + below.len() <= MAX_BELOW {
            self.below.extend_from_slice(below);
            self.nodes.push(Node { own, position, start, end, placed });
        }
    }

    fn below(&self, node: &Node) -> &[Below] {
        self.below.get(node.start as usize..node.end as usize).unwrap_or_default()
    }
}

/// A tree in a tree.
#[derive(Debug, Clone, Copy)]
struct Below {
    /// A hash of its name, in two halves.
    name: [u32; 2],
    /// Its position, or [`NONE`].
    position: u32,
}

impl Below {
    /// `place` says whether the name makes more of what is [`Regard::Placed`]: that is a bit of it.
    fn new(name: u64, position: Option<usize>, place: bool) -> Self {
        let [low, high] = [name, name >> 32].map(|half| half as u32);
        let position = position.and_then(|position| u32::try_from(position).ok()).unwrap_or(NONE);
        Self { name: [low & !1 | u32::from(place), high], position }
    }

    fn is_place(self) -> bool {
        self.name[0] & 1 == 1
    }
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
    forest: Mutex<Forest>,
}

impl<'a, N: Names> Marker<'a, N> {
    /// Prepares to read the trees of packs; `is_clean` says of the blob at a position whether it needs no look.
    pub(super) fn new(packs: &'a Packs, names: &'a N, is_clean: &'a (dyn Fn(usize) -> bool + Sync)) -> Self {
        Self { packs, names, is_clean, hasher: RandomState::new(), forest: Mutex::default() }
    }

    /// Reads a tree. Neighbours in a pack are much alike: what is as in the one before costs next to nothing.
    pub(super) fn read(&self, tree: Packed<'_>, last: &mut Last) {
        let oid_len = tree.oid.as_bytes().len();
        let (mut own, mut any_placed) = (NOTHING, false);
        last.below.clear();
        let mut parts = Vec::with_capacity(last.parts.len());
        let mut cursor = Cursor { rest: RawEntries::new(&last.tree, oid_len), next: 0 };
        let mut entries = RawEntries::new(tree.data, oid_len);
        let mut order = Order::default();
        for entry in entries.by_ref() {
            order.see(entry);
            let known = cursor.find(entry).and_then(|at| last.parts.get(at).copied());
            let (part, placed) = known.unwrap_or_else(|| self.part(entry));
            match part {
                Part::Nothing => {}
                Part::Leaf(leaf) => own = mark(self.hasher.hash_one((own, leaf))),
                Part::Below(below) => last.below.push(below),
            }
            any_placed |= placed;
            parts.push((part, placed));
        }
        if entries.is_empty() && order.holds() {
            let mut forest = self.forest.lock().unwrap_or_else(PoisonError::into_inner);
            forest.add(tree.position, own, any_placed, &last.below);
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
            (_, Mode::Tree) => {
                let hash = self.hasher.hash_one(name);
                Part::Below(Below::new(hash, position(), self.names.is_place(name)))
            }
        };
        (part, regard == Regard::Placed)
    }

    /// The marks of all trees that were read.
    pub(super) fn finish(self) -> Marks {
        let forest = self.forest.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut marking = Marking::new(&forest, self.packs.count(), &self.hasher);
        forest.nodes.iter().for_each(|node| marking.mark(node));
        Marks(marking.marks)
    }
}

/// The tree that was read last, and what each of its entries came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Last {
    tree: Vec<u8>,
    parts: Vec<(Part, bool)>,
    /// The trees in it.
    below: Vec<Below>,
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
    forest: &'a Forest,
    /// The node of the tree at a position.
    node_at: Vec<u32>,
    marks: Vec<u64>,
    hasher: &'a RandomState,
}

/// Nothing that has a number.
const NONE: u32 = u32::MAX;

impl<'a> Marking<'a> {
    fn new(forest: &'a Forest, objects: usize, hasher: &'a RandomState) -> Self {
        let mut node_at = vec![NONE; objects];
        for (number, node) in (0..NONE).zip(&forest.nodes) {
            if let Some(at) = node_at.get_mut(node.position as usize) {
                *at = number;
            }
        }
        Self { forest, node_at, marks: vec![UNMARKED; objects], hasher }
    }

    fn node(&self, below: &Below) -> Option<&'a Node> {
        let number = *self.node_at.get(below.position as usize)?;
        self.forest.nodes.get(number as usize)
    }

    fn is_marked(&self, node: &Node) -> bool {
        self.marks.get(node.position as usize).is_none_or(|mark| *mark != UNMARKED)
    }

    /// Marks a tree and all below it, each once: a few trees may hold each other many times over.
    fn mark(&mut self, node: &'a Node) {
        let mut stack = vec![(node, false)];
        while let Some((node, entered)) = stack.pop() {
            if self.is_marked(node) {
                continue;
            }
            if entered {
                let value = self.value(node);
                if let Some(mark) = self.marks.get_mut(node.position as usize) {
                    *mark = value;
                }
                continue;
            }
            stack.push((node, true));
            let below = self.forest.below(node).iter().filter_map(|below| self.node(below));
            stack.extend(below.filter(|below| !self.is_marked(below)).map(|below| (below, false)));
        }
    }

    fn value(&self, node: &Node) -> u64 {
        let mut value = node.own;
        for below in self.forest.below(node) {
            let Some(tree) = self.node(below) else { return UNKNOWN };
            let inner = match self.marks.get(tree.position as usize).copied() {
                // Its position stands for all that it holds.
                Some(_) if below.is_place() && tree.placed => mark(self.hasher.hash_one(tree.position)),
                Some(NOTHING) => continue,
                Some(mark) if mark < UNMARKED => mark,
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
