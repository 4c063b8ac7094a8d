//! Credentials in an entry of git config, interpreted by its key.

use bstr::ByteSlice as _;

use super::credential::{self, authorization, is_credible, user_info};
use super::{command, url};
use crate::config::{ConfigEntry, Section};
use crate::token::engine::find::{self, CredentialMatch, Strictness, settle};
use crate::token::provider::bytes::is_random;
use crate::token::provider::tokens::recognize;
use crate::token::{CredentialKind, Secret};

const STRICTNESS: Strictness = Strictness::GitConfig;

/// The meaning of a value, as implied by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A header that git sends with every request.
    Header,
    /// A proxy, which may be written without a scheme.
    Proxy,
    /// A password, regardless of its format.
    Password,
    /// A token, unless the value only refers to one.
    Token,
    /// A user name. Some users set it to their token.
    UserName,
    /// The secret from which a server derives the nonces of push certificates.
    NonceSeed,
    /// A public value or a pattern: never a secret.
    Public,
    /// Anything else: searched for URLs, headers, commands and tokens.
    Other,
}

/// Section and name of variables that hold a password, in git, its commands and common tools.
const PASSWORDS: &[(&str, &str)] = &[
    ("sendemail", "smtppass"),
    ("imap", "pass"),
    ("gitcvs", "dbpass"),
    ("git-p4", "password"),
    ("remote", "mwpassword"),
];

/// Suffixes of names of variables that hold a password.
const PASSWORD_NAMES: &[&str] = &["password", "passwd", "passphrase", "smtppass"];

/// Suffixes of names of variables that hold a token.
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

/// Returns the credentials in the value of an entry.
pub(crate) fn in_entry(entry: &ConfigEntry) -> Vec<CredentialMatch> {
    let Some(value) = entry.value.as_deref() else { return Vec::new() };
    let value: &[u8] = value;
    let role = role(&entry.section, &entry.name);
    let by_role = match role {
        Role::Public => return Vec::new(),
        Role::Header => header(value),
        Role::Proxy => {
            url::proxy(value).and_then(|info| user_info(value, &info, STRICTNESS)).into_iter().collect()
        }
        Role::Password => literal(value, CredentialKind::Password, is_credible(value, STRICTNESS)),
        Role::Token => literal(value, CredentialKind::KeyedToken, is_literal_token(value)),
        Role::UserName => {
            literal(value, CredentialKind::KeyedToken, credential::pair(value, None, STRICTNESS).is_some())
        }
        Role::NonceSeed => literal(value, CredentialKind::NonceSeed, is_credible(value, STRICTNESS)),
        Role::Other => Vec::new(),
    };
    settle(by_role.into_iter().chain(in_value(value)).collect())
}

/// Returns the credentials in a value, regardless of its key.
pub(crate) fn in_value(value: &[u8]) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    if let Some(info) = url::whole(value) {
        found.extend(user_info(value, &info, STRICTNESS));
        found
            .extend(url::parameters(value).filter_map(|span| credential::parameter(value, span, STRICTNESS)));
    }
    found.extend(command::in_command(value));
    found.extend(find::everywhere(value, STRICTNESS));
    settle(found)
}

/// Returns the credentials in the name of a subsection.
pub(crate) fn in_section(section: &Section) -> Vec<CredentialMatch> {
    section.subsection.as_deref().map(|subsection| in_value(subsection)).unwrap_or_default()
}

fn literal(value: &[u8], kind: CredentialKind, is_secret: bool) -> Vec<CredentialMatch> {
    let found = CredentialMatch {
        kind,
        detector: recognize(value),
        secret: Secret::new(value),
        span: 0..value.len(),
        host: Vec::new(),
    };
    if is_secret { vec![found] } else { Vec::new() }
}

/// Returns whether the value of a token key is a token: not a command, a path, a URL, a number or a
/// placeholder.
fn is_literal_token(value: &[u8]) -> bool {
    let starts = ["!", "/", "~", "./", "../"].iter().any(|start| value.starts_with(start.as_bytes()));
    let refers = starts || value.contains_str("://");
    let blank = value.iter().any(u8::is_ascii_whitespace);
    let number = value.iter().all(u8::is_ascii_digit);
    value.len() >= 8 && !refers && !blank && !number && is_credible(value, STRICTNESS)
}

/// Returns the credential in a header: in `Authorization`, a cookie, or a header whose name contains one of
/// [`HEADER_NAMES`].
fn header(value: &[u8]) -> Vec<CredentialMatch> {
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
    if let Some(found) = authorization(value, start..value.len(), STRICTNESS) {
        return vec![found];
    }
    let credential = value.get(start..).unwrap_or_default();
    let known = ["basic", "bearer", "token"].iter().any(|scheme| {
        let (word, rest) = credential.split_at_checked(scheme.len()).unwrap_or_default();
        word.eq_ignore_ascii_case(scheme.as_bytes()) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    });
    let found = literal(credential, CredentialKind::Header, !known && is_credible(credential, STRICTNESS));
    found.into_iter().map(|one| CredentialMatch { span: start..value.len(), ..one }).collect()
}

/// Returns the values in a `Cookie` header that authenticate. Each span covers the whole `name=value` pair.
fn cookies(value: &[u8], start: usize) -> Vec<CredentialMatch> {
    let mut at = start;
    let mut found = Vec::new();
    for pair in value.get(start..).unwrap_or_default().split(|byte| *byte == b';') {
        let (name, secret) = pair.split_once_str("=").unwrap_or_default();
        if is_auth_cookie(name.trim_ascii(), secret.trim_ascii()) {
            let whole = literal(secret.trim_ascii(), CredentialKind::Cookie, true);
            found.extend(whole.into_iter().map(|one| CredentialMatch { span: at..at + pair.len(), ..one }));
        }
        at += pair.len() + 1;
    }
    found
}

/// Returns whether a cookie authenticates: by its name, or because its value is random or a known token.
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
    is_credible(value, STRICTNESS)
        && value.len() >= 6
        && !counted
        && (by_name || is_random(value) || recognize(value).is_some())
}
