//! Credentials in URLs: the user part, and parameters of the query.

use std::ops::Range;

use bstr::ByteSlice as _;

use super::credibility::{LoginPart, is_credible, secret_of_login};
use super::url::{self, UserInfo};
use crate::text::slice;
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::decode;
use crate::token::placeholder::is_guessable;
use crate::token::provider::alphabet::is_base64_url;

/// Number of bytes after the separator of a URL that are searched for query parameters.
const MAX_URL: usize = 4096;

/// Ends of the names of pictures.
const PICTURES: [&str; 6] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg"];

/// Returns the credential in the value of a query parameter.
pub(crate) fn in_parameter(
    text: &[u8],
    value: Range<usize>,
    strictness: Strictness,
) -> Option<CredentialMatch> {
    let secret = decode::percent(slice(text, value.clone()));
    is_credible(&secret, strictness)
        .then(|| CredentialMatch::new(CredentialKind::UrlParameter, secret, value))
}

/// Returns the credentials in the query of a URL whose authority starts at an offset, and the offset of the
/// URL's end.
pub(crate) fn in_query(text: &[u8], start: usize, strictness: Strictness) -> (Vec<CredentialMatch>, usize) {
    let (_, rest) = text.split_at(start);
    let rest = rest.get(..MAX_URL).unwrap_or(rest);
    let ends = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let (url, _) = rest.split_at(length);
    if strictness != Strictness::GitConfig && is_picture_link(url) {
        return (Vec::new(), start + length);
    }
    let values = url::secret_parameters(url);
    let found =
        values.filter_map(|value| in_parameter(text, start + value.start..start + value.end, strictness));
    let is_example = strictness != Strictness::GitConfig && is_documented_host(host_at(text, start));
    let found = found.filter(|found| !is_example || found.detector.is_some()).collect();
    (found, start + length)
}

/// Returns whether a URL without its scheme is the link by which a page or an app shows a picture in Cloud Storage for
/// Firebase: with a download token, which is one UUID for this file alone, and with nothing else.
///
/// Source: `getDownloadURL` in the reference of Firebase.
fn is_picture_link(url: &[u8]) -> bool {
    let Some((place, token)) = url.split_once_str("?alt=media&token=").filter(|_| url.len() < MAX_URL) else {
        return false;
    };
    let place = place.to_ascii_lowercase();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%/+".contains(byte);
    let groups = token.split(|byte| *byte == b'-').map(<[u8]>::len);
    place.starts_with(b"firebasestorage.googleapis.com/v0/b/")
        && PICTURES.iter().any(|end| place.ends_with(end.as_bytes()))
        && place.iter().all(is_plain)
        && groups.eq([8, 4, 4, 4, 12])
        && token.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Returns the credential in the user part of a URL.
pub(crate) fn in_user_info(text: &[u8], info: &UserInfo, strictness: Strictness) -> Option<CredentialMatch> {
    let user = decode::percent(slice(text, info.user.clone()));
    let password = info.password.clone().map(|range| decode::percent(slice(text, range)));
    if strictness != Strictness::GitConfig
        && password.as_ref().is_some_and(|password| is_property_list(password))
    {
        return None;
    }
    // git ends the authority at a `#`, too: it sends the credential to another host than the one behind the last `@`.
    let has_fragment = slice(text, info.user.start..info.host.end).contains(&b'#');
    let host = if has_fragment { &b""[..] } else { slice(text, info.host.clone()) };
    let (part, secret) = secret_of_login(&user, password.as_deref().unwrap_or_default(), strictness)?;
    let kind = match part {
        LoginPart::User => CredentialKind::UrlUser,
        LoginPart::Password => CredentialKind::UrlPassword,
    };
    let end = info.password.as_ref().map_or(info.user.end, |password| password.end);
    let found = CredentialMatch::new(kind, secret, info.user.start..end);
    if part == LoginPart::User && found.detector.is_none() && is_public_user(text, info) {
        return None;
    }
    let is_example = match strictness {
        Strictness::GitConfig => is_example_host(host) && is_guessable(found.secret.expose()),
        Strictness::Content => is_reserved_host(host) && found.detector.is_none(),
        Strictness::Example => false,
    };
    (!is_example).then(|| CredentialMatch { host: host.to_vec(), ..found })
}

/// Returns whether what looks like a password is a port and properties, as in
/// `jdbc:sqlserver://host:1433;user=admin@tenant`.
fn is_property_list(password: &[u8]) -> bool {
    let port = password.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (_, rest) = password.split_at(port);
    port > 0 && rest.starts_with(b";") && rest.contains(&b'=')
}

/// Returns whether the user of a URL is public although it looks random.
///
/// `ssh` knows no tokens, so a user is an account. The DSN of Sentry and of servers like it is made to be in what
/// is delivered to everyone: a key of 32 hexadecimal digits, and a number as the path.
fn is_public_user(text: &[u8], info: &UserInfo) -> bool {
    let (before, _) = text.split_at(info.user.start);
    let scheme = before.get(before.len().saturating_sub(8)..).unwrap_or(before).to_ascii_lowercase();
    let user = slice(text, info.user.clone());
    let is_key = info.password.is_none() && user.len() == 32 && user.iter().all(u8::is_ascii_hexdigit);
    scheme.ends_with(b"ssh://") || scheme.ends_with(br"ssh:\/\/") || is_key && is_dsn_server(text, info)
}

/// Returns whether the host of a URL, or the number behind it, is that of a DSN.
fn is_dsn_server(text: &[u8], info: &UserInfo) -> bool {
    let host = without_port(slice(text, info.host.clone())).to_ascii_lowercase();
    let (_, path) = text.split_at(info.host.end);
    let number = path.strip_prefix(b"/").unwrap_or_default();
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ends = number.split_at(digits).1.first().is_none_or(|next| !is_base64_url(*next) && *next != b'/');
    host.split(|byte| *byte == b'.').any(|label| label == b"sentry" || label == b"glitchtip")
        || digits > 0 && ends
}

/// Returns the host of a URL in other text, whose authority starts at an offset.
fn host_at(text: &[u8], start: usize) -> &[u8] {
    let (_, rest) = text.split_at(start);
    let length =
        rest.iter().take(255).position(|byte| !is_base64_url(*byte) && *byte != b'.' && *byte != b':');
    rest.split_at(length.unwrap_or(rest.len().min(255))).0
}

/// Domains that RFC 2606 reserves for examples.
const EXAMPLE_DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

/// Returns whether a host, without its port, is a domain reserved for examples.
fn is_example_host(host: &[u8]) -> bool {
    let name = without_port(host);
    EXAMPLE_DOMAINS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Returns whether a host is one that RFC 2606 reserves, or a part of it.
fn is_documented_host(host: &[u8]) -> bool {
    let host = without_port(host).to_ascii_lowercase();
    let names = EXAMPLE_DOMAINS.iter().chain(["example", "test", "invalid"].iter());
    names.into_iter().any(|name| is_under(&host, name))
}

/// Returns whether a host is a domain or a part of it.
fn is_under(host: &[u8], domain: &str) -> bool {
    host.strip_suffix(domain.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
}

/// Returns whether a host cannot belong to a real server: reserved by RFC 2606, this machine, or local.
pub(crate) fn is_reserved_host(host: &[u8]) -> bool {
    let host = if host.starts_with(b"[") { host } else { without_port(host) }.to_ascii_lowercase();
    is_documented_host(&host)
        || ["localhost", "local"].iter().any(|name| is_under(&host, name))
        || host.starts_with(b"127.")
        || host.starts_with(b"[::1]")
        || !host.contains(&b'.')
}

fn without_port(host: &[u8]) -> &[u8] {
    memchr::memchr(b':', host).map_or(host, |colon| host.split_at(colon).0)
}
