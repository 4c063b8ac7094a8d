//! AWS key pairs: an id, and the secret key near it.

use std::ops::Range;

use bstr::ByteSlice as _;

use super::tokens::{ends_word, starts_word};
use super::variety::{distinct, is_random};
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};

/// Maximum distance of the secret key, in lines.
const LINES: usize = 3;

/// Maximum distance of the secret key, in bytes.
const BYTES: usize = 1000;

/// Returns the key id at an offset and the secret key near it.
pub(crate) fn aws_keys_at(text: &[u8], start: usize, strictness: Strictness) -> Vec<CredentialMatch> {
    let (before, rest) = text.split_at(start);
    let digit = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
    let id = rest
        .first_chunk::<20>()
        .filter(|id| id.iter().all(digit) && !id.ends_with(b"EXAMPLE") && distinct(&id[..]) >= 8);
    let end = start + 20;
    let Some(id) = id.filter(|_| starts_word(text, start) && ends_word(text, end)) else { return Vec::new() };
    // Only the bytes within the distance are read: a line may be long, and full of ids.
    let (_, near) = before.split_at(start.saturating_sub(BYTES - 1));
    let first = memchr::memrchr_iter(b'\n', near).nth(LINES).map(|lf| start - near.len() + lf);
    let first = first.unwrap_or(start.saturating_sub(BYTES));
    let near = rest.get(..BYTES).unwrap_or(rest);
    let length = memchr::memchr_iter(b'\n', near).nth(LINES).unwrap_or(near.len());
    let (near, _) = text.split_at(start + length);
    let Some((key, span)) = secret_key(near.split_at(first).1, first) else { return Vec::new() };
    if strictness != Strictness::GitConfig && [&id[..], key].into_iter().all(is_named_fake) {
        return Vec::new();
    }
    vec![
        CredentialMatch::new(CredentialKind::AwsKeyId, *id, start..end),
        CredentialMatch::new(CredentialKind::AwsKey, key, span),
    ]
}

/// Returns whether a part of a key pair contains `FAKE`. AWS draws both parts: for one real pair in 10^9, both contain it.
fn is_named_fake(part: &[u8]) -> bool {
    part.to_ascii_uppercase().contains_str("FAKE")
}

/// Returns the first run of exactly 40 base64 digits that looks random, and its range. `start` is the offset
/// of the bytes.
fn secret_key(bytes: &[u8], mut start: usize) -> Option<(&[u8], Range<usize>)> {
    for run in bytes.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+'))) {
        if run.len() == 40
            && is_random(run)
            && run.iter().any(u8::is_ascii_uppercase)
            && !run.ends_with(b"EXAMPLEKEY")
        {
            return Some((run, start..start + 40));
        }
        start += run.len() + 1;
    }
    None
}
