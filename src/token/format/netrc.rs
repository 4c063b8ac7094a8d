//! Parser for netrc files: words on any number of lines, quotes, and macros that end at an empty line.

use std::ops::Range;

use super::credential::{Whose, pair};
use crate::token::engine::find::{CredentialMatch, Strictness};
use crate::token::provider::bytes::is_random;
use crate::token::provider::tokens::recognize;
use crate::token::{CredentialKind, Secret};

/// Iterator over the credentials of a netrc file, each with the range of the secret.
pub(in crate::token) struct Logins<'a> {
    text: &'a [u8],
    at: usize,
    host: Vec<u8>,
    login: Range<usize>,
}

impl<'a> Logins<'a> {
    pub(in crate::token) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, host: Vec::new(), login: 0..0 }
    }
}

impl Iterator for Logins<'_> {
    type Item = CredentialMatch;

    fn next(&mut self) -> Option<CredentialMatch> {
        loop {
            let word = self.word()?;
            match self.text.get(word).unwrap_or_default() {
                b"machine" => {
                    let host = self.word()?;
                    self.host = self.text.get(host).unwrap_or_default().to_vec();
                    self.login = 0..0;
                }
                b"default" => (self.host, self.login) = (Vec::new(), 0..0),
                b"login" | b"user" => self.login = self.word()?,
                b"password" | b"passwd" => {
                    let password = self.word()?;
                    if let Some(found) = self.secret(password) {
                        return Some(found);
                    }
                }
                b"account" => {
                    self.word()?;
                }
                b"macdef" => self.skip_macro(),
                _ => {}
            }
        }
    }
}

impl Logins<'_> {
    fn secret(&self, password: Range<usize>) -> Option<CredentialMatch> {
        let user = self.text.get(self.login.clone()).unwrap_or_default();
        let value = unquoted(self.text.get(password.clone())?);
        // Anonymous FTP expects an email address as the password.
        if matches!(user, b"anonymous" | b"ftp") && value.contains(&b'@') && !is_random(&value) {
            return None;
        }
        let (whose, secret) = pair(user, Some(&value), Strictness::GitConfig)?;
        Some(CredentialMatch {
            kind: CredentialKind::Netrc,
            detector: recognize(&secret),
            secret: Secret::new(secret),
            span: if whose == Whose::User { self.login.clone() } else { password },
            host: self.host.clone(),
        })
    }

    /// Returns the next word, with its quotes. A quoted word may contain blanks; comments are skipped.
    fn word(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
            let rest = self.text.get(start..)?;
            if rest.starts_with(b"#") {
                self.at = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            let length = match rest.first() {
                Some(b'"') => quoted_length(rest),
                _ => rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len()),
            };
            self.at = start + length;
            return Some(start..self.at);
        }
    }

    /// Skips a macro, which ends at an empty line.
    fn skip_macro(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let ends = [&b"\n\n"[..], b"\n\r\n"].iter().filter_map(|end| memchr::memmem::find(rest, end)).min();
        self.at = ends.map_or(self.text.len(), |end| self.at + end);
    }
}

fn quoted_length(text: &[u8]) -> usize {
    let mut escaped = true; // the opening quote does not close
    let end = text.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 1)
}

/// Returns a word without its quotes and escaping backslashes.
fn unquoted(word: &[u8]) -> Vec<u8> {
    let Some(inner) = word.strip_prefix(b"\"") else { return word.to_vec() };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    let mut escaped = false;
    let keep = |byte: &&u8| {
        escaped = **byte == b'\\' && !escaped;
        !escaped
    };
    inner.iter().filter(keep).copied().collect()
}
