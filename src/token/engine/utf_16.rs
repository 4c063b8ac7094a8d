//! Texts in UTF-16.

use std::borrow::Cow;

/// Encoding of a text, as far as it matters for a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes that are searched as they are.
    Bytes,
    Utf16Le,
    Utf16Be,
}

/// Returns whether a text is UTF-16: it has a byte order mark, or starts with ASCII in two bytes per
/// character.
pub(super) fn is_utf_16(bytes: &[u8]) -> bool {
    Encoding::of(bytes) != Encoding::Bytes
}

/// Converts UTF-16 to UTF-8; returns any other text unchanged.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    Encoding::of(bytes).decode(bytes)
}

impl Encoding {
    /// Returns the encoding of a text by its start.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let (units, _) = bytes.get(..64).unwrap_or(bytes).as_chunks::<2>();
        let ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            [_, 0, _, 0, ..] if units.iter().all(|[low, high]| ascii(*low) && *high == 0) => Self::Utf16Le,
            [0, _, 0, _, ..] if units.iter().all(|[high, low]| ascii(*low) && *high == 0) => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }

    /// Converts a text in this encoding to UTF-8.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Bytes => return bytes.into(),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let (units, _) = bytes.as_chunks::<2>();
        let decoded = char::decode_utf16(units.iter().map(|pair| unit(*pair)));
        let text: String = decoded.map(|c| c.unwrap_or('\u{fffd}')).collect();
        text.into_bytes().into()
    }
}
