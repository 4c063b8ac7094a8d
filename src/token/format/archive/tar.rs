//! Tar files.

use bstr::{BString, ByteSlice as _};

use super::{Member, stored};

/// Size of a header, and unit of the size of members, in bytes.
const BLOCK: usize = 512;

/// Returns whether the first block is the header of a member, with a valid checksum.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|block| TarHeader(block).has_valid_checksum())
}

/// Reader of the members of a tar file.
pub(crate) struct TarMembers<'a> {
    rest: &'a [u8],
}

impl<'a> TarMembers<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns name and content of the next file. The content ends where the archive ends.
    pub(super) fn next(&mut self) -> Option<Member<'a>> {
        let mut long_name = None;
        loop {
            let (block, data) = self.rest.split_first_chunk::<BLOCK>()?;
            let header = TarHeader(block);
            let size = header.size().filter(|_| !header.is_end())?;
            let data = header.skip_sparse_map(data);
            let content = data.get(..size).unwrap_or(data);
            let end = size.checked_next_multiple_of(BLOCK);
            self.rest = end.and_then(|end| data.get(end..)).unwrap_or_default();
            match header.type_flag() {
                b'L' => long_name = Some(until_nul(content).into()),
                b'x' => long_name = pax_path(content).or(long_name.take()),
                b'K' | b'g' => {}
                // A type that is unknown is a file (POSIX), and whatever has a content is searched.
                b'1'..=b'6' if size == 0 => long_name = None,
                _ => return Some(stored(long_name.unwrap_or_else(|| header.name()), content)),
            }
        }
    }
}

/// The header of a member.
struct TarHeader<'a>(&'a [u8; BLOCK]);

impl TarHeader<'_> {
    /// Returns whether the checksum is the sum of the bytes, with blanks in place of the checksum itself.
    fn has_valid_checksum(&self) -> bool {
        let field = &self.0[148..156];
        let is_octal = field.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0))
            && field.iter().any(u8::is_ascii_digit);
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>();
        is_octal && number(field) == Some(sum(self.0) - sum(field) + field.len() * usize::from(b' '))
    }

    /// Returns whether this is not a header but the end of the archive.
    fn is_end(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    fn size(&self) -> Option<usize> {
        number(&self.0[124..136])
    }

    fn type_flag(&self) -> u8 {
        self.0[156]
    }

    /// Skips the blocks between the header of a sparse file and its content, which continue the header.
    fn skip_sparse_map<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        let mut rest = data;
        let mut goes_on = self.type_flag() == b'S' && self.0[482] != 0;
        while goes_on && let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
            goes_on = block[504] != 0;
            rest = after;
        }
        rest
    }

    fn name(&self) -> BString {
        let name = until_nul(&self.0[..100]);
        let prefix = until_nul(&self.0[345..500]);
        let has_prefix = &self.0[257..262] == b"ustar" && !prefix.is_empty();
        if has_prefix { [prefix, b"/", name].concat().into() } else { name.into() }
    }
}

/// Parses an octal number, or a binary one if the first bit is set. Returns `None` on overflow or another
/// digit.
fn number(field: &[u8]) -> Option<usize> {
    if let Some((first @ 0x80.., rest)) = field.split_first() {
        let start = usize::from(first & 0x7f);
        return rest
            .iter()
            .try_fold(start, |value, byte| value.checked_mul(256)?.checked_add(usize::from(*byte)));
    }
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0_usize, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        value.checked_mul(8)?.checked_add(usize::from(digit))
    })
}

/// Returns the path in the records of an extended header: `length path=value`.
fn pax_path(data: &[u8]) -> Option<BString> {
    let (_, path) = data.lines().find_map(|line| line.split_once_str(" path="))?;
    Some(path.into())
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).map_or(bytes, |nul| bytes.split_at(nul).0)
}
