//! Finds the leaks of a file: opens archives, decodes the text, and reads it according to its format.

use super::candidates::CandidateOffsets;
use super::parts::{drop_private_keys, text_file_leaks};
use super::path::path_implies_format;
use super::path_kind::PathKind;
use super::prefilter::may_hold_secret;
use crate::config::FileFormat;
use crate::token::comment::syntax_of;
use crate::token::credential_match::Strictness;
use crate::token::format::archive::{self, Allowance, Member, Members, Unpacked};
use crate::token::format::cookies::in_cookie_line;
use crate::token::format::credential_store::in_store_line;
use crate::token::format::{config_file, netrc};
use crate::token::leak::Leak;
use crate::token::match_set::MatchSet;
use crate::token::redact::printable;

/// Maximum depth of nested archives. A `.tar.gz` in a `.zip` has three layers.
const MAX_LAYERS: usize = 3;

/// Maximum length of the name of a member in a report, in bytes. Each credential of the member repeats it.
const MAX_NAME: usize = 1024;

/// The result of scanning a committed file.
#[derive(Debug, Default)]
pub(crate) struct FileScan {
    /// The credentials of the file and of its members.
    pub leaks: Vec<Leak>,
    /// The number of archive members, or files, that were not searched, or not to their end.
    pub unread: usize,
    /// The number of bytes and members that came out of the archive.
    pub unpacked: Unpacked,
}

/// Returns the credentials of a committed file, and those of its members if it is an archive.
pub(crate) fn scan_file(path: &[u8], bytes: &[u8]) -> FileScan {
    if archive::is_archive(bytes) {
        return ArchiveOpener::open_file(path, bytes);
    }
    let unread = usize::from(archive::is_closed(bytes));
    FileScan { leaks: text_file_leaks(path, bytes), unread, ..FileScan::default() }
}

/// Returns the credentials of a file in a format that is known.
pub(crate) fn scan_format(format: FileFormat, text: &[u8]) -> Vec<Leak> {
    let mut matches = MatchSet::default();
    add_formatted(&mut matches, format, text);
    matches.into_leaks(text, syntax_of(Some(format), b""))
}

/// Returns the credentials of a text that is not a file: a message, an identity, a name.
pub(crate) fn scan_text(text: &[u8]) -> Vec<Leak> {
    let mut matches = MatchSet::default();
    matches.add_text(text, Strictness::Content);
    matches.into_leaks(text, None)
}

/// Adds the credentials of a file in a format that is known.
pub(super) fn add_formatted(matches: &mut MatchSet, format: FileFormat, text: &[u8]) {
    match format {
        FileFormat::Config => config_file::add_config(matches, text),
        FileFormat::Netrc => netrc::add_netrc(matches, text),
        FileFormat::Credentials => matches.add_lines(text, in_store_line),
        FileFormat::Cookies => matches.add_lines(text, in_cookie_line),
        FileFormat::Remote => matches.add_text(text, Strictness::GitConfig),
    }
}

/// Opener of an archive and of the archives in it, with one allowance for all of them.
struct ArchiveOpener {
    scan: FileScan,
    left: Allowance,
}

impl ArchiveOpener {
    fn open_file(path: &[u8], bytes: &[u8]) -> FileScan {
        let mut opener = Self { scan: FileScan::default(), left: Allowance::of_size(bytes.len()) };
        opener.open(path, bytes, 0);
        if PathKind::is_archive_of_tests(path) {
            drop_private_keys(&mut opener.scan.leaks);
        }
        opener.scan.unpacked = opener.left.taken();
        opener.scan
    }

    /// Adds the leaks of an archive at a depth of nesting.
    fn open(&mut self, path: &[u8], bytes: &[u8], depth: usize) {
        let Some(mut members) = Members::of(bytes).filter(|_| depth < MAX_LAYERS) else {
            self.scan.unread += 1;
            return;
        };
        loop {
            if !self.left.take_member() {
                self.scan.unread += 1;
                return;
            }
            let Some(member) = members.next(&mut self.left) else { return };
            self.scan.unread += usize::from(!member.is_whole || archive::is_closed(&member.content));
            self.left.hold(member.content.len());
            self.search(path, &member, depth);
            self.left.release(member.content.len());
        }
    }

    fn search(&mut self, path: &[u8], member: &Member<'_>, depth: usize) {
        let (name, content) = (&member.name, &member.content);
        let start = self.scan.leaks.len();
        let path = if name.is_empty() { path } else { name };
        if archive::is_archive(content) {
            self.open(path, content, depth + 1);
        } else if path_implies_format(path) || may_hold_secret(content, &CandidateOffsets::find(content)) {
            self.scan.leaks.extend(text_file_leaks(path, content));
        }
        self.name_leaks(start, name);
    }

    /// Prepends the name of a member to the member names of the leaks from index `start` on.
    fn name_leaks(&mut self, start: usize, name: &[u8]) {
        let (_, leaks) = self.scan.leaks.split_at_mut(start);
        if leaks.is_empty() || name.is_empty() {
            return;
        }
        let name = match name.split_at_checked(MAX_NAME) {
            Some((start, [_, ..])) => printable(start) + "...",
            _ => printable(name),
        };
        for leak in leaks {
            leak.members.insert(0, name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::engine::encoding;
    use crate::token::format::detect::format_by_content;

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
            let implies_format = format_by_content(&encoding::decode(&text)).is_some();
            assert!(holds(b"") || implies_format || !holds(b"tests/a"), "{first}{second}");
        }
    }
}
