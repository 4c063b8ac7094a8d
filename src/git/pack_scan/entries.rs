//! Reads the entries of a pack from the file: to have all of the pack in memory for that would be a waste.

use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use gix_pack::data::Entry;
use gix_pack::data::entry::Header;
use libdeflater::Decompressor;

const HASH: gix_hash::Kind = gix_hash::Kind::Sha1;

/// How much of a pack is read at once, at least.
const LEAST: usize = 2 << 10;

/// How much is read at once where reading goes on.
const MOST: usize = 64 << 10;

/// How many stretches of a pack are at hand. What is made from the same object stands close together, and what is made from
/// the first of these stands elsewhere.
const WINDOWS: usize = 16;

/// Reads entries anywhere in a pack.
pub(in crate::git) struct Entries {
    file: File,
    end: u64,
    windows: [Window; WINDOWS],
    /// Which of them was read last where reading did not go on; the next was read longest ago.
    last: usize,
    inflate: Decompressor,
}

/// A stretch of a pack.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Whether an offset is in it, or right behind it.
    fn leads_to(&self, offset: u64) -> bool {
        self.start < offset && offset <= self.start + self.bytes.len() as u64
    }

    /// Where the bytes of an entry stand in it.
    fn range(&self, extent: Extent) -> Option<Range<usize>> {
        let start = usize::try_from(extent.start.checked_sub(self.start)?).ok()?;
        let end = usize::try_from(extent.end.checked_sub(self.start)?).ok()?;
        (start <= end && end <= self.bytes.len()).then_some(start..end)
    }
}

/// Where an entry lies, and what the index has noted of its bytes.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct Extent {
    pub(in crate::git) start: u64,
    pub(in crate::git) end: u64,
    pub(in crate::git) crc: u32,
}

impl Entries {
    /// Of a pack whose entries end somewhere.
    pub(in crate::git) fn new(file: File, end: u64) -> Self {
        Self { file, end, windows: Default::default(), last: 0, inflate: Decompressor::new() }
    }

    /// Unpacks what an entry holds, a whole object or a delta. None when its bytes are not those that the index has noted:
    /// unpacking alone would not notice all damage.
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

    /// What an entry says that it holds.
    pub(in crate::git) fn header(&mut self, extent: Extent) -> Option<Header> {
        let (window, range) = self.load(extent)?;
        let bytes = self.windows.get(window)?.bytes.get(range)?;
        Some(Entry::from_bytes(bytes, extent.start, HASH).ok()?.header)
    }

    /// In which window the bytes of an entry stand, and where.
    fn load(&mut self, extent: Extent) -> Option<(usize, Range<usize>)> {
        let found =
            self.windows.iter().enumerate().find_map(|(at, window)| Some((at, window.range(extent)?)));
        if found.is_some() {
            return found;
        }
        let at = self.windows.iter().position(|window| window.leads_to(extent.start));
        // Where reading goes on behind a window, it is likely to go on further.
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
        self.file.read_exact_at(&mut window.bytes, extent.start).ok()?;
        Some((at, window.range(extent)?))
    }
}

/// Reads the headers of entries in their order.
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
