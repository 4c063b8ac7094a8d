//! Tokens recognized by their pattern, at any position.

use std::cmp::Reverse;

use super::alphabet::{is_base64_url, is_word};
use super::detectors::{ANY_ROUTABLE, DETECTORS};
use crate::token::credential_match::{CredentialKind, CredentialMatch};
use crate::token::placeholder::is_placeholder;

/// Returns the longest provider's token around a keyword. `distance` is the offset of the keyword in the
/// token.
pub(crate) fn token_at(text: &[u8], keyword: usize, distance: usize) -> Option<CredentialMatch> {
    let start = keyword.checked_sub(distance)?;
    if !starts_word(text, start) {
        return None;
    }
    let (_, rest) = text.split_at(start);
    let tokens = DETECTORS.iter().filter_map(|detector| {
        let (token, _) = rest.split_at(detector.match_length(rest)?);
        (detector.is_plausible(token) && !is_placeholder(token)).then_some((token, detector))
    });
    let (token, detector) = tokens.min_by_key(|(token, _)| Reverse(token.len()))?;
    let found = CredentialMatch::new(CredentialKind::Token, token, start..start + token.len());
    Some(CredentialMatch { detector: Some(detector), ..found })
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
