//! Zip files.

use std::borrow::Cow;

use bstr::BString;
use flate2::{Decompress, FlushDecompress, Status};

/// Signature of the local header of a member.
pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";

/// Signature of the record that ends the central directory. Only a comment follows this record.
const END: &[u8] = b"PK\x05\x06";

/// Number of bytes at the end of a file in which [`END`] is searched. A comment is seldom longer than a line.
const TAIL: usize = 1024;

/// Returns whether bytes are a zip file. A self-extracting one starts with a program and is recognized by its
/// end.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    let (_, tail) = bytes.split_at(bytes.len().saturating_sub(TAIL));
    bytes.starts_with(SIGNATURE) || memchr::memmem::rfind(tail, END).is_some()
}

/// Returns name and content of each member of at most a number of bytes. The content is `None` if the member
/// cannot be read.
///
/// Members are found by their local headers, which exist even if the central directory is missing or wrong.
pub(super) fn members(bytes: &[u8], most: usize) -> impl Iterator<Item = (BString, Option<Cow<'_, [u8]>>)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let start = memchr::memmem::find(rest, SIGNATURE)?;
        let (header, data) = ZipHeader::parse(rest.split_at(start).1)?;
        let (content, used) = header.content(data, most);
        rest = data.get(used..).unwrap_or_default();
        Some((header.name, content))
    })
}

/// The local header of a member.
struct ZipHeader {
    name: BString,
    method: u16,
    is_encrypted: bool,
    /// The size of the data, or 0 if it is stated only after the data.
    packed: usize,
}

impl ZipHeader {
    /// Parses a header and returns the data after it. `None` if the header is incomplete.
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<30>()?;
        let short = |low: u8, high: u8| u16::from_le_bytes([low, high]);
        let packed = u32::from_le_bytes([fixed[18], fixed[19], fixed[20], fixed[21]]);
        let (name, rest) = rest.split_at_checked(short(fixed[26], fixed[27]).into())?;
        let extra = usize::from(short(fixed[28], fixed[29]));
        let header = Self {
            name: name.into(),
            method: short(fixed[8], fixed[9]),
            is_encrypted: fixed[6] & 1 != 0,
            packed: packed as usize,
        };
        Some((header, rest.get(extra..).unwrap_or_default()))
    }

    /// Returns the content, or `None` if it cannot be read, and the number of bytes that it occupies in the
    /// data.
    fn content<'a>(&self, data: &'a [u8], most: usize) -> (Option<Cow<'a, [u8]>>, usize) {
        let packed = self.packed.min(data.len());
        match self.method {
            _ if self.is_encrypted => (None, packed),
            0 => {
                let (content, _) = data.split_at(packed);
                (Some(content.into()).filter(|_| packed <= most), packed)
            }
            8 => inflate(data, packed, most),
            _ => (None, packed),
        }
    }
}

/// Inflates a deflate stream up to its own end, which the header may not state.
///
/// Returns the content, or `None` if it is too large, and the number of bytes that need not be read again.
fn inflate(data: &[u8], packed: usize, most: usize) -> (Option<Cow<'_, [u8]>>, usize) {
    let mut inflater = Decompress::new(false);
    let mut content = Vec::new();
    loop {
        content.reserve(64 << 10);
        let written = content.len();
        let (_, rest) = data.split_at(inflater.total_in() as usize);
        let status = inflater.decompress_vec(rest, &mut content, FlushDecompress::None);
        let read = inflater.total_in() as usize;
        match status {
            _ if content.len() > most => return (None, packed.max(read)),
            Ok(Status::StreamEnd) => return (Some(content.into()), read),
            Ok(_) if content.len() > written => {}
            // A damaged stream is searched up to the damage. It may hold headers, but the bytes before the
            // damage are read only once: each of many streams could go on to the end of the file.
            _ => return (Some(content.into()), packed.max(read)),
        }
    }
}
