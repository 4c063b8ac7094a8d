//! Sections and entries of git config: those that git knows, and those that prove a text to be git config.

use bstr::ByteSlice as _;

use crate::config::{ConfigEntry, ConfigItem, ConfigPart};

/// Sections that git and its companions read, in lower case. Any other name proves nothing.
const SECTIONS: &[&str] = &[
    "alias",
    "branch",
    "bundle",
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
    "svn-remote",
    "tag",
    "transfer",
    "url",
    "user",
];

/// Section and name of entries that occur only in git config.
const CONFIG_ENTRIES: &[(&str, &str)] = &[
    ("core", "repositoryformatversion"),
    ("core", "bare"),
    ("core", "filemode"),
    ("core", "sshcommand"),
    ("core", "autocrlf"),
    ("core", "hookspath"),
    ("core", "excludesfile"),
    ("remote", "url"),
    ("remote", "pushurl"),
    ("remote", "fetch"),
    ("branch", "merge"),
    ("submodule", "url"),
    ("submodule", "path"),
    ("http", "extraheader"),
    ("http", "cookiefile"),
    ("http", "sslverify"),
    ("url", "insteadof"),
    ("url", "pushinsteadof"),
    ("credential", "helper"),
    ("credential", "username"),
    ("includeif", "path"),
    ("include", "path"),
    ("sendemail", "smtppass"),
    ("sendemail", "smtpserver"),
    ("sendemail", "smtpuser"),
    ("imap", "pass"),
    ("user", "signingkey"),
    ("gitcvs", "dbpass"),
    ("git-p4", "password"),
    ("lfs", "url"),
    ("svn-remote", "url"),
    ("receive", "certnonceseed"),
    ("init", "defaultbranch"),
    ("push", "default"),
    ("pull", "rebase"),
    ("github", "token"),
    ("gitlab", "token"),
    ("hub", "oauthtoken"),
    ("alias", "st"),
    ("alias", "co"),
];

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

/// Returns whether an entry of this section and name occurs only in git config.
fn is_config_entry(section: &[u8], name: &[u8]) -> bool {
    CONFIG_ENTRIES.iter().any(|(known, entry)| {
        section.eq_ignore_ascii_case(known.as_bytes()) && name.eq_ignore_ascii_case(entry.as_bytes())
    })
}

/// Returns whether the items of a text are git config and nothing else: none is a fault and one proves it.
pub(crate) fn is_config(items: &[ConfigItem]) -> bool {
    let is_fault = |item: &ConfigItem| matches!(item.part, ConfigPart::Fault(_));
    !items.iter().any(is_fault) && items.iter().any(proves_config)
}

/// Returns whether an item hardly ever occurs outside of git config: a known section with a subsection, or a
/// known entry.
pub(crate) fn proves_config(item: &ConfigItem) -> bool {
    match &item.part {
        ConfigPart::Section(section) => section.subsection.is_some() && is_known_section(&section.name),
        ConfigPart::Entry(ConfigEntry { section, name, .. }) => is_config_entry(&section.name, name),
        _ => false,
    }
}

/// Returns whether a text may contain an item that [`proves_config`]. Cheaper than parsing it as config.
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
        [b'.' | b'"', ..] => true,
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
        is_config_entry(section, line.split_at(length).0)
    })
}

/// Returns whether the text before an offset ends at the start of a line, apart from blanks or a byte order
/// mark.
fn starts_line(before: &[u8]) -> bool {
    let before = before.trim_end_with(|c| matches!(c, ' ' | '\t'));
    before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0)) || before == b"\xef\xbb\xbf"
}
