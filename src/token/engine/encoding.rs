//! Texts in UTF-16 and UTF-32.

use std::borrow::Cow;

/// Encoding of a text, as far as it matters for a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes that are searched as they are.
    Bytes,
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

/// Returns whether a text is UTF-16 or UTF-32: it has a byte order mark, or starts with ASCII in two or four bytes per
/// character.
pub(super) fn is_wide(bytes: &[u8]) -> bool {
    Encoding::of(bytes) != Encoding::Bytes
}

/// Converts UTF-16 and UTF-32 to UTF-8; returns any other text unchanged.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    Encoding::of(bytes).decode(bytes)
}

impl Encoding {
    /// Returns the encoding of a text by its start.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let start = bytes.get(..64).unwrap_or(bytes);
        let (units, _) = start.as_chunks::<2>();
        let (long, _) = start.as_chunks::<4>();
        let ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        // The mark of UTF-32 begins with that of UTF-16, so all of the text has to be UTF-32.
        let (is_le, is_be) =
            (|| are_chars(bytes, u32::from_le_bytes), || are_chars(bytes, u32::from_be_bytes));
        match bytes {
            [0xff, 0xfe, 0, 0, ..] if is_le() => Self::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] if is_be() => Self::Utf32Be,
            [_, 0, 0, 0, _, 0, 0, 0, ..]
                if long.iter().all(|unit| matches!(unit, [low, 0, 0, 0] if ascii(*low))) && is_le() =>
            {
                Self::Utf32Le
            }
            [0, 0, 0, _, 0, 0, 0, _, ..]
                if long.iter().all(|unit| matches!(unit, [0, 0, 0, low] if ascii(*low))) && is_be() =>
            {
                Self::Utf32Be
            }
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            [_, 0, _, 0, ..] if units.iter().all(|[low, high]| ascii(*low) && *high == 0) => Self::Utf16Le,
            [0, _, 0, _, ..] if units.iter().all(|[high, low]| ascii(*low) && *high == 0) => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }

    /// Returns the number of bytes of a code unit.
    pub(super) fn unit(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32Le | Self::Utf32Be => 4,
        }
    }

    /// Converts a text in this encoding to UTF-8.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Bytes => bytes.into(),
            Self::Utf16Le => decode_16(bytes, u16::from_le_bytes).into(),
            Self::Utf16Be => decode_16(bytes, u16::from_be_bytes).into(),
            Self::Utf32Le => decode_32(bytes, u32::from_le_bytes).into(),
            Self::Utf32Be => decode_32(bytes, u32::from_be_bytes).into(),
        }
    }
}

/// Returns whether each four bytes of a text are a character.
fn are_chars(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> bool {
    let (units, _) = bytes.as_chunks::<4>();
    units.iter().all(|bytes| char::from_u32(unit(*bytes)).is_some())
}

fn decode_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let (units, _) = bytes.as_chunks::<2>();
    let decoded = char::decode_utf16(units.iter().map(|bytes| unit(*bytes)));
    let text: String = decoded.map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.into_bytes()
}

fn decode_32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Vec<u8> {
    let (units, _) = bytes.as_chunks::<4>();
    let decoded = units.iter().map(|bytes| char::from_u32(unit(*bytes)));
    let text: String = decoded.map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_is_utf_32_to_its_end_is_utf_32() {
        let text = "key = value\n";
        let wide = |units: &str| units.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>();
        let half = |units: &str| units.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let numbers: Vec<u8> = (0x41_u32..0x51).flat_map(u32::to_le_bytes).collect();
        for (bytes, expected) in [
            (wide(text), Encoding::Utf32Le),
            (wide(&format!("\u{feff}{text}")), Encoding::Utf32Le),
            ([&wide(text)[..], b"\n"].concat(), Encoding::Utf32Le),
            (half(&format!("\u{feff}\0{text}")), Encoding::Utf16Le),
            ([&[0, 0, 0xfe, 0xff][..], text.as_bytes()].concat(), Encoding::Bytes),
            ([numbers, text.as_bytes().to_vec()].concat(), Encoding::Bytes),
        ] {
            assert_eq!(Encoding::of(&bytes), expected, "{bytes:?}");
        }
    }
}
