//! Maps a finding to file, line and column, for formats that support nothing else.

use std::collections::HashMap;

use bstr::BString;
use sha2::{Digest as _, Sha256};

use super::wording;
use crate::report::{Finding, Location};

/// Returns a path for a location: never empty, never absolute.
///
/// A forge that receives one result without a file rejects all of them. So a location that is not a file
/// gets a path that describes it.
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

/// Returns the line of a location; 1 if it has none.
pub(super) fn line(location: &Location) -> u32 {
    wording::line(location).unwrap_or(1).max(1)
}

/// Returns the first column and the one after the last, in characters, from 1.
///
/// A finding counts bytes. Bytes and characters are the same only in ASCII text, which the snippet shows;
/// otherwise returns `None`.
pub(super) fn columns(finding: &Finding) -> Option<(u32, u32)> {
    let Location::Blob { column: Some(column), .. } = finding.location else { return None };
    let snippet = finding.snippet.as_ref()?;
    let end = snippet.start.checked_add(snippet.len)?;
    let shown = snippet.text.get(..end)?;
    let exact = shown.is_ascii() && !shown.contains('\\') && u32::try_from(snippet.start + 1) == Ok(column);
    exact.then_some((column, column.checked_add(u32::try_from(snippet.len).ok()?)?))
}

/// Assigns fingerprints, by which a finding is recognised in a later run.
///
/// A fingerprint is built from rule, path, config key and message, without line or commit. So it stays the
/// same when text moves or a branch is rebased. Findings with equal digests are numbered in their order.
#[derive(Default)]
pub(super) struct Fingerprints {
    seen: HashMap<String, u32>,
}

/// Fingerprint of a finding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// SHA-256 digest, in hexadecimal digits.
    pub(super) digest: String,
    /// Number of the finding among those with this digest, from 1.
    pub(super) number: u32,
}

impl Fingerprints {
    /// Returns the fingerprint of the next finding of a report.
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
    fn fingerprint_ignores_only_the_line() {
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
    fn columns_need_ascii_text() {
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
