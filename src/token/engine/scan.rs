//! From a file to its leaks: opens archives, decodes text, and reads it as what it is.

use std::borrow::Cow;

use bstr::ByteSlice as _;

use super::candidates::Spots;
use super::matches::Hits;
use super::{detect_format, find};
use crate::config::{Entry, Form};
use crate::text::escape;
use crate::token::format::archive;
use crate::token::format::config_entry::{in_entry, in_section};
use crate::token::format::config_text::redact;
use crate::token::{Leak, Tier};

/// How deep archives are opened: `.zip` with a `.tar.gz` in it has three layers.
const MAX_LAYERS: usize = 3;

/// What came of a committed file.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// Its credentials.
    pub leaks: Vec<Leak>,
    /// How many members of archives could not be searched.
    pub unread: usize,
    /// Whether a member without a name was read as what the path of the archive says.
    nameless: bool,
}

/// The credentials of a committed file, and of the files in it when it is an archive.
pub(crate) fn file(path: &[u8], bytes: &[u8]) -> Scanned {
    let mut opener = Opener { scanned: Scanned::default(), budget: archive::MAX_TOTAL };
    opener.open(path, bytes, 0);
    opener.scanned
}

/// Opens archives in archives, all of them from one budget.
struct Opener {
    scanned: Scanned,
    budget: usize,
}

impl Opener {
    fn open(&mut self, path: &[u8], bytes: &[u8], layers: usize) {
        if !archive::is_archive(bytes) {
            // Of the members of an archive, nobody has asked this yet.
            if layers == 0 || is_named(path) || may_hold_anything(bytes, &Spots::of(bytes)) {
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

    /// Puts the name of a member before the names of its own members.
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
    let mut hits = Hits::default();
    let example = is_example_path(path);
    match detect_format::by_name(path)
        .or_else(|| if example { None } else { detect_format::by_content(text) })
    {
        Some(form) => hits.add_form(form, text),
        None if is_git_file(path) => hits.add_plain(text, Tier::GitConfig),
        None => hits.add_other(text, if example { Tier::Example } else { Tier::Content }),
    }
    hits.leaks(text)
}

/// The credentials of a file that git, or a program that reads secrets for git, uses.
pub(crate) fn live_file(form: Form, text: &[u8]) -> Vec<Leak> {
    let mut hits = Hits::default();
    hits.add_form(form, text);
    hits.leaks(text)
}

/// Whether an entry that is in no file, but in the environment, holds a credential.
pub(crate) fn is_secret(entry: &Entry) -> bool {
    !in_entry(entry).is_empty() || !in_section(&entry.section).is_empty()
}

/// The credentials of a text that is no file: a message, an identity, a name.
pub(crate) fn text(text: &[u8]) -> Vec<Leak> {
    let mut hits = Hits::default();
    hits.add_plain(text, Tier::Content);
    hits.leaks(text)
}

/// Whether the name of a file alone says how it is read.
pub(crate) fn is_named(path: &[u8]) -> bool {
    detect_format::by_name(path).is_some() || is_git_file(path)
}

/// Whether a name is nothing for [`text`], nor is any path that is made of such names. No keyword has a slash in it, apart
/// from those that take an empty name or one of a backslash.
pub(crate) fn is_mere_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&b'\\') && !find::has_keyword(name)
}

/// Whether a name says how a file is read, in a [place](is_place) alone.
pub(crate) fn is_placed(name: &[u8]) -> bool {
    matches!(name, b"config" | b"credentials" | b"FETCH_HEAD" | b"logs")
}

/// Whether a directory of this name is a place in which other names say how a file is read.
pub(crate) fn is_place(name: &[u8]) -> bool {
    name.ends_with(b"git")
}

/// Whether a file holds nothing for [`file`], whatever its path, as long as that is no [named](is_named) one. Any such path
/// is read as one of two kinds: that of an example or that of anything else.
pub(crate) fn is_clean(bytes: &[u8]) -> bool {
    is_clean_at(bytes, &Spots::of(bytes))
}

/// As [`is_clean`], of a file whose spots are known.
pub(crate) fn is_clean_at(bytes: &[u8], spots: &Spots) -> bool {
    if !may_hold_anything(bytes, spots) {
        return true;
    }
    let nothing = |scanned: &Scanned| scanned.leaks.is_empty() && scanned.unread == 0;
    let scanned = file(b"", bytes);
    // What says by itself how it is read is read otherwise in a test; else a test is searched for less. Most members of an
    // archive have paths of their own.
    let differs = || {
        if archive::is_archive(bytes) {
            scanned.nameless
        } else {
            detect_format::by_content(&decode(bytes)).is_some()
        }
    };
    nothing(&scanned) && (!differs() || nothing(&file(b"tests/", bytes)))
}

/// Whether a text of another name may hold anything for [`file`]: cheap enough to ask of every blob.
fn may_hold_anything(bytes: &[u8], spots: &Spots) -> bool {
    archive::is_archive(bytes)
        || detect_format::is_netrc(bytes)
        || is_utf_16(bytes)
        || spots.are_suspect(bytes)
}

/// Whether a text of another name may hold anything for [`file`].
#[cfg(test)]
pub(crate) fn is_suspect(bytes: &[u8]) -> bool {
    may_hold_anything(bytes, &Spots::of(bytes))
}

/// Whether a text is in UTF-16: it says so, or it starts with ASCII in two bytes each.
fn is_utf_16(bytes: &[u8]) -> bool {
    unit(bytes).is_some()
}

/// How two bytes of a text in UTF-16 make a unit.
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

/// Text in UTF-8, if it came in UTF-16.
fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(unit) = unit(bytes) else { return bytes.into() };
    let (units, _) = bytes.as_chunks::<2>();
    let text: String =
        char::decode_utf16(units.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or('\u{fffd}')).collect();
    text.into_bytes().into()
}

/// Whether a path is that of a file in which git notes the URLs that it was given.
fn is_git_file(path: &[u8]) -> bool {
    // To prepare a search costs more than most names are long.
    path.len() >= 9 && (path.ends_with(b"git/FETCH_HEAD") || path.contains_str("git/logs/"))
}

/// Whether a path is that of a test or a document, where credentials are examples.
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
    fn a_test_holds_nothing_where_another_file_holds_nothing() {
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
            let holds = |path: &[u8]| !file(path, &text).leaks.is_empty();
            let says_itself = detect_format::by_content(&decode(&text)).is_some();
            assert!(holds(b"") || says_itself || !holds(b"tests/a"), "{first}{second}");
        }
    }
}
