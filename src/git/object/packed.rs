//! Random access to the objects in packs: those of a push, and all of them where merges are compared.
//!
//! Trees of neighbours in history are deltas of each other, and most of these trees are large. libgit2 caches
//! unpacked objects up to 16 MiB, then drops all of them and unpacks every delta chain again; it also copies
//! each object twice. This cache drops the least recently used objects first and shares its values.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::content::MAX_OBJECT;
use super::generational_cache::GenerationalCache;
use super::kind::ObjectKind;
use crate::git::Oid;
use crate::git::pack::delta::{apply, built_size};
use crate::git::pack::entries::{Entries, Extent};
use crate::git::pack::file::{MAX_DEPTH, Origin, Pack};
use crate::git::pack::order::{Item, Ranks, extent, items};
use crate::parallel::cores;
use crate::text::Copied;

/// Size in bytes of each of the two generations of the cache for requested objects.
const KEPT: usize = 8 << 20;

/// Size in bytes of each of the two generations of the cache for delta bases.
///
/// It is a separate cache, because one long delta chain would evict all requested objects.
const BETWEEN: usize = 4 << 20;

/// As [`BETWEEN`], where all of the history is read.
///
/// Merges are compared in the order of the history, so the same delta chains are needed again and again.
const BETWEEN_ALL: usize = 8 << 20;

/// Maximum size in bytes of an object in these caches; any other is large.
const MAX_SMALL: usize = BETWEEN / 2;

/// Maximum size in bytes of a delta that is unpacked to learn the size of its object.
const MAX_SMALL_DELTA: u64 = 64 << 10;

/// Size in bytes of each of the two generations of the caches for large objects, of all threads together.
const LARGE: usize = 24 << 20;

/// Maximum size in bytes of a requested object that is cached.
const MAX_LARGE: usize = 32 << 20;

/// Maximum size in bytes of a large delta base that is cached.
const MAX_LARGE_BETWEEN: usize = 8 << 20;

/// ObjectKind and content of an unpacked object.
type Unpacked = (ObjectKind, Arc<Vec<u8>>);

/// The packs in object directories.
pub(in crate::git) struct PackedObjects {
    packs: Vec<PackReader>,
    access: PackAccess,
    unpacker: RefCell<Unpacker>,
}

/// Amount of the objects that are read from packs, which decides how much is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum PackAccess {
    /// Some objects.
    Some,
    /// Nearly all trees of the history, again and again.
    Repeated,
}

/// A pack with random access to its entries.
struct PackReader {
    shared: Arc<SharedPack>,
    entries: RefCell<Entries>,
}

/// A pack that several threads read.
struct SharedPack {
    pack: Pack,
    items: Vec<Item>,
    ranks: Ranks,
}

/// Start of an entry: all that is known of an object before it is unpacked.
struct EntryStart {
    extent: Extent,
    origin: Origin,
    /// Size in bytes of the object, or of the delta.
    size: u64,
}

impl PackReader {
    fn of(shared: Arc<SharedPack>) -> Option<Self> {
        Some(Self { entries: shared.pack.entries()?.into(), shared })
    }

    fn pack(&self) -> &Pack {
        &self.shared.pack
    }

    /// Reads the start of the entry at an offset.
    fn start(&self, offset: u64) -> Option<EntryStart> {
        let SharedPack { pack, items, ranks } = &*self.shared;
        let extent = extent(pack, items, ranks.find(items, offset)?)?;
        let (header, size) = self.entries.borrow_mut().header(extent)?;
        Some(EntryStart { extent, origin: pack.origin(offset, header)?, size })
    }

    fn unpack(&self, extent: Extent, out: &mut Vec<u8>) -> Option<()> {
        self.entries.borrow_mut().unpack(extent, out)
    }
}

impl PackedObjects {
    /// Opens the packs of an object directory, if given. Packs that cannot be opened are left to libgit2.
    pub(in crate::git) fn open(objects: Option<&Path>) -> Self {
        let packs = objects.map(Pack::all).unwrap_or_default().into_iter();
        Self::of(packs.map(SharedPack::of).map(Arc::new), PackAccess::Some)
    }

    /// Opens the packs of some object directories.
    pub(in crate::git) fn open_all(stores: &[PathBuf], access: PackAccess) -> Self {
        let packs = stores.iter().flat_map(|objects| Pack::all(objects));
        Self::of(packs.map(SharedPack::of).map(Arc::new), access)
    }

    /// Opens the same packs for another thread.
    pub(in crate::git) fn reopen(&self) -> Self {
        self.reopen_for(self.access)
    }

    /// Opens the same packs to read another amount of them.
    pub(in crate::git) fn reopen_for(&self, access: PackAccess) -> Self {
        Self::of(self.packs.iter().map(|pack| Arc::clone(&pack.shared)), access)
    }

    fn of(packs: impl Iterator<Item = Arc<SharedPack>>, access: PackAccess) -> Self {
        let between = match access {
            PackAccess::Some => BETWEEN,
            PackAccess::Repeated => BETWEEN_ALL,
        };
        let unpacker = Unpacker {
            delta: Vec::new(),
            copied: Vec::new(),
            kept: GenerationalCache::new(KEPT),
            between: GenerationalCache::new(between),
            large: GenerationalCache::new(LARGE / cores()),
            large_between: GenerationalCache::new(LARGE / cores()),
            rebuilt: 0,
        };
        Self { packs: packs.filter_map(PackReader::of).collect(), access, unpacker: unpacker.into() }
    }

    /// Returns the size of an object; `None` if no pack has it or it is damaged.
    pub(in crate::git) fn size(&self, oid: Oid) -> Option<u64> {
        let (pack, index) = self.packs.iter().find_map(|pack| Some((pack, pack.pack().lookup(oid)?)))?;
        let offset = pack.pack().index.pack_offset_at_index(index);
        let EntryStart { extent, origin, size } = pack.start(offset)?;
        match origin {
            Origin::Itself(_) => Some(size),
            // A small delta is unpacked faster than the start of it.
            Origin::Base(_) if size <= MAX_SMALL_DELTA => {
                let delta = &mut self.unpacker.borrow_mut().delta;
                pack.unpack(extent, delta)?;
                Some(built_size(delta)? as u64)
            }
            Origin::Base(_) => pack.pack().size(offset),
        }
    }

    /// Returns the largest size in the delta chain of an object; `None` if no pack has it or it is damaged.
    pub(in crate::git) fn largest_in_chain(&self, oid: Oid) -> Option<u64> {
        let (pack, index) =
            self.packs.iter().find_map(|pack| Some((pack.pack(), pack.pack().lookup(oid)?)))?;
        let (mut offset, mut largest) = (pack.index.pack_offset_at_index(index), 0);
        for _ in 0..MAX_DEPTH {
            largest = largest.max(pack.size(offset)?);
            match pack.origin_at(offset)? {
                Origin::Itself(_) => return Some(largest),
                Origin::Base(base) => offset = base,
            }
        }
        None
    }

    /// Returns an object; `None` if no pack has it, or if it is damaged or too large, which libgit2 then reports.
    pub(in crate::git) fn find(&self, oid: Oid) -> Option<Unpacked> {
        let mut found = self.packs.iter().enumerate();
        let (number, pack, index) =
            found.find_map(|(number, pack)| Some((number, pack, pack.pack().lookup(oid)?)))?;
        let offset = pack.pack().index.pack_offset_at_index(index);
        if let Some(unpacked) = self.unpacker.borrow_mut().cached((number, offset)) {
            return Some(unpacked);
        }
        self.unpacker.borrow_mut().unpack((number, pack), offset)
    }
}

impl SharedPack {
    fn of(pack: Pack) -> Self {
        let items = items(&pack);
        Self { ranks: Ranks::of(&items, pack.end), items, pack }
    }
}

/// Unpacks objects and caches the results.
struct Unpacker {
    delta: Vec<u8>,
    copied: Vec<Copied>,
    /// Cache by number of the pack and offset in it.
    kept: GenerationalCache<(usize, u64), Unpacked>,
    between: GenerationalCache<(usize, u64), Unpacked>,
    /// Objects that are too large for the other caches.
    large: GenerationalCache<(usize, u64), Unpacked>,
    large_between: GenerationalCache<(usize, u64), Unpacked>,
    /// Number of deltas applied to large objects.
    rebuilt: usize,
}

impl Unpacker {
    fn unpack(&mut self, (number, pack): (usize, &PackReader), offset: u64) -> Option<Unpacked> {
        let (mut at, mut made) = (offset, Vec::new());
        let (kind, mut data) = loop {
            let key = (number, at);
            if let Some(unpacked) = self.cached(key) {
                break unpacked;
            }
            let EntryStart { extent, origin, size } = pack.start(at)?;
            if size > MAX_OBJECT {
                return None;
            }
            match origin {
                Origin::Itself(kind) => {
                    let mut data = Vec::new();
                    pack.unpack(extent, &mut data)?;
                    let data = Arc::new(data);
                    // A commit or blob that is not a delta is rarely the base of another object.
                    if kind == ObjectKind::Tree || !made.is_empty() {
                        self.keep((number, at), offset, (kind, &data));
                    }
                    break (kind, data);
                }
                Origin::Base(base) => {
                    made.push((at, extent));
                    at = base;
                }
            }
            if made.len() > MAX_DEPTH {
                return None;
            }
        };
        let mut large = Vec::new();
        for (left, (at, extent)) in made.into_iter().enumerate().rev() {
            let mut next = Vec::new();
            pack.unpack(extent, &mut self.delta)?;
            if built_size(&self.delta)? as u64 > MAX_OBJECT {
                return None;
            }
            apply(&self.delta, &data, &mut next, &mut self.copied)?;
            data = Arc::new(next);
            self.keep((number, at), offset, (kind, &data));
            if data.len() > MAX_SMALL {
                self.rebuilt += 1;
                // Older versions of a file are deltas of newer ones and are requested first, so each request
                // is for the base of the one before. Some bases, at distances that double, save most of the
                // way to the next ones without much memory.
                if left.is_power_of_two() && data.len() <= MAX_LARGE_BETWEEN {
                    large.push(((number, at), (kind, Arc::clone(&data))));
                }
            }
        }
        // The bases that are far from this object are needed longest.
        for (key, object) in large.into_iter().rev() {
            let size = object.1.len();
            self.large_between.put(key, object, size);
        }
        Some((kind, data))
    }

    fn cached(&mut self, key: (usize, u64)) -> Option<Unpacked> {
        let small = self.kept.get(key).or_else(|| self.between.get(key));
        small.or_else(|| self.large.get(key)).or_else(|| self.large_between.get(key))
    }

    fn keep(&mut self, key: (usize, u64), wanted: u64, (kind, data): (ObjectKind, &Arc<Vec<u8>>)) {
        let object = (kind, Arc::clone(data));
        if data.len() <= MAX_SMALL {
            let kept = if key.1 == wanted { &mut self.kept } else { &mut self.between };
            kept.put(key, object, data.len());
        } else if key.1 == wanted && data.len() <= MAX_LARGE {
            self.large.put(key, object, data.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;

    use super::*;
    use crate::git::Git;

    fn git(directory: &Path, arguments: &[&str], input: String) -> Vec<u8> {
        let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(directory);
        git.output_with_input(input.into_bytes()).unwrap()
    }

    /// The files grow line by line. git packs the older versions as deltas of the newer ones, in long chains.
    /// A chain of versions of a large file costs a few deltas for each version, in any order.
    #[test]
    fn chain_of_large_objects_is_not_rebuilt_for_each() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "--bare", "."], String::new());
        let mut stream = String::new();
        for at in 0..64 {
            let text = "0".repeat(1 << 20) + &format!("{at:08}") + &"0".repeat(MAX_SMALL - (1 << 20));
            stream += &format!("blob\nmark :{}\ndata {}\n{text}\n", at + 1, text.len());
        }
        git(
            folder.path(),
            &["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--depth=100"],
            stream,
        );
        let list = git(
            folder.path(),
            &["cat-file", "--batch-all-objects", "--batch-check", "--unordered"],
            String::new(),
        );
        let oid = |line: &[u8]| Oid::from_hex(line.split(|byte| *byte == b' ').next().unwrap()).unwrap();
        let mut oids: Vec<Oid> = list.lines().map(oid).collect();
        for _ in 0..2 {
            oids.reverse();
            let packs = PackedObjects::open(Some(&folder.path().join("objects")));
            assert!(oids.iter().all(|oid| packs.find(*oid).is_some_and(|(_, data)| data.len() > MAX_SMALL)));
            let rebuilt = packs.unpacker.borrow().rebuilt;
            assert!((63..300).contains(&rebuilt), "{rebuilt}");
        }
    }

    #[test]
    fn objects_equal_those_of_git_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "--bare", "."], String::new());
        let (mut stream, mut text) = (String::new(), String::new());
        for at in 0..200 {
            text += &format!("line {at} {}\n", at * 7919);
            stream += "commit refs/heads/x\ncommitter A <a@x.test> 1 +0000\ndata 1\nm\n";
            stream += &format!("M 644 inline d/{at}\ndata {}\n{text}\n", text.len());
        }
        git(folder.path(), &["fast-import", "--quiet"], stream);
        git(folder.path(), &["repack", "-q", "-a", "-d", "-f"], String::new());
        let packs = PackedObjects::open(Some(&folder.path().join("objects")));
        let list = git(folder.path(), &["cat-file", "--batch-all-objects", "--batch-check"], String::new());
        let mut rest = git(folder.path(), &["cat-file", "--batch-all-objects", "--batch"], String::new());
        let oid = |line: &[u8]| Oid::from_hex(line.split(|byte| *byte == b' ').next().unwrap()).unwrap();
        for line in list.lines() {
            let (kind, data) = packs.find(oid(line)).unwrap();
            assert_eq!(line, format!("{} {} {}", oid(line), kind.word(), data.len()).as_bytes());
            let wanted = [line, b"\n", &data, b"\n"].concat();
            assert!(rest.starts_with(&wanted), "{:?}", line.as_bstr());
            rest.drain(..wanted.len());
        }
        assert!(rest.is_empty() && list.lines().all(|line| packs.find(oid(line)).is_some()));
        assert!(packs.find(Oid::from_hex(&[b'0'; 40]).unwrap()).is_none());
    }
}
