//! The objects of a pack in the order of their offsets: of what kind each is, and from which other one it is made.

use gix_pack::data::entry::Header;
use gix_pack::index;

use super::Pack;
use super::entries::{Extent, Headers};
use crate::git::Kind;

/// Where an object stands in a pack and in its index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) offset: u64,
    pub(super) index: u32,
    /// The place of the one it is made from, or [`ITSELF`].
    base: u32,
}

/// That an object is not made from another one.
const ITSELF: u32 = u32::MAX;

impl Item {
    /// The place of the one it is made from.
    pub(super) fn base(&self) -> Option<usize> {
        (self.base != ITSELF).then_some(self.base as usize)
    }
}

/// The objects of a pack.
pub(super) struct Order {
    pub(super) items: Vec<Item>,
    pub(super) kinds: Vec<Kind>,
}

impl Order {
    /// None when the pack is not what its index says.
    pub(super) fn of(pack: &Pack) -> Option<Self> {
        let mut items = items(pack);
        let kinds = kinds(pack, &mut items)?;
        Some(Self { items, kinds })
    }
}

/// The objects of a pack, without what they are made from.
pub(super) fn items(pack: &Pack) -> Vec<Item> {
    let offset = |index| pack.index.pack_offset_at_index(index);
    let numbers = 0..pack.index.num_objects();
    let mut items: Vec<Item> =
        numbers.map(|index| Item { offset: offset(index), index, base: ITSELF }).collect();
    items.sort_unstable_by_key(|item| item.offset);
    items
}

/// Where the entry of the object at a place lies. None when the index does not say enough.
pub(super) fn extent(pack: &Pack, items: &[Item], at: usize) -> Option<Extent> {
    let item = items.get(at)?;
    let end = items.get(at + 1).map_or(pack.end, |next| next.offset);
    Some(Extent { start: item.offset, end, crc: pack.index.crc32_at_index(item.index)? })
}

/// The kind of each object: that of the one it is made from.
fn kinds(pack: &Pack, items: &mut [Item]) -> Option<Vec<Kind>> {
    let mut headers = Headers::open(&pack.path)?;
    let mut kinds: Vec<Option<Kind>> = Vec::with_capacity(items.len());
    let mut waiting = Vec::new();
    for at in 0..items.len() {
        let offset = items.get(at)?.offset;
        let kind = match origin(&pack.index, offset, headers.at(offset)?)? {
            Origin::Itself(kind) => Some(kind),
            Origin::Base(offset) => {
                let base = place_of(items, offset, at)?;
                items.get_mut(at)?.base = u32::try_from(base).ok().filter(|base| *base != ITSELF)?;
                let kind = kinds.get(base).copied().flatten();
                waiting.extend(kind.is_none().then_some((at, base)));
                kind
            }
        };
        kinds.push(kind);
    }
    // What an object is made from stands before it, unless a client has sent it otherwise.
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

/// What the object of a header is made from.
pub(super) fn origin(index: &index::File, offset: u64, header: Header) -> Option<Origin> {
    Some(match header {
        Header::Commit => Origin::Itself(Kind::Commit),
        Header::Tree => Origin::Itself(Kind::Tree),
        Header::Blob => Origin::Itself(Kind::Blob),
        Header::Tag => Origin::Itself(Kind::Tag),
        Header::OfsDelta { base_distance } => Origin::Base(offset.checked_sub(base_distance)?),
        Header::RefDelta { base_id } => Origin::Base(index.pack_offset_at_index(index.lookup(base_id)?)),
    })
}

/// How often objects are gone through that stand before what they are made from.
const MAX_ROUNDS: usize = 64;

/// What an object is made from.
pub(super) enum Origin {
    Itself(Kind),
    /// The object at an offset.
    Base(u64),
}

/// Where the object at an offset stands in the order: most often shortly before the one that is made from it.
fn place_of(items: &[Item], offset: u64, from: usize) -> Option<usize> {
    let mut reach = 16;
    let is_before = |at: usize| items.get(at).is_some_and(|item| item.offset <= offset);
    while from > reach && !is_before(from - reach) {
        reach *= 4;
    }
    let start = from.saturating_sub(reach);
    // A base that stands behind it is looked for among all.
    let range = if is_before(from) { from..items.len() } else { start..from };
    let found = items.get(range.clone())?.binary_search_by_key(&offset, |item| item.offset).ok()?;
    Some(range.start + found)
}
