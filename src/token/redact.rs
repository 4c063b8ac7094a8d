//! Redaction: credentials in names, values and messages are replaced by `***`.

use std::ops::Range;

use bstr::BString;

use super::credential_match::{CredentialMatch, Strictness};
use super::format::config_entry::in_value;
use super::provider::detectors::recognize;
use super::search::find::find_credentials;
use super::search::keywords::{self, Target};
use crate::text::{escape, slice};

/// Maximum number of texts that are tried as glued tokens in one message. Beyond, all that begins like one is replaced.
const MAX_TRIED: usize = 20_000;

/// Maximum length of a glued token.
const MAX_GLUED: usize = 300;

/// Minimum length of a token behind its keyword.
const MIN_BODY: usize = 8;

/// Returns a name or a value with every credential in it replaced by `***`.
pub(crate) fn redact(text: &[u8]) -> BString {
    without(text, hidden(text, in_value(text)))
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
    let plain = without_escapes(text.as_bytes());
    match hidden(&plain, find_credentials(&plain, Strictness::GitConfig)) {
        found if found.is_empty() => text,
        found => escape(&without(text.as_bytes(), found)),
    }
}

/// Returns the ranges of credentials and of tokens that are glued to letters, in the order of the text.
fn hidden(text: &[u8], found: Vec<CredentialMatch>) -> Vec<Range<usize>> {
    let mut ranges: Vec<_> = found.into_iter().map(|one| one.span).chain(glued(text)).collect();
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    ranges
}

/// Returns the ranges of tokens that are no words by themselves, each up to the end of its word.
///
/// A rule that reports tokens leaves them alone: most of such texts are other things. A message loses nothing.
fn glued(text: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut tried) = (Vec::new(), 0);
    for hits in keywords::by_search(text) {
        let mut reached = 0;
        for hit in hits {
            let (start, length) = (hit.range.start, hit.range.len());
            let is_start = matches!(&hit.target, Target::Token { distances } if *distances.start() == 0);
            if start < reached || !is_start {
                continue;
            }
            let (_, word) = text.split_at(start);
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+/=,~%:".contains(byte);
            let end = start + word.iter().take_while(|byte| is_part(byte)).count();
            let is_token = (length + MIN_BODY..=(end - start).min(MAX_GLUED)).any(|length| {
                tried += 1;
                tried > MAX_TRIED || recognize(slice(text, start..start + length)).is_some()
            });
            if is_token {
                found.push(start..end);
                reached = end;
            }
        }
    }
    found
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

/// Returns the text with `***` in place of each range. Ranges may overlap.
fn without(text: &[u8], found: Vec<Range<usize>>) -> BString {
    let mut out = BString::default();
    let mut end = 0;
    for range in found {
        if range.end <= end {
            continue;
        }
        out.extend_from_slice(slice(text, end..range.start.max(end)));
        out.extend_from_slice(b"***");
        end = range.end;
    }
    out.extend_from_slice(slice(text, end..text.len()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::provider::samples::{Samples, all};

    #[test]
    fn tokens_that_are_glued_to_letters_are_hidden() {
        for (_, token) in all(&mut Samples::new(18)) {
            let is_found = keywords::by_search(token.as_bytes())
                .flatten()
                .any(|hit| hit.range.start == 0 && matches!(hit.target, Target::Token { .. }));
            for text in [
                token.to_string(),
                format!("x{token}y"),
                format!("Ann{token}"),
                format!("{token}Ann"),
                format!("A {token}B <a{token}z@example.com>"),
                format!("refs/heads/x{token}x/y"),
                format!("a/b{token}_c.txt"),
                format!("\u{e9}{token}\u{e9}"),
            ]
            .into_iter()
            .filter(|_| is_found)
            {
                let part = token.get(token.len() - 8..).unwrap();
                assert!(!redact_message(text.clone()).contains(part), "{text}");
                assert!(!printable(text.as_bytes()).contains(part), "{text}");
            }
        }
    }

    #[test]
    fn other_words_are_kept() {
        for text in
            ["a ghp_branch", "cio", "the prefix `xghp_`", "sk-proj-xyz", "Marcio Bonifacio <cio@example.com>"]
        {
            assert_eq!(redact_message(text.to_owned()), text);
        }
    }

    /// Whatever cannot be tried is hidden.
    #[test]
    fn what_is_not_tried_is_hidden() {
        let text = "ghp_".repeat(1 << 16);
        let message = redact_message(format!("{text} ghp_{}", "a".repeat(40)));
        assert!(message.len() < 1000 && !message.contains(&"a".repeat(40)), "{}", message.len());
    }
}
