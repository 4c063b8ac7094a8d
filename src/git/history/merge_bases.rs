//! Merge bases, found over the part of history that has been read; what is missing of it is read on the way.

use std::collections::BinaryHeap;

use super::graph::Graph;
use crate::error::Result;
use crate::git::{Oid, Repo};

/// The best common ancestors of two commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum Base {
    /// The histories are unrelated.
    None,
    /// There is exactly one.
    One(u32),
    /// There are, or may be, several.
    Several,
}

/// Finds merge bases.
#[derive(Debug, Default)]
pub(in crate::git) struct Ancestry {
    pub(in crate::git) graph: Graph,
    paint: Vec<u8>,
    painted: Vec<u32>,
    queue: Queue,
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const COMMON: u8 = OURS | THEIRS;
/// Below a common ancestor: itself one, but not the best.
const STALE: u8 = 4;
const FOUND: u8 = 8;
const QUEUED: u8 = 16;

/// Painted commits that have to be walked, the newest first.
#[derive(Debug, Default)]
struct Queue {
    heap: BinaryHeap<(u64, u32)>,
    /// How many of them are not stale. The walk ends when there are none.
    fresh: usize,
}

impl Ancestry {
    pub(in crate::git) fn new(graph: Graph) -> Self {
        Self { graph, ..Self::default() }
    }

    /// Reads a commit, unless it has been read.
    pub(in crate::git) fn read(&mut self, repo: &Repo, oid: Oid) -> Result<u32> {
        let number = self.graph.number(oid);
        self.graph.read(repo, number)?;
        Ok(number)
    }

    /// Finds the merge base of two commits, as git's `paint_down_to_common` does.
    ///
    /// All best common ancestors are found, whatever the dates are; with odd dates others may be among them. One alone
    /// is therefore the merge base.
    pub(in crate::git) fn base(&mut self, repo: &Repo, ours: u32, theirs: u32) -> Result<Base> {
        let found = self.paint_down(repo, ours, theirs);
        for number in self.painted.drain(..) {
            if let Some(paint) = self.paint.get_mut(number as usize) {
                *paint = 0;
            }
        }
        self.queue.heap.clear();
        self.queue.fresh = 0;
        found
    }

    fn paint_down(&mut self, repo: &Repo, ours: u32, theirs: u32) -> Result<Base> {
        self.paint(repo, ours, OURS)?;
        self.paint(repo, theirs, THEIRS)?;
        let mut found = Vec::new();
        while self.queue.fresh > 0
            && let Some((_, number)) = self.queue.heap.pop()
        {
            let paint = self.paint_of(number);
            *paint &= !QUEUED;
            let mut below = *paint & (COMMON | STALE);
            if below == COMMON {
                if *paint & FOUND == 0 {
                    *paint |= FOUND;
                    found.push(number);
                }
                below |= STALE;
            }
            self.queue.fresh -= usize::from(*self.paint_of(number) & STALE == 0);
            let mut at = 0;
            while let Some(parent) = self.graph.parents(number).get(at).copied() {
                self.paint(repo, parent, below)?;
                at += 1;
            }
        }
        found.retain(|number| *self.paint_of(*number) & STALE == 0);
        Ok(match *found.as_slice() {
            [] => Base::None,
            [number] => Base::One(number),
            _ => Base::Several,
        })
    }

    fn paint(&mut self, repo: &Repo, number: u32, paint: u8) -> Result<()> {
        let own = self.paint_of(number);
        let before = *own;
        if before & paint == paint {
            return Ok(());
        }
        *own |= paint | QUEUED;
        let stale = *own & STALE != 0;
        if before & QUEUED == 0 {
            self.graph.read(repo, number)?;
            self.queue.heap.push((self.graph.date(number), number));
            self.queue.fresh += usize::from(!stale);
        } else if stale && before & STALE == 0 {
            self.queue.fresh -= 1;
        }
        if before == 0 {
            self.painted.push(number);
        }
        Ok(())
    }

    #[expect(clippy::indexing_slicing, reason = "the line above makes the place")]
    fn paint_of(&mut self, number: u32) -> &mut u8 {
        if self.paint.len() <= number as usize {
            self.paint.resize(self.graph.len().max(number as usize + 1), 0);
        }
        &mut self.paint[number as usize]
    }
}
