//! Tokens in `.npmrc` files.

use super::alphabet::is_base64_url;
use super::variety::{distinct, is_random};
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::placeholder::is_placeholder;

/// Returns the token after `_authToken=`, which ends at an offset.
///
/// Old npm tokens are UUIDs, those of other registries any random string. A token that a detector recognizes
/// is left to the detector.
pub(crate) fn npm_token_at(text: &[u8], start: usize, strictness: Strictness) -> Option<CredentialMatch> {
    let (_, rest) = text.split_at(start);
    let value = rest.strip_prefix(b"\"").unwrap_or(rest);
    let start = text.len() - value.len();
    let length = value.iter().take(400).take_while(|byte| is_base64_url(**byte)).count();
    let (value, _) = value.split_at(length);
    let hyphens = value.iter().filter(|byte| **byte == b'-').count();
    let uuid =
        length == 36 && hyphens == 4 && value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let credible = (uuid && distinct(value) >= 8 || is_random(value)) && !is_placeholder(value);
    (credible && strictness != Strictness::Example)
        .then(|| CredentialMatch::new(CredentialKind::KeyedToken, value, start..start + length))
        .filter(|found| found.detector.is_none())
}
