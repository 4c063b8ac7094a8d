//! Where a finding stands, for formats that know nothing but files, lines and columns.

use std::collections::HashMap;

use bstr::BString;
use sha2::{Digest as _, Sha256};

use super::words;
use crate::report::{Finding, Location};

/// The path that stands for a location: never empty, never absolute.
///
/// A forge that gets one result without a file refuses all of them, so what is no file gets a path that says what it is.
pub(super) fn path(location: &Location) -> BString {
    match location {
        Location::Blob { path, blob, .. } if path.is_empty() => format!("blob/{blob}").into(),
        Location::Blob { path, .. } => path.clone(),
        Location::Commit { commit: Some(commit), .. } => format!("commit/{commit}").into(),
        Location::Commit { commit: None, .. } => ".git/COMMIT_EDITMSG".into(),
        Location::GitConfig { path, .. } if path.starts_with(b"/") => {
            let mut relative = BString::from("git-config");
            relative.extend_from_slice(path);
            relative
        }
        Location::GitConfig { path, .. } => path.clone(),
        Location::Ref { refname } => refname.clone(),
    }
}

/// The line; the first where there is none.
pub(super) fn line(location: &Location) -> u32 {
    words::line(location).unwrap_or(1).max(1)
}

/// The first column and the one behind the last, in characters.
///
/// A finding counts bytes. Both are the same where only ASCII stands, which the snippet tells; anywhere else, none.
pub(super) fn columns(finding: &Finding) -> Option<(u32, u32)> {
    let Location::Blob { column: Some(column), .. } = finding.location else { return None };
    let snippet = finding.snippet.as_ref()?;
    let end = snippet.start.checked_add(snippet.len)?;
    let shown = snippet.text.get(..end)?;
    let exact = shown.is_ascii() && !shown.contains('\\') && u32::try_from(snippet.start + 1) == Ok(column);
    exact.then_some((column, column.checked_add(u32::try_from(snippet.len).ok()?)?))
}

/// Names findings so that the same one is recognised in a later run.
///
/// A name is made of what is found and in which file, and not of its line or its commit, so that it stays when text moves
/// or a branch is rebased. Where that is the same for several findings, they are numbered in their order.
#[derive(Default)]
pub(super) struct Fingerprints {
    seen: HashMap<String, u32>,
}

/// The name of a finding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// Hexadecimal digits.
    pub(super) digest: String,
    /// Which of the findings with this digest it is, from 1.
    pub(super) number: u32,
}

impl Fingerprints {
    /// The name of the next finding of a report.
    pub(super) fn next(&mut self, finding: &Finding) -> Fingerprint {
        let key = match &finding.location {
            Location::GitConfig { key, .. } => key.as_str(),
            _ => "",
        };
        let path = path(&finding.location);
        let parts = [finding.rule.id.as_bytes(), &path, key.as_bytes(), finding.message.as_bytes()];
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
            digest.update([0]);
        }
        let digest = format!("{:x}", digest.finalize());
        let number = self.seen.entry(digest.clone()).or_default();
        *number += 1;
        Fingerprint { digest, number: *number }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{blob, commit, git_config, refname};
    use super::*;

    #[test]
    fn every_location_has_a_relative_path() {
        let oid = "11".repeat(20);
        for (finding, expected) in [
            (blob("a b/c.yml", 3), "a b/c.yml".to_owned()),
            (blob("", 3), format!("blob/{oid}")),
            (commit(None), format!("commit/{oid}")),
            (git_config(".git/config"), ".git/config".to_owned()),
            (git_config("/root/.gitconfig"), "git-config/root/.gitconfig".to_owned()),
            (refname("refs/heads/x"), "refs/heads/x".to_owned()),
        ] {
            assert_eq!(path(&finding.location), expected);
        }
        assert_eq!((line(&commit(None).location), line(&commit(Some(7)).location)), (1, 7));
    }

    #[test]
    fn a_fingerprint_stays_when_the_line_moves_and_changes_with_all_else() {
        let name = |finding: &Finding| Fingerprints::default().next(finding);
        let here = blob("ci.yml", 3);
        assert_eq!(name(&here), name(&blob("ci.yml", 30)));
        let other = Finding { message: "another".to_owned(), ..here.clone() };
        for finding in [other, blob("cd.yml", 3), commit(None), refname("ci.yml")] {
            assert_ne!(name(&here).digest, name(&finding).digest);
        }
    }

    #[test]
    fn equal_findings_of_one_file_are_numbered() {
        let mut fingerprints = Fingerprints::default();
        let numbers = [3, 4].map(|line| fingerprints.next(&blob("ci.yml", line)).number);
        assert_eq!(numbers, [1, 2]);
        assert_eq!(fingerprints.next(&blob("cd.yml", 3)).number, 1);
    }

    #[test]
    fn columns_are_given_only_where_bytes_are_characters() {
        for (lead, columns_of) in [("- uses: ", Some((9, 12))), ("é uses: ", None), ("\u{1b}uses: ", None)] {
            let text = format!("{lead}a@b");
            let mut finding = blob("ci.yml", 1);
            let span = crate::text::Span { start: lead.len(), end: text.len() };
            finding.snippet = Some(crate::text::Snippet::cut(text.as_bytes(), span));
            let Location::Blob { column, .. } = &mut finding.location else { unreachable!() };
            *column = u32::try_from(lead.len() + 1).ok();
            assert_eq!(columns(&finding), columns_of, "{lead:?}");
        }
    }
}
