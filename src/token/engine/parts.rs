//! Large texts, which are searched in parts: some formats need a hundred times the memory of their text.

use super::candidates::CandidateOffsets;
use super::encoding::Encoding;
use super::path::{is_other_format, is_remote_log, names_config};
use super::path_kind::PathKind;
use super::prefilter::may_hold_secret;
use super::scan::add_formatted;
use crate::config::FileFormat;
use crate::text::slice;
use crate::token::comment::syntax_of;
use crate::token::credential_match::Strictness;
use crate::token::format::config_file;
use crate::token::format::detect::{format_by_content, format_by_path};
use crate::token::leak::Leak;
use crate::token::match_set::MatchSet;
use crate::token::placeholder::is_guessable;
use crate::token::provider::pattern::Detector;
use crate::token::search::url_credentials::is_reserved_host;

/// Maximum size of a part, in bytes.
pub(crate) const MAX_PART: usize = 4 << 20;

/// Number of bytes at the end of a part that are searched again at the start of the next one.
const OVERLAP: usize = 64 << 10;

/// Maximum number of credentials that are reported of one file.
pub(crate) const MAX_LEAKS: usize = 100_000;

/// Search of a text, part after part, each of at most [`MAX_PART`] bytes.
pub(crate) struct PartedText<'p> {
    path: &'p [u8],
    kind: PathKind,
    encoding: Encoding,
    format: Option<FileFormat>,
    is_first: bool,
    /// True if the text has only one part.
    is_whole: bool,
    /// True if the path belongs to a format in which what looks like git config is none, and no part has had signs of a
    /// real one.
    is_other: bool,
    /// Line and column before the next part, from 0.
    start: (u32, u32),
    /// Last line of a git-config file before the next part that begins a section; empty if there is none.
    section: Vec<u8>,
    leaks: Vec<Leak>,
}

impl<'p> PartedText<'p> {
    /// Starts the search of the file at a path.
    pub(crate) fn new(path: &'p [u8]) -> Self {
        let (encoding, format) = (Encoding::Bytes, format_by_path(path));
        let (section, leaks) = (Vec::new(), Vec::new());
        let is_other = is_other_format(path);
        Self {
            path,
            kind: PathKind::of(path),
            encoding,
            format,
            is_first: true,
            is_whole: false,
            is_other,
            start: (0, 0),
            section,
            leaks,
        }
    }

    /// Searches the next part. Returns the number of its bytes that need not be in the part after it.
    pub(crate) fn search(&mut self, part: &[u8], is_last: bool) -> usize {
        if self.is_first {
            self.encoding = Encoding::of(part);
        }
        let text = self.encoding.decode(part);
        if self.is_first && self.format.is_none() && self.kind != PathKind::Example {
            self.format = format_by_content(&text);
        }
        self.is_other = self.is_other && !names_config(&text);
        self.is_whole = self.is_first && is_last;
        let is_read = self.is_whole
            || self.format.is_some()
            || is_remote_log(self.path)
            || may_hold_secret(&text, &CandidateOffsets::find(&text));
        let leaks = if is_read && self.leaks.len() <= MAX_LEAKS { self.leaks_of(&text) } else { Vec::new() };
        self.is_first = false;
        if is_last {
            self.add(leaks);
            return part.len();
        }
        let used = self.end(part);
        let before = self.encoding.decode(slice(part, 0..used));
        let (lines, columns) = size(&before);
        if self.format == Some(FileFormat::Config) {
            self.keep_section(&before);
        }
        // What starts behind this place is found whole in the next part.
        let is_before = |leak: &Leak| (leak.line - 1, leak.column - 1) < (lines, columns);
        self.add(leaks.into_iter().filter(is_before).collect());
        let before = if lines == 0 { self.start.1 } else { 0 };
        self.start = (self.start.0.saturating_add(lines), before.saturating_add(columns));
        used
    }

    /// Returns the credentials of all parts.
    pub(crate) fn into_leaks(self) -> Vec<Leak> {
        self.leaks
    }

    /// Remembers the last line of a text that begins a section: the next part goes on in it.
    fn keep_section(&mut self, text: &[u8]) {
        let is_header = |line: &&[u8]| line.trim_ascii_start().starts_with(b"[") && line.len() < OVERLAP;
        if let Some(line) = text.rsplit(|byte| *byte == b'\n').find(is_header) {
            // A line that ends in a backslash would go on in the next one.
            let end = memchr::memrchr(b']', line).map_or(line.len(), |at| at + 1);
            self.section = slice(line, 0..end).to_owned();
        }
    }

    /// Returns the credentials of a part, with their places in it.
    fn leaks_of(&self, text: &[u8]) -> Vec<Leak> {
        if self.section.is_empty() {
            return self.leaks_in(text);
        }
        let leaks = self.leaks_in(&[&self.section, &b"\n"[..], text].concat()).into_iter();
        let below = leaks.filter_map(|leak| {
            let line = leak.line.checked_sub(1).filter(|line| *line > 0)?;
            Some(Leak { line, ..leak })
        });
        below.collect()
    }

    fn leaks_in(&self, text: &[u8]) -> Vec<Leak> {
        let mut matches = MatchSet::default();
        match self.format {
            Some(format) => add_formatted(&mut matches, format, text),
            None if is_remote_log(self.path) => matches.add_text(text, Strictness::GitConfig),
            None if self.is_other => matches.add_text(text, self.strictness()),
            None => config_file::add_unknown(&mut matches, text, self.strictness()),
        }
        let syntax = if self.is_whole { syntax_of(self.format, self.path) } else { None };
        let mut leaks = matches.into_leaks(text, syntax);
        if self.kind.is_example() {
            leaks.retain(|leak| !is_for_test_server(leak));
        }
        if self.kind >= PathKind::TestKeys {
            drop_private_keys(&mut leaks);
        }
        leaks
    }

    /// Returns the strictness for a text that is not git config.
    fn strictness(&self) -> Strictness {
        if self.kind.is_example() { Strictness::Example } else { Strictness::Content }
    }

    /// Adds the leaks of a part, with their places in the whole text.
    fn add(&mut self, leaks: Vec<Leak>) {
        let (lines, columns) = self.start;
        self.leaks.extend(leaks.into_iter().map(|leak| {
            let column = if leak.line == 1 { leak.column.saturating_add(columns) } else { leak.column };
            Leak { line: leak.line.saturating_add(lines), column, ..leak }
        }));
    }

    /// Returns the offset at which the next part starts: after the last line that ends before the overlap.
    fn end(&self, part: &[u8]) -> usize {
        let (most, least) = (part.len().saturating_sub(OVERLAP), part.len().saturating_sub(2 * OVERLAP));
        let lf = memchr::memrchr(b'\n', slice(part, least..most)).map(|lf| least + lf + 1);
        let end = lf.unwrap_or(most);
        end.next_multiple_of(self.encoding.unit())
    }
}

/// Removes the private keys from the leaks of a file of tests. Keys in git config stay, and those that a provider has issued.
pub(super) fn drop_private_keys(leaks: &mut Vec<Leak>) {
    let is_made_up = |detector: &Detector| detector.provider.is_empty();
    let is_key =
        |leak: &Leak| leak.strictness != Strictness::GitConfig && leak.detector.is_some_and(is_made_up);
    leaks.retain(|leak| !is_key(leak));
}

/// Returns whether a credential in a test is one for a server that only the test has.
fn is_for_test_server(leak: &Leak) -> bool {
    let host = leak.host.as_ref().is_some_and(|host| is_reserved_host(host.as_bytes()));
    host && leak.detector.is_none() && is_guessable(leak.secret.expose())
}

/// Returns the number of lines of a text, and the number of bytes after the last of them.
fn size(text: &[u8]) -> (u32, u32) {
    let lines = memchr::memchr_iter(b'\n', text).count();
    let last = text.len() - memchr::memrchr(b'\n', text).map_or(0, |lf| lf + 1);
    let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
    (number(lines), number(last))
}

/// Returns the credentials of a file that is not an archive.
pub(super) fn text_file_leaks(path: &[u8], bytes: &[u8]) -> Vec<Leak> {
    let (mut text, mut rest) = (PartedText::new(path), bytes);
    while let Some(part) = rest.get(..MAX_PART) {
        rest = rest.split_at(text.search(part, false)).1;
    }
    text.search(rest, true);
    text.into_leaks()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = concat!("https://u:", "Qz7kV755446xW@h.io/a");

    /// Returns the places of the credentials in a text that is longer than a part.
    fn places(path: &str, text: &[u8]) -> Vec<(u32, u32)> {
        let mut leaks: Vec<_> =
            text_file_leaks(path.as_bytes(), text).iter().map(|leak| (leak.line, leak.column)).collect();
        leaks.dedup();
        leaks
    }

    /// The credential is at every offset near the places where parts end and start.
    #[test]
    fn credential_is_found_once_at_any_place() {
        for end in [MAX_PART, MAX_PART - OVERLAP] {
            for before in (end - 64..end + 8).step_by(12) {
                let mut text = b"some words\n".repeat(before / 11);
                text.resize(before, b'-');
                text.extend(format!("\n{TOKEN}\n").bytes());
                text.extend(b"some words\n".repeat(100));
                let line = u32::try_from(before / 11 + 2).unwrap();
                assert_eq!(places("a", &text), [(line, 9)], "{before}");
            }
        }
    }

    #[test]
    fn lines_are_counted_over_all_parts() {
        let line = format!("{}\n", "x".repeat(99));
        for number in [41_280, 83_000] {
            let text = line.repeat(number) + TOKEN + "\n" + &line.repeat(90_000 - number);
            let place = (u32::try_from(number + 1).unwrap(), 9);
            assert_eq!(places("a", text.as_bytes()), [place], "{number}");
            if number == 41_280 {
                let wide =
                    |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
                assert_eq!(places("a", &wide(u16::to_le_bytes)), [place]);
                assert_eq!(places("a", &wide(u16::to_be_bytes)), [place]);
            }
        }
    }

    #[test]
    fn section_of_a_config_file_goes_on_in_the_next_part() {
        let header = "[core]\n\tbare = false\n[http \"https://h.io/\"]\n";
        let secret = "\textraheader = X-Auth: p4xxyyzz\n";
        for lines in [1, 100_000, 250_000] {
            let text =
                [header, &"\tfetch = +refs/heads/abc:refs/remotes/o/abc\n".repeat(lines), secret].concat();
            let line = u32::try_from(lines + 4).unwrap();
            assert_eq!(places(".gitconfig", text.as_bytes()), [(line, 2)], "{lines}");
        }
    }

    #[test]
    fn format_of_the_first_part_is_that_of_all() {
        let netrc = "machine h.io login u password hunter22\n".repeat(2 * MAX_PART / 39);
        let leaks = text_file_leaks(b"a", netrc.as_bytes());
        assert!(leaks.len() > MAX_LEAKS);
    }
}
