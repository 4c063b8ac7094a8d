//! Finds the leaks of a file: opens archives, decodes the text, and reads it according to its format.

use std::borrow::Cow;

use bstr::ByteSlice as _;

use super::candidates::CandidateOffsets;
use super::matches::MatchSet;
use super::{detect_format, find};
use crate::config::{ConfigEntry, FileFormat};
use crate::text::escape;
use crate::token::format::archive;
use crate::token::format::config_entry::{in_entry, in_section};
use crate::token::format::config_text::redact;
use crate::token::{Leak, Strictness};

/// Maximum depth of nested archives. A `.tar.gz` in a `.zip` has three layers.
const MAX_LAYERS: usize = 3;

/// The result of scanning a committed file.
#[derive(Debug, Default)]
pub(crate) struct FileScan {
    /// The credentials of the file and of its members.
    pub leaks: Vec<Leak>,
    /// The number of archive members that were not searched.
    pub unread: usize,
    /// True if a member without a name was read under the path of its archive.
    nameless: bool,
}

/// Returns the credentials of a committed file, and those of its members if it is an archive.
pub(crate) fn scan_file(path: &[u8], bytes: &[u8]) -> FileScan {
    let mut opener = Opener { scanned: FileScan::default(), budget: archive::MAX_TOTAL };
    opener.open(path, bytes, 0);
    opener.scanned
}

/// Opener of nested archives, with one budget of bytes for all of them.
struct Opener {
    scanned: FileScan,
    budget: usize,
}

impl Opener {
    fn open(&mut self, path: &[u8], bytes: &[u8], layers: usize) {
        if !archive::is_archive(bytes) {
            // The callers have made this check for the file itself, but not for the members of an archive.
            if layers == 0
                || path_implies_format(path)
                || may_hold_anything(bytes, &CandidateOffsets::of(bytes))
            {
                self.scanned.leaks.extend(text_file(path, bytes));
            }
            return;
        }
        let members = archive::members(bytes, self.budget).filter(|_| layers < MAX_LAYERS);
        let Some(members) = members else {
            self.scanned.unread += 1;
            return;
        };
        self.scanned.unread += members.unread;
        self.budget = members.budget;
        for (name, content) in members.read {
            let start = self.scanned.leaks.len();
            self.scanned.nameless |= name.is_empty();
            self.open(if name.is_empty() { path } else { &name }, &content, layers + 1);
            self.name_leaks(start, &escape(&redact(&name)));
        }
    }

    /// Prepends the name of a member to the member names of the leaks from index `start` on.
    fn name_leaks(&mut self, start: usize, name: &str) {
        for leak in self.scanned.leaks.iter_mut().skip(start).filter(|_| !name.is_empty()) {
            let inner = leak.member.take().map_or(String::new(), |inner| format!("!{inner}"));
            leak.member = Some(format!("{name}{inner}"));
        }
    }
}

fn text_file(path: &[u8], bytes: &[u8]) -> Vec<Leak> {
    let text = decode(bytes);
    let text = text.as_ref();
    let mut hits = MatchSet::default();
    let example = is_example_path(path);
    match detect_format::by_name(path)
        .or_else(|| if example { None } else { detect_format::by_content(text) })
    {
        Some(format) => hits.add_form(format, text),
        None if is_git_file(path) => hits.add_plain(text, Strictness::GitConfig),
        None => hits.add_other(text, if example { Strictness::Example } else { Strictness::Content }),
    }
    hits.leaks(text)
}

/// Returns the credentials of a file that git uses, or that a program reads to get secrets for git.
pub(crate) fn scan_format(format: FileFormat, text: &[u8]) -> Vec<Leak> {
    let mut hits = MatchSet::default();
    hits.add_form(format, text);
    hits.leaks(text)
}

/// Returns whether a config entry holds a credential. Meant for entries outside of files, such as the
/// environment.
pub(crate) fn entry_has_secret(entry: &ConfigEntry) -> bool {
    !in_entry(entry).is_empty() || !in_section(&entry.section).is_empty()
}

/// Returns the credentials of a text that is not a file: a message, an identity, a name.
pub(crate) fn scan_text(text: &[u8]) -> Vec<Leak> {
    let mut hits = MatchSet::default();
    hits.add_plain(text, Strictness::Content);
    hits.leaks(text)
}

/// Returns whether the path of a file determines its format, regardless of its content.
pub(crate) fn path_implies_format(path: &[u8]) -> bool {
    detect_format::by_name(path).is_some() || is_git_file(path)
}

/// Returns whether a name contains nothing that [`scan_text`] would report.
///
/// The same is then true of any path built from such names: a keyword of a credential that spans a slash also
/// spans an empty name or a backslash.
pub(crate) fn is_clean_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&b'\\') && !find::has_keyword(name)
}

/// Returns whether a name determines the format of a file, but only inside a [special directory](is_special_dir).
pub(crate) fn implies_format_in_special_dir(name: &[u8]) -> bool {
    matches!(name, b"config" | b"credentials" | b"FETCH_HEAD" | b"logs")
}

/// Returns whether the names of [`implies_format_in_special_dir`] determine the format of a file in a directory of this name.
pub(crate) fn is_special_dir(name: &[u8]) -> bool {
    name.ends_with(b"git")
}

/// Returns whether [`scan_file`] finds nothing in a file at any path that is not [implies its format](path_implies_format).
///
/// For such a path there are only two cases: an example path, or any other path.
pub(crate) fn is_clean(bytes: &[u8]) -> bool {
    is_clean_at_candidates(bytes, &CandidateOffsets::of(bytes))
}

/// Does the same as [`is_clean`], for a file whose spots are known.
pub(crate) fn is_clean_at_candidates(bytes: &[u8], spots: &CandidateOffsets) -> bool {
    if !may_hold_anything(bytes, spots) {
        return true;
    }
    let nothing = |scanned: &FileScan| scanned.leaks.is_empty() && scanned.unread == 0;
    let scanned = scan_file(b"", bytes);
    // Content that determines its format is read differently at a test path, where it is not checked for a
    // format. Any other content is only searched for fewer things there. Most members of an archive have
    // their own paths.
    let differs = || {
        if archive::is_archive(bytes) {
            scanned.nameless
        } else {
            detect_format::by_content(&decode(bytes)).is_some()
        }
    };
    nothing(&scanned) && (!differs() || nothing(&scan_file(b"tests/", bytes)))
}

/// Returns whether a file at a path that is not named may contain anything that [`scan_file`] reports. Cheap
/// enough to be called for every blob.
fn may_hold_anything(bytes: &[u8], spots: &CandidateOffsets) -> bool {
    archive::is_archive(bytes)
        || detect_format::is_netrc(bytes)
        || is_utf_16(bytes)
        || spots.are_suspect(bytes)
}

/// Returns whether a file at a path that is not named may contain anything that [`scan_file`] reports.
#[cfg(test)]
pub(crate) fn may_hold_credential(bytes: &[u8]) -> bool {
    may_hold_anything(bytes, &CandidateOffsets::of(bytes))
}

/// Returns whether a text is UTF-16: it has a byte order mark, or starts with ASCII in two bytes per
/// character.
fn is_utf_16(bytes: &[u8]) -> bool {
    unit(bytes).is_some()
}

/// Returns the function that decodes two bytes of a UTF-16 text in its byte order. `None` if it is not
/// UTF-16.
fn unit(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let (units, _) = bytes.get(..bytes.len().min(64)).unwrap_or_default().as_chunks::<2>();
    let ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match bytes {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        [_, 0, _, 0, ..] if units.iter().all(|[low, high]| ascii(*low) && *high == 0) => {
            Some(u16::from_le_bytes)
        }
        [0, _, 0, _, ..] if units.iter().all(|[high, low]| ascii(*low) && *high == 0) => {
            Some(u16::from_be_bytes)
        }
        _ => None,
    }
}

/// Converts UTF-16 to UTF-8; returns any other text unchanged.
fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(unit) = unit(bytes) else { return bytes.into() };
    let (units, _) = bytes.as_chunks::<2>();
    let text: String =
        char::decode_utf16(units.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.into_bytes().into()
}

/// Returns whether git records the URLs of remotes in the file at a path: `FETCH_HEAD` or a reflog.
fn is_git_file(path: &[u8]) -> bool {
    // A substring search is costly to set up, so it is skipped for paths too short to match.
    path.len() >= 9 && (path.ends_with(b"git/FETCH_HEAD") || path.contains_str("git/logs/"))
}

/// Returns whether a path belongs to a test, a document or vendored code, where credentials are examples.
fn is_example_path(path: &[u8]) -> bool {
    let words = [
        "test",
        "tests",
        "testdata",
        "testing",
        "spec",
        "specs",
        "fixtures",
        "fixture",
        "t",
        "doc",
        "docs",
        "documentation",
        "example",
        "examples",
        "samples",
        "mock",
        "mocks",
        "e2e",
        "vendor",
        "node_modules",
        "third_party",
    ];
    let path = path.to_ascii_lowercase();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let document = [".md", ".rst", ".adoc", ".po", ".html"].iter().any(|end| name.ends_with(end.as_bytes()));
    let test = name.contains_str("test") || name.contains_str("spec.") || name.contains_str("mock");
    document
        || test
        || path.split(|byte| *byte == b'/').any(|part| words.iter().any(|word| part == word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_path_adds_no_findings() {
        let parts = [
            "[core]\n\tbare = false\n",
            "[remote \"o\"]\n\turl = https://u:password@h.io\n",
            "[http]\n\textraheader = Authorization: Bearer <token>\n",
            "url = https://u:hunter22@h.io/a\n",
            concat!("git clone https://user:", "Qz7kV755446xW@h.io/a\n"),
            "https://x-access-token:${TOKEN}@github.com\n",
            "remote.origin.url=https://u:pw@h.io\n",
            "{\"http.extraheader\": \"Authorization: Basic dTpwdw==\"}\n",
            concat!("GIT_CONFIG_VALUE_0='Author", "ization: token abc'\n"),
            "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
            "//registry/:_authToken=00000000-0000-0000-0000-000000000000\n",
            "machine h.io login u password p\n",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
        ];
        for (first, second) in parts.iter().flat_map(|first| parts.map(|second| (first, second))) {
            let text = format!("some words\n{first}{second}").into_bytes();
            let holds = |path: &[u8]| !scan_file(path, &text).leaks.is_empty();
            let says_itself = detect_format::by_content(&decode(&text)).is_some();
            assert!(holds(b"") || says_itself || !holds(b"tests/a"), "{first}{second}");
        }
    }
}
