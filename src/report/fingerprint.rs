//! Fingerprints, by which a finding is recognised in a later run.

use std::collections::HashMap;
use std::fmt;

use bstr::BString;
use sha2::{Digest as _, Sha256};

use super::{Finding, Location, Report};
use crate::text::escape;

/// Fingerprint of a finding.
///
/// It is built from rule, path, config key and message, or for a commit from its author and subject;
/// without line or oid. So it stays the same when text moves or a branch is rebased. Findings with equal digests are
/// numbered in their order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// SHA-256 digest, in hexadecimal digits.
    digest: String,
    /// Number of the finding among those with this digest, from 1.
    number: u32,
}

impl Fingerprint {
    /// Returns the fingerprint of a finding of a report whose findings are numbered.
    pub(crate) fn of(finding: &Finding) -> Self {
        Self { digest: digest(finding), number: finding.occurrence }
    }

    /// Returns a text for a report about many repositories, which no finding of another repository has.
    pub(crate) fn text(&self, finding: &Finding) -> String {
        match &finding.repository {
            Some(repository) => format!("{}:{self}", escape(repository.as_bytes())),
            None => self.to_string(),
        }
    }
}

/// Parses the text of a fingerprint, and returns its digest and its number; `None` if it is none.
pub(crate) fn parse_fingerprint(text: &str) -> Option<(String, u32)> {
    let (digest, number) = text.split_once(':')?;
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some((digest.to_owned(), number.parse().ok()?))
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.digest, self.number)
    }
}

impl Report {
    /// Numbers the findings that have the same digest.
    ///
    /// The commits of the findings must be known. Findings that are taken out later leave gaps, so that the others keep
    /// their fingerprints.
    pub(crate) fn number_findings(&mut self) {
        let mut occurrences = Occurrences::default();
        self.findings.iter_mut().chain(&mut self.exempted).for_each(|finding| occurrences.number(finding));
    }
}

/// Numbers of findings so far, by digest.
#[derive(Debug, Default)]
pub(crate) struct Occurrences(HashMap<String, u32>);

impl Occurrences {
    /// Numbers the next finding of a report.
    pub(crate) fn number(&mut self, finding: &mut Finding) {
        let number = self.0.entry(digest(finding)).or_default();
        *number += 1;
        finding.occurrence = *number;
    }
}

/// Returns the digest of a finding, which findings of one text at several lines share.
///
/// The digest of a credential that nobody can guess is built from the rule and the credential alone: it stays the same
/// wherever the credential stands, and no other credential has it.
pub(crate) fn digest(finding: &Finding) -> String {
    if let Some(recorded) = &finding.digest {
        return recorded.clone();
    }
    let mark = finding.credential.as_ref().and_then(|credential| credential.mark);
    if let Some(mark) = mark {
        return format!(
            "{:x}",
            Sha256::new().chain_update(finding.rule.id).chain_update([0]).chain_update(mark).finalize()
        );
    }
    // Whoever judges a push does not ask for the authors.
    let commit = finding.commit.as_ref().filter(|_| finding.credential.is_none());
    let author = commit.map_or("", |commit| commit.author.as_str());
    let path = finding.location.file_path();
    let (path, detail) = match &finding.location {
        Location::GitConfig { key, .. } => (path.as_slice(), key.as_bytes()),
        Location::Commit { subject, commit: Some(_), .. } => (author.as_bytes(), subject.as_bytes()),
        _ => (path.as_slice(), &b""[..]),
    };
    let mut digest = Sha256::new();
    for part in [finding.rule.id.as_bytes(), path, detail, finding.message.as_bytes()] {
        digest.update(part);
        digest.update([0]);
    }
    format!("{:x}", digest.finalize())
}

impl Location {
    /// Returns a path for a location: never empty, never absolute.
    ///
    /// A forge that receives one result without a file rejects all of them. So a location that is not a file
    /// gets a path that describes it.
    pub(crate) fn file_path(&self) -> BString {
        match self {
            Self::Blob { path, blob, .. } if path.is_empty() => format!("blob/{blob}").into(),
            Self::Blob { path, .. } => path.clone(),
            Self::Commit { commit: Some(commit), .. } => format!("commit/{commit}").into(),
            Self::Commit { commit: None, .. } => ".git/COMMIT_EDITMSG".into(),
            Self::GitConfig { path, .. } if path.starts_with(b"/") => {
                let mut relative = BString::from("git-config");
                relative.extend_from_slice(path);
                relative
            }
            Self::GitConfig { path, .. } => path.clone(),
            Self::Ref { refname } => refname.clone(),
        }
    }
}
