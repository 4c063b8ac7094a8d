//! Credentials that a file, a message or a name adds.

use std::borrow::Cow;
use std::collections::HashSet;

use bstr::BString;

use super::archives::{ArchivePlace, Archives};
use super::finding::finding;
use super::multiset::Multiset;
use super::workflows::FileVersion;
use crate::error::Result;
use crate::git::{ChangedFile, Mode, Oid, PackSummary, Repo};
use crate::policy::Policy;
use crate::report::{Finding, Group, Location, Problem, RuleMeta};
use crate::rules::{Check, RULES};
use crate::token::{self, Leak, LeakSource};

/// Maximum number of blobs remembered as clean.
const MAX_CLEAN: usize = 1 << 20;

/// Judge of files and texts for credentials.
pub(super) struct TokenJudge<'p> {
    policy: &'p Policy,
    /// Blobs without credentials, except at paths whose name decides how they are read.
    clean: HashSet<Oid>,
    archives: Archives,
    /// Summary that knows clean blobs, if there is one.
    summary: Option<&'p PackSummary>,
    /// Remarks about content that could not be searched.
    remarks: Vec<String>,
}

impl<'p> TokenJudge<'p> {
    /// Creates a judge that applies a policy. A summary, if any, saves reading clean files.
    pub(super) fn new(policy: &'p Policy, summary: Option<&'p PackSummary>) -> Self {
        Self { policy, clean: HashSet::new(), archives: Archives::default(), summary, remarks: Vec::new() }
    }

    /// Judges a file and returns the credentials that no parent has at the same path.
    ///
    /// The content is read from the repository unless a version is given.
    ///
    /// # Errors
    /// Fails when the file, or an older version of it, cannot be read from the repository.
    pub(super) fn file_findings(
        &mut self,
        repo: &Repo,
        commit: Option<Oid>,
        file: &ChangedFile,
        version: Option<&FileVersion>,
    ) -> Result<Vec<Finding>> {
        if !self.policy.is_group_on(Group::Token) {
            return Ok(Vec::new());
        }
        let locate = |path: BString, (line, column)| {
            let blob = file.oid;
            Location::Blob { commit, blob, path, line, column }
        };
        let mut findings = Vec::new();
        if file.before.iter().all(Option::is_none) {
            let leaks = with_source(token::scan_text(&file.path), &LeakSource::Name);
            findings.extend(self.findings(leaks, |_| locate(file.path.clone(), (None, None))));
        }
        let place = |oid| ArchivePlace { path: &file.path, oid, commit };
        let mut leaks = self.leaks(repo, place(file.oid), file.mode, version)?;
        if !leaks.is_empty() {
            let before = file.before.iter().flatten();
            let before = before.map(|(mode, oid)| self.leaks(repo, place(*oid), *mode, None));
            let before = before.collect::<Result<Vec<_>>>()?;
            remove_known(&mut leaks, &before);
        }
        findings.extend(
            self.findings(leaks, |leak| {
                locate(path_of(leak, &file.path), (Some(leak.line), Some(leak.column)))
            }),
        );
        Ok(findings)
    }

    /// Judges a text that is not a file: a message, an identity, a ref name.
    pub(super) fn text_findings(&self, location: Location, text: &[u8]) -> Vec<Finding> {
        let leaks = token::scan_text(text);
        if leaks.is_empty() {
            return Vec::new();
        }
        let source =
            if matches!(location, Location::Ref { .. }) { LeakSource::Name } else { LeakSource::Message };
        let at = |leak: &Leak| match location.clone() {
            Location::Commit { commit, subject, .. } => {
                Location::Commit { commit, subject, line: Some(leak.line) }
            }
            other => other,
        };
        self.findings(with_source(leaks, &source), at)
    }

    /// Returns the remarks about content that could not be searched, and clears them.
    pub(super) fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    /// Adds a remark about members of an archive that could not be searched.
    fn note_unread(&mut self, path: &[u8], unread: usize) {
        if unread > 0 {
            let path = token::printable(path);
            self.remarks.push(format!("{path}: members of the archive that were not searched, or not to their end, because they are too large, too many, nested too deep or encrypted: {unread}"));
        }
    }

    fn is_clean(&self, oid: Oid) -> bool {
        self.clean.contains(&oid) || self.summary.is_some_and(|summary| summary.is_clean(oid))
    }

    fn remember(&mut self, oid: Oid) {
        if self.clean.len() < MAX_CLEAN {
            self.clean.insert(oid);
        }
    }

    /// Returns the credentials in one version of a file.
    fn leaks(
        &mut self,
        repo: &Repo,
        place: ArchivePlace<'_>,
        mode: Mode,
        version: Option<&FileVersion>,
    ) -> Result<Vec<Leak>> {
        let ArchivePlace { path, oid, .. } = place;
        match mode {
            Mode::Submodule | Mode::Tree => Ok(Vec::new()),
            Mode::Symlink => Ok(token::scan_text(&repo.store().blob(oid)?)),
            Mode::File if self.is_clean(oid) && !token::path_implies_format(path) => Ok(Vec::new()),
            Mode::File => {
                let blob = match version {
                    Some(version) => Cow::Borrowed(version.text()),
                    None => Cow::Owned(repo.store().blob(oid)?),
                };
                let is_clean = || version.map_or_else(|| token::is_clean(&blob), FileVersion::is_clean);
                if !token::path_implies_format(path) && is_clean() {
                    self.remember(oid);
                    return Ok(Vec::new());
                }
                if !token::is_archive(&blob) {
                    return Ok(token::scan_file(path, &blob).leaks);
                }
                let scanned = self.archives.scan(repo, self.policy, &place, &blob)?;
                self.note_unread(path, scanned.unread);
                Ok(scanned.leaks)
            }
        }
    }

    /// Runs the token rules on each leak.
    fn findings(&self, leaks: Vec<Leak>, locate: impl Fn(&Leak) -> Location) -> Vec<Finding> {
        let mut findings = Vec::new();
        for leak in leaks {
            for (rule, check) in token_rules() {
                let Some(problem) = check(&leak) else { continue };
                findings.extend(finding(self.policy, rule, problem, locate(&leak), None));
            }
        }
        findings
    }
}

/// Returns the path of a file, followed by the member of the archive that contains the leak, if any.
fn path_of(leak: &Leak, file: &BString) -> BString {
    let mut path = file.clone();
    if let Some(member) = &leak.member {
        path.push(b'!');
        path.extend_from_slice(member.as_bytes());
    }
    path
}

/// Check function of a token rule.
type CheckLeak = fn(&Leak) -> Option<Problem>;

/// Returns the token rules with their check functions.
pub(super) fn token_rules() -> impl Iterator<Item = (&'static RuleMeta, CheckLeak)> {
    RULES.iter().filter_map(|rule| match rule.check {
        Check::Token(check) => Some((&rule.meta, check)),
        _ => None,
    })
}

fn with_source(leaks: Vec<Leak>, source: &LeakSource) -> Vec<Leak> {
    leaks.into_iter().map(|leak| Leak { source: source.clone(), ..leak }).collect()
}

/// Removes the leaks that a parent has: of each credential as many as the parent with the most of it.
fn remove_known(leaks: &mut Vec<Leak>, parents: &[Vec<Leak>]) {
    let mut known: Multiset<&[u8]> = Multiset::default();
    for parent in parents {
        known.raise_to(parent.iter().map(|leak| leak.secret.expose()).collect());
    }
    leaks.retain(|leak| !known.take(leak.secret.expose()));
}
