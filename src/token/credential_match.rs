//! Credential in a text: its kind, range and bytes.

use std::ops::Range;

use super::Secret;
use super::provider::detectors::recognize;
use super::provider::pattern::Detector;

/// Strictness with which a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strictness {
    /// Git config and similar files: any value of a credential key or in the position of a credential is a
    /// secret, except placeholders.
    GitConfig,
    /// Any other text: only a provider's token or a strong password is a secret.
    Content,
    /// A test or a document: only a provider's token is a secret.
    Example,
}

/// The position in which a credential was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialKind {
    /// A provider's token outside of the positions below.
    Token,
    /// A token as the user of a URL.
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
    /// The value of a config key for a password.
    Password,
    /// The value of a config key for a token.
    KeyedToken,
    /// A password or login of a netrc file.
    Netrc,
    /// A line of the credential store.
    StoredCredential,
    /// A cookie.
    Cookie,
    /// The secret key of an AWS key pair.
    AwsKey,
    /// The id of an AWS key pair whose secret key is nearby.
    AwsKeyId,
    /// The value of `receive.certNonceSeed`.
    NonceSeed,
}

impl CredentialKind {
    /// Returns the name of a credential in this position.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Token | Self::KeyedToken => "token",
            Self::UrlUser => "token as the user of a URL",
            Self::UrlPassword => "password in a URL",
            Self::UrlParameter => "token in the query of a URL",
            Self::BasicHeader => "credentials in an `Authorization: basic` header",
            Self::BearerHeader => "token in an `Authorization` header",
            Self::Header => "credential in a header",
            Self::Command => "literal secret in a command",
            Self::Password => "password",
            Self::Netrc => "netrc password",
            Self::StoredCredential => "stored password",
            Self::Cookie => "authentication cookie",
            Self::AwsKey => "AWS secret access key",
            Self::AwsKeyId => "AWS access key id with its secret key",
            Self::NonceSeed => "secret for push certificates",
        }
    }
}

/// A credential in a text.
#[derive(Debug, Clone)]
pub(crate) struct CredentialMatch {
    pub(crate) kind: CredentialKind,
    pub(crate) detector: Option<&'static Detector>,
    pub(crate) secret: Secret,
    /// The range of the field that holds it, encoded as in the text.
    pub(crate) span: Range<usize>,
    /// The host that receives it; empty if the text does not name one.
    pub(crate) host: Vec<u8>,
}

impl CredentialMatch {
    /// Creates a match without a host. The detector is the one that recognizes the secret.
    pub(crate) fn new(kind: CredentialKind, secret: impl Into<Vec<u8>>, span: Range<usize>) -> Self {
        let secret = Secret::new(secret);
        Self { kind, detector: recognize(secret.expose()), secret, span, host: Vec::new() }
    }
}

/// Sorts matches by offset and removes those inside another one: a field wins over a token in it.
pub(crate) fn without_nested(mut matches: Vec<CredentialMatch>) -> Vec<CredentialMatch> {
    matches.sort_by_key(|one| (one.span.start, std::cmp::Reverse(one.span.end)));
    let mut reached = None;
    matches.retain(|one| {
        let end = Some(one.span.end);
        let is_kept = end > reached;
        reached = reached.max(end);
        is_kept
    });
    matches
}
