//! Members of zip files.

use std::borrow::Cow;

use bstr::BString;
use flate2::{Decompress, FlushDecompress, Status};

use super::MAX_MEMBER;

/// Signature of the local header of a member.
pub(in crate::token) const ZIP: &[u8] = b"PK\x03\x04";

/// Signature of the record that ends the central directory. Only a comment follows this record.
const END: &[u8] = b"PK\x05\x06";

/// Number of bytes at the end of a file in which [`END`] is searched. A comment is seldom longer than a line.
const TAIL: usize = 1024;

/// Returns whether bytes are a zip file. A self-extracting one starts with a program and is recognized by its
/// end.
pub(in crate::token) fn is_zip(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or_default();
    bytes.starts_with(ZIP) || memchr::memmem::rfind(tail, END).is_some()
}

/// The local header of a member.
pub(in crate::token) struct ZipHeader {
    pub(in crate::token) name: BString,
    pub(in crate::token) length: usize,
    method: u16,
    encrypted: bool,
    packed: usize,
}

impl ZipHeader {
    pub(in crate::token) fn read(bytes: &[u8]) -> Option<Self> {
        let short = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let packed = u32::from_le_bytes(bytes.get(18..22)?.try_into().ok()?);
        let (name, extra) = (usize::from(short(26)?), usize::from(short(28)?));
        Some(Self {
            name: bytes.get(30..30 + name)?.into(),
            length: 30 + name + extra,
            method: short(8)?,
            encrypted: short(6)? & 1 != 0,
            packed: usize::try_from(packed).ok()?,
        })
    }

    /// Returns the content, or `None` if it cannot be read, and the number of bytes that it occupies in the
    /// archive.
    pub(in crate::token) fn content<'a>(&self, data: &'a [u8]) -> (Option<Cow<'a, [u8]>>, usize) {
        let packed = self.packed.min(data.len());
        match self.method {
            _ if self.encrypted => (None, packed),
            0 => {
                let content = data.get(..packed).filter(|content| content.len() <= MAX_MEMBER);
                (content.map(Cow::Borrowed), packed)
            }
            8 => inflate(data, packed),
            _ => (None, packed),
        }
    }
}

/// Inflates a deflate stream up to its own end, which the header may not state.
///
/// Returns the content, or `None` if it is too large, and the number of bytes read.
fn inflate(data: &[u8], packed: usize) -> (Option<Cow<'_, [u8]>>, usize) {
    let mut inflater = Decompress::new(false);
    let mut content = Vec::new();
    loop {
        content.reserve(64 << 10);
        let used = usize::try_from(inflater.total_in()).unwrap_or(data.len());
        let before = content.len();
        let rest = data.get(used..).unwrap_or_default();
        let status = inflater.decompress_vec(rest, &mut content, FlushDecompress::None);
        let used = usize::try_from(inflater.total_in()).unwrap_or(data.len());
        match status {
            _ if content.len() > MAX_MEMBER => return (None, packed.max(1)),
            Ok(Status::StreamEnd) => return (Some(content.into()), used),
            Ok(_) if content.len() > before => {}
            // A damaged stream is searched up to the damage.
            _ => return (Some(content.into()), packed.max(1)),
        }
    }
}
