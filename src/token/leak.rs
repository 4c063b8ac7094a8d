//! Leak: a credential as the token rules report it.

use super::Secret;
use super::credential_match::{CredentialKind, Strictness};
use super::format::live_edit::ValueChoice;
use super::provider::pattern::Detector;
use super::provider::variety::is_random;

/// One credential at one position, as judged by the token rules.
#[derive(Debug, Clone)]
pub struct Leak {
    /// The position of the credential, such as a header or the password of a URL.
    pub kind: CredentialKind,
    /// The detector that matches it, if it is a provider's token.
    pub detector: Option<&'static Detector>,
    /// The strictness with which the text was read; it selects the rule that reports the leak.
    pub strictness: Strictness,
    /// The git config key that holds it, redacted and escaped.
    pub key: Option<String>,
    /// The value of that key without the credential, escaped. Only set for a URL.
    pub replacement: Option<String>,
    /// The host that receives it, escaped.
    pub host: Option<String>,
    /// The line number, from 1; only LF ends a line.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// The names of the archive members that lead to it, escaped, the outermost first.
    pub members: Vec<String>,
    /// The bytes of the credential.
    pub secret: Secret,
    /// The kind of text in which it was found.
    pub source: LeakSource,
    /// The comment for git-gate on its line.
    pub comment: Option<LineComment>,
}

/// A comment for git-gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineComment {
    /// The text behind `git-gate:`.
    pub text: String,
    /// True if it is certainly a comment in the format of the file, and not a part of a value.
    pub is_certain: bool,
}

impl Leak {
    /// Returns the kind of the token, or the position of the credential.
    pub(crate) fn kind_name(&self) -> &'static str {
        self.detector.map_or(self.kind.name(), |detector| detector.name)
    }

    /// Returns the digest of a credential that nobody can guess: one that a provider has drawn, or a long hexadecimal
    /// number.
    pub(crate) fn mark(&self) -> Option<[u8; 32]> {
        let secret = self.secret.expose();
        let is_number = secret.len() >= 32 && secret.iter().all(u8::is_ascii_hexdigit) && is_random(secret);
        let is_drawn = self.detector.is_some_and(|detector| detector.is_plausible(secret));
        (is_number || is_drawn).then(|| self.secret.digest())
    }

    /// Returns the host that receives the credential: that of its URL, or of the URL in its key. `None` if neither is known.
    ///
    /// Only in `http` and `credential`, the URL of a key is where git sends the value.
    pub(crate) fn receiver(&self) -> Option<&str> {
        let of_key = || {
            let (section, authority) = self.key.as_deref()?.split_once("://")?;
            let section = section.split('.').next().unwrap_or_default().to_ascii_lowercase();
            matches!(section.as_str(), "http" | "credential").then_some(())?;
            let (authority, _) = authority.split_once('/')?;
            Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
        };
        self.host.as_deref().or_else(of_key)
    }

    /// Returns the key if a command can name it: complete, neither redacted nor escaped.
    pub(crate) fn named_key(&self) -> Option<&str> {
        self.key.as_deref().filter(|key| is_plain_key(key) && key.contains('.'))
    }
}

/// Returns whether a key was neither redacted nor escaped, so that a command can name it.
pub(crate) fn is_plain_key(key: &str) -> bool {
    !key.contains("***") && !key.contains("\\x") && !key.contains("\\u{")
}

/// The kind of text that holds a credential. It decides on the command that removes the credential.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LeakSource {
    /// A committed file.
    #[default]
    Blob,
    /// The message or an identity of a commit or a tag.
    Message,
    /// The name of a file or a ref.
    Name,
    /// A file of the effective config.
    Live {
        /// The option of `git config` that selects this file, quoted for a shell.
        option: String,
        /// The value of the key that has to be selected.
        choice: ValueChoice,
        /// The input of `git credential reject`; only for a line of the credential store.
        reject: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use crate::config::FileFormat;
    use crate::token::scan_format;

    #[test]
    fn receiver_is_the_host_of_the_value_or_of_the_key() {
        for (text, host) in [
            ("[http \"https://u@h.io/\"]\n\textraheader = X-Api-Key: Qz7kV7x554\n", Some("h.io")),
            ("[http]\n\textraheader = X-Api-Key: Qz7kV7x554\n", None),
            ("[foo \"x://localhost/y\"]\n\tpassword = Qz7kV7x554\n", None),
            ("[remote \"o\"]\n\turl = https://u:hunter2x@h.io:8443/a\n", Some("h.io:8443")),
        ] {
            let leaks = scan_format(FileFormat::Config, text.as_bytes());
            assert_eq!(leaks[0].receiver(), host, "{text}");
        }
    }

    /// A random number has a mark, and a password none: it could be guessed from it.
    #[test]
    fn only_what_cannot_be_guessed_has_a_mark() {
        let number = ["9f86d081884c7d65", "9a2feaa0c55ad015"].concat();
        for (value, has_mark) in
            [(number.as_str(), true), ("hunter22", false), ("CorrectHorseBatteryStaple2024!", false)]
        {
            let text = format!("[acme]\n\tpassword = {value}\n");
            let leaks = scan_format(FileFormat::Config, text.as_bytes());
            assert_eq!(leaks[0].mark().is_some(), has_mark, "{value}");
        }
    }
}
