//! Escaping of text from a repository for safe output.
//!
//! A file name, an identity or a `uses` value may contain anything. A terminal, a web page or a log must
//! only receive text that cannot act on it. All text from a repository that enters a message is escaped
//! here.

use std::fmt::Write as _;
use std::path::Path;

use bstr::ByteSlice as _;

use super::hidden::hidden_chars;
use crate::platform;

/// Escapes bytes for output.
///
/// Bytes that are not UTF-8 become `\xNN`. Characters that control a terminal, are invisible or reorder the
/// line become `\u{..}` (control characters below 0x80: `\xNN`). A backslash stays as it is.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push_text(&mut out, chunk.valid());
        chunk.invalid().iter().for_each(|byte| push_byte(&mut out, *byte));
    }
    out
}

/// Escapes a path for output.
pub(crate) fn escape_path(path: &Path) -> String {
    escape(&platform::path_bytes(path))
}

/// Escapes only bytes that are not UTF-8, as `\xNN`. For JSON, which escapes the rest itself.
pub(crate) fn lossless(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| push_byte(&mut out, *byte));
    }
    out
}

/// Returns a text for a path that no other path has. For JSON.
///
/// It is the path itself, unless that is not UTF-8, or looks like one that was escaped. Then a backslash is doubled.
pub(crate) fn distinct(path: &Path) -> String {
    let bytes = platform::path_bytes(path);
    match bytes.to_str() {
        Ok(text) if !text.contains(r"\x") => text.to_owned(),
        _ => lossless(&bytes.replace(r"\", r"\\")),
    }
}

fn push_text(out: &mut String, text: &str) {
    let mut hidden = hidden_chars(text).map(|(at, _)| at).peekable();
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_ascii_control() => push_byte(out, c as u8),
            c if c.is_control() || hidden.next_if_eq(&at).is_some() => push_code(out, c),
            c => out.push(c),
        }
    }
}

fn push_byte(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}");
}

fn push_code(out: &mut String, c: char) {
    let _ = write!(out, "\\u{{{:x}}}", c as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_letters_stay() {
        for (raw, shown) in [
            (&b"caf\xc3\xa9"[..], "café"),
            (b"caf\xe9", r"caf\xe9"),
            (b"\x1b[31m\r\n\0", r"\x1b[31m\x0d\x0a\x00"),
            ("\u{9b}x\u{202e}y\u{200b}z\u{feff}".as_bytes(), r"\u{9b}x\u{202e}y\u{200b}z\u{feff}"),
            (br"back\slash", r"back\slash"),
            ("علی\u{200c}رضا x\u{200c}y".as_bytes(), "علی\u{200c}رضا x\\u{200c}y"),
        ] {
            assert_eq!(escape(raw), shown);
        }
    }

    #[test]
    fn lossless_escapes_only_invalid_utf8() {
        assert_eq!(lossless(b"\x1b caf\xe9 \xc3\xa9"), "\u{1b} caf\\xe9 é");
    }
}
