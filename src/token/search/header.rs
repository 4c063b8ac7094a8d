//! Credentials in `Authorization` headers.

use std::ops::Range;

use bstr::ByteSlice as _;

use super::credibility::{is_credible, is_opaque, secret_of_login};
use crate::text::slice;
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::decode;
use crate::token::placeholder::{is_guessable, is_placeholder};
use crate::token::provider::checksum::json_web_token;
use crate::token::provider::detectors::recognize;
use crate::token::provider::public::is_public_web_token;
use crate::token::provider::published::is_published_value;

/// Maximum length of a header value, in bytes.
const MAX_HEADER: usize = 16 << 10;

/// Returns the credential of an `Authorization` header whose name ends at an offset.
pub(crate) fn authorization_at(
    text: &[u8],
    name_end: usize,
    strictness: Strictness,
) -> Option<CredentialMatch> {
    let skip = |at: usize, class: fn(&&u8) -> bool| {
        at + text.split_at(at).1.iter().take(16).take_while(class).count()
    };
    let at = skip(name_end, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t' | b']'));
    let at = skip(at, |byte| matches!(byte, b':' | b'=' | b','));
    let at = skip(at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t'));
    // No server accepts a longer header. Without this limit, a line full of headers would take quadratic
    // time.
    let (_, value) = text.split_at(at);
    let value = value.get(..MAX_HEADER).unwrap_or(value);
    let length = value.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0)).unwrap_or(value.len());
    authorization(text, at..at + length, strictness)
}

/// Parses the value of an `Authorization` header: `basic`, `bearer` or `token`, then the credential.
pub(crate) fn authorization(
    text: &[u8],
    value: Range<usize>,
    strictness: Strictness,
) -> Option<CredentialMatch> {
    let value_end = value.end;
    let value = slice(text, value);
    let (scheme, rest) = value.split_at(value.iter().position(|byte| !byte.is_ascii_alphabetic())?);
    let quotes = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\');
    let blanks = rest.iter().take_while(|byte| quotes(byte)).count();
    let (_, credential) = rest.split_at(blanks);
    let start = value_end - credential.len();
    let (credential, _) = credential.split_at(credential_length(credential));
    if blanks == 0 {
        return None;
    }
    let is_scheme = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
    let (kind, secret) = if is_scheme("basic") {
        (CredentialKind::BasicHeader, basic_secret(credential, strictness)?)
    } else if is_scheme("bearer") || is_scheme("token") {
        let is_secret = is_bearer_token(credential, strictness);
        (CredentialKind::BearerHeader, is_secret.then(|| credential.to_vec())?)
    } else {
        return None;
    };
    Some(CredentialMatch::new(kind, secret, start..start + credential.len()))
}

/// Returns the length of the credential at the start of a line. It ends at a blank, a quote or another
/// delimiter, but a template at its start may contain these.
fn credential_length(line: &[u8]) -> usize {
    const TEMPLATES: [(&[u8], &[u8]); 6] =
        [(b"${{", b"}}"), (b"{{", b"}}"), (b"${", b"}"), (b"$(", b")"), (b"{", b"}"), (b"<", b">")];
    let ends =
        |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'`' | b',' | b';' | b')' | b'<');
    let template = TEMPLATES.iter().find(|(start, _)| line.starts_with(start));
    let template = template
        .map_or(0, |(_, end)| memchr::memmem::find(line, end).map_or(line.len(), |at| at + end.len()));
    let (_, rest) = line.split_at(template);
    template + rest.iter().position(ends).unwrap_or(rest.len())
}

/// Returns the secret after `basic`, decoded. In git config, a credential that is not base64 is returned as
/// it is.
fn basic_secret(credential: &[u8], strictness: Strictness) -> Option<Vec<u8>> {
    let is_config = strictness == Strictness::GitConfig;
    let decoded =
        decode::base64(credential).filter(|decoded| decoded.len() >= 3 && !is_placeholder(credential));
    let Some(decoded) = decoded else {
        return (is_config && is_credible(credential, strictness)).then(|| credential.to_vec());
    };
    let login = decoded.split_once_str(":");
    let (user, password) = login.unwrap_or((b"", &decoded));
    let password = password.trim_ascii();
    let unguessable =
        is_config && password.is_empty() && !is_guessable(user) && is_credible(user, strictness);
    let secret = match secret_of_login(user, password, strictness) {
        Some((_, secret)) => secret,
        None => unguessable.then(|| user.to_vec())?,
    };
    let is_readable = || decoded.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n'));
    let is_strong = || login.is_some() && is_readable() && is_opaque(&secret);
    let is_secret =
        is_config || recognize(&secret).is_some() || strictness == Strictness::Content && is_strong();
    is_secret.then_some(secret)
}

/// Returns whether the credential after `bearer` or `token` is a secret.
fn is_bearer_token(credential: &[u8], strictness: Strictness) -> bool {
    let is_web_token = || credential.starts_with(b"eyJ") && json_web_token(credential);
    let is_public = || {
        strictness != Strictness::GitConfig
            && (is_public_web_token(credential) || is_published_value(credential))
    };
    is_credible(credential, strictness)
        && !is_public()
        && match strictness {
            Strictness::GitConfig => true,
            Strictness::Content => is_web_token() || recognize(credential).is_some() || is_opaque(credential),
            Strictness::Example => is_web_token() || recognize(credential).is_some(),
        }
}
