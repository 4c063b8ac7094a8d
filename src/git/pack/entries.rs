//! Reads pack entries from the file, because loading a whole pack into memory would be wasteful.

use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;

use gix_pack::data::Entry;
use gix_pack::data::entry::Header;
use libdeflater::Decompressor;

use crate::platform;

const HASH: gix_hash::Kind = gix_hash::Kind::Sha1;

/// Minimum number of bytes read at once.
const LEAST: usize = 2 << 10;

/// Maximum number of bytes read ahead in sequential reads.
const MOST: usize = 64 << 10;

/// Number of cached windows of a pack.
///
/// Deltas of one base are close together, but the deltas of the first of them are elsewhere: each level of a
/// delta tree is read at another offset.
const WINDOWS: usize = 16;

/// Random access to the entries of a pack.
pub(in crate::git) struct Entries {
    file: File,
    end: u64,
    windows: [Window; WINDOWS],
    /// Window that a non-sequential read has replaced last; the next one is the oldest.
    last: usize,
    inflate: Decompressor,
}

/// A range of a pack that is cached in memory.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Returns true if an offset is inside the window or directly after it.
    fn leads_to(&self, offset: u64) -> bool {
        self.start < offset && offset <= self.start + self.bytes.len() as u64
    }

    /// Returns the range of an entry in the window; `None` if it is not fully inside.
    fn range(&self, extent: Extent) -> Option<Range<usize>> {
        let start = usize::try_from(extent.start.checked_sub(self.start)?).ok()?;
        let end = usize::try_from(extent.end.checked_sub(self.start)?).ok()?;
        (start <= end && end <= self.bytes.len()).then_some(start..end)
    }
}

/// Byte range of an entry in the pack, and its CRC-32 as recorded in the index.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct Extent {
    pub(in crate::git) start: u64,
    pub(in crate::git) end: u64,
    pub(in crate::git) crc: u32,
}

impl Entries {
    /// Creates a reader for a pack whose last entry ends at `end`.
    pub(in crate::git) fn new(file: File, end: u64) -> Self {
        Self { file, end, windows: Default::default(), last: 0, inflate: Decompressor::new() }
    }

    /// Unpacks the content of an entry: a whole object or a delta.
    ///
    /// `None` if the bytes do not match the CRC in the index: unpacking alone does not detect all damage.
    pub(in crate::git) fn unpack(&mut self, extent: Extent, out: &mut Vec<u8>) -> Option<()> {
        let (window, range) = self.load(extent)?;
        let bytes = self.windows.get(window)?.bytes.get(range)?;
        if crc32fast::hash(bytes) != extent.crc {
            return None;
        }
        let entry = Entry::from_bytes(bytes, extent.start, HASH).ok()?;
        let packed = bytes.get(entry.header_size()..)?;
        let size = usize::try_from(entry.decompressed_size).ok()?;
        out.try_reserve_exact(size.saturating_sub(out.len())).ok()?;
        out.resize(size, 0);
        (self.inflate.zlib_decompress(packed, out).ok()? == size).then_some(())
    }

    /// Returns true if the content of an entry, or the entry itself, is larger than a number of bytes.
    pub(in crate::git) fn is_larger(&mut self, extent: Extent, most: usize) -> Option<bool> {
        if extent.end.checked_sub(extent.start)? > most as u64 {
            return Some(true);
        }
        let (window, range) = self.load(extent)?;
        let bytes = self.windows.get(window)?.bytes.get(range)?;
        Some(Entry::from_bytes(bytes, extent.start, HASH).ok()?.decompressed_size > most as u64)
    }

    /// Reads the header of an entry, which is the kind of the object or the base of the delta, and the size of the
    /// unpacked entry in bytes.
    pub(in crate::git) fn header(&mut self, extent: Extent) -> Option<(Header, u64)> {
        let (window, range) = self.load(extent)?;
        let bytes = self.windows.get(window)?.bytes.get(range)?;
        let entry = Entry::from_bytes(bytes, extent.start, HASH).ok()?;
        Some((entry.header, entry.decompressed_size))
    }

    /// Loads an entry; returns the index of its window and its range there.
    fn load(&mut self, extent: Extent) -> Option<(usize, Range<usize>)> {
        let found =
            self.windows.iter().enumerate().find_map(|(at, window)| Some((at, window.range(extent)?)));
        if found.is_some() {
            return found;
        }
        let at = self.windows.iter().position(|window| window.leads_to(extent.start));
        // A read that continues a window is likely to go on, so it reads twice as much as the last one.
        let least =
            at.and_then(|at| self.windows.get(at)).map_or(LEAST, |window| MOST.min(2 * window.bytes.len()));
        let at = at.unwrap_or_else(|| {
            self.last = (self.last + 1) % WINDOWS;
            self.last
        });
        let length = usize::try_from(extent.end.checked_sub(extent.start)?).ok()?;
        let rest = usize::try_from(self.end.checked_sub(extent.start)?).ok()?;
        let window = self.windows.get_mut(at)?;
        window.start = extent.start;
        if window.bytes.capacity() > 2 * MOST {
            window.bytes = Vec::new();
        }
        window.bytes.resize(length.max(least).min(rest), 0);
        platform::read_exact_at(&self.file, &mut window.bytes, extent.start).ok()?;
        Some((at, window.range(extent)?))
    }
}

/// Reads the headers of entries in the order of their offsets.
pub(in crate::git) struct Headers {
    file: BufReader<File>,
    position: u64,
}

impl Headers {
    pub(in crate::git) fn open(path: &Path) -> Option<Self> {
        Some(Self { file: BufReader::with_capacity(1 << 16, File::open(path).ok()?), position: 0 })
    }

    pub(in crate::git) fn at(&mut self, offset: u64) -> Option<Header> {
        let ahead = i64::try_from(offset.checked_sub(self.position)?).ok()?;
        self.file.seek_relative(ahead).ok()?;
        let entry = Entry::from_read(&mut self.file, offset, HASH.len_in_bytes()).ok()?;
        self.position = entry.data_offset;
        Some(entry.header)
    }
}
