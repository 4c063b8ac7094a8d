//! Tokens recognized by their pattern, at any position.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use super::alphabet::{is_base64_url, is_word};
use super::detectors::{ANY_ROUTABLE, detectors, is_private_key, key_file_at};
use super::pattern::Detector;
use super::public::is_public;
use super::published::is_published;
use crate::text::slice;
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::placeholder::is_placeholder;

/// Returns the longest provider's token around a keyword. `distances` are the offsets at which the keyword may start in
/// the token. In tests and documents, private keys are none.
pub(crate) fn token_at(
    text: &[u8],
    keyword: usize,
    distances: &RangeInclusive<usize>,
    strictness: Strictness,
) -> Option<CredentialMatch> {
    let starts = distances.clone().filter_map(|distance| keyword.checked_sub(distance));
    // Dashes before a private key show that it starts there, whatever is before them.
    let is_key = |start: usize| text.split_at(start).1.starts_with(b"-----");
    let may_start = |start: &usize| starts_word(text, *start) || is_key(*start) || is_binary_at(text, *start);
    starts.filter(may_start).find_map(|start| token_from(text, start, strictness))
}

/// Returns the longest provider's token that starts at an offset.
fn token_from(text: &[u8], start: usize, strictness: Strictness) -> Option<CredentialMatch> {
    let (_, rest) = text.split_at(start);
    let is_binary = is_binary_at(text, start);
    let tokens = detectors().filter_map(|detector| {
        let length =
            detector.match_length(rest).or_else(|| detector.fixed_length(rest).filter(|_| is_binary));
        let (token, _) = rest.split_at(length?);
        (may_start_inside(text, start, token, detector)
            && detector.is_plausible(token)
            && !is_placeholder(token))
        .then_some((token, detector))
    });
    let (token, detector) = tokens.min_by_key(|(token, _)| Reverse(token.len()))?;
    let is_key = is_private_key(detector);
    if is_key && strictness == Strictness::Example || is_public(detector, text, start) {
        return None;
    }
    if strictness != Strictness::GitConfig && is_published(detector, token) {
        return None;
    }
    let key_file = if is_key { key_file_at(text, start) } else { None };
    let found = CredentialMatch::new(CredentialKind::Token, token, start..start + token.len());
    Some(CredentialMatch { detector: Some(key_file.unwrap_or(detector)), ..found })
}

/// Number of bytes on either side of the start of a token that decide whether it is in binary data.
const NEAR: usize = 128;

/// Returns whether the text around an offset is binary data, in which the byte after a token means nothing.
fn is_binary_at(text: &[u8], start: usize) -> bool {
    let near = start.saturating_sub(NEAR)..(start + NEAR).min(text.len());
    memchr::memchr(0, slice(text, near)).is_some()
}

/// Minimum length of a prefix that shows where a token starts in binary data, in bytes.
const CERTAIN_PREFIX: usize = 4;

/// Returns whether a token may start after the byte before it.
///
/// In binary data, that may be a letter or a digit: strings follow one another, or have their length before them. A
/// short prefix stands in many words, so that byte has to be the length of the token.
fn may_start_inside(text: &[u8], start: usize, token: &[u8], detector: &Detector) -> bool {
    let has_length_before = || {
        let before = text.split_at(start).0.last();
        before.is_some_and(|length| usize::from(*length) == token.len())
    };
    starts_word(text, start)
        || is_private_key(detector)
        || detector.prefix().len() >= CERTAIN_PREFIX
        || has_length_before()
}

/// Returns a routable GitLab token around its `.01.`. An instance may choose the prefix of such a token.
pub(crate) fn routable_at(text: &[u8], dot: usize) -> Option<CredentialMatch> {
    let (before, _) = text.split_at(dot);
    let start = dot - before.iter().rev().take(340).take_while(|byte| is_base64_url(**byte)).count();
    let (_, rest) = text.split_at(start);
    let (token, _) = rest.split_at(ANY_ROUTABLE.match_length(rest)?);
    let found = || CredentialMatch::new(CredentialKind::Token, token, start..start + token.len());
    ANY_ROUTABLE.is_plausible(token).then(found)
}

/// Returns whether a token can start at an offset: no letter, digit or `_` is before it.
pub(super) fn starts_word(text: &[u8], start: usize) -> bool {
    text.split_at(start).0.last().is_none_or(|before| !is_word(*before))
}

/// Returns whether a token can end at an offset: no letter, digit or `_` follows.
pub(super) fn ends_word(text: &[u8], end: usize) -> bool {
    text.split_at(end).1.first().is_none_or(|next| !is_word(*next))
}
