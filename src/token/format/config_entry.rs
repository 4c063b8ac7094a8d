//! Credentials in an entry of git config, interpreted by its key.

use bstr::ByteSlice as _;

use super::command::in_command;
use super::extra_header::in_header;
use crate::config::{ConfigEntry, Section};
use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness, without_nested};
use crate::token::search::credibility::{is_credible, is_token_as_user};
use crate::token::search::find::find_credentials;
use crate::token::search::{url, url_credentials};

const STRICTNESS: Strictness = Strictness::GitConfig;

/// The meaning of a value, as implied by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueRole {
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

/// Returns the ends of the names of variables whose values are secret in git config, whatever the section.
pub(crate) fn secret_name_ends() -> impl Iterator<Item = &'static str> {
    PASSWORD_NAMES.iter().chain(TOKEN_NAMES).copied()
}

fn value_role(section: &Section, name: &[u8]) -> ValueRole {
    let section = section.name.as_slice();
    let is = |known: &(&str, &str)| known.0.as_bytes() == section && known.1.as_bytes() == name;
    let ends = |names: &[&str]| names.iter().any(|end| name.ends_with(end.as_bytes()));
    match (section, name) {
        (b"secrets" | b"advice", _) | (_, b"signingkey" | b"uuid" | b"sha1") => ValueRole::Public,
        _ if name.ends_with(b"pinnedpubkey") || name.ends_with(b"sha1") => ValueRole::Public,
        (b"http", b"extraheader") => ValueRole::Header,
        (_, b"proxy") => ValueRole::Proxy,
        (b"credential", b"username") => ValueRole::UserName,
        (b"receive", b"certnonceseed") => ValueRole::NonceSeed,
        _ if PASSWORDS.iter().any(is) || ends(PASSWORD_NAMES) => ValueRole::Password,
        _ if ends(TOKEN_NAMES) || name == b"pat" => ValueRole::Token,
        _ => ValueRole::Other,
    }
}

/// Returns whether a config entry holds a credential. Meant for entries outside of files, such as those of the
/// environment.
pub(crate) fn entry_has_secret(entry: &ConfigEntry) -> bool {
    !in_entry(entry).is_empty() || !in_section(&entry.section).is_empty()
}

/// Returns the credentials in the value of an entry.
pub(crate) fn in_entry(entry: &ConfigEntry) -> Vec<CredentialMatch> {
    let Some(value) = entry.value.as_deref() else { return Vec::new() };
    let value: &[u8] = value;
    let by_role = match value_role(&entry.section, &entry.name) {
        ValueRole::Public => return Vec::new(),
        ValueRole::Header => in_header(value),
        ValueRole::Proxy => in_user_info(value, url::parse_proxy(value)).into_iter().collect(),
        role => whole_value_kind(role, value)
            .map(|kind| CredentialMatch::new(kind, value, 0..value.len()))
            .into_iter()
            .collect(),
    };
    without_nested(by_role.into_iter().chain(in_value(value)).collect())
}

/// Returns the kind of credential that a value is as a whole, if any.
fn whole_value_kind(role: ValueRole, value: &[u8]) -> Option<CredentialKind> {
    let (kind, is_secret) = match role {
        ValueRole::Password => (CredentialKind::Password, is_credible(value, STRICTNESS)),
        ValueRole::Token => (CredentialKind::KeyedToken, is_literal_token(value)),
        ValueRole::UserName => (CredentialKind::KeyedToken, is_token_as_user(value, STRICTNESS)),
        ValueRole::NonceSeed => (CredentialKind::NonceSeed, is_credible(value, STRICTNESS)),
        ValueRole::Header | ValueRole::Proxy | ValueRole::Public | ValueRole::Other => return None,
    };
    is_secret.then_some(kind)
}

fn in_user_info(value: &[u8], info: Option<url::UserInfo>) -> Option<CredentialMatch> {
    url_credentials::in_user_info(value, &info?, STRICTNESS)
}

/// Returns the credentials in a value, regardless of its key.
pub(crate) fn in_value(value: &[u8]) -> Vec<CredentialMatch> {
    let mut found = Vec::new();
    if let Some(info) = url::parse(value) {
        found.extend(url_credentials::in_user_info(value, &info, STRICTNESS));
        let parameters = url::secret_parameters(value);
        found.extend(parameters.filter_map(|span| url_credentials::in_parameter(value, span, STRICTNESS)));
    }
    found.extend(in_command(value));
    found.extend(find_credentials(value, STRICTNESS));
    without_nested(found)
}

/// Returns the credentials in the name of a subsection.
pub(crate) fn in_section(section: &Section) -> Vec<CredentialMatch> {
    section.subsection.as_deref().map(|subsection| in_value(subsection)).unwrap_or_default()
}

/// Returns whether the value of a token key is a token: not a command, a path, a URL, a number or a
/// placeholder.
fn is_literal_token(value: &[u8]) -> bool {
    let is_path = ["!", "/", "~", "./", "../"].iter().any(|start| value.starts_with(start.as_bytes()));
    value.len() >= 8
        && !is_path
        && !value.contains_str("://")
        && !value.iter().any(u8::is_ascii_whitespace)
        && !value.iter().all(u8::is_ascii_digit)
        && is_credible(value, STRICTNESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FileFormat;
    use crate::token::scan_format;

    /// The list is documented, so a change of it is a change for users.
    #[test]
    fn open_names_are_these() {
        let ends: Vec<_> = secret_name_ends().collect();
        let expected = [
            "password",
            "passwd",
            "passphrase",
            "smtppass",
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
        assert_eq!(ends, expected);
        for name in ends.iter().map(|end| format!("my{end}")).chain(["pat".to_owned()]) {
            for (section, found) in [("acme", 1), ("core", 1), ("secrets", 0), ("advice", 0)] {
                let text = format!("[{section}]\n\t{name} = Qz7kV7x554xW\n");
                let leaks = scan_format(FileFormat::Config, text.as_bytes());
                assert_eq!(leaks.len(), found, "{section}.{name}");
            }
        }
    }
}
