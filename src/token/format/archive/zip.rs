//! Zip files.

use std::borrow::Cow;

use bstr::BString;
use flate2::{Decompress, FlushDecompress, Status};

use super::{Allowance, MAX_MEMBER, Member, stored};

/// Signature of the local header of a member.
pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";

/// Signature of the record that ends the central directory. Only a comment follows this record.
const END: &[u8] = b"PK\x05\x06";

/// Number of bytes at the end of a file in which [`END`] is searched. A comment is seldom longer than a line.
const TAIL: usize = 1024;

/// Minimum number of bytes that are inflated at once.
const STEP: usize = 64 << 10;

/// Returns whether bytes are a zip file. A self-extracting one starts with a program and is recognized by its
/// end.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    let (_, tail) = bytes.split_at(bytes.len().saturating_sub(TAIL));
    // The last byte of the signature is rare, and a search for one byte is the cheapest.
    bytes.starts_with(SIGNATURE)
        || memchr::memrchr_iter(b'\x06', tail).any(|at| tail.split_at(at + 1).0.ends_with(END))
}

/// Reader of the members of a zip file.
///
/// Members are found by their local headers, which exist even if the central directory is missing or wrong.
pub(crate) struct ZipMembers<'a> {
    rest: &'a [u8],
}

impl<'a> ZipMembers<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Reads the next member, within an allowance.
    ///
    /// Goes on behind the bytes that were read, so that members that overlap are inflated once.
    pub(super) fn next(&mut self, left: &mut Allowance) -> Option<Member<'a>> {
        loop {
            let start = memchr::memmem::find(self.rest, SIGNATURE)?;
            let (_, bytes) = self.rest.split_at(start);
            // Bytes that only look like a header hide no member after them, nor in their name.
            self.rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
            let Some((header, data)) = ZipHeader::parse(bytes) else { continue };
            let hides = header.hides;
            let (member, used) = header.member(data, left);
            // Bytes that are read again are paid for.
            if !hides || !left.take(bytes.len() - data.len() + used) {
                self.rest = data.get(used..).unwrap_or_default();
            }
            return Some(member);
        }
    }
}

/// The local header of a member.
struct ZipHeader {
    name: BString,
    method: u16,
    is_encrypted: bool,
    /// The size of the data, or 0 if it is stated only after the data.
    packed: usize,
    /// True if the name or the extra field contains the signature of another header.
    hides: bool,
}

impl ZipHeader {
    /// Parses a header and returns the data after it.
    ///
    /// `None` if the header is incomplete.
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<30>()?;
        let short = |low: u8, high: u8| u16::from_le_bytes([low, high]);
        let packed = u32::from_le_bytes([fixed[18], fixed[19], fixed[20], fixed[21]]);
        let (name, rest) = rest.split_at_checked(short(fixed[26], fixed[27]).into())?;
        let (extra, rest) = rest.split_at_checked(short(fixed[28], fixed[29]).into())?;
        let hides = |bytes: &[u8]| memchr::memmem::find(bytes, SIGNATURE).is_some();
        let header = Self {
            name: name.into(),
            method: short(fixed[8], fixed[9]),
            is_encrypted: fixed[6] & 1 != 0,
            packed: packed as usize,
            hides: hides(name) || hides(extra),
        };
        Some((header, rest))
    }

    /// Returns the member, and the number of bytes that it occupies in the data.
    fn member<'a>(self, data: &'a [u8], left: &mut Allowance) -> (Member<'a>, usize) {
        let packed = self.packed.min(data.len());
        match self.method {
            0 if !self.is_encrypted => {
                let (content, _) = data.split_at(packed);
                let used = used_of_stored(content, left);
                (stored(self.name, content), used)
            }
            8 if !self.is_encrypted => inflate(self.name, data, left),
            // The size that is stated may hide the members after it.
            _ => (Member { name: self.name, content: Cow::default(), is_whole: false }, 0),
        }
    }
}

/// Returns the number of bytes of a stored member that need not be read again: those before a header in it, which
/// may be that of a member. Those of an archive are read as its own.
fn used_of_stored(content: &[u8], left: &mut Allowance) -> usize {
    let header = memchr::memmem::find(content, SIGNATURE).filter(|_| !super::is_archive(content));
    header.filter(|_| left.take(content.len().min(MAX_MEMBER))).unwrap_or(content.len())
}

/// Inflates a deflate stream up to its own end, which the header may not state, or up to a limit.
///
/// Returns the member, and the number of bytes that need not be read again. Every inflated byte is taken from
/// the allowance, also those that are not kept.
fn inflate<'a>(name: BString, data: &[u8], left: &mut Allowance) -> (Member<'a>, usize) {
    let mut inflater = Decompress::new(false);
    let mut content = Vec::new();
    let (is_whole, used) = loop {
        content.reserve(STEP);
        let written = content.len();
        let (_, rest) = data.split_at(inflater.total_in() as usize);
        let status = inflater.decompress_vec(rest, &mut content, FlushDecompress::None);
        let read = inflater.total_in() as usize;
        let is_paid = left.take(content.len() - written);
        match status {
            _ if !is_paid || content.len() > MAX_MEMBER => break (false, read),
            Ok(Status::StreamEnd) => break (true, read),
            Ok(_) if content.len() > written => {}
            // A damaged stream is searched up to the damage. It may hold headers, but the bytes before the
            // damage are read only once: each of many streams could go on to the end of the file.
            _ => break (true, read),
        }
    };
    content.truncate(MAX_MEMBER);
    (Member { name, content: content.into(), is_whole }, used)
}
