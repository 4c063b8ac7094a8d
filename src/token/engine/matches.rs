//! Credentials with their offsets, collected per text and then turned into leaks.

use std::collections::HashSet;
use std::ops::Range;

use super::find::{CredentialMatch, Strictness, everywhere};
use crate::token::{Leak, LeakSource};

/// The credentials of one text.
#[derive(Default)]
pub(in crate::token) struct MatchSet {
    hits: Vec<Hit>,
    /// The ranges of config entries that hold a credential. Tokens inside of them are not reported again.
    fields: Vec<Range<usize>>,
}

/// A credential at an offset of a text.
struct Hit {
    offset: usize,
    found: CredentialMatch,
    strictness: Strictness,
    field: Field,
}

/// Details of the config entry that holds a credential.
#[derive(Clone, Default)]
pub(in crate::token) struct Field {
    /// The key, redacted and escaped.
    pub(in crate::token) key: Option<String>,
    /// The value without the credential; only for a URL.
    pub(in crate::token) replacement: Option<String>,
}

impl MatchSet {
    /// Adds the credentials of an entry, all with the start of its range as their offset.
    ///
    /// `field` is called only if there are any.
    pub(in crate::token) fn add(
        &mut self,
        range: Range<usize>,
        found: Vec<CredentialMatch>,
        field: impl FnOnce() -> Field,
    ) {
        // Most entries hold none, and their keys need not be redacted.
        if found.is_empty() {
            return;
        }
        let (offset, field) = (range.start, field());
        let hit = |found| Hit { offset, found, strictness: Strictness::GitConfig, field: field.clone() };
        self.hits.extend(found.into_iter().map(hit));
        self.fields.push(range);
    }

    /// Adds the credentials of unstructured text, each at its own offset. Skips those inside of entries added
    /// before.
    pub(in crate::token) fn add_plain(&mut self, text: &[u8], strictness: Strictness) {
        self.fields.sort_unstable_by_key(|field| field.start);
        for found in everywhere(text, strictness) {
            let offset = found.span.start;
            let before = self.fields.partition_point(|field| field.start <= offset);
            let field = before.checked_sub(1).and_then(|last| self.fields.get(last));
            if !field.is_some_and(|field| field.contains(&offset)) {
                self.hits.push(Hit { offset, found, strictness, field: Field::default() });
            }
        }
    }

    pub(in crate::token) fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Returns the leaks in the order of the text, each secret once per line.
    pub(in crate::token) fn leaks(mut self, text: &[u8]) -> Vec<Leak> {
        self.hits.sort_by_key(|hit| hit.offset);
        let mut lines = Lines { text, offset: 0, line: 1, start: 0 };
        let mut leaks: Vec<Leak> = Vec::with_capacity(self.hits.len());
        let mut said = HashSet::new();
        for hit in self.hits {
            let leak = hit.leak(lines.position(hit.offset));
            if said.insert((leak.line, leak.secret.clone())) {
                leaks.push(leak);
            }
        }
        leaks
    }
}

impl Hit {
    fn leak(&self, (line, column): (u32, u32)) -> Leak {
        let CredentialMatch { kind, detector, secret, host, .. } = self.found.clone();
        Leak {
            kind,
            detector,
            strictness: self.strictness,
            key: self.field.key.clone(),
            replacement: self.field.replacement.clone(),
            host: (!host.is_empty()).then(|| crate::text::escape(&host)),
            line,
            column,
            member: None,
            secret,
            source: LeakSource::default(),
        }
    }
}

/// Converter from offsets to lines and columns. Offsets must be ascending, so that each byte is read once.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
    start: usize,
}

impl Lines<'_> {
    fn position(&mut self, offset: usize) -> (u32, u32) {
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        for lf in memchr::memchr_iter(b'\n', passed) {
            self.line = self.line.saturating_add(1);
            self.start = self.offset + lf + 1;
        }
        self.offset = self.offset.max(offset);
        (self.line, u32::try_from(offset.saturating_sub(self.start) + 1).unwrap_or(u32::MAX))
    }
}
