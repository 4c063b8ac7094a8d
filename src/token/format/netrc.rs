//! Netrc files: words on any number of lines, quotes, and macros that end at an empty line.

use std::ops::Range;

use bstr::ByteSlice as _;

use crate::token::credential_match::{CredentialKind, CredentialMatch, Strictness};
use crate::token::match_set::MatchSet;
use crate::token::provider::variety::is_random;
use crate::token::search::credibility::{LoginPart, secret_of_login};

/// Returns whether the first line of a text is that of a netrc file. Comments and empty lines are skipped.
pub(crate) fn is_netrc(text: &[u8]) -> bool {
    let mut lines = text.lines().map(<[u8]>::trim_ascii);
    lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).is_some_and(starts_entry)
}

/// Returns whether a line starts an entry.
fn starts_entry(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let known = ["login", "user", "password", "passwd", "account"];
    words.next() == Some(b"machine")
        && words.next().is_some()
        && words.next().is_none_or(|word| known.iter().any(|known| word == known.as_bytes()))
}

/// Adds the credentials of a netrc file.
pub(crate) fn add_netrc(matches: &mut MatchSet, text: &[u8]) {
    for found in NetrcReader::new(text) {
        matches.add_field(found.span.clone(), vec![found]);
    }
    matches.add_lines(text, in_comment);
    matches.add_text(text, Strictness::GitConfig);
}

/// Returns the credentials of an entry that is commented out.
fn in_comment(line: &[u8]) -> Vec<CredentialMatch> {
    let comment = line.trim_ascii_start().strip_prefix(b"#");
    comment.map(|entry| NetrcReader::new(entry).collect()).unwrap_or_default()
}

/// A word of a netrc file, with its quotes.
#[derive(Clone, Copy, Default)]
struct Word<'t> {
    start: usize,
    text: &'t [u8],
}

impl Word<'_> {
    fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

/// Iterator over the credentials of a netrc file, each with the range of the secret.
struct NetrcReader<'t> {
    text: &'t [u8],
    /// The part of the text that is not read yet.
    rest: &'t [u8],
    host: &'t [u8],
    login: Word<'t>,
}

impl<'t> NetrcReader<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, rest: text, host: b"", login: Word::default() }
    }
}

impl Iterator for NetrcReader<'_> {
    type Item = CredentialMatch;

    fn next(&mut self) -> Option<CredentialMatch> {
        loop {
            match self.word()?.text {
                b"machine" => (self.host, self.login) = (self.word()?.text, Word::default()),
                b"default" => (self.host, self.login) = (b"", Word::default()),
                b"login" | b"user" => self.login = self.word()?,
                b"password" | b"passwd" => {
                    let password = self.word()?;
                    if let Some(found) = self.credential(password) {
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

impl<'t> NetrcReader<'t> {
    fn credential(&self, password: Word<'_>) -> Option<CredentialMatch> {
        let user = self.login.text;
        let value = unquoted(password.text);
        // Anonymous FTP expects an email address as the password.
        if matches!(user, b"anonymous" | b"ftp") && value.contains(&b'@') && !is_random(&value) {
            return None;
        }
        let (part, secret) = secret_of_login(user, &value, Strictness::GitConfig)?;
        let span = match part {
            LoginPart::User => self.login.span(),
            LoginPart::Password => password.span(),
        };
        let found = CredentialMatch::new(CredentialKind::Netrc, secret, span);
        Some(CredentialMatch { host: self.host.to_vec(), ..found })
    }

    /// Returns the next word. A quoted word may contain blanks; comments are skipped.
    fn word(&mut self) -> Option<Word<'t>> {
        loop {
            let rest = self.rest.trim_ascii_start();
            let start = self.text.len() - rest.len();
            let length = match rest.first()? {
                b'#' => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                b'"' => quoted_length(rest),
                _ => rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len()),
            };
            let (text, rest) = rest.split_at(length);
            self.rest = rest;
            if !text.starts_with(b"#") {
                return Some(Word { start, text });
            }
        }
    }

    /// Skips a macro, which ends at an empty line.
    fn skip_macro(&mut self) {
        let is_end = |lf: &usize| {
            let (_, next) = self.rest.split_at(lf + 1);
            next.starts_with(b"\n") || next.starts_with(b"\r\n")
        };
        let end = memchr::memchr_iter(b'\n', self.rest).find(is_end);
        (_, self.rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
    }
}

/// Returns the length of the quoted word at the start of a text.
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
