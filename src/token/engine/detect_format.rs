//! Detects the format of a file, by name or by content: git config, netrc, credential store or cookies.

use bstr::ByteSlice as _;

use crate::config::{ConfigEntry, ConfigItem, ConfigPart, FileFormat};

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
const TELLING: &[(&str, &str)] = &[
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

/// Returns the format that the path of a file implies.
pub(crate) fn by_name(path: &[u8]) -> Option<FileFormat> {
    let name = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path);
    let directory = path.strip_suffix(name).unwrap_or_default();
    match name {
        b".gitmodules" | b".gitconfig" | b".lfsconfig" | b"gitconfig" | b".gitconfig.local"
        | b"config.worktree" => Some(FileFormat::Config),
        b".netrc" | b"_netrc" | b"netrc" => Some(FileFormat::Netrc),
        b".git-credentials" => Some(FileFormat::Credentials),
        b"credentials" if directory.ends_with(b"git/") => Some(FileFormat::Credentials),
        b".gitcookies" => Some(FileFormat::Cookies),
        b"config" if directory.ends_with(b"git/") => Some(FileFormat::Config),
        _ if name.ends_with(b".gitconfig") => Some(FileFormat::Config),
        _ if name.starts_with(b"git-credentials-") && name.ends_with(b".config") => Some(FileFormat::Config),
        // A substring search is costly to set up, so it is skipped for names too short to match.
        _ if name.len() >= 15 && name.contains_str("git-credentials") => Some(FileFormat::Credentials),
        _ => None,
    }
}

/// Returns the format that the content of a text implies. Git config is not among them; see [`is_config`].
pub(crate) fn by_content(text: &[u8]) -> Option<FileFormat> {
    if is_netrc(text) {
        return Some(FileFormat::Netrc);
    }
    let lines = || text.lines().map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let start = text.trim_ascii_start();
    let credential = |line: &[u8]| {
        let user = crate::token::format::url::whole(line).is_some_and(|info| info.password.is_some());
        user && !line.iter().any(u8::is_ascii_whitespace)
    };
    if start.starts_with(b"http") && lines().take(64).all(credential) {
        return Some(FileFormat::Credentials);
    }
    let comment = |line: &&[u8]| line.starts_with(b"#") && !line.starts_with(b"#HttpOnly_");
    let mut cookies = lines().filter(|line| !comment(line)).take(64).peekable();
    if cookies.peek().is_some() && cookies.all(|line| super::formats::cookie(line).is_some()) {
        return Some(FileFormat::Cookies);
    }
    None
}

/// Returns whether the first line of a text is that of a netrc file. Comments and empty lines are skipped.
pub(crate) fn is_netrc(text: &[u8]) -> bool {
    let mut lines = text.lines().map(<[u8]>::trim_ascii);
    lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).is_some_and(starts_netrc)
}

/// Returns whether a line starts an entry of a netrc file.
fn starts_netrc(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let known = ["login", "user", "password", "passwd", "account"];
    words.next() == Some(b"machine")
        && words.next().is_some()
        && words.next().is_none_or(|word| known.iter().any(|known| word == known.as_bytes()))
}

/// Returns whether a text may contain an item that [`is_telling`] accepts. Cheaper than parsing it as config.
pub(crate) fn may_be_config(text: &[u8]) -> bool {
    memchr::memchr_iter(b'[', text).any(|at| may_be_header(text, at) && is_header(text, at))
}

/// Returns whether the bracket at an offset may start the header of a known section.
///
/// The result depends only on the byte before the bracket and on the seven bytes after it.
pub(in crate::token) fn may_be_header(text: &[u8], at: usize) -> bool {
    let (before, header) = text.split_at_checked(at).unwrap_or_default();
    // Most brackets are not at the start of a line.
    let starts = before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0 | b' ' | b'\t' | 0xbf));
    starts && header.get(1..).is_some_and(begins_section)
}

/// Returns whether the first seven bytes of a text begin with the name of a known section, or are the start
/// of such a name.
fn begins_section(text: &[u8]) -> bool {
    let text = text.get(..text.len().min(7)).unwrap_or_default();
    let name = text.get(..text.iter().take_while(|byte| is_in_name(**byte)).count()).unwrap_or_default();
    match text.get(name.len()) {
        Some(end) => ends_name(*end) && is_known(name),
        None => SECTIONS.iter().any(|known| {
            let start = known.as_bytes().get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        }),
    }
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn ends_name(byte: u8) -> bool {
    matches!(byte, b']' | b' ' | b'\t' | b'.')
}

/// Splits a header into the name of a known section and the text after it. `None` for any other header.
fn section(header: &[u8]) -> Option<(&[u8], &[u8])> {
    let header = header.get(1..)?;
    let length = header.iter().take(16).take_while(|byte| is_in_name(**byte)).count();
    let (name, rest) = header.split_at_checked(length)?;
    let ends = rest.first().is_some_and(|byte| ends_name(*byte));
    (ends && is_known(name)).then_some((name, rest))
}

/// Returns whether the header of a known section starts at an offset. The end of the header is not checked.
pub(in crate::token) fn is_section(text: &[u8], at: usize) -> bool {
    let (before, header) = text.split_at_checked(at).unwrap_or_default();
    header.starts_with(b"[") && starts_line(before) && section(header).is_some()
}

/// Returns whether a section header that proves a text to be git config starts at an offset.
pub(in crate::token) fn is_header(text: &[u8], at: usize) -> bool {
    let header = text.get(at..).unwrap_or_default();
    let telling = |(name, rest): (&[u8], &[u8])| match rest.trim_ascii_start() {
        [b']', ..] => has_telling(name, rest),
        [b'.' | b'"', ..] => true,
        _ => false,
    };
    is_section(text, at) && section(header).is_some_and(telling)
}

/// Returns whether the line with the header at an offset may continue the previous line.
///
/// It may if the previous line ends with a backslash or with a lone CR.
pub(in crate::token) fn goes_on(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end_with(|c| matches!(c, ' ' | '\t'));
    let line = before.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    line.map_or(before.ends_with(b"\r"), |line| line.ends_with(b"\\"))
}

/// Returns whether an entry that only git config has follows in a section, before the next line that starts
/// with `[`.
fn has_telling(section: &[u8], rest: &[u8]) -> bool {
    let lines = rest.get(1..).unwrap_or_default().split(|byte| matches!(byte, b'\n' | b'\r' | 0));
    let mut lines = lines.map(<[u8]>::trim_ascii_start).take_while(|line| !line.starts_with(b"["));
    lines.any(|line| {
        let length = line.iter().take(32).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let name = line.get(..length).unwrap_or_default();
        TELLING.iter().any(|(known, entry)| {
            section.eq_ignore_ascii_case(known.as_bytes()) && name.eq_ignore_ascii_case(entry.as_bytes())
        })
    })
}

/// Returns whether the text before an offset ends at the start of a line, apart from blanks or a byte order
/// mark.
fn starts_line(before: &[u8]) -> bool {
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let before = before.get(..before.len() - blanks).unwrap_or_default();
    before.last().is_none_or(|byte| matches!(byte, b'\n' | b'\r' | 0)) || before == b"\xef\xbb\xbf"
}

/// Returns whether the items of a text are git config and nothing else: none is a fault and one is telling.
pub(crate) fn is_config(items: &[ConfigItem]) -> bool {
    let clean = !items.iter().any(|item| matches!(item.part, ConfigPart::Fault(_)));
    clean && items.iter().any(is_telling)
}

/// Returns whether an item hardly ever occurs outside of git config: a known section with a subsection, or a
/// known entry.
pub(crate) fn is_telling(item: &ConfigItem) -> bool {
    match &item.part {
        ConfigPart::Section(section) => section.subsection.is_some() && is_known(&section.name),
        ConfigPart::Entry(ConfigEntry { section, name, .. }) => {
            TELLING.iter().any(|known| section.name == *known.0 && *name == *known.1)
        }
        _ => false,
    }
}

/// Returns whether git or one of its companions reads a section of this name.
pub(crate) fn is_known(section: &[u8]) -> bool {
    SECTIONS.iter().any(|known| section.eq_ignore_ascii_case(known.as_bytes()))
}
