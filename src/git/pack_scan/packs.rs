//! Visits all objects of whole packs, kind by kind, and unpacks each only once.
//!
//! This is the fastest way to read a long history.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use gix_pack::data::Entry;
use gix_pack::data::entry::Header;
use gix_pack::index;

use super::entries::Entries;
use super::order::{Order, Origin, origin};
pub(in crate::git) use crate::git::object::arrived::ArrivedPacks;
pub(in crate::git) use crate::parallel::tasks::Gathered;

use crate::git::{ObjectKind, Oid};
use crate::text::Copied;

/// The packs of a repository. Their objects are numbered; the number of an object is its position.
pub struct Packs {
    packs: Vec<Pack>,
}

pub(in crate::git) struct Pack {
    pub(in crate::git) index: index::File,
    pub(in crate::git) path: PathBuf,
    pub(in crate::git) file: File,
    /// Position of the first object.
    pub(in crate::git) first: usize,
    /// Offset of the end of the last object.
    pub(in crate::git) end: u64,
}

impl Packs {
    /// Opens the packs of an object directory. Packs that cannot be opened are skipped.
    pub(in crate::git) fn open(objects: &Path) -> Self {
        let mut packs = Pack::all(objects);
        // The largest packs come first, because most objects are found there.
        packs.sort_by_key(|pack| std::cmp::Reverse(pack.index.num_objects()));
        let mut next = 0;
        for pack in &mut packs {
            pack.first = next;
            next += pack.index.num_objects() as usize;
        }
        Self { packs }
    }

    /// Returns the number of objects in all packs; an object in several packs counts for each.
    pub fn count(&self) -> usize {
        self.packs.last().map_or(0, |pack| pack.first + pack.index.num_objects() as usize)
    }

    /// Returns the position of an object; `None` if no pack has it.
    pub(in crate::git) fn position(&self, oid: Oid) -> Option<usize> {
        self.packs.iter().find_map(|pack| Some(pack.first + pack.lookup(oid)? as usize))
    }

    /// Returns the kind of an object from the headers along its delta chain, without unpacking it.
    pub(in crate::git) fn kind(&self, oid: Oid) -> Option<ObjectKind> {
        let (pack, number) = self.packs.iter().find_map(|pack| Some((pack, pack.lookup(oid)?)))?;
        let mut offset = pack.index.pack_offset_at_index(number);
        for _ in 0..LONGEST {
            match origin(&pack.index, offset, pack.header(offset)?)? {
                Origin::Itself(kind) => return Some(kind),
                Origin::Base(base) => offset = base,
            }
        }
        None
    }

    /// Prepares a visit of all objects by kind; `None` if a pack does not match its index.
    pub fn by_kind(&self) -> Option<ByKind<'_>> {
        let orders = self.packs.iter().map(|pack| Some((pack, Order::of(pack)?)));
        orders.collect::<Option<_>>().map(|packs| ByKind { packs })
    }
}

/// Maximum depth of a delta chain; git never writes a deeper one.
pub(in crate::git) const LONGEST: usize = 4096;

/// Size of the header of a pack, in bytes.
const HEADER: u64 = 12;

/// Size of the checksum at the end of a pack, in bytes.
const TRAILER: u64 = 20;

impl Pack {
    pub(in crate::git) fn all(objects: &Path) -> Vec<Self> {
        let listing = std::fs::read_dir(objects.join("pack")).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = listing.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
        paths.iter().filter_map(|path| Self::open(path)).collect()
    }

    pub(in crate::git) fn entries(&self) -> Option<Entries> {
        Some(Entries::new(self.file.try_clone().ok()?, self.end))
    }

    /// Returns the number of an object in the index.
    pub(in crate::git) fn lookup(&self, oid: Oid) -> Option<u32> {
        self.index.lookup(gix_hash::oid::try_from_bytes(oid.as_bytes()).ok()?)
    }

    /// Reads the header of the entry at an offset.
    fn header(&self, offset: u64) -> Option<Header> {
        let mut bytes = [0; 32];
        let read = self.file.read_at(&mut bytes, offset).ok()?;
        Some(Entry::from_bytes(bytes.get(..read)?, offset, gix_hash::Kind::Sha1).ok()?.header)
    }

    /// Opens the pack of an index file, if count and checksum of both match.
    fn open(path: &Path) -> Option<Self> {
        let index = index::File::at(path, gix_hash::Kind::Sha1).ok()?;
        let path = path.with_extension("pack");
        let file = File::open(&path).ok()?;
        let end = file.metadata().ok()?.len().checked_sub(TRAILER).filter(|end| *end >= HEADER)?;
        let (mut header, mut checksum) = ([0; HEADER as usize], [0; TRAILER as usize]);
        file.read_exact_at(&mut header, 0).ok()?;
        file.read_exact_at(&mut checksum, end).ok()?;
        let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, count @ ..] = header else { return None };
        let is_counted = u32::from_be_bytes(count) == index.num_objects();
        let is_same = index.pack_checksum().as_slice() == checksum;
        (is_counted && is_same).then_some(Self { index, path, file, first: 0, end })
    }
}

/// An unpacked object of a pack.
#[derive(Debug, Clone, Copy)]
pub struct Packed<'a> {
    pub(in crate::git) position: usize,
    /// Object id.
    pub oid: Oid,
    /// Content of the object.
    pub data: &'a [u8],
}

/// Delta base of an object.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a, T> {
    /// Result of the closure for the base.
    pub value: &'a T,
    /// Ranges of the base that the object copies.
    pub copied: &'a [Copied],
}

/// The objects of packs, grouped by kind.
pub struct ByKind<'p> {
    packs: Vec<(&'p Pack, Order)>,
}

impl ByKind<'_> {
    /// Passes every object of a kind to a closure, on all cores; each core has its own clone of the closure.
    ///
    /// With a delta, the closure also gets its result for the base. Returns the number of objects. `None` if
    /// a pack does not match its index; the results so far then prove nothing.
    pub fn each<T>(
        &self,
        kind: ObjectKind,
        see: impl FnMut(Packed<'_>, Option<Base<'_, T>>) -> T + Send + Clone,
    ) -> Option<usize> {
        self.packs.iter().map(|(pack, order)| super::traverse::each(pack, order, kind, see.clone())).sum()
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;

    use super::*;
    use crate::git::Git;

    #[test]
    fn each_object_has_its_own_position() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: String| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            git.output_with_input(input.into_bytes()).unwrap()
        };
        git(&["init", "-q", "--bare", "."], String::new());
        for part in 0..3 {
            let blob = |at: usize| format!("blob\ndata 9\n{part} {at:06}\n");
            git(&["fast-import", "--quiet"], (0..1000).map(blob).collect());
        }
        let packs = Packs::open(&folder.path().join("objects"));
        let list = git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"], String::new());
        assert!(list.lines().all(|line| packs.kind(Oid::from_hex(line).unwrap()) == Some(ObjectKind::Blob)));
        let position = |line: &[u8]| packs.position(Oid::from_hex(line).unwrap());
        let mut positions: Vec<usize> = list.lines().filter_map(position).collect();
        positions.sort_unstable();
        assert!(packs.packs.len() > 1 && positions.into_iter().eq(0..packs.count()));
        for line in list.lines() {
            let mut other = line.to_vec();
            other[20] = if other[20] == b'0' { b'1' } else { b'0' };
            assert_eq!(position(&other), None);
        }
        assert_eq!([b"0", b"f"].map(|digit| position(&digit.repeat(40))), [None; 2]);
    }
}
