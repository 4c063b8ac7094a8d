//! Credentials: what they look like, where they stand, and a value that cannot be printed.

mod engine;
mod format;
mod placeholder;
mod provider;
mod remedy;
mod secret;
#[cfg(test)]
mod tests;

pub(crate) use engine::candidates::Spots;
pub(crate) use engine::find::{Tier, prepare};
#[cfg(test)]
pub(crate) use engine::scan::is_suspect;
pub(crate) use engine::scan::{
    file, is_clean, is_clean_at, is_mere_name, is_named, is_place, is_placed, is_secret, live_file, text,
};
pub(crate) use format::config_text::{redact, redact_message, shown};
pub(crate) use provider::shape::Detector;
pub(crate) use remedy::quoted;
pub(crate) use secret::Secret;

/// What the token rules judge: one credential at one place.
#[derive(Debug, Clone)]
pub struct Leak {
    /// In which position it stands.
    pub kind: Kind,
    /// What it is, when it looks like a provider's token.
    pub detector: Option<&'static Detector>,
    /// How strictly the text around it was read: which rule judges it.
    pub tier: Tier,
    /// The key of git config that holds it, redacted and escaped.
    pub key: Option<String>,
    /// The value of that key without the credential, escaped, when it is a URL.
    pub replacement: Option<String>,
    /// The host that it is sent to, escaped.
    pub host: Option<String>,
    /// The line, in LF bytes from 1.
    pub line: u32,
    /// The column, in bytes from 1.
    pub column: u32,
    /// The member of the archive in which it stands, escaped.
    pub member: Option<String>,
    /// The credential.
    pub secret: Secret,
    /// What kind of thing it was found in.
    pub origin: Origin,
}

/// What a credential was found in: decides what removes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origin {
    /// A file that is committed.
    #[default]
    Blob,
    /// The message or an identity of a commit or a tag.
    Message,
    /// The name of a file or a ref.
    Name,
    /// A file of the effective config.
    Live {
        /// How `git config` is told to use that file, quoted for a shell.
        option: String,
    },
}

/// In which position a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A provider's token, anywhere.
    Token,
    /// The user of a URL, which is a token.
    UrlUser,
    /// The password of a URL.
    UrlPassword,
    /// A query parameter of a URL.
    UrlParameter,
    /// `Authorization: basic`.
    BasicHeader,
    /// `Authorization: bearer` or `token`.
    BearerHeader,
    /// Another header that authenticates.
    Header,
    /// A command or helper with a literal secret.
    Command,
    /// The value of a key that is a password.
    Password,
    /// The value of a key that is a token.
    KeyedToken,
    /// A password or login of a netrc file.
    Netrc,
    /// A line of the credential store.
    StoredCredential,
    /// A cookie.
    Cookie,
    /// The secret key of an AWS key pair.
    AwsKey,
    /// The id of an AWS key pair whose secret stands beside it.
    AwsKeyId,
    /// `receive.certNonceSeed`.
    NonceSeed,
}
