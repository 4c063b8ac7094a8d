//! Netscape cookie files, and cookies that authenticate.

use bstr::ByteSlice as _;

use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::provider::detectors::recognize;
use crate::token::provider::variety::is_random;
use crate::token::search::credibility::is_credible;
use crate::token::search::find::find_credentials;

/// Number of lines that are checked to recognize a cookie file.
const LINES: usize = 64;

/// Returns whether a text is a cookie file, by its first lines.
pub(crate) fn is_cookie_file(text: &[u8]) -> bool {
    let is_comment = |line: &&[u8]| line.starts_with(b"#") && !line.starts_with(b"#HttpOnly_");
    let lines = text.lines().map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty() && !is_comment(line)).take(LINES).peekable();
    lines.peek().is_some() && lines.all(|line| cookie(line).is_some())
}

/// Returns the credentials in a line of a cookie file. A cookie may be commented out.
pub(crate) fn in_cookie_line(line: &[u8]) -> Vec<CredentialMatch> {
    let line = line.trim_ascii_end();
    let commented_out = || cookie(line.strip_prefix(b"#")?.trim_ascii_start());
    match cookie(line).or_else(commented_out) {
        Some((name, value)) if is_auth_cookie(name, value) => {
            vec![CredentialMatch::new(CredentialKind::Cookie, value, 0..line.len())]
        }
        Some(_) => Vec::new(),
        None => find_credentials(line, Strictness::GitConfig),
    }
}

/// Parses a line of a cookie file into the name and the value. `#HttpOnly_` starts data, any other `#` a
/// comment.
fn cookie(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_prefix(b"#HttpOnly_").unwrap_or(line);
    let mut fields = line.splitn(7, |byte| *byte == b'\t');
    let flags = [fields.nth(1)?, fields.nth(1)?];
    let is_switch = |flag: &&[u8]| matches!(*flag, b"TRUE" | b"FALSE");
    let _expires = fields.next()?;
    let (name, value) = (fields.next()?, fields.next()?);
    (!line.starts_with(b"#") && flags.iter().all(is_switch)).then_some((name, value))
}

/// Returns whether a cookie authenticates: by its name, or because its value is random or a known token.
pub(crate) fn is_auth_cookie(name: &[u8], value: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let words = [
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
    let is_named = name == b"o" || words.iter().any(|word| name.contains_str(word));
    let is_statistical = name.starts_with(b"_ga") || name.starts_with(b"__utm");
    is_credible(value, Strictness::GitConfig)
        && value.len() >= 6
        && !is_statistical
        && (is_named || is_random(value) || recognize(value).is_some())
}
