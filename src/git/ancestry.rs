//! Merge bases, found over a remembered part of history.

use std::collections::{BinaryHeap, HashMap};

use super::{Oid, Repo};
use crate::error::Result;

/// How many commits are remembered before everything is forgotten, so that no history fills the memory.
const REMEMBERED: usize = 1_000_000;

/// The best common ancestors of two commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The histories are unrelated.
    None,
    /// There is exactly one.
    One(Oid),
    /// There are, or may be, several.
    Several,
}

/// The part of history that has been walked.
#[derive(Debug, Default)]
pub(super) struct Ancestry {
    index: HashMap<Oid, u32>,
    nodes: Vec<Node>,
    painted: Vec<u32>,
}

#[derive(Debug)]
struct Node {
    oid: Oid,
    date: u64,
    /// The parents; none while nobody has asked for them.
    parents: Option<Box<[u32]>>,
    paint: u8,
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
    /// Finds the merge base of two commits, as git's `paint_down_to_common` does.
    ///
    /// All best common ancestors are found, whatever the dates are; with odd dates others may be among them. One alone
    /// is therefore the merge base.
    pub(super) fn base(&mut self, repo: &Repo, ours: Oid, theirs: Oid) -> Result<Base> {
        if self.nodes.len() > REMEMBERED {
            *self = Self::default();
        }
        let found = self.paint_down(repo, ours, theirs);
        for node in std::mem::take(&mut self.painted) {
            self.node_mut(node).paint = 0;
        }
        found
    }

    fn paint_down(&mut self, repo: &Repo, ours: Oid, theirs: Oid) -> Result<Base> {
        let mut queue = Queue::default();
        for (oid, paint) in [(ours, OURS), (theirs, THEIRS)] {
            let node = self.remember(repo, oid)?;
            self.paint(node, paint, &mut queue);
        }
        let mut found = Vec::new();
        while queue.fresh > 0
            && let Some((_, index)) = queue.heap.pop()
        {
            let node = self.node_mut(index);
            node.paint &= !QUEUED;
            queue.fresh -= usize::from(node.paint & STALE == 0);
            let mut below = node.paint & (COMMON | STALE);
            if below == COMMON {
                if node.paint & FOUND == 0 {
                    node.paint |= FOUND;
                    found.push(index);
                }
                below |= STALE;
            }
            self.load_parents(repo, index)?;
            for parent in self.node_mut(index).parents.clone().unwrap_or_default() {
                self.paint(parent, below, &mut queue);
            }
        }
        found.retain(|index| self.node_mut(*index).paint & STALE == 0);
        let best: Vec<Oid> = found.iter().map(|index| self.node_mut(*index).oid).collect();
        Ok(match best.as_slice() {
            [] => Base::None,
            [oid] => Base::One(*oid),
            _ => Base::Several,
        })
    }

    fn paint(&mut self, index: u32, paint: u8, queue: &mut Queue) {
        let node = self.node_mut(index);
        let before = node.paint;
        if before & paint == paint {
            return;
        }
        node.paint |= paint | QUEUED;
        let (stale, date) = (node.paint & STALE != 0, node.date);
        if before & QUEUED == 0 {
            queue.heap.push((date, index));
            queue.fresh += usize::from(!stale);
        } else if stale && before & STALE == 0 {
            queue.fresh -= 1;
        }
        if before == 0 {
            self.painted.push(index);
        }
    }

    fn load_parents(&mut self, repo: &Repo, index: u32) -> Result<()> {
        let node = self.node_mut(index);
        if node.parents.is_some() {
            return Ok(());
        }
        let commit = repo.commit(node.oid)?;
        let parents = repo.parents(&commit)?.iter().map(|oid| self.remember(repo, *oid));
        let parents = parents.collect::<Result<_>>()?;
        self.node_mut(index).parents = Some(parents);
        Ok(())
    }

    fn remember(&mut self, repo: &Repo, oid: Oid) -> Result<u32> {
        if let Some(index) = self.index.get(&oid) {
            return Ok(*index);
        }
        let date = repo.commit(oid)?.date();
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { oid, date, parents: None, paint: 0 });
        self.index.insert(oid, index);
        Ok(index)
    }

    #[expect(clippy::indexing_slicing, reason = "every index was given out by `remember`")]
    fn node_mut(&mut self, index: u32) -> &mut Node {
        &mut self.nodes[index as usize]
    }
}
