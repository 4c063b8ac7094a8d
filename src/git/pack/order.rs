//! Objects of a pack sorted by offset, with their kinds and delta bases.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::entries::{Extent, Headers};
use super::file::{Origin, Pack};
use crate::git::ObjectKind;
use crate::parallel::{self, cores, lock};

/// Offset of an object in its pack, its number in the index, and its delta base.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct Item {
    pub(in crate::git) offset: u64,
    pub(in crate::git) index: u32,
    /// Rank of the delta base, or [`ITSELF`].
    base: u32,
}

/// Base of an object that is not a delta.
const ITSELF: u32 = u32::MAX;

impl Item {
    /// Returns the rank of the delta base; `None` if the object is not a delta.
    pub(in crate::git) fn base(&self) -> Option<u32> {
        (self.base != ITSELF).then_some(self.base)
    }
}

/// Objects of a pack sorted by offset, and the kind of each. The rank of an object is its index here.
pub(in crate::git) struct Order {
    pub(in crate::git) items: Vec<Item>,
    pub(in crate::git) kinds: Vec<ObjectKind>,
}

impl Order {
    /// Reads the order of a pack; `None` if the pack does not match its index.
    pub(in crate::git) fn of(pack: &Pack) -> Option<Self> {
        let mut items = items(pack);
        let kinds = kinds(pack, &mut items)?;
        Some(Self { items, kinds })
    }
}

/// Returns the objects of a pack sorted by offset, without their delta bases.
pub(in crate::git) fn items(pack: &Pack) -> Vec<Item> {
    let offset = |index| pack.index.pack_offset_at_index(index);
    let numbers = 0..pack.index.num_objects();
    let mut items: Vec<Item> =
        numbers.map(|index| Item { offset: offset(index), index, base: ITSELF }).collect();
    items.sort_unstable_by_key(|item| item.offset);
    items
}

/// Ranks of the objects by the part of the pack in which their entries begin: a search in all of them misses the
/// processor's caches at nearly each step.
pub(in crate::git) struct Ranks {
    /// Binary logarithm of the size of a part in bytes.
    shift: u32,
    /// Rank of the first object that begins in each part or after it.
    first: Vec<u32>,
}

/// Number of objects in a part, on average.
const OBJECTS_IN_PART: u64 = 8;

impl Ranks {
    /// Sorts the objects of a pack, whose last entry ends at `end`, into parts.
    pub(in crate::git) fn of(items: &[Item], end: u64) -> Self {
        let size = end / (items.len() as u64).max(1) * OBJECTS_IN_PART;
        let shift = size.max(1).ilog2();
        let mut ranks = (0_u32..).zip(items).peekable();
        let first = (0..=(end >> shift) + 1).map(|part| {
            while ranks.next_if(|(_, item)| item.offset >> shift < part).is_some() {}
            ranks.peek().map_or(items.len() as u32, |(rank, _)| *rank)
        });
        Self { shift, first: first.collect() }
    }

    /// Returns the rank of the object that begins at an offset.
    pub(in crate::git) fn find(&self, items: &[Item], offset: u64) -> Option<usize> {
        let part = usize::try_from(offset >> self.shift).ok()?;
        let (start, end) = (*self.first.get(part)? as usize, *self.first.get(part + 1)? as usize);
        let found = items.get(start..end)?.binary_search_by_key(&offset, |item| item.offset).ok()?;
        Some(start + found)
    }
}

/// Returns the byte range of the entry of a rank.
///
/// `None` if the index has no CRC for it, or an offset after the end of the pack.
#[expect(clippy::indexing_slicing, reason = "a rank is an index of the items")]
pub(in crate::git) fn extent(pack: &Pack, items: &[Item], rank: usize) -> Option<Extent> {
    let Item { offset: start, index, .. } = items[rank];
    let end = items.get(rank + 1).map_or(pack.end, |next| next.offset);
    (start <= end).then_some(Extent { start, end, crc: pack.index.crc32_at_index(index)? })
}

/// Returns the kind of each object, which for a delta is that of its base. Sets the bases of the items.
#[expect(clippy::indexing_slicing, reason = "a base is the rank of an item, and each item has a kind")]
fn kinds(pack: &Pack, items: &mut [Item]) -> Option<Vec<ObjectKind>> {
    let starts = starts(pack, items)?;
    let mut kinds: Vec<Option<ObjectKind>> = vec![None; items.len()];
    let mut waiting = Vec::new();
    for (rank, (item, start)) in items.iter_mut().zip(starts).enumerate() {
        match start {
            Start::Itself(kind) => kinds[rank] = Some(kind),
            Start::Base(base) => {
                item.base = base;
                kinds[rank] = kinds[base as usize];
                waiting.extend(kinds[rank].is_none().then_some((rank, base as usize)));
            }
        }
    }
    // Bases precede their deltas, except in packs that a client has written differently.
    for _ in 0..MAX_ROUNDS {
        if waiting.is_empty() {
            break;
        }
        waiting.reverse();
        waiting.retain(|(rank, base)| {
            kinds[*rank] = kinds[*base];
            kinds[*rank].is_none()
        });
    }
    kinds.into_iter().collect()
}

/// Result of reading the header of an object.
#[derive(Debug, Clone, Copy)]
enum Start {
    Itself(ObjectKind),
    /// Rank of the delta base.
    Base(u32),
}

/// Number of headers that a thread reads before it takes the next part.
const PART: usize = 1 << 13;

/// Reads the headers of all objects, on all cores.
fn starts(pack: &Pack, items: &[Item]) -> Option<Vec<Start>> {
    let mut starts = vec![Start::Base(ITSELF); items.len()];
    let parts = Mutex::new(starts.chunks_mut(PART).enumerate());
    let failed = AtomicBool::new(false);
    let next = || lock(&parts).next();
    let work = || {
        let mut headers = Headers::open(&pack.path);
        while let Some((number, part)) = next().filter(|_| !failed.load(Ordering::Relaxed)) {
            let read = headers.as_mut().and_then(|headers| {
                (number * PART..).zip(part).try_for_each(|(rank, start)| {
                    *start = read(pack, items, headers, rank)?;
                    Some(())
                })
            });
            failed.fetch_or(read.is_none(), Ordering::Relaxed);
        }
    };
    let others = cores().min(items.len() / PART).saturating_sub(1);
    parallel::run(vec![(); others], work, |()| work());
    (!failed.into_inner()).then_some(starts)
}

/// Reads the header of the object of a rank.
#[expect(clippy::indexing_slicing, reason = "a rank is an index of the items")]
fn read(pack: &Pack, items: &[Item], headers: &mut Headers, rank: usize) -> Option<Start> {
    let offset = items[rank].offset;
    Some(match pack.origin(offset, headers.at(offset)?)? {
        Origin::Itself(kind) => Start::Itself(kind),
        Origin::Base(base) => Start::Base(u32::try_from(rank_of(items, base, rank)?).ok()?),
    })
}

/// Maximum number of passes over the deltas that precede their base.
const MAX_ROUNDS: usize = 64;

/// Returns the rank of the object at an offset; `None` if no object begins there.
///
/// A base is usually a few ranks before its delta, so the search widens backwards from the rank of the delta.
#[expect(clippy::indexing_slicing, reason = "no rank is above that of the delta")]
fn rank_of(items: &[Item], offset: u64, delta: usize) -> Option<usize> {
    let mut reach = 16;
    let is_before = |rank: usize| items[rank].offset <= offset;
    while delta > reach && !is_before(delta - reach) {
        reach *= 4;
    }
    let start = delta.saturating_sub(reach);
    // A base after its delta is searched for among all objects that follow.
    let range = if is_before(delta) { delta..items.len() } else { start..delta };
    let found = items[range.clone()].binary_search_by_key(&offset, |item| item.offset).ok()?;
    Some(range.start + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_the_ranks_of_their_offsets() {
        let near: Vec<u64> = (12..40).collect();
        let far: Vec<u64> = (0..100).map(|number| 12 + number * number * 37).collect();
        for offsets in [vec![], vec![12], near, far] {
            let items = |(index, offset): (u32, &u64)| Item { offset: *offset, index, base: ITSELF };
            let items: Vec<Item> = (0..).zip(&offsets).map(items).collect();
            let end = offsets.last().map_or(12, |last| last + 30);
            let ranks = Ranks::of(&items, end);
            for offset in 0..end + 100 {
                assert_eq!(ranks.find(&items, offset), offsets.binary_search(&offset).ok(), "{offset}");
            }
        }
    }
}
