//! Credentials that a file, a message or a name adds.

use std::collections::HashSet;

use bstr::BString;

use super::comments::{AcceptedComments, CommentFilter};
use super::finding::finding;
use super::large_files::{FilePlace, LARGE, LargeFiles, is_read_in_parts};
use super::multiset::{Known, Novelty};
use super::token_exemptions::{TokenExemptions, allowed_by_comment};
use super::workflows::FileVersion;
use crate::error::Result;
use crate::git::{ChangedFile, Mode, Oid, Older, PackSummary, Repo};
use crate::policy::{CountingComments, Policy};
use crate::report::{Finding, Group, Location, Problem, Report, RuleMeta};
use crate::rules::{Check, RULES};
use crate::text::lossless;
use crate::token::{self, Leak, LeakSource, Secret, Strictness};

/// Maximum number of blobs remembered as clean.
const MAX_CLEAN: usize = 1 << 20;

/// Judge of files and texts for credentials.
pub(super) struct TokenJudge<'p> {
    policy: &'p Policy,
    /// Blobs without credentials, except at paths whose name decides how they are read.
    clean: HashSet<Oid>,
    large_files: LargeFiles,
    /// Summary that knows clean blobs, if there is one.
    summary: Option<&'p PackSummary>,
    /// Remarks about content that could not be searched.
    remarks: Vec<String>,
}

impl<'p> TokenJudge<'p> {
    /// Creates a judge that applies a policy. A summary, if any, saves reading clean files.
    pub(super) fn new(policy: &'p Policy, summary: Option<&'p PackSummary>) -> Self {
        Self {
            policy,
            clean: HashSet::new(),
            large_files: LargeFiles::default(),
            summary,
            remarks: Vec::new(),
        }
    }

    /// Judges a file and returns the credentials that are not known from older versions at the same path. Those that are
    /// exempted go to the report.
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
        report: &mut Report,
    ) -> Result<Vec<Finding>> {
        if !self.policy.is_group_on(Group::Token) {
            return Ok(Vec::new());
        }
        let locate = |path: BString, (line, column)| {
            let blob = file.oid;
            Location::Blob { commit, blob, path, line, column }
        };
        let mut findings = Vec::new();
        let paths = file.older.map(|old| old.iter().map(|_| ()).collect());
        let novelty = Known::of(&paths).take(&());
        if novelty != Novelty::Known {
            let leaks = with_source(token::scan_text(&file.path), &LeakSource::Name);
            let leaks = leaks.into_iter().map(|leak| NewLeak { leak, novelty });
            let exemptions = TokenExemptions::new(self.policy, CommentFilter::None);
            let locate = |_: &Leak| locate(file.path.clone(), (None, None));
            findings.extend(self.findings(leaks, locate, Some(&file.path), exemptions, report));
        }
        let place = |oid| FilePlace { path: &file.path, oid, commit };
        let leaks = self.leaks(repo, place(file.oid), file.mode, version)?;
        let leaks = match leaks.is_empty() {
            true => Vec::new(),
            false => {
                let older = file.older.try_map(|old| match old {
                    Some((mode, oid)) => self.leaks(repo, place(*oid), *mode, None),
                    None => Ok(Vec::new()),
                })?;
                new_leaks(leaks, &older)
            }
        };
        let exemptions = TokenExemptions::new(self.policy, self.comments(repo, place(file.oid), &leaks)?);
        let locate = |leak: &Leak| locate(path_of(leak, &file.path), (Some(leak.line), Some(leak.column)));
        findings.extend(self.findings(leaks, locate, Some(&file.path), exemptions, report));
        Ok(findings)
    }

    /// Returns the comments that count in a file with credentials.
    fn comments(
        &mut self,
        repo: &Repo,
        place: FilePlace<'_>,
        leaks: &[NewLeak],
    ) -> Result<CommentFilter<Secret>> {
        let counting = self.policy.token_comments();
        let CountingComments::InTree(Some(tree)) = counting else {
            return Ok(CommentFilter::without_accepted(counting));
        };
        let mut accepted = AcceptedComments::default();
        let has_comment = leaks.iter().any(|new| new.leak.comment.is_some());
        let entry = if has_comment { repo.store().find_entry(tree, place.path)? } else { None };
        if let Some(entry) = entry {
            let place = FilePlace { oid: entry.oid, commit: None, ..place };
            for leak in self.leaks(repo, place, entry.mode, None)? {
                let allows = allowed_by_comment(&leak);
                let rules = token_rules().filter(|(_, check)| check(&leak).is_some());
                rules.for_each(|(rule, _)| accepted.add(rule, Some(&leak.secret), allows.as_ref()));
            }
        }
        Ok(CommentFilter::Accepted(accepted))
    }

    /// Judges a text that is not a file: a message, an identity, a ref name. Credentials that are exempted go to the
    /// report.
    pub(super) fn text_findings(&self, location: Location, text: &[u8], report: &mut Report) -> Vec<Finding> {
        if !self.policy.is_group_on(Group::Token) {
            return Vec::new();
        }
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
        let leaks = with_source(leaks, &source).into_iter();
        let exemptions = TokenExemptions::new(self.policy, CommentFilter::None);
        let leaks = leaks.map(|leak| NewLeak { leak, novelty: Novelty::New });
        self.findings(leaks, at, None, exemptions, report)
    }

    /// Returns the remarks about content that could not be searched, and clears them.
    pub(super) fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    /// Adds a remark about members of an archive that could not be searched.
    fn note_unread(&mut self, path: &[u8], unread: usize) {
        if unread > 0 {
            let path = token::printable(path);
            self.remarks.push(format!("{path}: members of the archive that were not searched, or not to their end, because they are too large, too many, nested too deep, encrypted or compressed in a way that is not read (bzip2, xz, zstd and others): {unread}"));
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
        place: FilePlace<'_>,
        mode: Mode,
        version: Option<&FileVersion>,
    ) -> Result<Vec<Leak>> {
        let FilePlace { path, oid, .. } = place;
        match mode {
            Mode::Submodule | Mode::Tree => Ok(Vec::new()),
            Mode::Symlink => Ok(token::scan_text(&repo.store().blob(oid)?)),
            Mode::File if self.is_clean(oid) && !token::path_implies_format(path) => Ok(Vec::new()),
            Mode::File => match version {
                Some(version) => self.leaks_of(repo, &place, version.text(), &|| version.is_clean()),
                None => self.leaks_in_repo(repo, &place),
            },
        }
    }

    /// Returns the credentials in a file, which is read from the repository.
    fn leaks_in_repo(&mut self, repo: &Repo, place: &FilePlace<'_>) -> Result<Vec<Leak>> {
        if let Some(scanned) = self.large_files.known(place) {
            self.note_unread(place.path, scanned.unread);
            return Ok(scanned.leaks);
        }
        let size = repo.store().size(place.oid)?;
        // Few large files are in memory at a time.
        let _permit = size.is_some_and(|size| size > LARGE).then(|| repo.work().large_files.take());
        if let Some(size) = size.filter(|size| is_read_in_parts(*size)) {
            return self.leaks_in_parts(repo, place, size);
        }
        let read = repo
            .store()
            .blob_with(place.oid, |blob| self.leaks_of(repo, place, blob, &|| token::is_clean(blob)));
        // Only a failure to read tells some sizes.
        let known = if read.is_err() { repo.store().size(place.oid)? } else { None };
        match known.filter(|size| is_read_in_parts(*size)) {
            Some(size) => self.leaks_in_parts(repo, place, size),
            None => read,
        }
    }

    /// Returns the credentials in a file that is too large to be read as a whole.
    fn leaks_in_parts(&mut self, repo: &Repo, place: &FilePlace<'_>, size: u64) -> Result<Vec<Leak>> {
        let scanned = self.large_files.scan_in_parts(repo, self.policy, place, size)?;
        self.note_unread(place.path, scanned.unread);
        Ok(scanned.leaks)
    }

    /// Returns the credentials in the content of a file.
    fn leaks_of(
        &mut self,
        repo: &Repo,
        place: &FilePlace<'_>,
        content: &[u8],
        is_clean: &dyn Fn() -> bool,
    ) -> Result<Vec<Leak>> {
        if !token::path_implies_format(place.path) && is_clean() {
            self.remember(place.oid);
            return Ok(Vec::new());
        }
        let is_large = content.len() as u64 > LARGE;
        if !is_large && !token::is_archive(content) {
            let scanned = token::scan_file(place.path, content);
            self.note_unread(place.path, scanned.unread);
            return Ok(scanned.leaks);
        }
        if let Some(scanned) = self.large_files.known(place) {
            self.note_unread(place.path, scanned.unread);
            return Ok(scanned.leaks);
        }
        let _permit = (!is_large).then(|| repo.work().large_files.take());
        let scanned = self.large_files.scan(repo, self.policy, place, content)?;
        self.note_unread(place.path, scanned.unread);
        Ok(scanned.leaks)
    }

    /// Runs the token rules on each leak. `file` is the path of the file that contains them, if it is one.
    fn findings(
        &self,
        leaks: impl IntoIterator<Item = NewLeak>,
        locate: impl Fn(&Leak) -> Location,
        file: Option<&BString>,
        mut exemptions: TokenExemptions<'_>,
        report: &mut Report,
    ) -> Vec<Finding> {
        let path = file.map(|path| lossless(path));
        for NewLeak { leak, novelty } in leaks {
            for (rule, check) in token_rules() {
                let Some(mut problem) = check(&leak) else { continue };
                problem.notes.extend(novelty.note());
                let found = finding(self.policy, rule, problem, locate(&leak), None);
                found.into_iter().for_each(|found| exemptions.add(found, &leak, path.as_deref()));
            }
        }
        exemptions.finish(report)
    }
}

/// Leak that is not known.
struct NewLeak {
    leak: Leak,
    novelty: Novelty,
}

/// Returns the path of a file, followed by the members of archives that contain the leak, if any.
fn path_of(leak: &Leak, file: &BString) -> BString {
    let mut path = file.clone();
    for member in &leak.members {
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

/// Returns the leaks of a text of a kind that has no comments.
fn with_source(leaks: Vec<Leak>, source: &LeakSource) -> Vec<Leak> {
    leaks.into_iter().map(|leak| Leak { source: source.clone(), comment: None, ..leak }).collect()
}

/// Returns the leaks that are not known from older versions: of each credential those beyond the known number.
///
/// One in git config is not known by one in other content, about which another rule speaks.
fn new_leaks(leaks: Vec<Leak>, older: &Older<Vec<Leak>>) -> Vec<NewLeak> {
    let is_config = |leak: &Leak| leak.strictness == Strictness::GitConfig;
    let secrets = |wanted: bool| {
        let those = |leak: &&Leak| is_config(leak) == wanted;
        older.map(|leaks| leaks.iter().filter(those).map(|leak| leak.secret.expose()).collect())
    };
    let (in_config, elsewhere) = (secrets(true), secrets(false));
    let mut in_config: Known<&[u8]> = Known::of(&in_config);
    let mut elsewhere: Known<&[u8]> = Known::of(&elsewhere);
    let mut novelty = |leak: &Leak| {
        let secret = leak.secret.expose();
        if is_config(leak) {
            return in_config.take(secret);
        }
        match elsewhere.take(secret) {
            Novelty::New => in_config.take(secret),
            novelty => novelty,
        }
    };
    let leaks = leaks.into_iter().map(|leak| NewLeak { novelty: novelty(&leak), leak });
    leaks.filter(|new| new.novelty != Novelty::Known).collect()
}
