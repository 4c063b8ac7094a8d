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
    /// Position of the delta base in the order, or [`ITSELF`].
    base: u32,
}

/// Placeholder for the base of an object that is not a delta.
const ITSELF: u32 = u32::MAX;

impl Item {
    /// Returns the position of the delta base; `None` if the object is not a delta.
    pub(in crate::git) fn base(&self) -> Option<usize> {
        (self.base != ITSELF).then_some(self.base as usize)
    }
}

/// Objects of a pack sorted by offset, and the kind of each.
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

/// Returns the byte range of the entry at a position; `None` if the index has no CRC for it.
pub(in crate::git) fn extent(pack: &Pack, items: &[Item], at: usize) -> Option<Extent> {
    let item = items.get(at)?;
    let end = items.get(at + 1).map_or(pack.end, |next| next.offset);
    Some(Extent { start: item.offset, end, crc: pack.index.crc32_at_index(item.index)? })
}

/// Returns the kind of each object, which for a delta is that of its base. Sets the bases of the items.
fn kinds(pack: &Pack, items: &mut [Item]) -> Option<Vec<ObjectKind>> {
    let starts = starts(pack, items)?;
    let mut kinds: Vec<Option<ObjectKind>> = Vec::with_capacity(items.len());
    let mut waiting = Vec::new();
    for (at, (item, start)) in items.iter_mut().zip(starts).enumerate() {
        let kind = match start {
            Start::Itself(kind) => Some(kind),
            Start::Base(base) => {
                item.base = base;
                let kind = kinds.get(base as usize).copied().flatten();
                waiting.extend(kind.is_none().then_some((at, base as usize)));
                kind
            }
        };
        kinds.push(kind);
    }
    // Bases precede their deltas, except in packs that a client has written differently.
    for _ in 0..MAX_ROUNDS {
        if waiting.is_empty() {
            break;
        }
        waiting.reverse();
        waiting.retain(|(at, base)| {
            let kind = kinds.get(*base).copied().flatten();
            kinds.get_mut(*at).into_iter().for_each(|own| *own = kind);
            kind.is_none()
        });
    }
    kinds.into_iter().collect()
}

/// Result of reading the header of an object.
#[derive(Debug, Clone, Copy)]
enum Start {
    Itself(ObjectKind),
    /// Position of the delta base.
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
                (number * PART..).zip(part).try_for_each(|(at, start)| {
                    *start = read(pack, items, headers, at)?;
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

/// Reads the header of the object at a position.
fn read(pack: &Pack, items: &[Item], headers: &mut Headers, at: usize) -> Option<Start> {
    let offset = items.get(at)?.offset;
    Some(match pack.origin(offset, headers.at(offset)?)? {
        Origin::Itself(kind) => Start::Itself(kind),
        Origin::Base(offset) => {
            let base = u32::try_from(place_of(items, offset, at)?).ok()?;
            Start::Base(Some(base).filter(|base| *base != ITSELF)?)
        }
    })
}

/// Maximum number of passes over the deltas that precede their base.
const MAX_ROUNDS: usize = 64;

/// Returns the position of the object at an offset.
///
/// A base is usually a few positions before its delta, so the search widens backwards from the delta at
/// `from`.
fn place_of(items: &[Item], offset: u64, from: usize) -> Option<usize> {
    let mut reach = 16;
    let is_before = |at: usize| items.get(at).is_some_and(|item| item.offset <= offset);
    while from > reach && !is_before(from - reach) {
        reach *= 4;
    }
    let start = from.saturating_sub(reach);
    // A base after its delta is searched for among all objects that follow.
    let range = if is_before(from) { from..items.len() } else { start..from };
    let found = items.get(range.clone())?.binary_search_by_key(&offset, |item| item.offset).ok()?;
    Some(range.start + found)
}
