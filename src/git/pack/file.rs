//! A pack file with its index.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use flate2::{Decompress, FlushDecompress};
use gix_pack::data::Entry;
use gix_pack::data::entry::Header;
use gix_pack::index;

use super::delta::built_size;
use super::entries::Entries;
use crate::git::{ObjectKind, Oid};
use crate::platform::{self, FileVersion};

/// Maximum depth of a delta chain; git never writes a deeper one.
pub(in crate::git) const MAX_DEPTH: usize = 4096;

/// Size of the header of a pack, in bytes.
const HEADER: u64 = 12;

/// Size of the checksum at the end of a pack, in bytes.
const TRAILER: u64 = 20;

/// A pack and its index.
pub(in crate::git) struct Pack {
    pub(in crate::git) index: index::File,
    pub(in crate::git) path: PathBuf,
    pub(in crate::git) file: File,
    /// Position of the first object, in the numbering of [`Packs`](super::packs::Packs).
    pub(in crate::git) first: u32,
    /// Offset of the end of the last object.
    pub(in crate::git) end: u64,
    /// Versions of pack and index when they were opened; `None` if the system does not tell them.
    version: Option<[FileVersion; 2]>,
}

/// Source of an object: itself, or its delta base.
pub(in crate::git) enum Origin {
    Itself(ObjectKind),
    /// Offset of the delta base.
    Base(u64),
}

impl Pack {
    /// Opens the packs of an object directory. Packs that cannot be opened are skipped.
    pub(in crate::git) fn all(objects: &Path) -> Vec<Self> {
        let listing = std::fs::read_dir(objects.join("pack")).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = listing.map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
        paths.iter().filter_map(|path| Self::open(path)).collect()
    }

    /// Opens the pack of an index file, if count and checksum of both match.
    fn open(path: &Path) -> Option<Self> {
        let index_version = path.metadata().ok().as_ref().and_then(platform::file_version);
        let index = index::File::at(path, gix_hash::Kind::Sha1).ok()?;
        let path = path.with_extension("pack");
        let file = File::open(&path).ok()?;
        let end = file.metadata().ok()?.len().checked_sub(TRAILER).filter(|end| *end >= HEADER)?;
        let (mut header, mut checksum) = ([0; HEADER as usize], [0; TRAILER as usize]);
        platform::read_exact_at(&file, &mut header, 0).ok()?;
        platform::read_exact_at(&file, &mut checksum, end).ok()?;
        let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, count @ ..] = header else { return None };
        let is_counted = u32::from_be_bytes(count) == index.num_objects();
        let is_same = index.pack_checksum().as_slice() == checksum;
        let mut pack = Self { index, path, file, first: 0, end, version: None };
        pack.version = index_version
            .and_then(|index| Some([platform::file_version(&pack.file.metadata().ok()?)?, index]));
        (is_counted && is_same).then_some(pack)
    }

    /// Returns the versions of pack and index, if they are those that were opened, and belong to the user or to root.
    ///
    /// A version says nothing of what its owner writes through a mapping (mmap(2)).
    pub(in crate::git) fn version(&self) -> Option<[FileVersion; 2]> {
        let found = [self.file.metadata().ok()?, self.path.with_extension("idx").metadata().ok()?];
        let is_trusted = |found: &Metadata| [platform::user(), 0].contains(&platform::owner(found));
        let [pack, index] = found.each_ref().map(platform::file_version);
        let now = [pack?, index?];
        (found.iter().all(is_trusted) && self.version == Some(now)).then_some(now)
    }

    /// Returns a reader of the entries; `None` if the file cannot be opened once more.
    pub(in crate::git) fn entries(&self) -> Option<Entries> {
        Some(Entries::new(self.file.try_clone().ok()?, self.end))
    }

    /// Returns the number of an object in the index; `None` if the pack does not have it.
    pub(in crate::git) fn lookup(&self, oid: Oid) -> Option<u32> {
        self.index.lookup(gix_hash::oid::try_from_bytes(oid.as_bytes()).ok()?)
    }

    /// Returns the kind of an object from the headers along its delta chain, without unpacking it.
    pub(in crate::git) fn kind(&self, number: u32) -> Option<ObjectKind> {
        let mut offset = self.index.pack_offset_at_index(number);
        for _ in 0..MAX_DEPTH {
            match self.origin(offset, self.header(offset)?)? {
                Origin::Itself(kind) => return Some(kind),
                Origin::Base(base) => offset = base,
            }
        }
        None
    }

    /// Returns the kind of a whole object, or the offset of the base of a delta.
    pub(in crate::git) fn origin(&self, offset: u64, header: Header) -> Option<Origin> {
        Some(match header {
            Header::Commit => Origin::Itself(ObjectKind::Commit),
            Header::Tree => Origin::Itself(ObjectKind::Tree),
            Header::Blob => Origin::Itself(ObjectKind::Blob),
            Header::Tag => Origin::Itself(ObjectKind::Tag),
            Header::OfsDelta { base_distance } => Origin::Base(offset.checked_sub(base_distance)?),
            Header::RefDelta { base_id } => {
                Origin::Base(self.index.pack_offset_at_index(self.index.lookup(base_id)?))
            }
        })
    }

    /// Returns the size of the object at an offset, from the start of its entry.
    pub(in crate::git) fn size(&self, offset: u64) -> Option<u64> {
        let mut bytes = [0; 512];
        let read = platform::read_at(&self.file, &mut bytes, offset).ok()?;
        let bytes = bytes.get(..read)?;
        let entry = Entry::from_bytes(bytes, offset, gix_hash::Kind::Sha1).ok()?;
        if !entry.header.is_delta() {
            return Some(entry.decompressed_size);
        }
        let mut delta = Vec::with_capacity(32);
        let packed = bytes.get(entry.header_size()..)?;
        let _ = Decompress::new(true).decompress_vec(packed, &mut delta, FlushDecompress::None);
        built_size(&delta).map(|size| size as u64)
    }

    /// Returns the kind of the object at an offset, or the base of its delta.
    pub(in crate::git) fn origin_at(&self, offset: u64) -> Option<Origin> {
        self.origin(offset, self.header(offset)?)
    }

    /// Reads the header of the entry at an offset.
    fn header(&self, offset: u64) -> Option<Header> {
        let mut bytes = [0; 32];
        let read = platform::read_at(&self.file, &mut bytes, offset).ok()?;
        Some(Entry::from_bytes(bytes.get(..read)?, offset, gix_hash::Kind::Sha1).ok()?.header)
    }
}
