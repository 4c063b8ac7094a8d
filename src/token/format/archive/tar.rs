//! Headers of tar files.

use bstr::{BString, ByteSlice as _};

use super::BLOCK;

/// Returns whether the first block is a tar header.
///
/// Its checksum must be the sum of its bytes, with blanks in place of the checksum itself.
pub(in crate::token) fn is_tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.get(..BLOCK) else { return false };
    let field = header.get(148..156).unwrap_or_default();
    let octal = field.iter().all(|byte| matches!(byte, b'0'..=b'7' | b' ' | 0))
        && field.iter().any(u8::is_ascii_digit);
    if !octal {
        return false;
    }
    let sum: usize = header.iter().map(|byte| usize::from(*byte)).sum();
    let own: usize = field.iter().map(|byte| usize::from(*byte)).sum();
    number(field) == Some(sum - own + field.len() * usize::from(b' '))
}

/// Parses an octal number, or a binary one if the first bit is set. Returns `None` on overflow or another
/// digit.
pub(in crate::token) fn number(field: &[u8]) -> Option<usize> {
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

pub(in crate::token) fn tar_name(header: &[u8]) -> BString {
    let name = until_nul(header.get(..100).unwrap_or_default());
    let prefix = until_nul(header.get(345..500).unwrap_or_default());
    let ustar = header.get(257..262) == Some(b"ustar") && !prefix.is_empty();
    if ustar { [prefix, b"/", name].concat().into() } else { name.into() }
}

/// Returns the path in the records of an extended header: `length path=value`.
pub(in crate::token) fn pax_path(data: &[u8]) -> Option<BString> {
    let record = data.lines().find_map(|line| line.split_once_str(" path="))?;
    Some(record.1.into())
}

pub(in crate::token) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}
