//! Commit objects, read from their raw bytes.

use std::collections::HashSet;

use bstr::{BString, ByteSlice as _};

use crate::error::{Error, Result};
use crate::git::Oid;

/// A commit object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Object id.
    pub oid: Oid,
    /// Tree of the commit.
    pub tree: Oid,
    /// Parents in order, including duplicates.
    pub parents: Vec<Oid>,
    /// Headers and message.
    pub text: CommitText,
}

/// Headers and message of a commit, without tree and parents.
///
/// They exist before the commit has an oid, so that `commit-msg` can check them too. All values are raw
/// bytes; git requires no encoding and checks none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitText {
    /// Values of the `author` headers; exactly one in a well-formed commit.
    pub authors: Vec<BString>,
    /// Values of the `committer` headers; exactly one in a well-formed commit.
    pub committers: Vec<BString>,
    /// Value of the first `encoding` header.
    pub encoding: Option<BString>,
    /// True if there is a NUL before the message: git then shows no message.
    pub nul_in_header: bool,
    /// True if the commit has a signature, of whatever kind.
    pub has_signature: bool,
    /// All bytes after the first empty line.
    pub message: BString,
}

impl Commit {
    /// Parses a commit object.
    ///
    /// # Errors
    /// Fails when the tree or a parent cannot be parsed, because history cannot be walked then. A malformed
    /// identity is not an error here; the rule `malformed-commit` reports it.
    pub fn parse(oid: Oid, data: &[u8]) -> Result<Self> {
        let CommitParts { links, rest: lines, nul_in_header, message } = CommitParts::split(oid, data)?;
        let mut text = CommitText { nul_in_header, message: message.into(), ..CommitText::default() };
        for (key, value) in lines.split(|byte| *byte == b'\n').filter_map(header) {
            match key {
                b"author" => text.authors.push(value.into()),
                b"committer" => text.committers.push(value.into()),
                b"encoding" if text.encoding.is_none() => text.encoding = Some(value.into()),
                b"gpgsig" | b"gpgsig-sha256" => text.has_signature = true,
                _ => {}
            }
        }
        Ok(Self { oid, tree: links.tree, parents: links.parents, text })
    }

    /// Returns the committer date in seconds since 1970, or 0 if it cannot be parsed. Only for sorting.
    pub fn date(&self) -> u64 {
        self.text.committers.first().map_or(0, |line| date(line))
    }
}

/// Tree, parents and date of a commit: all that a walk needs.
pub(crate) struct CommitLinks {
    pub(in crate::git) tree: Oid,
    pub(in crate::git) parents: Vec<Oid>,
    pub(in crate::git) date: u64,
}

impl CommitLinks {
    /// Parses the links of a commit object.
    ///
    /// # Errors
    /// Fails when there is no tree, or the tree or a parent cannot be parsed.
    pub(crate) fn parse(oid: Oid, data: &[u8]) -> Result<Self> {
        let CommitParts { mut links, rest, .. } = CommitParts::split(oid, data)?;
        let mut headers = rest.split(|byte| *byte == b'\n').filter_map(header);
        links.date = headers.find(|(key, _)| *key == b"committer").map_or(0, |(_, value)| date(value));
        Ok(links)
    }

    /// Removes the parents if history is cut off at the commit.
    pub(crate) fn cut(mut self, oid: Oid, shallow: &HashSet<Oid>) -> Self {
        if shallow.contains(&oid) {
            self.parents.clear();
        }
        self
    }
}

/// A commit object, split into its parts.
struct CommitParts<'a> {
    /// Tree and parents; the date is not set.
    links: CommitLinks,
    /// Headers after the parents.
    rest: &'a [u8],
    nul_in_header: bool,
    message: &'a [u8],
}

impl<'a> CommitParts<'a> {
    fn split(oid: Oid, data: &'a [u8]) -> Result<Self> {
        let end = memchr::memchr_iter(b'\n', data).find(|at| data.get(at + 1) == Some(&b'\n'));
        let (head, message) = match end {
            Some(end) => (data.get(..end).unwrap_or_default(), data.get(end + 2..).unwrap_or_default()),
            None => (data.trim_end_with(|c| c == '\n'), &b""[..]),
        };
        let (tree, mut rest) = first_line(head);
        let tree = tree.strip_prefix(b"tree ");
        let tree = tree.ok_or_else(|| not_a_commit(oid, "does not begin with its tree"))?;
        let tree = parse_oid(oid, tree)?;
        // As in git, parents count only directly after the tree and other parents. A walk does not visit a
        // parent further down, so it must not make its content count as known either.
        let mut parents = Vec::new();
        loop {
            let (line, next) = first_line(rest);
            let Some(parent) = line.strip_prefix(b"parent ") else { break };
            parents.push(parse_oid(oid, parent)?);
            rest = next;
        }
        let nul_in_header = memchr::memchr(0, head).is_some();
        Ok(Self { links: CommitLinks { tree, parents, date: 0 }, rest, nul_in_header, message })
    }
}

fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', text) {
        Some(end) => (text.get(..end).unwrap_or_default(), text.get(end + 1..).unwrap_or_default()),
        None => (text, &[]),
    }
}

/// Parses the date at the end of a `committer` value, in seconds since 1970; 0 if there is none.
fn date(line: &[u8]) -> u64 {
    let mut words = line.rsplit(|byte| *byte == b' ').skip(1);
    words.next().and_then(|digits| digits.to_str().ok()?.parse().ok()).unwrap_or(0)
}

/// Splits a header line into key and value; `None` for a continuation line (it starts with a space).
fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if line.starts_with(b" ") {
        return None;
    }
    let end = memchr::memchr(b' ', line).unwrap_or(line.len());
    Some((line.get(..end)?, line.get(end + 1..).unwrap_or_default()))
}

fn not_a_commit(oid: Oid, fault: &str) -> Error {
    Error::git(format!("commit {oid} {fault}")).about(oid, Some("commit"))
}

fn parse_oid(commit: Oid, value: &[u8]) -> Result<Oid> {
    Oid::from_hex(value).ok_or_else(|| not_a_commit(commit, "has a header that is not an oid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    fn parse(data: &str) -> Result<Commit> {
        Commit::parse(Oid::from_hex(OID.as_bytes()).unwrap(), data.as_bytes())
    }

    #[test]
    fn headers_and_message_are_split_at_the_first_empty_line() {
        let commit = parse(&format!(
            "tree {OID}\nparent {OID}\nauthor A <a@x.test> 1 +0000\nencoding latin1\n\nsubject\n\nbody\n"
        ));
        let commit = commit.unwrap();
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(commit.text.authors, ["A <a@x.test> 1 +0000"]);
        assert_eq!(commit.text.encoding.unwrap(), "latin1");
        assert_eq!(commit.text.message, "subject\n\nbody\n");
    }

    #[test]
    fn nul_is_reported_only_before_the_message() {
        for (rest, in_header) in [
            ("author A <a> 1 +0\n\nm", false),
            ("author A <a> 1 +0\n\nm\0", false),
            ("author A\0 <a> 1 +0\n\nm", true),
            ("author A <a> 1 +0\ngpgsig \0\n\nm", true),
            ("author A <a> 1 +0\n\0\n\nm", true),
            ("author A <a> 1 +0\0", true),
        ] {
            let text = parse(&format!("tree {OID}\n{rest}")).unwrap().text;
            assert_eq!(text.nul_in_header, in_header, "{rest:?}");
        }
    }

    #[test]
    fn first_encoding_counts_and_all_identities_are_kept() {
        let twice = "author A <a> 1 +0\nauthor B <b> 1 +0\ncommitter C <c> 7 +0\ncommitter D <d> 8 +0\n\
                     encoding latin1\nencoding utf-8\n\nm";
        let commit = parse(&format!("tree {OID}\n{twice}")).unwrap();
        assert_eq!(commit.text.encoding.as_ref().unwrap(), "latin1");
        assert_eq!(commit.text.authors, ["A <a> 1 +0", "B <b> 1 +0"]);
        assert_eq!(commit.text.committers, ["C <c> 7 +0", "D <d> 8 +0"]);
        assert_eq!(commit.date(), 7);
    }

    #[test]
    fn a_commit_without_an_empty_line_has_headers_only() {
        for end in ["", "\n"] {
            let commit = parse(&format!("tree {OID}\nauthor A <a> 1 +0{end}")).unwrap();
            assert_eq!((commit.text.authors.len(), commit.text.message), (1, "".into()), "{end:?}");
        }
    }

    #[test]
    fn lines_of_a_signature_are_not_headers() {
        let commit =
            parse(&format!("tree {OID}\ngpgsig x\n author B <b@x.test> 1 +0000\nauthor A <a> 1 +0\n\nm"))
                .unwrap();
        assert_eq!(commit.text.authors, ["A <a> 1 +0"]);
    }

    #[test]
    fn parent_after_another_header_is_ignored() {
        let commit =
            parse(&format!("tree {OID}\nparent {OID}\nauthor A <a> 1 +0\nparent {OID}\nparent x\n\nm"));
        assert_eq!(commit.unwrap().parents.len(), 1);
    }

    #[test]
    fn commit_without_a_readable_tree_or_parent_is_an_error() {
        for bad in [
            String::new(),
            "author A\n\nm".into(),
            "tree x\n\nm".into(),
            format!("tree {OID}\nparent x\n\nm"),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
    }
}
