//! Redaction: credentials in names, values and messages are replaced by `***`.

use bstr::BString;

use super::credential_match::{CredentialMatch, Strictness};
use super::format::config_entry::in_value;
use super::search::find::find_credentials;
use crate::text::{escape, slice};

/// Returns a name or a value with every credential in it replaced by `***`.
pub(crate) fn redact(text: &[u8]) -> BString {
    without(text, in_value(text))
}

/// Returns a name or a value that can be printed: without credentials, and escaped.
pub(crate) fn printable(text: &[u8]) -> String {
    escape(&redact(text))
}

/// Returns a message with every credential in it replaced by `***`. Other rules use it for text that they
/// quote.
///
/// The message is escaped only if something was replaced.
pub(crate) fn redact_message(text: String) -> String {
    match find_credentials(&without_escapes(text.as_bytes()), Strictness::GitConfig) {
        found if found.is_empty() => text,
        found => escape(&without(text.as_bytes(), found)),
    }
}

/// Returns the text with blanks in place of each `\xNN`.
///
/// A credential is recognized at the start or end of a word, and the digits of an escaped byte must not count
/// as letters of that word.
fn without_escapes(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    for at in memchr::memmem::find_iter(text, br"\x") {
        if let Some(escaped) = out.get_mut(at..at + 4) {
            escaped.fill(b' ');
        }
    }
    out
}

/// Returns the text with `***` in place of each match. Matches may overlap.
fn without(text: &[u8], found: Vec<CredentialMatch>) -> BString {
    let mut out = BString::default();
    let mut end = 0;
    for one in found {
        out.extend_from_slice(slice(text, end..one.span.start.max(end)));
        out.extend_from_slice(b"***");
        end = one.span.end;
    }
    out.extend_from_slice(slice(text, end..text.len()));
    out
}
