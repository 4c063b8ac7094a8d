//! Classes of bytes in the formats of credentials.

/// Returns whether a byte is a letter or a digit.
pub(crate) fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Returns whether a byte is a letter, a digit or `-`.
pub(crate) fn alnum_dash(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Returns whether a byte is a letter.
pub(crate) fn letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

/// Returns whether a byte is a lower-case letter.
pub(crate) fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

/// Returns whether a byte is a digit of base 36.
pub(crate) fn lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Returns whether a byte is a decimal digit.
pub(crate) fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Returns whether a byte is a lower-case hexadecimal digit.
pub(crate) fn hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Returns whether a byte is an upper-case hexadecimal digit.
pub(crate) fn upper_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// Returns whether a byte is a digit of base32, in the alphabet of Azure DevOps.
pub(crate) fn base32_digit(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'2'..=b'7')
}

/// Returns whether a byte is a digit of standard base64.
pub(crate) fn base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Returns whether a byte can start the base64 of a text that starts with a decimal digit.
pub(crate) fn base64_of_digit(byte: u8) -> bool {
    matches!(byte, b'M' | b'N' | b'O')
}

/// Returns whether a byte is the type letter of a Slack token, as in `xoxb-`.
pub(crate) fn slack_type(byte: u8) -> bool {
    matches!(byte, b'a' | b'b' | b'e' | b'o' | b'p' | b'r' | b's')
}

/// Returns whether a byte is a digit of URL-safe base64, or the dot between two parts.
pub(crate) fn base64_url_or_dot(byte: u8) -> bool {
    is_base64_url(byte) || byte == b'.'
}

/// Returns whether a byte is a letter, a digit or `_`. Next to a token, such a byte would continue it.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns whether a byte is a digit of URL-safe base64.
pub(crate) fn is_base64_url(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// Returns whether a byte is a hexadecimal digit in either case.
pub(crate) fn any_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// Returns whether a byte is an upper-case letter or a digit.
pub(crate) fn upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Returns whether a byte is a digit of bech32, in upper case.
pub(crate) fn bech32(byte: u8) -> bool {
    b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".contains(&byte)
}

/// Returns whether a byte is a digit of base64 in either alphabet, its padding, or the comma between two tokens.
pub(crate) fn base64_or_comma(byte: u8) -> bool {
    is_base64_url(byte) || matches!(byte, b'+' | b'/' | b'=' | b',')
}

/// Returns whether a byte can be in a client secret of Entra.
pub(crate) fn entra(byte: u8) -> bool {
    is_base64_url(byte) || matches!(byte, b'.' | b'~')
}
