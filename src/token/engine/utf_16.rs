//! Texts in UTF-16.

use std::borrow::Cow;

/// Returns whether a text is UTF-16: it has a byte order mark, or starts with ASCII in two bytes per
/// character.
pub(super) fn is_utf_16(bytes: &[u8]) -> bool {
    byte_order(bytes).is_some()
}

/// Converts UTF-16 to UTF-8; returns any other text unchanged.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(unit) = byte_order(bytes) else { return bytes.into() };
    let (units, _) = bytes.as_chunks::<2>();
    let text: String =
        char::decode_utf16(units.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.into_bytes().into()
}

/// Returns the function that decodes two bytes of a UTF-16 text in its byte order. `None` if it is not
/// UTF-16.
fn byte_order(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let (units, _) = bytes.get(..64).unwrap_or(bytes).as_chunks::<2>();
    let ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        [_, 0, _, 0, ..] if units.iter().all(|[low, high]| ascii(*low) && *high == 0) => {
            Some(u16::from_le_bytes)
        }
        [0, _, 0, _, ..] if units.iter().all(|[high, low]| ascii(*low) && *high == 0) => {
            Some(u16::from_be_bytes)
        }
        _ => None,
    }
}
