//! Every object of whole packs, kind after kind, in the order in which each is unpacked once: the fastest way to look at a
//! long history.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use gix_pack::Bundle;
use gix_pack::cache::delta::{Tree, traverse};
use gix_pack::data::Entry;
use gix_pack::data::entry::Header;
use gix_utils::progress::Discard;

use super::{Kind, Oid};

/// The packs of a repository. Their objects are counted through: each has a position.
pub struct Packs {
    packs: Vec<Pack>,
}

struct Pack {
    bundle: Bundle,
    /// The position of its first object.
    first: usize,
}

impl Packs {
    /// Opens the packs of an object directory; those that cannot be opened are left to whoever reads objects one by one.
    pub(super) fn open(objects: &Path) -> Self {
        let listing = std::fs::read_dir(objects.join("pack")).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = listing.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
        let bundles = paths.iter().filter_map(|path| Bundle::at(path, gix_hash::Kind::Sha1).ok());
        let mut bundles: Vec<Bundle> = bundles.collect();
        // Most objects are looked for in the largest.
        bundles.sort_by_key(|bundle| std::cmp::Reverse(bundle.index.num_objects()));
        let mut next = 0;
        let packs = bundles.into_iter().map(|bundle| {
            let first = next;
            next += bundle.index.num_objects() as usize;
            Pack { bundle, first }
        });
        Self { packs: packs.collect() }
    }

    /// How many objects there are.
    pub fn count(&self) -> usize {
        self.packs.last().map_or(0, |pack| pack.first + pack.bundle.index.num_objects() as usize)
    }

    /// The position of an object.
    pub(super) fn position(&self, oid: Oid) -> Option<usize> {
        let id = gix_hash::oid::try_from_bytes(oid.as_bytes()).ok()?;
        self.packs.iter().find_map(|pack| Some(pack.first + pack.bundle.index.lookup(id)? as usize))
    }

    /// Prepares to go through the objects kind by kind; none when an index does not say enough.
    pub fn by_kind(&self) -> Option<ByKind<'_>> {
        self.packs.iter().map(Sorted::new).collect::<Option<_>>().map(|packs| ByKind { packs })
    }
}

/// An object of a pack, unpacked.
#[derive(Debug, Clone, Copy)]
pub struct Packed<'a> {
    pub(super) position: usize,
    /// Its name.
    pub oid: Oid,
    /// What it holds.
    pub data: &'a [u8],
}

/// The objects of packs by kind.
pub struct ByKind<'p> {
    packs: Vec<Sorted<'p>>,
}

impl ByKind<'_> {
    /// Shows every object of a kind, on all cores, each of which has the closure for itself. Returns how many there are;
    /// none when a pack is not what its index says, and then what was shown proves nothing.
    pub fn each(&self, kind: Kind, see: impl FnMut(Packed<'_>) + Send + Clone) -> Option<usize> {
        self.packs.iter().map(|pack| pack.each(kind, see.clone())).sum()
    }
}

/// Where an object stands in a pack and in its index.
#[derive(Debug, Clone, Copy)]
struct Item {
    offset: u64,
    index: u32,
    /// Of its bytes in the pack, as the index has noted it.
    crc: u32,
}

/// A pack whose objects are in the order of their offsets.
struct Sorted<'p> {
    pack: &'p Pack,
    items: Vec<Item>,
    kinds: Vec<Kind>,
}

impl<'p> Sorted<'p> {
    fn new(pack: &'p Pack) -> Option<Self> {
        let entries = (0..).zip(pack.bundle.index.iter());
        let items =
            entries.map(|(index, entry)| Some(Item { offset: entry.pack_offset, index, crc: entry.crc32? }));
        let mut items: Vec<Item> = items.collect::<Option<_>>()?;
        items.sort_unstable_by_key(|item| item.offset);
        let kinds = pack.kinds(&items)?;
        Some(Self { pack, items, kinds })
    }

    /// Whether the bytes of an object, which stands at a place in the order, are those that the index has noted. Unpacking
    /// alone would not notice all damage.
    fn is_sound(&self, at: usize, item: &Item) -> bool {
        let pack = &self.pack.bundle.pack;
        let end = self.items.get(at + 1).map_or(pack.pack_end() as u64, |next| next.offset);
        pack.entry_slice(item.offset..end).is_some_and(|bytes| crc32fast::hash(bytes) == item.crc)
    }

    fn each(&self, kind: Kind, mut see: impl FnMut(Packed<'_>) + Send + Clone) -> Option<usize> {
        let Bundle { pack, index, .. } = &self.pack.bundle;
        let items = self.items.iter().zip(&self.kinds).enumerate();
        // gix-pack begins to read at the first object of the pack, whatever its kind.
        let items = items.filter(|(at, (_, found))| *at == 0 || **found == kind);
        if !items.clone().all(|(at, (item, _))| self.is_sound(at, item)) {
            return None;
        }
        let items: Vec<(Item, bool)> = items.map(|(_, (item, found))| (*item, *found == kind)).collect();
        let count = items.iter().filter(|(_, wanted)| *wanted).count();
        let (interrupted, first) = (AtomicBool::new(false), self.pack.first);
        let offset = |id: &gix_hash::oid| Ok(index.lookup(id).map(|at| index.pack_offset_at_index(at)));
        let tree = Tree::from_offsets_in_pack(
            pack.path(),
            items.into_iter(),
            &|(item, _): &(Item, bool)| item.offset,
            &offset,
            &mut Discard,
            &interrupted,
            gix_hash::Kind::Sha1,
        );
        let options = traverse::Options {
            object_progress: Box::new(Discard),
            size_progress: &mut Discard,
            thread_limit: None,
            should_interrupt: &interrupted,
            object_hash: gix_hash::Kind::Sha1,
            alloc_limit_bytes: None,
        };
        let done = tree.ok()?.traverse(
            |range, pack| pack.entry_slice(range),
            pack,
            pack.pack_end() as u64,
            move |(item, wanted): &mut (Item, bool), _, context: traverse::Context<'_>| {
                let oid = Oid::from_bytes(index.oid_at_index(item.index).as_bytes()).filter(|_| *wanted);
                if let Some(oid) = oid {
                    see(Packed { position: first + item.index as usize, oid, data: context.decompressed });
                }
                Ok(())
            },
            options,
        );
        done.ok().map(|_| count)
    }
}

impl Pack {
    /// The kind of each object: that of the one it is made from.
    fn kinds(&self, items: &[Item]) -> Option<Vec<Kind>> {
        let mut headers = Headers::open(self.bundle.pack.path())?;
        let mut kinds: Vec<Option<Kind>> = Vec::with_capacity(items.len());
        let mut waiting = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let kind = match self.origin(item.offset, headers.at(item.offset)?)? {
                Origin::Itself(kind) => Some(kind),
                Origin::Base(offset) => {
                    let base = place_of(items, offset, at)?;
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

    fn origin(&self, offset: u64, header: Header) -> Option<Origin> {
        let index = &self.bundle.index;
        Some(match header {
            Header::Commit => Origin::Itself(Kind::Commit),
            Header::Tree => Origin::Itself(Kind::Tree),
            Header::Blob => Origin::Itself(Kind::Blob),
            Header::Tag => Origin::Itself(Kind::Tag),
            Header::OfsDelta { base_distance } => Origin::Base(offset.checked_sub(base_distance)?),
            Header::RefDelta { base_id } => Origin::Base(index.pack_offset_at_index(index.lookup(base_id)?)),
        })
    }
}

/// How often objects are gone through that stand before what they are made from.
const MAX_ROUNDS: usize = 64;

/// What an object is made from.
enum Origin {
    Itself(Kind),
    /// The object at an offset.
    Base(u64),
}

/// Reads the headers of a pack in their order, from the file: to have all of the pack in memory for that would be a waste.
struct Headers {
    file: BufReader<File>,
    position: u64,
}

impl Headers {
    fn open(path: &Path) -> Option<Self> {
        Some(Self { file: BufReader::with_capacity(1 << 16, File::open(path).ok()?), position: 0 })
    }

    fn at(&mut self, offset: u64) -> Option<Header> {
        let ahead = i64::try_from(offset.checked_sub(self.position)?).ok()?;
        self.file.seek_relative(ahead).ok()?;
        let entry = Entry::from_read(&mut self.file, offset, gix_hash::Kind::Sha1.len_in_bytes()).ok()?;
        self.position = entry.data_offset;
        Some(entry.header)
    }
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
