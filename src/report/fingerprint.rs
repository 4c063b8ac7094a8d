//! Fingerprints, by which a finding is recognised in a later run.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::BString;
use sha2::{Digest as _, Sha256};

use super::{Finding, Location};
use crate::text::escape;

/// Assigns fingerprints to the findings of a report.
///
/// A fingerprint is built from rule, path, config key and message, or for a commit from its author and subject;
/// without line or oid. So it stays the same when text moves or a branch is rebased. Findings of one repository with
/// equal digests are numbered in their order.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<(Option<Arc<str>>, String), u32>,
}

/// Fingerprint of a finding.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// SHA-256 digest, in hexadecimal digits.
    pub(crate) digest: String,
    /// Number of the finding among those with this digest, from 1.
    pub(crate) number: u32,
}

impl Fingerprints {
    /// Returns the fingerprint of the next finding of a report.
    pub(crate) fn next(&mut self, finding: &Finding) -> Fingerprint {
        let digest = digest(finding);
        let number = self.seen.entry((finding.repository.clone(), digest.clone())).or_default();
        *number += 1;
        Fingerprint { digest, number: *number }
    }
}

impl Fingerprint {
    /// Returns a text for a report about many repositories, which no finding of another repository has.
    pub(crate) fn text(&self, finding: &Finding) -> String {
        let Self { digest, number } = self;
        match &finding.repository {
            Some(repository) => format!("{}:{digest}:{number}", escape(repository.as_bytes())),
            None => format!("{digest}:{number}"),
        }
    }
}

/// Returns the digest of a finding, which findings of one text at several lines share.
///
/// That of a credential which nobody can guess is built from the rule and the credential alone: it stays the same
/// wherever the credential stands, and no other credential has it.
pub(crate) fn digest(finding: &Finding) -> String {
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
