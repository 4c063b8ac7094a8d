//! Files of `git credential-store`: one URL per line.

use bstr::ByteSlice as _;

use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::search::find::find_credentials;
use crate::token::search::{url, url_credentials};

/// Number of lines that are checked to recognize a credential store.
const LINES: usize = 64;

/// Returns whether a text is a credential store, by its first lines.
pub(crate) fn is_credential_store(text: &[u8]) -> bool {
    let has_password = |line: &[u8]| url::parse(line).is_some_and(|info| info.password.is_some());
    let mut lines = text.lines().map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).take(LINES);
    text.trim_ascii_start().starts_with(b"http")
        && lines.all(|line| has_password(line) && !line.iter().any(u8::is_ascii_whitespace))
}

/// Returns the credentials in a line of a credential store. The line is a URL, and may be commented out.
pub(crate) fn in_store_line(line: &[u8]) -> Vec<CredentialMatch> {
    let line = line.trim_ascii_end();
    let info = url::parse(line);
    match info.and_then(|info| url_credentials::in_user_info(line, &info, Strictness::GitConfig)) {
        Some(found) => vec![CredentialMatch { kind: CredentialKind::StoredCredential, ..found }],
        None => find_credentials(line, Strictness::GitConfig),
    }
}
