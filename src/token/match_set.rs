//! The credentials of one text, which become its leaks.

use std::collections::HashSet;
use std::ops::Range;

use bstr::ByteSlice as _;

use super::comment::{CommentReader, Syntax};
use super::credential_match::{CredentialMatch, Strictness};
use super::leak::{Leak, LeakSource, LineComment};
use super::search::find::find_credentials;
use crate::report::MARK;
use crate::text::slice;

/// The credentials of one text.
#[derive(Default)]
pub(crate) struct MatchSet {
    matches: Vec<LocatedMatch>,
    /// The ranges of fields that hold a credential. Tokens inside of them are not reported again.
    fields: Vec<Range<usize>>,
}

/// A credential at an offset of the text.
struct LocatedMatch {
    offset: usize,
    found: CredentialMatch,
    strictness: Strictness,
    field: ConfigField,
}

/// Details of the config entry that holds a credential.
#[derive(Clone, Default)]
pub(crate) struct ConfigField {
    /// The key, redacted and escaped.
    pub(crate) key: Option<String>,
    /// The value without the credential; only for a URL.
    pub(crate) replacement: Option<String>,
}

impl MatchSet {
    /// Adds the credentials of a field, all with the start of its range as their offset.
    pub(crate) fn add_field(&mut self, range: Range<usize>, found: Vec<CredentialMatch>) {
        self.add_entry(range, found, ConfigField::default);
    }

    /// Adds the credentials of a config entry like those of a field. `field` is called only if there are any.
    pub(crate) fn add_entry(
        &mut self,
        range: Range<usize>,
        found: Vec<CredentialMatch>,
        field: impl FnOnce() -> ConfigField,
    ) {
        // Most entries hold none, and their keys need not be redacted.
        if found.is_empty() {
            return;
        }
        let (offset, field) = (range.start, field());
        self.matches.extend(found.into_iter().map(|found| LocatedMatch {
            offset,
            found,
            strictness: Strictness::GitConfig,
            field: field.clone(),
        }));
        self.fields.push(range);
    }

    /// Adds the credentials of each line, which a function returns. The line includes its end.
    pub(crate) fn add_lines(&mut self, text: &[u8], credentials: fn(&[u8]) -> Vec<CredentialMatch>) {
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            self.add_field(start..start + line.len(), credentials(line));
            start += line.len();
        }
    }

    /// Adds the credentials of unstructured text, each at its own offset. Skips those inside of fields added
    /// before.
    pub(crate) fn add_text(&mut self, text: &[u8], strictness: Strictness) {
        self.fields.sort_unstable_by_key(|field| field.start);
        for found in find_credentials(text, strictness) {
            let offset = found.span.start;
            let (before, _) =
                self.fields.split_at(self.fields.partition_point(|field| field.start <= offset));
            if !before.last().is_some_and(|field| field.contains(&offset)) {
                self.matches.push(LocatedMatch { offset, found, strictness, field: ConfigField::default() });
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// Returns the leaks in the order of the text, each secret once per line, strictness and host. `syntax` is that of the
    /// comments, if the format of the whole text is known.
    pub(crate) fn into_leaks(mut self, text: &[u8], syntax: Option<&'static Syntax>) -> Vec<Leak> {
        self.matches.sort_by_key(|one| one.offset);
        let comments = CommentReader::new(text, syntax);
        let mut lines = LineCounter { text, offset: 0, line: 1, line_start: 0, comment: None, comments };
        let mut leaks = Vec::with_capacity(self.matches.len());
        let mut reported = HashSet::new();
        for one in self.matches {
            let leak = one.into_leak(&mut lines);
            let receiver = leak.receiver().map(str::to_owned);
            if reported.insert((leak.line, leak.secret.clone(), leak.strictness, receiver)) {
                leaks.push(leak);
            }
        }
        leaks
    }
}

impl LocatedMatch {
    fn into_leak(self, lines: &mut LineCounter<'_>) -> Leak {
        let CredentialMatch { kind, detector, secret, host, .. } = self.found;
        let (line, column) = lines.position(self.offset);
        Leak {
            kind,
            detector,
            strictness: self.strictness,
            key: self.field.key,
            replacement: self.field.replacement,
            host: (!host.is_empty()).then(|| crate::text::escape(&host)),
            line,
            column,
            members: Vec::new(),
            secret,
            source: LeakSource::default(),
            comment: lines.comment(),
        }
    }
}

/// Converter from offsets to lines and columns. Offsets must be ascending, so that each byte is read once.
struct LineCounter<'a> {
    text: &'a [u8],
    offset: usize,
    line: u32,
    line_start: usize,
    /// Start of the last line whose comment was asked for, with that comment.
    comment: Option<(usize, Option<LineComment>)>,
    comments: CommentReader<'a>,
}

impl LineCounter<'_> {
    /// Returns the comment for git-gate on the line of the last offset.
    fn comment(&mut self) -> Option<LineComment> {
        if let Some((_, comment)) = self.comment.as_ref().filter(|(start, _)| *start == self.line_start) {
            return comment.clone();
        }
        let (_, rest) = self.text.split_at(self.line_start);
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let comment = comment_in(slice(rest, 0..end)).map(|(at, text)| {
            let is_certain = self.comments.is_in_comment(self.line_start + at);
            LineComment { text, is_certain }
        });
        self.comment = Some((self.line_start, comment.clone()));
        comment
    }

    /// Returns line and column of an offset, both from 1. A column that no `u32` can hold is the largest one.
    fn position(&mut self, offset: usize) -> (u32, u32) {
        for lf in memchr::memchr_iter(b'\n', slice(self.text, self.offset..offset)) {
            self.line = self.line.saturating_add(1);
            self.line_start = self.offset + lf + 1;
        }
        self.offset = offset;
        (self.line, u32::try_from(offset - self.line_start + 1).unwrap_or(u32::MAX))
    }
}

/// Starts of comments in the formats of config and code.
const COMMENT_STARTS: [&str; 8] = ["#", "//", "/*", "*", "--", ";", "<!--", "%"];

/// Ends of comments that have one.
const COMMENT_ENDS: [&str; 3] = ["*/", "-->", "#}"];

/// Maximum length of a comment, in bytes.
const MAX_COMMENT: usize = 1024;

/// Returns the offset of `git-gate:` at the start of a comment, and the text behind it.
fn comment_in(line: &[u8]) -> Option<(usize, String)> {
    let (before, comment) = line.rsplit_once_str(MARK)?;
    let at = before.len();
    let before = before.trim_ascii_end();
    COMMENT_STARTS.iter().find(|start| before.ends_with(start.as_bytes()))?;
    let comment = comment.get(..MAX_COMMENT).unwrap_or(comment).to_str_lossy();
    let comment = comment.trim();
    let end = COMMENT_ENDS.iter().find_map(|end| comment.strip_suffix(end));
    Some((at, end.unwrap_or(comment).trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::comment_in;

    #[test]
    fn comment_starts_with_the_mark() {
        for (line, comment) in [
            ("k = v # git-gate: allow[a] why", Some("allow[a] why")),
            ("\tk = v ; git-gate: allow[a] why\r", Some("allow[a] why")),
            ("f(\"v\"); // git-gate: allow[a] why", Some("allow[a] why")),
            ("/* git-gate: allow[a] why */", Some("allow[a] why")),
            ("<!-- git-gate: allow[a] why -->", Some("allow[a] why")),
            ("-- git-gate: nothing", Some("nothing")),
            ("k = v git-gate: allow[a] why", None),
            ("# see git-gate: allow[a] why", None),
            ("k = v # why", None),
        ] {
            let found = comment_in(line.as_bytes());
            assert_eq!(found.as_ref().map(|(_, text)| text.as_str()), comment, "{line}");
        }
    }
}
