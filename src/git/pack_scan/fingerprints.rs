//! Fingerprints of the relevant entries below each tree.
//!
//! Trees with equal fingerprints hold the same relevant entries at the same paths, so a walk over changes can
//! skip them.

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Mutex;

use super::summary::{Names, Regard};
use super::traverse::Packed;
use crate::git::object::tree::{OrderCheck, RawEntries, RawEntry};
use crate::git::pack::delta::DeltaBase;
use crate::git::pack::packs::Packs;
use crate::git::{Mode, TreeEntry};
use crate::parallel::{into_value, lock};
use crate::text::Copied;

/// Fingerprints of all trees, by position.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<u64>);

/// Fingerprint of a tree for which none could be computed.
const UNKNOWN: u64 = u64::MAX;

/// Placeholder: not computed yet.
const UNMARKED: u64 = UNKNOWN - 1;

/// Fingerprint of a tree without relevant entries.
pub(super) const NOTHING: u64 = 0;

fn mark(hash: u64) -> u64 {
    hash.clamp(NOTHING + 1, UNMARKED - 1)
}

impl Marks {
    /// Returns the fingerprint of the tree at a position; `None` if none could be computed.
    pub(super) fn get(&self, position: usize) -> Option<u64> {
        self.0.get(position).copied().filter(|mark| *mark < UNMARKED)
    }
}

/// Trees, reduced to the data that fingerprints depend on. There may be millions.
#[derive(Default)]
struct Forest {
    nodes: Vec<Node>,
    below: Vec<Below>,
}

/// Maximum number of subtree edges kept, of 12 bytes each; trees that come later have no fingerprint.
const MAX_BELOW: usize = 1 << 23;

/// A tree that has been read, before it is added to the forest.
pub(super) struct Read {
    position: usize,
    own: u64,
    placed: bool,
    below: Vec<Below>,
}

/// A tree in the forest.
struct Node {
    /// Hash of the relevant entries in the tree itself.
    own: u64,
    position: u32,
    /// Start of its subtrees in the list of the forest.
    start: u32,
    end: u32,
    /// True if it has an entry that is [`Regard::Placed`].
    placed: bool,
}

impl Forest {
    fn add(&mut self, Read { position, own, placed, below }: &Read) {
        let (start, end) = (self.below.len(), self.below.len() + below.len());
        let [Ok(position), Ok(start), Ok(end)] = [*position, start, end].map(u32::try_from) else { return };
        if self.below.len() + below.len() <= MAX_BELOW {
            self.below.extend_from_slice(below);
            self.nodes.push(Node { own: *own, position, start, end, placed: *placed });
        }
    }

    fn below(&self, node: &Node) -> &[Below] {
        self.below.get(node.start as usize..node.end as usize).unwrap_or_default()
    }
}

/// A subtree of a tree.
#[derive(Debug, Clone, Copy)]
struct Below {
    /// Hash of its name, in two halves.
    name: [u32; 2],
    /// Position of the subtree, or [`NONE`].
    position: u32,
}

impl Below {
    /// Creates an edge. `place` is [`Names::is_place`] of the name and replaces the lowest bit of the hash.
    fn new(name: u64, position: Option<usize>, place: bool) -> Self {
        let [low, high] = [name, name >> 32].map(|half| half as u32);
        let position = position.and_then(|position| u32::try_from(position).ok()).unwrap_or(NONE);
        Self { name: [low & !1 | u32::from(place), high], position }
    }

    fn is_place(self) -> bool {
        self.name[0] & 1 == 1
    }
}

/// Contribution of an entry to the fingerprint of its tree.
#[derive(Debug, Clone, Copy)]
enum Part {
    Nothing,
    Leaf(u64),
    Below(Below),
}

/// Reads trees and computes their fingerprints at the end.
///
/// The hash has a random key in every run, so trees with equal fingerprints cannot be constructed in advance.
pub(super) struct Marker<'a, N> {
    packs: &'a Packs,
    names: &'a N,
    is_clean: &'a (dyn Fn(usize) -> bool + Sync),
    hasher: RandomState,
    forest: Mutex<Forest>,
}

impl<'a, N: Names> Marker<'a, N> {
    /// Creates a marker for packs; `is_clean` tells whether the blob at a position needs no check.
    pub(super) fn new(packs: &'a Packs, names: &'a N, is_clean: &'a (dyn Fn(usize) -> bool + Sync)) -> Self {
        Self { packs, names, is_clean, hasher: RandomState::new(), forest: Mutex::default() }
    }

    /// Reads a tree. Entries that are copied from the delta base keep the results that they have there.
    ///
    /// Returns the results of all entries, and the tree to [keep](Self::keep) if its entries are in git's
    /// order.
    pub(super) fn read(&self, tree: Packed<'_>, base: Option<DeltaBase<'_, Parts>>) -> (Parts, Option<Read>) {
        let oid_len = tree.oid.as_bytes().len();
        let (mut own, mut any_placed) = (NOTHING, false);
        let (mut parts, mut below) = (Parts::default(), Vec::new());
        let mut known = base.map(Cursor::new);
        let mut entries = RawEntries::new(tree.data, oid_len);
        let mut order = OrderCheck::default();
        let mut start = 0;
        for entry in entries.by_ref() {
            let end = start + entry.bytes().len();
            let found = known.as_mut().and_then(|known| known.find(start..end));
            match &found {
                Some(Match { follows: true, .. }) => order.see_next(entry),
                _ => order.see(entry),
            }
            let (part, placed) =
                found.map_or_else(|| self.part(entry), |found| (found.known.part, found.known.placed));
            match part {
                Part::Nothing => {}
                Part::Leaf(leaf) => own = mark(self.hasher.hash_one((own, leaf))),
                Part::Below(tree) => below.push(tree),
            }
            any_placed |= placed;
            parts.known.push(Known { start, part, placed });
            start = end;
        }
        parts.in_order = entries.is_empty() && order.holds();
        let read = Read { position: tree.position, own, placed: any_placed, below };
        let is_told = parts.in_order;
        (parts, is_told.then_some(read))
    }

    /// Adds trees that were read to the forest.
    pub(super) fn keep(&self, trees: Vec<Read>) {
        let mut forest = lock(&self.forest);
        trees.iter().for_each(|tree| forest.add(tree));
    }

    /// Returns the contribution of an entry, and true if the entry is [`Regard::Placed`].
    fn part(&self, raw: RawEntry<'_>) -> (Part, bool) {
        let leaf = || Part::Leaf(self.hasher.hash_one(raw.bytes()));
        // git treats an entry with an unreadable mode as a submodule; here it is relevant.
        let Some(TreeEntry { mode, name, oid }) = raw.read() else { return (leaf(), false) };
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

    /// Computes the fingerprints of all trees that were read.
    pub(super) fn finish(self) -> Marks {
        let forest = into_value(self.forest);
        let mut marking = Marking::new(&forest, self.packs.count(), &self.hasher);
        forest.nodes.iter().for_each(|node| marking.mark(node));
        Marks(marking.marks)
    }
}

/// Results of the entries of a tree.
#[derive(Debug, Default)]
pub(super) struct Parts {
    known: Vec<Known>,
    in_order: bool,
}

/// Result of the entry that starts at an offset.
#[derive(Debug, Clone, Copy)]
struct Known {
    start: usize,
    part: Part,
    placed: bool,
}

/// Looks up the entries of a tree in its delta base.
struct Cursor<'a> {
    base: &'a Parts,
    copied: &'a [Copied],
    /// Index of the base entry that is expected next: the one after the last match.
    next: usize,
}

/// An identical entry of the base.
#[derive(Debug, Clone, Copy)]
struct Match {
    known: Known,
    /// True if the previous entry also precedes this one in the base, and the base is in git's order.
    follows: bool,
}

impl<'a> Cursor<'a> {
    fn new(base: DeltaBase<'a, Parts>) -> Self {
        Self { base: base.value, copied: base.copied, next: usize::MAX }
    }

    /// Returns the identical entry of the base, if the range is copied from one as a whole.
    ///
    /// Must be called with the entries in their order.
    fn find(&mut self, entry: Range<usize>) -> Option<Match> {
        while let Some((first, rest)) = self.copied.split_first()
            && first.end() <= entry.start
        {
            self.copied = rest;
        }
        let next = std::mem::replace(&mut self.next, usize::MAX);
        let copied = self.copied.first()?;
        if entry.start < copied.at || copied.end() < entry.end {
            return None;
        }
        let start = entry.start - copied.at + copied.from;
        let known = &self.base.known;
        let is_next = known.get(next).is_some_and(|known| known.start == start);
        let at = if is_next { next } else { known.binary_search_by_key(&start, |known| known.start).ok()? };
        self.next = at + 1;
        Some(Match { known: *known.get(at)?, follows: is_next && self.base.in_order })
    }
}

/// Computes fingerprints from the bottom up.
struct Marking<'a> {
    forest: &'a Forest,
    /// Index of the node for the tree at each position.
    node_at: Vec<u32>,
    marks: Vec<u64>,
    hasher: &'a RandomState,
}

/// Placeholder for a missing position or node.
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

    /// Computes the fingerprints of a tree and of all trees below it, each once.
    ///
    /// A few trees may contain each other many times over, so repeated visits would take too long.
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
                // Any difference in such a tree is relevant, so its position is used as its fingerprint.
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

    #[test]
    fn entry_is_known_only_if_copied_whole() {
        let part = |start: usize| Known { start, part: Part::Leaf(start as u64), placed: false };
        let base = Parts { known: [0, 30, 60, 90].map(part).to_vec(), in_order: true };
        // Entries 1 and 3 are copied whole, entry 2 is not. Entry 4 lacks its start, entry 5 is whole, entry
        // 6 is the first one again, and entry 7 is new.
        let copied = [
            Copied { from: 0, at: 0, len: 32 },
            Copied { from: 58, at: 62, len: 32 },
            Copied { from: 65, at: 100, len: 55 },
            Copied { from: 0, at: 155, len: 30 },
        ];
        let mut cursor = Cursor::new(DeltaBase { value: &base, copied: &copied });
        let entries = [0..30, 30..64, 64..94, 94..125, 125..155, 155..185, 185..215];
        let found = entries.map(|entry| cursor.find(entry).map(|found| (found.known.start, found.follows)));
        let again = Some((0, false));
        assert_eq!(found, [again, None, Some((60, false)), None, Some((90, false)), again, None]);
    }
}
