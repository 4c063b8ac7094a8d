//! The bytes that tokens are made of.

use super::bytes::is_base64_url;

/// A letter or a digit.
pub(crate) fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// A letter, a digit or `-`.
pub(crate) fn alnum_dash(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// A letter.
pub(crate) fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

/// A letter in lower case.
pub(crate) fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

/// A digit of base 36.
pub(crate) fn lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// A decimal digit.
pub(crate) fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// A hexadecimal digit in lower case.
pub(crate) fn hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// A hexadecimal digit in upper case.
pub(crate) fn upper_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// A digit of base 32, as Azure DevOps writes it.
pub(crate) fn base32(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'2'..=b'7')
}

/// A digit of base64.
pub(crate) fn base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// What base64 of a decimal digit starts with.
pub(crate) fn bbdc(byte: u8) -> bool {
    matches!(byte, b'M' | b'N' | b'O')
}

/// A kind of Slack token.
pub(crate) fn slack(byte: u8) -> bool {
    matches!(byte, b'a' | b'b' | b'e' | b'o' | b'p' | b'r' | b's')
}

/// A digit of URL-safe base64, or a dot between two parts.
pub(crate) fn dotted(byte: u8) -> bool {
    is_base64_url(byte) || byte == b'.'
}
