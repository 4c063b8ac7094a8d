//! Files from which programs read credentials for git: netrc, the credential store, cookies.

use std::ops::Range;

use super::find::{CredentialMatch, Strictness, everywhere};
use super::matches::{Field, MatchSet};
use crate::config::FileFormat;
use crate::token::format::config_entry::is_auth_cookie;
use crate::token::format::credential::user_info;
use crate::token::format::netrc::Logins;
use crate::token::format::url;
use crate::token::provider::tokens::recognize;
use crate::token::{CredentialKind, Secret};

const STRICTNESS: Strictness = Strictness::GitConfig;

impl MatchSet {
    /// Adds the credentials of a file whose format is known.
    pub(in crate::token) fn add_form(&mut self, format: FileFormat, text: &[u8]) {
        match format {
            FileFormat::Config => self.add_config(text),
            FileFormat::Netrc => self.add_netrc(text),
            FileFormat::Credentials => self.add_lines(text, credential),
            FileFormat::Cookies => self.add_lines(text, cookie_line),
        }
    }

    fn add_netrc(&mut self, text: &[u8]) {
        for found in Logins::new(text) {
            self.add(found.span.clone(), vec![found], Field::default);
        }
        // An entry may be commented out.
        for (line, bytes) in lines(text) {
            let Some(rest) = bytes.trim_ascii_start().strip_prefix(b"#") else { continue };
            let found: Vec<CredentialMatch> = Logins::new(rest).collect();
            self.add(line, found, Field::default);
        }
        self.add_plain(text, STRICTNESS);
    }

    fn add_lines(&mut self, text: &[u8], read: fn(&[u8]) -> Vec<CredentialMatch>) {
        for (range, line) in lines(text) {
            self.add(range, read(line.trim_ascii_end()), Field::default);
        }
    }
}

/// Returns the credentials in a line of the credential store. The line is a URL, and may be commented out.
fn credential(line: &[u8]) -> Vec<CredentialMatch> {
    match url::whole(line).and_then(|info| user_info(line, &info, STRICTNESS)) {
        Some(found) => vec![CredentialMatch { kind: CredentialKind::StoredCredential, ..found }],
        None => everywhere(line, STRICTNESS),
    }
}

fn cookie_line(line: &[u8]) -> Vec<CredentialMatch> {
    let switched_off = || cookie(line.strip_prefix(b"#")?.trim_ascii_start());
    match cookie(line).or_else(switched_off) {
        Some((name, value)) if is_auth_cookie(name, value) => vec![CredentialMatch {
            kind: CredentialKind::Cookie,
            detector: recognize(value),
            secret: Secret::new(value),
            span: 0..line.len(),
            host: Vec::new(),
        }],
        Some(_) => Vec::new(),
        None => everywhere(line, STRICTNESS),
    }
}

/// Parses a line of a cookie file into the name and the value. `#HttpOnly_` starts data, any other `#` a
/// comment.
pub(in crate::token) fn cookie(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_prefix(b"#HttpOnly_").unwrap_or(line);
    let mut fields = line.splitn(7, |byte| *byte == b'\t');
    let flags = [fields.nth(1)?, fields.nth(1)?];
    let switch = |flag: &&[u8]| matches!(*flag, b"TRUE" | b"FALSE");
    let _expires = fields.next()?;
    let (name, value) = (fields.next()?, fields.next()?);
    (!line.starts_with(b"#") && flags.iter().all(switch)).then_some((name, value))
}

fn lines(text: &[u8]) -> impl Iterator<Item = (Range<usize>, &[u8])> {
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        at += line.len();
        (at - line.len()..at, line)
    })
}
