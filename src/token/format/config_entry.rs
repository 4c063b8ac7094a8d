//! Credentials in an entry of git config: what the key says that the value is.

use bstr::ByteSlice as _;

use super::credential::{self, authorization, is_credible, user_info};
use super::{command, url};
use crate::config::{Entry, Section};
use crate::token::engine::find::{self, Found, Tier, settle};
use crate::token::provider::bytes::is_random;
use crate::token::provider::tokens::recognize;
use crate::token::{Kind, Secret};

const TIER: Tier = Tier::GitConfig;

/// What a key says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A header that git sends with every request.
    Header,
    /// A proxy, which may be written without a scheme.
    Proxy,
    /// A password as it is, whatever it looks like.
    Password,
    /// A token, unless it says where the token is kept.
    Token,
    /// A user name, which some set to their token.
    UserName,
    /// The key of a server's push certificates.
    NonceSeed,
    /// Public, or a pattern: never a secret.
    Public,
    /// Anything else: searched for URLs, headers, commands and tokens.
    Other,
}

/// Variables whose value is a password, in git, in its commands and in what people add.
const PASSWORDS: &[(&str, &str)] = &[
    ("sendemail", "smtppass"),
    ("imap", "pass"),
    ("gitcvs", "dbpass"),
    ("git-p4", "password"),
    ("remote", "mwpassword"),
];

/// Ends of names that say that the value is a password.
const PASSWORD_NAMES: &[&str] = &["password", "passwd", "passphrase", "smtppass"];

/// Ends of names that say that the value is a token.
const TOKEN_NAMES: &[&str] = &[
    "token",
    "apikey",
    "api-key",
    "secret",
    "secretkey",
    "secret-key",
    "accesskey",
    "access-key",
    "privatekey",
    "-pat",
];

/// Parts of names of headers that hold a credential.
const HEADER_NAMES: &[&str] =
    &["token", "key", "auth", "secret", "passw", "session", "credential", "art-api"];

fn role(section: &Section, name: &[u8]) -> Role {
    let section = section.name.as_slice();
    let is = |known: &(&str, &str)| known.0.as_bytes() == section && known.1.as_bytes() == name;
    let ends = |names: &[&str]| names.iter().any(|end| name.ends_with(end.as_bytes()));
    match (section, name) {
        (b"secrets" | b"advice", _) | (_, b"signingkey" | b"uuid" | b"sha1") => Role::Public,
        _ if name.ends_with(b"pinnedpubkey") || name.ends_with(b"sha1") => Role::Public,
        (b"http", b"extraheader") => Role::Header,
        (_, b"proxy") => Role::Proxy,
        (b"credential", b"username") => Role::UserName,
        (b"receive", b"certnonceseed") => Role::NonceSeed,
        _ if PASSWORDS.iter().any(is) || ends(PASSWORD_NAMES) => Role::Password,
        _ if ends(TOKEN_NAMES) || name == b"pat" => Role::Token,
        _ => Role::Other,
    }
}

/// The credentials in the value of an entry.
pub(crate) fn in_entry(entry: &Entry) -> Vec<Found> {
    let Some(value) = entry.value.as_deref() else { return Vec::new() };
    let value: &[u8] = value;
    let role = role(&entry.section, &entry.name);
    let by_role = match role {
        Role::Public => return Vec::new(),
        Role::Header => header(value),
        Role::Proxy => url::proxy(value).and_then(|info| user_info(value, &info, TIER)).into_iter().collect(),
        Role::Password => literal(value, Kind::Password, is_credible(value, TIER)),
        Role::Token => literal(value, Kind::KeyedToken, is_literal_token(value)),
        Role::UserName => literal(value, Kind::KeyedToken, credential::pair(value, None, TIER).is_some()),
        Role::NonceSeed => literal(value, Kind::NonceSeed, is_credible(value, TIER)),
        Role::Other => Vec::new(),
    };
    settle(by_role.into_iter().chain(in_value(value)).collect())
}

/// The credentials in a value whatever its key.
pub(crate) fn in_value(value: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    if let Some(info) = url::whole(value) {
        found.extend(user_info(value, &info, TIER));
        found.extend(url::parameters(value).filter_map(|span| credential::parameter(value, span, TIER)));
    }
    found.extend(command::in_command(value));
    found.extend(find::everywhere(value, TIER));
    settle(found)
}

/// The credentials in the name of a subsection.
pub(crate) fn in_section(section: &Section) -> Vec<Found> {
    section.subsection.as_deref().map(|subsection| in_value(subsection)).unwrap_or_default()
}

fn literal(value: &[u8], kind: Kind, is_secret: bool) -> Vec<Found> {
    let found = Found {
        kind,
        detector: recognize(value),
        secret: Secret::new(value),
        span: 0..value.len(),
        host: Vec::new(),
    };
    if is_secret { vec![found] } else { Vec::new() }
}

/// Whether the value of a key that names a token is one: not a command, a path, a number or a switch.
fn is_literal_token(value: &[u8]) -> bool {
    let starts = ["!", "/", "~", "./", "../"].iter().any(|start| value.starts_with(start.as_bytes()));
    let refers = starts || value.contains_str("://");
    let blank = value.iter().any(u8::is_ascii_whitespace);
    let number = value.iter().all(u8::is_ascii_digit);
    value.len() >= 8 && !refers && !blank && !number && is_credible(value, TIER)
}

/// The credential in a header: after `Authorization`, or after any name that says that it is one.
fn header(value: &[u8]) -> Vec<Found> {
    let Some(colon) = value.find_byte(b':') else { return Vec::new() };
    let (name, rest) = value.split_at_checked(colon).unwrap_or_default();
    let name = name.trim_ascii().to_ascii_lowercase();
    let rest = rest.get(1..).unwrap_or_default();
    let start = value.len() - rest.trim_ascii_start().len();
    if name == b"cookie" {
        return cookies(value, start);
    }
    if !HEADER_NAMES.iter().any(|part| name.contains_str(part)) {
        return Vec::new();
    }
    if let Some(found) = authorization(value, start..value.len(), TIER) {
        return vec![found];
    }
    let credential = value.get(start..).unwrap_or_default();
    let known = ["basic", "bearer", "token"].iter().any(|scheme| {
        let (word, rest) = credential.split_at_checked(scheme.len()).unwrap_or_default();
        word.eq_ignore_ascii_case(scheme.as_bytes()) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    });
    let found = literal(credential, Kind::Header, !known && is_credible(credential, TIER));
    found.into_iter().map(|one| Found { span: start..value.len(), ..one }).collect()
}

/// The pairs of a `Cookie` header that authenticate.
fn cookies(value: &[u8], start: usize) -> Vec<Found> {
    let mut at = start;
    let mut found = Vec::new();
    for pair in value.get(start..).unwrap_or_default().split(|byte| *byte == b';') {
        let (name, secret) = pair.split_once_str("=").unwrap_or_default();
        if is_auth_cookie(name.trim_ascii(), secret.trim_ascii()) {
            let whole = literal(secret.trim_ascii(), Kind::Cookie, true);
            found.extend(whole.into_iter().map(|one| Found { span: at..at + pair.len(), ..one }));
        }
        at += pair.len() + 1;
    }
    found
}

/// Whether a cookie lets its bearer in: by its name, or because it was drawn at random.
pub(crate) fn is_auth_cookie(name: &[u8], value: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let named = [
        "session",
        "sess",
        "token",
        "auth",
        "sid",
        "jwt",
        "remember",
        "login",
        "password",
        "secret",
        "credential",
    ];
    let by_name = name == b"o" || named.iter().any(|part| name.contains_str(part));
    let counted = name.starts_with(b"_ga") || name.starts_with(b"__utm");
    is_credible(value, TIER)
        && value.len() >= 6
        && !counted
        && (by_name || is_random(value) || recognize(value).is_some())
}
