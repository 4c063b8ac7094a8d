//! What has to be looked at below a tree, in one number: two trees of the same mark hold the same of it, at the same paths.
//!
//! Between such trees nothing is new that anybody wants to see, so a walk over changes need not go into them.

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::packs::{Base, Packed, Packs};
use super::summary::{Names, Regard};
use crate::git::object::tree::{Order, RawEntries, RawEntry};
use crate::git::{Entry, Mode};
use crate::text::Copied;

/// The marks of all trees, by position.
#[derive(Debug, Default)]
pub(in crate::git) struct Marks(Vec<u64>);

/// The mark of a tree of which there is no saying.
const UNKNOWN: u64 = u64::MAX;

/// That a tree has not been marked yet.
const UNMARKED: u64 = UNKNOWN - 1;

/// The mark of a tree below which nothing has to be looked at.
pub(in crate::git) const NOTHING: u64 = 0;

fn mark(hash: u64) -> u64 {
    hash.clamp(NOTHING + 1, UNMARKED - 1)
}

impl Marks {
    /// The mark of the tree at a position; none when there is no saying.
    pub(in crate::git) fn get(&self, position: usize) -> Option<u64> {
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

/// A tree that has been read.
pub(in crate::git) struct Read {
    position: usize,
    own: u64,
    placed: bool,
    below: Vec<Below>,
}

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
pub(in crate::git) struct Marker<'a, N> {
    packs: &'a Packs,
    names: &'a N,
    is_clean: &'a (dyn Fn(usize) -> bool + Sync),
    hasher: RandomState,
    forest: Mutex<Forest>,
}

impl<'a, N: Names> Marker<'a, N> {
    /// Prepares to read the trees of packs; `is_clean` says of the blob at a position whether it needs no look.
    pub(in crate::git) fn new(
        packs: &'a Packs,
        names: &'a N,
        is_clean: &'a (dyn Fn(usize) -> bool + Sync),
    ) -> Self {
        Self { packs, names, is_clean, hasher: RandomState::new(), forest: Mutex::default() }
    }

    /// Reads a tree. Most of it stands in the one that it is made from, and has been looked at there. Returns what is to be
    /// [kept](Self::keep), if there is any saying.
    pub(in crate::git) fn read(
        &self,
        tree: Packed<'_>,
        base: Option<Base<'_, Parts>>,
    ) -> (Parts, Option<Read>) {
        let oid_len = tree.oid.as_bytes().len();
        let (mut own, mut any_placed) = (NOTHING, false);
        let (mut parts, mut below) = (Parts::default(), Vec::new());
        let mut known = base.map(Cursor::new);
        let mut entries = RawEntries::new(tree.data, oid_len);
        let mut order = Order::default();
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

    /// Keeps trees that were read.
    pub(in crate::git) fn keep(&self, trees: Vec<Read>) {
        let mut forest = self.forest.lock().unwrap_or_else(PoisonError::into_inner);
        trees.iter().for_each(|tree| forest.add(tree));
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
    pub(in crate::git) fn finish(self) -> Marks {
        let forest = self.forest.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut marking = Marking::new(&forest, self.packs.count(), &self.hasher);
        forest.nodes.iter().for_each(|node| marking.mark(node));
        Marks(marking.marks)
    }
}

/// What each entry of a tree came to.
#[derive(Debug, Default)]
pub(in crate::git) struct Parts {
    known: Vec<Known>,
    in_order: bool,
}

/// What the entry that starts at an offset came to.
#[derive(Debug, Clone, Copy)]
struct Known {
    start: usize,
    part: Part,
    placed: bool,
}

/// Goes through a tree along with the one that it is made from.
struct Cursor<'a> {
    base: &'a Parts,
    copied: &'a [Copied],
    /// Which entry is asked for next if it is the neighbour of the last.
    next: usize,
}

/// An entry of the base that is the same.
#[derive(Debug, Clone, Copy)]
struct Match {
    known: Known,
    /// Whether the one before is also before this one in the base, where all are in order.
    follows: bool,
}

impl<'a> Cursor<'a> {
    fn new(base: Base<'a, Parts>) -> Self {
        Self { base: base.value, copied: base.copied, next: usize::MAX }
    }

    /// The same entry, if the one that is asked for is copied whole. To be asked in the order of the entries.
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

    #[test]
    fn an_entry_is_known_where_the_same_entry_is_copied_whole() {
        let part = |start: usize| Known { start, part: Part::Leaf(start as u64), placed: false };
        let base = Parts { known: [0, 30, 60, 90].map(part).to_vec(), in_order: true };
        // The first three, the second of which is another one, and the last two without the start of the first of them.
        let copied = [
            Copied { from: 0, at: 0, len: 32 },
            Copied { from: 58, at: 62, len: 32 },
            Copied { from: 65, at: 100, len: 55 },
            Copied { from: 0, at: 155, len: 30 },
        ];
        let mut cursor = Cursor::new(Base { value: &base, copied: &copied });
        let entries = [0..30, 30..64, 64..94, 94..125, 125..155, 155..185, 185..215];
        let found = entries.map(|entry| cursor.find(entry).map(|found| (found.known.start, found.follows)));
        let again = Some((0, false));
        assert_eq!(found, [again, None, Some((60, false)), None, Some((90, false)), again, None]);
    }
}
