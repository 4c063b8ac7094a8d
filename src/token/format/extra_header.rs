//! Credentials in a header that git sends with every request: `http.extraHeader`.

use bstr::ByteSlice as _;

use super::cookies::is_auth_cookie;
use crate::text::slice;
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::search::credibility::is_credible;
use crate::token::search::header::authorization;

const STRICTNESS: Strictness = Strictness::GitConfig;

/// Parts of names of headers that hold a credential.
const NAMES: &[&str] = &["token", "key", "auth", "secret", "passw", "session", "credential", "art-api"];

/// Returns the credentials in a header: in `Authorization`, a cookie, or a header whose name contains one of
/// [`NAMES`].
pub(super) fn in_header(header: &[u8]) -> Vec<CredentialMatch> {
    let Some((name, value)) = header.split_once_str(":") else { return Vec::new() };
    let name = name.trim_ascii().to_ascii_lowercase();
    let value = value.trim_ascii_start();
    let span = header.len() - value.len()..header.len();
    if name == b"cookie" {
        return in_cookies(header, span.start);
    }
    if !NAMES.iter().any(|part| name.contains_str(part)) {
        return Vec::new();
    }
    let other = || {
        let is_secret = !starts_with_scheme(value) && is_credible(value, STRICTNESS);
        is_secret.then(|| CredentialMatch::new(CredentialKind::Header, value, span.clone()))
    };
    authorization(header, span.clone(), STRICTNESS).or_else(other).into_iter().collect()
}

/// Returns whether a value starts with the name of a scheme of `Authorization`.
fn starts_with_scheme(value: &[u8]) -> bool {
    let word = value.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (word, _) = value.split_at(word);
    ["basic", "bearer", "token"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

/// Returns the values in a `Cookie` header that authenticate. Each span covers the whole `name=value` pair.
/// `start` is the offset of the first pair.
fn in_cookies(header: &[u8], mut start: usize) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    for pair in slice(header, start..header.len()).split(|byte| *byte == b';') {
        if let Some((name, value)) = pair.split_once_str("=")
            && is_auth_cookie(name.trim_ascii(), value.trim_ascii())
        {
            let span = start..start + pair.len();
            found.push(CredentialMatch::new(CredentialKind::Cookie, value.trim_ascii(), span));
        }
        start += pair.len() + 1;
    }
    found
}
