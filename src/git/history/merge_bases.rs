//! Merge bases in the part of history that has been read. Missing commits are read on the way.

use std::collections::BinaryHeap;

use super::graph::Graph;
use crate::error::Result;
use crate::git::{Oid, Repo};

/// Best common ancestors of two commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum MergeBase {
    /// No common ancestor: the histories are unrelated.
    None,
    /// Exactly one.
    One(u32),
    /// Several, or possibly several.
    Several,
}

/// Finds merge bases. Reads the commits that it needs into its graph.
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
/// Set below a common ancestor: the commit is a common ancestor too, but not a best one.
const STALE: u8 = 4;
const FOUND: u8 = 8;
const QUEUED: u8 = 16;

/// Painted commits that are still to be visited, newest first.
#[derive(Debug, Default)]
struct Queue {
    heap: BinaryHeap<(u64, u32)>,
    /// Number of queued commits that are not stale; the walk ends at 0.
    fresh: usize,
}

impl Ancestry {
    pub(in crate::git) fn new(graph: Graph) -> Self {
        Self { graph, ..Self::default() }
    }

    /// Reads a commit, unless it has been read, and returns its number.
    pub(in crate::git) fn read(&mut self, repo: &Repo, oid: Oid) -> Result<u32> {
        let number = self.graph.number(oid);
        self.graph.read(repo, number)?;
        Ok(number)
    }

    /// Finds the merge base of two commits with the algorithm of git's `paint_down_to_common`.
    ///
    /// Finds all best common ancestors, regardless of dates. If dates run backwards, other ancestors may be
    /// among them. A single result is therefore the merge base.
    pub(in crate::git) fn base(&mut self, repo: &Repo, ours: u32, theirs: u32) -> Result<MergeBase> {
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

    fn paint_down(&mut self, repo: &Repo, ours: u32, theirs: u32) -> Result<MergeBase> {
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
            [] => MergeBase::None,
            [number] => MergeBase::One(number),
            _ => MergeBase::Several,
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
            self.paint.resize(number as usize + 1, 0);
        }
        &mut self.paint[number as usize]
    }
}
