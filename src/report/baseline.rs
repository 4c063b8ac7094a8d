//! Baseline: findings that are older than the gate, and are let through.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Finding, Location, digest};
use crate::error::{Error, Result};
use crate::text::{ParseError, count, escape_path, lossless};

/// Version of the file format.
const VERSION: u32 = 1;

/// Set of old findings.
///
/// Each is identified by its place in an object, whose oid changes with any change of the object, or if it is in none, by
/// the fingerprint of a credential that nobody can guess. The content at that place is not stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Baseline(HashSet<EntryDigest>);

/// Start of the SHA-256 digest of an entry.
type EntryDigest = [u8; 16];

/// Old finding, as stored in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BaselineEntry {
    rule: String,
    kind: ObjectType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oid: Option<String>,
    /// Digest of a finding that is in no object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    path: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
}

/// Type of the object that contains a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ObjectType {
    Blob,
    Commit,
    GitConfig,
    Ref,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineFile {
    version: u32,
    findings: Vec<BaselineEntry>,
}

/// First line of a file of this program.
const FIRST_LINE: &str = "{\"version\": 1, \"findings\": [";

/// Last line of a file of this program.
const LAST_LINE: &str = "]}";

/// Line of a file of this program.
#[derive(Debug)]
pub(crate) enum BaselineLine {
    First,
    Entry {
        entry: BaselineEntry,
        /// True if a comma says that another one follows.
        is_followed: bool,
    },
    Last,
}

impl Baseline {
    /// Writes the baseline of some findings, one per line, so that two baselines can be compared. Returns it with its text, and
    /// with the number of those that it cannot tell from others, and does not cover: what is in no object is known by its
    /// credential alone, and one that can be guessed has no fingerprint.
    ///
    /// # Errors
    /// Fails only if serde_json cannot write an entry.
    pub(crate) fn of(findings: &[Finding]) -> Result<(Self, String, usize)> {
        let entries: Vec<_> = findings.iter().map(BaselineEntry::of).collect();
        let left = entries.iter().filter(|entry| entry.is_none()).count();
        let entries: BTreeSet<_> = entries.into_iter().flatten().collect();
        let lines = entries.iter().map(serde_json::to_string).collect::<serde_json::Result<Vec<_>>>();
        let lines = lines.map_err(|error| Error::io("cannot write the baseline", error.into()))?;
        let text = format!("{FIRST_LINE}\n{}\n{LAST_LINE}\n", lines.join(",\n"));
        Ok((entries.iter().collect(), text, left))
    }

    /// Returns the remark on a number of findings that a baseline does not cover.
    pub(crate) fn left_out(findings: usize) -> Option<String> {
        if findings == 0 {
            return None;
        }
        let findings = count(findings, "finding");
        Some(format!(
            "the baseline does not cover {findings} in git config or in the name of a ref: a password that can be guessed \
             cannot be told from another one; remove it, or exempt its path or host under `tokens.exempt`"
        ))
    }

    /// Parses the text of a baseline. `path` is only used in messages.
    ///
    /// # Errors
    /// Fails when the text is not a baseline, or is one of an unknown version.
    pub(crate) fn parse(text: &[u8], path: &Path) -> Result<Self> {
        let invalid = || Error::policy(format!("{} is not a baseline", escape_path(path)));
        let file: BaselineFile = serde_json::from_slice(text).map_err(|error| {
            let ParseError { line, column, kind } = ParseError::from(&error);
            invalid().caused_by(format!("line {line}, column {column}: {kind}"))
        })?;
        if file.version == VERSION {
            Ok(file.findings.iter().collect())
        } else {
            Err(invalid().caused_by("unknown version"))
        }
    }

    /// Adds an old finding.
    pub(crate) fn add(&mut self, entry: &BaselineEntry) {
        self.0.insert(entry.digest());
    }

    /// Returns whether a finding is in the baseline.
    pub(crate) fn contains(&self, entry: &BaselineEntry) -> bool {
        self.0.contains(&entry.digest())
    }
}

impl<'a> FromIterator<&'a BaselineEntry> for Baseline {
    fn from_iter<I: IntoIterator<Item = &'a BaselineEntry>>(entries: I) -> Self {
        Self(entries.into_iter().map(BaselineEntry::digest).collect())
    }
}

impl BaselineEntry {
    /// Returns the oid, or else the fingerprint: no line without it is about the same finding.
    pub(crate) fn mark(&self) -> &str {
        self.oid.as_deref().or(self.fingerprint.as_deref()).unwrap_or_default()
    }

    fn digest(&self) -> EntryDigest {
        let mut start = EntryDigest::default();
        start.iter_mut().zip(Sha256::digest(format!("{self:?}"))).for_each(|(start, byte)| *start = byte);
        start
    }

    /// Returns the stored form of a finding; `None` if the finding is in no object, and no fingerprint tells it from others.
    pub(crate) fn of(finding: &Finding) -> Option<Self> {
        let rule = finding.rule.id.to_owned();
        match &finding.location {
            Location::Blob { blob, path, line, column, .. } => Some(Self {
                rule,
                kind: ObjectType::Blob,
                oid: Some(blob.to_string()),
                fingerprint: None,
                path: Some(lossless(path)),
                line: *line,
                column: *column,
            }),
            Location::Commit { commit, line, .. } => {
                let oid = Some(commit.as_ref()?.to_string());
                let (kind, fingerprint) = (ObjectType::Commit, None);
                Some(Self { rule, kind, oid, fingerprint, path: None, line: *line, column: None })
            }
            Location::GitConfig { .. } => by_fingerprint(finding, ObjectType::GitConfig),
            Location::Ref { .. } => by_fingerprint(finding, ObjectType::Ref),
        }
    }
}

impl BaselineLine {
    /// Parses a line of a file that this program has written; `None` for a line of another kind.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let line = line.trim_ascii_end();
        if line == FIRST_LINE.as_bytes() {
            return Some(Self::First);
        }
        if line == LAST_LINE.as_bytes() {
            return Some(Self::Last);
        }
        let (line, is_followed) = line.strip_suffix(b",").map_or((line, false), |line| (line, true));
        Some(Self::Entry { entry: serde_json::from_slice(line).ok()?, is_followed })
    }
}

/// Returns the stored form of a finding about a credential that nobody can guess.
fn by_fingerprint(finding: &Finding, kind: ObjectType) -> Option<BaselineEntry> {
    finding.credential.as_ref()?.mark?;
    let (rule, fingerprint) = (finding.rule.id.to_owned(), Some(digest(finding)));
    Some(BaselineEntry { rule, kind, oid: None, fingerprint, path: None, line: None, column: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;
    use crate::report::{CredentialFacts, Level, LevelSource};
    use crate::rules;

    fn covers(baseline: &Baseline, finding: &Finding) -> bool {
        BaselineEntry::of(finding).is_some_and(|entry| baseline.contains(&entry))
    }

    fn finding(rule: &str, location: Location) -> Finding {
        Finding::bare(rules::find(rule).unwrap(), Level::Deny, LevelSource::Default, location)
    }

    fn blob(digit: u8, path: &str, line: u32) -> Location {
        let blob = Oid::from_hex(&[digit; 40]).unwrap();
        Location::Blob { commit: None, blob, path: path.into(), line: Some(line), column: None }
    }

    #[test]
    fn only_the_exact_finding_is_covered() {
        let commit = |digit: u8| Location::Commit {
            commit: Oid::from_hex(&[digit; 40]),
            subject: "x".into(),
            line: None,
        };
        let sins = [finding("unpinned-uses", blob(b'1', "a", 3)), finding("missing-signoff", commit(b'2'))];
        let (_, written, _) = Baseline::of(&sins).unwrap();
        let baseline = Baseline::parse(written.as_bytes(), Path::new("b")).unwrap();
        for (rule, location, covered) in [
            ("unpinned-uses", blob(b'1', "a", 3), true),
            ("unpinned-uses", blob(b'2', "a", 3), false),
            ("unpinned-uses", blob(b'1', "b", 3), false),
            ("unpinned-uses", blob(b'1', "a", 4), false),
            ("unpinned-image", blob(b'1', "a", 3), false),
            ("missing-signoff", commit(b'2'), true),
            ("missing-signoff", commit(b'3'), false),
            ("missing-signoff", Location::Commit { commit: None, subject: "x".into(), line: None }, false),
            ("replaced-object", Location::Ref { refname: "refs/replace/x".into() }, false),
        ] {
            assert_eq!(covers(&baseline, &finding(rule, location.clone())), covered, "{rule} {location:?}");
        }
    }

    /// Returns a finding about a credential in git config.
    fn in_config(key: &str, mark: Option<[u8; 32]>) -> Finding {
        let location = Location::GitConfig {
            scope: "local",
            path: ".git/config".into(),
            line: Some(3),
            key: key.into(),
        };
        let facts = CredentialFacts {
            provider: None,
            kind: "token".into(),
            length: 40,
            same: 0,
            mark,
            standing: None,
        };
        Finding { credential: Some(Box::new(facts)), ..finding("token-in-git-config", location) }
    }

    #[test]
    fn credential_in_no_object_is_known_by_itself() {
        let (one, other) = (in_config("a.b", Some([1; 32])), in_config("a.b", Some([2; 32])));
        let (_, text, left) = Baseline::of(&[one.clone(), in_config("a.c", None)]).unwrap();
        assert_eq!(left, 1);
        let baseline = Baseline::parse(text.as_bytes(), Path::new("b")).unwrap();
        assert!(covers(&baseline, &one) && covers(&baseline, &in_config("x.y", Some([1; 32]))));
        assert!(!covers(&baseline, &other) && !covers(&baseline, &in_config("a.c", None)));
    }

    #[test]
    fn an_invalid_baseline_is_an_error() {
        for text in
            ["", "[]", "{}", "{\"version\": 2, \"findings\": []}", "{\"version\": 1, \"findings\": [{}]}"]
        {
            assert!(Baseline::parse(text.as_bytes(), Path::new("b")).is_err(), "{text}");
        }
        let (_, none, _) = Baseline::of(&[]).unwrap();
        assert!(Baseline::parse(none.as_bytes(), Path::new("b")).unwrap().0.is_empty());
    }
}
