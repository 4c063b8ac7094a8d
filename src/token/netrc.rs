//! netrc files: words over any number of lines, quotes, and macros that end at an empty line.

use std::ops::Range;

use super::bytes::is_random;
use super::find::{Found, Tier, is_credible, pair, recognize};
use super::{Kind, Secret};

/// Reads the logins of a netrc file.
pub(crate) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    host: Vec<u8>,
    login: Option<Range<usize>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, host: Vec::new(), login: None }
    }

    /// The next login: the offset of its secret and the secret, or nothing when it is a placeholder; none at the end.
    pub(crate) fn next_login(&mut self) -> Option<Option<(usize, Found)>> {
        loop {
            let word = self.word()?;
            match self.text.get(word.clone()).unwrap_or_default() {
                b"machine" => {
                    let host = self.word()?;
                    self.host = self.text.get(host).unwrap_or_default().to_vec();
                    self.login = None;
                }
                b"default" => (self.host, self.login) = (Vec::new(), None),
                b"login" | b"user" => self.login = Some(self.word()?),
                b"password" | b"passwd" => {
                    let password = self.word()?;
                    return Some(self.secret(password));
                }
                b"account" => {
                    self.word()?;
                }
                b"macdef" => self.skip_macro(),
                _ => {}
            }
        }
    }

    fn secret(&self, password: Range<usize>) -> Option<(usize, Found)> {
        let login = self.login.clone().unwrap_or(0..0);
        let user = self.text.get(login.clone()).unwrap_or_default();
        let value = unquoted(self.text.get(password.clone())?);
        let anonymous = matches!(user, b"anonymous" | b"ftp") && !is_random(&value) && value.contains(&b'@');
        if anonymous {
            return None;
        }
        let (whose, secret) = pair(user, Some(&value), Tier::GitConfig)?;
        let span = if whose == super::find::Whose::User { login } else { password };
        let detector = recognize(&secret);
        let found = Found {
            kind: Kind::Netrc,
            detector,
            secret: Secret::new(secret),
            span: span.clone(),
            host: self.host.clone(),
        };
        is_credible(found.secret.expose(), Tier::GitConfig).then_some((span.start, found))
    }

    /// The next word; a quoted one may hold blanks, a comment is none.
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

    /// A macro ends at an empty line.
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

/// A word without its quotes and backslashes.
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
