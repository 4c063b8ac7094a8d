//! Sections and entries of git config: those that git knows, and those that prove a text to be git config.

use bstr::ByteSlice as _;

use crate::config::{ConfigEntry, ConfigItem, ConfigPart};

/// Sections that git and its companions read, in lower case. Any other name proves nothing.
const SECTIONS: &[&str] = &[
    "alias",
    "branch",
    "bundle",
    "commit",
    "core",
    "credential",
    "diff",
    "extensions",
    "fetch",
    "filter",
    "gc",
    "git-p4",
    "gitcvs",
    "github",
    "gitlab",
    "gitweb",
    "http",
    "hub",
    "imap",
    "include",
    "includeif",
    "init",
    "lfs",
    "merge",
    "pull",
    "push",
    "receive",
    "remote",
    "rebase",
    "safe",
    "sendemail",
    "submodule",
    "subrepo",
    "svn-remote",
    "tag",
    "transfer",
    "url",
    "user",
];

/// Subsection that a key of git config has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sub {
    /// None.
    No,
    /// One, as in `remote.origin.url`.
    Yes,
    /// One or none.
    Any,
}

/// Section, subsection and name of entries that occur only in git config.
const TELLING: &[(&str, Sub, &str)] = &[
    ("core", Sub::No, "repositoryformatversion"),
    ("core", Sub::No, "bare"),
    ("core", Sub::No, "filemode"),
    ("core", Sub::No, "logallrefupdates"),
    ("core", Sub::No, "ignorecase"),
    ("core", Sub::No, "precomposeunicode"),
    ("core", Sub::No, "sshcommand"),
    ("core", Sub::No, "autocrlf"),
    ("core", Sub::No, "hookspath"),
    ("core", Sub::No, "excludesfile"),
    ("remote", Sub::Yes, "url"),
    ("remote", Sub::Yes, "pushurl"),
    ("remote", Sub::Yes, "fetch"),
    ("remote", Sub::Yes, "mwpassword"),
    ("branch", Sub::Yes, "merge"),
    ("branch", Sub::Yes, "pushremote"),
    ("submodule", Sub::Yes, "url"),
    ("submodule", Sub::Yes, "path"),
    ("subrepo", Sub::No, "remote"),
    ("http", Sub::Any, "extraheader"),
    ("http", Sub::Any, "cookiefile"),
    ("http", Sub::Any, "sslverify"),
    ("http", Sub::Any, "postbuffer"),
    ("url", Sub::Yes, "insteadof"),
    ("url", Sub::Yes, "pushinsteadof"),
    ("credential", Sub::Any, "helper"),
    ("credential", Sub::Any, "usehttppath"),
    ("credential", Sub::Yes, "username"),
    ("includeif", Sub::Yes, "path"),
    ("sendemail", Sub::Any, "smtppass"),
    ("sendemail", Sub::Any, "smtpserver"),
    ("sendemail", Sub::Any, "smtpuser"),
    ("user", Sub::No, "signingkey"),
    ("commit", Sub::No, "gpgsign"),
    ("gitcvs", Sub::Any, "dbpass"),
    ("git-p4", Sub::No, "password"),
    ("lfs", Sub::No, "url"),
    ("lfs", Sub::No, "repositoryformatversion"),
    ("filter", Sub::Yes, "smudge"),
    ("svn-remote", Sub::Yes, "url"),
    ("receive", Sub::No, "certnonceseed"),
    ("init", Sub::No, "defaultbranch"),
    ("hub", Sub::No, "oauthtoken"),
];

/// Section, subsection and name of entries whose value is secret, or may contain a secret. `*` is any name.
///
/// The third column is false if other programs have a setting of that name, too: such an entry counts only if its
/// value is hard to guess, or beside an entry that only git config has.
const SECRET_KEYS: &[(&str, Sub, &str, bool)] = &[
    ("http", Sub::Any, "extraheader", true),
    ("http", Sub::Any, "proxy", false),
    ("remote", Sub::Yes, "url", true),
    ("remote", Sub::Yes, "pushurl", true),
    ("remote", Sub::Yes, "proxy", true),
    ("remote", Sub::Yes, "lfsurl", true),
    ("remote", Sub::Yes, "lfspushurl", true),
    ("remote", Sub::Yes, "mwpassword", true),
    ("remote", Sub::No, "pushdefault", true),
    ("branch", Sub::Yes, "remote", true),
    ("branch", Sub::Yes, "pushremote", true),
    ("submodule", Sub::Yes, "url", true),
    ("svn-remote", Sub::Yes, "url", true),
    ("url", Sub::Yes, "insteadof", true),
    ("url", Sub::Yes, "pushinsteadof", true),
    ("credential", Sub::Any, "helper", true),
    ("credential", Sub::Yes, "username", true),
    ("credential", Sub::No, "username", false),
    ("core", Sub::No, "sshcommand", true),
    ("core", Sub::No, "gitproxy", true),
    ("sendemail", Sub::Any, "smtppass", true),
    ("gitcvs", Sub::Any, "dbpass", true),
    ("git-p4", Sub::No, "password", true),
    ("imap", Sub::Any, "pass", false),
    ("imap", Sub::Any, "host", false),
    ("hub", Sub::No, "oauthtoken", true),
    ("github", Sub::No, "token", false),
    ("gitlab", Sub::Any, "token", false),
    ("lfs", Sub::Any, "url", true),
    ("lfs", Sub::Any, "pushurl", true),
    ("bundle", Sub::Yes, "uri", true),
    ("fetch", Sub::No, "bundleuri", true),
    ("gitweb", Sub::Any, "url", true),
    ("receive", Sub::No, "certnonceseed", true),
    ("alias", Sub::No, "*", false),
    ("subrepo", Sub::No, "remote", true),
];

impl Sub {
    fn fits(self, entry: &ConfigEntry) -> bool {
        match self {
            Self::No => entry.section.subsection.is_none(),
            Self::Yes => entry.section.subsection.is_some(),
            Self::Any => true,
        }
    }
}

/// Certainty that an entry of a listing is one of git config with a secret value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyCertainty {
    /// Only git config has such an entry.
    Certain,
    /// Other programs have a setting of that name.
    Shared,
    /// The value of the entry is no secret in git.
    Open,
}

/// Returns how certain it is that an entry is one of git config whose value is secret.
pub(super) fn key_certainty(entry: &ConfigEntry) -> KeyCertainty {
    let is = |(section, sub, name, _): &&(&str, Sub, &str, bool)| {
        entry.section.name == section.as_bytes()
            && (*name == "*" || entry.name == name.as_bytes())
            && sub.fits(entry)
    };
    match SECRET_KEYS.iter().find(is) {
        Some((.., true)) => KeyCertainty::Certain,
        Some(_) => KeyCertainty::Shared,
        None => KeyCertainty::Open,
    }
}

/// Returns whether an entry occurs only in git config.
pub(super) fn is_telling(entry: &ConfigEntry) -> bool {
    TELLING.iter().any(|(section, sub, name)| {
        entry.section.name == section.as_bytes() && entry.name == name.as_bytes() && sub.fits(entry)
    })
}

/// Returns whether git or one of its companions reads a section of this name.
pub(crate) fn is_known_section(name: &[u8]) -> bool {
    SECTIONS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Returns whether git knows the section of a key.
pub(crate) fn is_known_key(key: &[u8]) -> bool {
    memchr::memchr(b'.', key).is_some_and(|dot| is_known_section(key.split_at(dot).0))
}

/// Builds an entry if git knows its section. Most candidates are not keys, and are not parsed further.
pub(crate) fn known_entry(key: &[u8], value: &[u8]) -> Option<ConfigEntry> {
    is_known_key(key).then(|| ConfigEntry::from_key(key, value)).flatten()
}

/// Returns whether an entry of this section and name may occur only in git config.
fn may_be_telling(section: &[u8], name: &[u8]) -> bool {
    TELLING.iter().any(|(known, _, entry)| {
        section.eq_ignore_ascii_case(known.as_bytes()) && name.eq_ignore_ascii_case(entry.as_bytes())
    })
}

/// Returns whether the items of a text are git config and nothing else: none is a fault and one proves it.
pub(crate) fn is_config(text: &[u8], items: &[ConfigItem]) -> bool {
    let is_fault = |item: &ConfigItem| matches!(item.part, ConfigPart::Fault(_));
    !items.iter().any(is_fault) && proves_config(text, items)
}

/// Returns whether a text contains an entry that occurs only in git config, below a header as git writes it.
///
/// `[remote.prod]` is how TOML and INI files nest tables, so no entry below such a header proves anything.
pub(crate) fn proves_config(text: &[u8], items: &[ConfigItem]) -> bool {
    let mut is_nested = false;
    items.iter().any(|item| match &item.part {
        ConfigPart::Section(_) => {
            let (_, header) = text.split_at(item.offset);
            let (_, rest) = split_name(header.split_first().map_or(header, |(_, rest)| rest), 16);
            is_nested = rest.starts_with(b".");
            false
        }
        ConfigPart::Entry(entry) => !is_nested && is_telling(entry),
        _ => false,
    })
}

/// Returns whether a text may contain an entry that [`proves_config`]. Cheaper than parsing it as config.
pub(crate) fn may_be_config(text: &[u8]) -> bool {
    memchr::memchr_iter(b'[', text).any(|at| may_be_header(text, at) && header_proves_config(text, at))
}

/// Returns whether the bracket at an offset may start the header of a known section.
///
/// The result depends only on the byte before the bracket and on the seven bytes after it.
pub(crate) fn may_be_header(text: &[u8], at: usize) -> bool {
    let (before, header) = text.split_at(at);
    // Most brackets are not at the start of a line.
    let starts = before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0 | b' ' | b'\t' | 0xbf));
    starts && header.split_first().is_some_and(|(_, name)| begins_with_section(name))
}

/// Returns whether the first seven bytes of a text begin with the name of a known section, or are the start
/// of such a name.
fn begins_with_section(text: &[u8]) -> bool {
    // Most brackets are those of code, and two bytes decide on these.
    if let [first, second, ..] = text
        && !begins_like_section(*first, *second)
    {
        return false;
    }
    let text = text.get(..7).unwrap_or(text);
    let (name, rest) = split_name(text, 7);
    match rest.first() {
        Some(end) => ends_name(*end) && is_known_section(name),
        None => SECTIONS.iter().any(|known| {
            let start = known.as_bytes().get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        }),
    }
}

/// Letters that are the second ones of the names in [`SECTIONS`], as bits, for each first letter.
#[expect(
    clippy::indexing_slicing,
    reason = "the names are constants, in lower case, and a constant cannot panic later"
)]
const SECOND_LETTERS: [u32; 26] = {
    let mut letters = [0; 26];
    let mut at = 0;
    while at < SECTIONS.len() {
        let name = SECTIONS[at].as_bytes();
        letters[(name[0] - b'a') as usize] |= 1 << (name[1] - b'a');
        at += 1;
    }
    letters
};

/// Returns whether the name of a known section begins with two letters.
fn begins_like_section(first: u8, second: u8) -> bool {
    let number = |letter: u8| (letter | 0x20).wrapping_sub(b'a');
    let seconds = SECOND_LETTERS.get(usize::from(number(first))).copied().unwrap_or_default();
    number(second) < 26 && seconds >> number(second) & 1 == 1
}

/// Splits off a name, of at most a number of bytes.
fn split_name(text: &[u8], most: usize) -> (&[u8], &[u8]) {
    let is_in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    text.split_at(text.iter().take(most).take_while(is_in_name).count())
}

fn ends_name(byte: u8) -> bool {
    matches!(byte, b']' | b' ' | b'\t' | b'.')
}

/// Splits the header of a known section at an offset into the name and the text after it. `None` for any
/// other text. The end of the header is not checked.
fn section_at(text: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let (before, header) = text.split_at(at);
    let (name, rest) = split_name(header.strip_prefix(b"[")?, 16);
    let is_header = starts_line(before) && rest.first().is_some_and(|byte| ends_name(*byte));
    (is_header && is_known_section(name)).then_some((name, rest))
}

/// Returns whether the header of a known section starts at an offset. The end of the header is not checked.
pub(crate) fn is_section(text: &[u8], at: usize) -> bool {
    section_at(text, at).is_some()
}

/// Returns whether a section header that proves a text to be git config starts at an offset.
pub(crate) fn header_proves_config(text: &[u8], at: usize) -> bool {
    section_at(text, at).is_some_and(|(name, rest)| match rest.trim_ascii_start() {
        [b']', entries @ ..] => has_config_entry(name, entries),
        [b'"', ..] => true,
        _ => false,
    })
}

/// Returns whether the line with the header at an offset may continue the previous line.
///
/// It may if the previous line ends with a backslash or with a lone CR.
pub(crate) fn continues_line(text: &[u8], at: usize) -> bool {
    let before = text.split_at(at).0.trim_end_with(|c| matches!(c, ' ' | '\t'));
    let line = before.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    line.map_or(before.ends_with(b"\r"), |line| line.ends_with(b"\\"))
}

/// Returns whether an entry that only git config has follows in a section, before the next line that starts
/// with `[`.
fn has_config_entry(section: &[u8], entries: &[u8]) -> bool {
    let lines = entries.split(|byte| matches!(byte, b'\n' | b'\r' | 0)).map(<[u8]>::trim_ascii_start);
    lines.take_while(|line| !line.starts_with(b"[")).any(|line| {
        let length = line.iter().take(32).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        may_be_telling(section, line.split_at(length).0)
    })
}

/// Returns whether the text before an offset ends at the start of a line, apart from blanks or a byte order
/// mark.
fn starts_line(before: &[u8]) -> bool {
    let before = before.trim_end_with(|c| matches!(c, ' ' | '\t'));
    before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0)) || before == b"\xef\xbb\xbf"
}
