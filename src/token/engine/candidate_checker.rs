//! Decides whether a keyword may lead to a credential.

use std::cell::OnceCell;
use std::ops::Range;

use crate::text::slice;
use crate::token::credential_match::Strictness;
use crate::token::format::config_environment::is_variable;
use crate::token::format::config_list::{line_has_secret, record_has_secret};
use crate::token::search::find::KeywordReader;
use crate::token::search::keywords::{self, KeywordHit, Target};
use crate::token::search::url;

/// Checker for the keywords of a text, in the order of the text. Caches the line and the record checked last.
pub(super) struct CandidateChecker<'t> {
    text: &'t [u8],
    /// One reader for each search.
    readers: Vec<KeywordReader>,
    /// True if the text may contain a NUL.
    has_nul: bool,
    line: Line,
    record: Record,
}

/// The line checked last. A line may contain many keywords, so its properties are cached.
#[derive(Default)]
struct Line {
    range: Range<usize>,
    /// The offset of the last `=` in the line that follows the name of a secret.
    last_secret: Option<usize>,
    /// True if the line lists a config entry with a credential; computed on first use.
    has_secret: OnceCell<bool>,
}

/// The NUL-terminated record checked last.
#[derive(Default)]
struct Record {
    range: Range<usize>,
    /// True if the record is a config entry with a credential.
    has_secret: bool,
}

impl<'t> CandidateChecker<'t> {
    pub(super) fn new(text: &'t [u8], has_nul: bool) -> Self {
        Self { text, readers: Vec::new(), has_nul, line: Line::default(), record: Record::default() }
    }

    /// Returns whether the keyword of a number at an offset may lead to a credential, by itself or in a listing
    /// of git config.
    pub(super) fn leads_to_secret(&mut self, at: usize, number: u32) -> bool {
        let Some(hit) = keywords::keyword_at(self.text, at, number) else { return false };
        match &hit.target {
            Target::Hint => true,
            Target::ConfigVariable => is_variable(self.text.split_at(hit.range.end).1),
            Target::ConfigKey => self.is_config(at),
            // Cheap check first: most URLs have no credential and need not be parsed.
            Target::Url if !self.has_login_or_secret(&hit.range) => self.is_in_secret_record(at),
            // A credential that only the strict reading accepts must be inside something like config.
            _ if self.finds_secret(&hit) => {
                let is_content =
                    !KeywordReader::default().read(self.text, &hit, Strictness::Content).is_empty();
                is_content || self.is_config(at)
            }
            // In config, neither a blank nor a quote ends a URL.
            Target::Url => self.is_config(at),
            _ => false,
        }
    }

    /// Returns whether a keyword leads to a credential in git config.
    fn finds_secret(&mut self, hit: &KeywordHit) -> bool {
        if self.readers.is_empty() {
            self.readers.resize_with(keywords::searches(), KeywordReader::default);
        }
        let reader = self.readers.get_mut(hit.search);
        reader.is_some_and(|reader| !reader.read(self.text, hit, Strictness::GitConfig).is_empty())
    }

    /// Returns whether a URL that extends to the end of the line may hold a credential.
    ///
    /// True if its authority contains a user, or if the name of a secret and `=` follow the
    /// separator.
    fn has_login_or_secret(&mut self, separator: &Range<usize>) -> bool {
        self.go_to(separator.start);
        let rest = slice(self.text, separator.end..self.line.range.end);
        let authority = memchr::memchr2(b'/', b'?', rest).unwrap_or(rest.len());
        memchr::memchr(b'@', rest.split_at(authority).0).is_some()
            || self.line.last_secret >= Some(separator.end)
    }

    /// Returns whether a credential at an offset must be judged like one in git config.
    ///
    /// True if its line or record lists an entry with a credential, or if the text may be a
    /// credential store.
    fn is_config(&mut self, at: usize) -> bool {
        self.go_to(at);
        let line = slice(self.text, self.line.range.clone());
        *self.line.has_secret.get_or_init(|| line_has_secret(line))
            || self.text.trim_ascii_start().starts_with(b"http")
            || self.is_in_secret_record(at)
    }

    /// Returns whether an offset is in a record that is a config entry with a credential.
    fn is_in_secret_record(&mut self, at: usize) -> bool {
        if !self.has_nul {
            return false;
        }
        if !self.record.range.contains(&at) {
            let range = part_around(self.text, at, 0);
            let record = slice(self.text, range.clone());
            // A record as long as the text means that there is no NUL, and so no records.
            let has_secret = record.len() < self.text.len() && record_has_secret(record);
            self.record = Record { range, has_secret };
        }
        self.record.has_secret
    }

    fn go_to(&mut self, at: usize) {
        if !self.line.range.contains(&at) {
            let range = part_around(self.text, at, b'\n');
            let last_secret = url::last_secret(slice(self.text, range.clone()));
            let last_secret = last_secret.map(|secret| range.start + secret);
            self.line = Line { range, last_secret, has_secret: OnceCell::new() };
        }
    }
}

/// Returns the range around an offset between two separators, or an end of the text.
fn part_around(text: &[u8], at: usize, separator: u8) -> Range<usize> {
    let (before, after) = text.split_at(at);
    let start = memchr::memrchr(separator, before).map_or(0, |before| before + 1);
    start..memchr::memchr(separator, after).map_or(text.len(), |length| at + length)
}
