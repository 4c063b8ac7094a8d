//! Credentials recognized by their position: in a URL or in an `Authorization` header.

use std::ops::Range;

use super::url::UserInfo;
use crate::token::engine::find::{CredentialMatch, Strictness};
use crate::token::placeholder::{is_fixed, is_guessable, is_placeholder};
use crate::token::provider::alphabet::base32_digit;
use crate::token::provider::bytes::{distinct, is_base64_url, is_random};
use crate::token::provider::plausibility::body;
use crate::token::provider::tokens::recognize;
use crate::token::{CredentialKind, Secret, decode};

/// Maximum length of a header value, in bytes.
const MAX_HEADER: usize = 16 << 10;

/// Minimum length of a token, in bytes; shorter values are user names.
const SHORTEST_TOKEN: usize = 8;

/// Returns the credential in the value of a query parameter of a URL.
pub(crate) fn parameter(text: &[u8], span: Range<usize>, strictness: Strictness) -> Option<CredentialMatch> {
    let value = decode::percent(text.get(span.clone())?);
    is_credible(&value, strictness).then(|| CredentialMatch {
        kind: CredentialKind::UrlParameter,
        detector: recognize(&value),
        secret: Secret::new(value),
        span,
        host: Vec::new(),
    })
}

/// Returns the credential in the user part of a URL.
pub(crate) fn user_info(text: &[u8], info: &UserInfo, strictness: Strictness) -> Option<CredentialMatch> {
    let user = decode::percent(text.get(info.user.clone())?);
    let password = info.password.clone().map(|range| decode::percent(text.get(range).unwrap_or_default()));
    let host = text.get(info.host.clone()).unwrap_or_default();
    let (whose, secret) = pair(&user, password.as_deref(), strictness)?;
    let suppressed = match strictness {
        Strictness::GitConfig => is_example_host(host) && is_guessable(&secret),
        Strictness::Content => is_reserved_host(host) && recognize(&secret).is_none(),
        Strictness::Example => false,
    };
    (!suppressed).then(|| CredentialMatch {
        kind: if whose == Whose::User { CredentialKind::UrlUser } else { CredentialKind::UrlPassword },
        detector: recognize(&secret),
        secret: Secret::new(secret),
        span: info.user.start..info.password.as_ref().map_or(info.user.end, |password| password.end),
        host: host.to_vec(),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    User,
    Password,
}

/// Selects the secret from user and password: the password, unless it is empty, a placeholder or fixed by the
/// forge.
pub(crate) fn pair(user: &[u8], password: Option<&[u8]>, strictness: Strictness) -> Option<(Whose, Vec<u8>)> {
    let password = password.unwrap_or_default();
    if is_credible(password, strictness) {
        return Some((Whose::Password, password.to_vec()));
    }
    // `x-oauth-basic` is used only with a token. With any other fixed password, the user is the secret if it
    // is too hard to guess for a name.
    let is_token = password == b"x-oauth-basic" && user.len() >= SHORTEST_TOKEN;
    let certain = (is_token || is_fixed(password) && !is_guessable(user)) && is_credible(user, strictness);
    (certain || is_token_shaped(user, strictness)).then(|| (Whose::User, user.to_vec()))
}

/// Returns whether a value in the position of a secret counts as one at the given strictness.
pub(crate) fn is_credible(value: &[u8], strictness: Strictness) -> bool {
    if is_placeholder(value) || is_placeholder(body(value)) {
        return false;
    }
    match strictness {
        Strictness::GitConfig => true,
        Strictness::Content => {
            !is_guessable(value) || recognize(value).is_some_and(|detector| (detector.proof)(value))
        }
        Strictness::Example => recognize(value).is_some_and(|detector| (detector.proof)(value)),
    }
}

/// Returns whether a user name is in fact a token.
fn is_token_shaped(user: &[u8], strictness: Strictness) -> bool {
    let legacy = user.len() == 40 && user.iter().all(u8::is_ascii_hexdigit) && distinct(user) >= 8;
    let old = user
        .strip_prefix(b"v1.")
        .is_some_and(|rest| rest.len() == 40 && rest.iter().all(u8::is_ascii_hexdigit));
    // A name consists of words and numbers; at least one part of a token looks random.
    let drawn = |part: &[u8]| part.len() >= 16 && is_random(part);
    let plain = user.len() >= 20 && user.iter().all(|byte| is_base64_url(*byte));
    let random = plain && user.split(|byte| !byte.is_ascii_alphanumeric()).any(drawn);
    let drawn = strictness != Strictness::Example
        && (legacy
            || old
            || random
            || user.len() == 52 && user.iter().all(|b| base32_digit(*b)) && distinct(user) >= 12);
    let known = |token: &[u8]| {
        recognize(token)
            .is_some_and(|detector| (detector.proof)(token) || strictness == Strictness::GitConfig)
    };
    // An instance may add its own prefix before that of the forge.
    let behind_prefix = |at: usize| user.get(at + 1..).is_some_and(known);
    !is_placeholder(user) && (known(user) || memchr::memchr_iter(b'-', user).any(behind_prefix) || drawn)
}

/// Returns the credential of an `Authorization` header whose name ends at an offset.
pub(in crate::token) fn header_at(
    text: &[u8],
    name_end: usize,
    strictness: Strictness,
) -> Option<CredentialMatch> {
    let mut at = name_end;
    let skip = |at: usize, class: fn(u8) -> bool| {
        at + text.get(at..).unwrap_or_default().iter().take(16).take_while(|byte| class(**byte)).count()
    };
    at = skip(at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t' | b']'));
    at = skip(at, |byte| matches!(byte, b':' | b'=' | b','));
    at = skip(at, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' ' | b'\t'));
    // No server accepts a longer header. Without this limit, a line full of headers would take quadratic
    // time.
    let value = text.get(at..)?;
    let value = value.get(..value.len().min(MAX_HEADER))?;
    let end = value.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0)).unwrap_or(value.len());
    authorization(text, at..at + end, strictness)
}

/// Parses the value of an `Authorization` header: `basic`, `bearer` or `token`, then the credential.
pub(crate) fn authorization(
    text: &[u8],
    range: Range<usize>,
    strictness: Strictness,
) -> Option<CredentialMatch> {
    let value = text.get(range.clone())?;
    let word = value.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (scheme, rest) = value.split_at_checked(word)?;
    let quotes = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\');
    let blanks = rest.iter().take_while(|byte| quotes(byte)).count();
    let credential = rest.get(blanks..)?;
    let length = credential_length(credential);
    let start = range.start + word + blanks;
    let credential = credential.get(..length).filter(|_| blanks > 0)?;
    let (kind, secret) = match () {
        () if scheme.eq_ignore_ascii_case(b"basic") => {
            (CredentialKind::BasicHeader, basic(credential, strictness)?)
        }
        () if ["bearer", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes())) => {
            (CredentialKind::BearerHeader, bearer(credential, strictness)?)
        }
        () => return None,
    };
    Some(CredentialMatch {
        kind,
        detector: recognize(&secret),
        secret: Secret::new(secret),
        span: start..start + length,
        host: Vec::new(),
    })
}

/// Returns the length of the credential at the start of a line. It ends at a blank, a quote or another
/// delimiter, but a template at its start may contain these.
fn credential_length(line: &[u8]) -> usize {
    const TEMPLATES: [(&[u8], &[u8]); 6] =
        [(b"${{", b"}}"), (b"{{", b"}}"), (b"${", b"}"), (b"$(", b")"), (b"{", b"}"), (b"<", b">")];
    let ends =
        |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'`' | b',' | b';' | b')' | b'<');
    let template = TEMPLATES.iter().find(|(start, _)| line.starts_with(start));
    let template = match template {
        Some((_, end)) => memchr::memmem::find(line, end).map_or(line.len(), |at| at + end.len()),
        None => 0,
    };
    let rest = line.get(template..).unwrap_or_default();
    template + rest.iter().position(ends).unwrap_or(rest.len())
}

/// Returns the secret after `basic`, decoded. In git config, a credential that is not base64 is returned as
/// it is.
pub(crate) fn basic(credential: &[u8], strictness: Strictness) -> Option<Vec<u8>> {
    let decoded =
        decode::base64(credential).filter(|decoded| decoded.len() >= 3 && !is_placeholder(credential));
    let Some(decoded) = decoded else {
        return (strictness == Strictness::GitConfig && is_credible(credential, strictness))
            .then(|| credential.to_vec());
    };
    let colon = decoded.iter().position(|byte| *byte == b':');
    let (user, password) = match colon {
        Some(colon) => (decoded.get(..colon)?, decoded.get(colon + 1..)?.trim_ascii()),
        None => (&b""[..], decoded.trim_ascii()),
    };
    let readable = decoded.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte == b'\n');
    let unguessable = strictness == Strictness::GitConfig && password.is_empty() && !is_guessable(user);
    let alone = || (unguessable && is_credible(user, strictness)).then(|| (Whose::User, user.to_vec()));
    let (_, secret) = pair(user, Some(password), strictness).or_else(alone)?;
    let known = recognize(&secret).is_some();
    let strong = readable && colon.is_some() && is_random(&secret);
    (strictness == Strictness::GitConfig || known || strictness == Strictness::Content && strong)
        .then_some(secret)
}

/// Returns the secret after `bearer` or `token`.
fn bearer(credential: &[u8], strictness: Strictness) -> Option<Vec<u8>> {
    let web_token =
        credential.starts_with(b"eyJ") && crate::token::provider::checksum::json_web_token(credential);
    let known = web_token || recognize(credential).is_some();
    let strict = known || strictness == Strictness::Content && is_random(credential);
    (is_credible(credential, strictness) && (strictness == Strictness::GitConfig || strict))
        .then(|| credential.to_vec())
}

/// Returns whether a host, without its port, is one of the domains that RFC 2606 reserves for examples.
fn is_example_host(host: &[u8]) -> bool {
    let host = host.split(|byte| *byte == b':').next().unwrap_or_default();
    ["example.com", "example.org", "example.net"]
        .iter()
        .any(|known| host.eq_ignore_ascii_case(known.as_bytes()))
}

/// Returns whether a host cannot belong to a real server: reserved by RFC 2606, this machine, or local.
fn is_reserved_host(host: &[u8]) -> bool {
    let host = if host.starts_with(b"[") {
        host
    } else {
        host.split(|byte| *byte == b':').next().unwrap_or_default()
    };
    let host = host.to_ascii_lowercase();
    let under = |name: &str| {
        host.strip_suffix(name.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
    };
    let names =
        ["example.com", "example.org", "example.net", "example", "test", "invalid", "localhost", "local"];
    names.iter().any(|name| under(name))
        || host.starts_with(b"127.")
        || host.starts_with(b"[::1]")
        || !host.contains(&b'.')
}
