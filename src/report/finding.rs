//! Problems, findings and the report, as values. This module prints nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bstr::BString;

use super::{
    AppliedExemption, CredentialFacts, GrantedExemption, Group, Level, LevelSource, ProofTally, RuleMeta,
    Unread, Written,
};
use crate::git::{Oid, OidSet};
use crate::text::{Snippet, escape};

/// Problem with its location, and with the level that the policy gives to its rule.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// Rule that found it.
    pub rule: &'static RuleMeta,
    /// Level of the finding.
    pub level: Level,
    /// Source of the level.
    pub source: LevelSource,
    /// Message of the problem.
    pub message: String,
    /// Fix for the problem.
    pub help: Option<String>,
    /// Further facts, one line each.
    pub notes: Vec<String>,
    /// Location of the problem.
    pub location: Location,
    /// Line to show; `None` if there is none, or if it must not be shown.
    pub snippet: Option<Snippet>,
    /// Cause that other findings may share, with what settles it; `None` if no such cause is known.
    pub cause: Option<&'static str>,
    /// Commit or tag of the location; `None` for a location in no history, or as long as nobody asked.
    pub commit: Option<Arc<CommitFacts>>,
    /// True if the tree or the history of HEAD still has the problem; `None` if that is not known.
    pub in_head: Option<bool>,
    /// Facts about the credential; `None` for a rule about something else.
    pub credential: Option<Box<CredentialFacts>>,
    /// Exemption that lets the problem pass; only for those in [`Report::exempted`].
    pub exemption: Option<GrantedExemption>,
    /// Repository that has it; `None` in a report about one repository.
    pub repository: Option<Arc<str>>,
    /// Number of the finding among those with the same digest, from 1; 0 as long as they have not been numbered.
    pub occurrence: u32,
    /// Digest that it has in the stream from which it was read; `None` for one that was found in this run.
    pub digest: Option<String>,
}

/// Facts about the commit or tag of a finding, escaped and redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommitFacts {
    /// Author or tagger: name and address.
    pub author: String,
    /// Time of the commit, in seconds since 1970.
    pub date: u64,
    /// First line of the message.
    pub subject: String,
}

/// Location of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Location {
    /// Place in the file of a commit or a tree, or in a blob that a ref names.
    Blob {
        /// Commit that adds the file; `None` if a tree or a blob is judged by itself.
        commit: Option<Oid>,
        /// Blob of the file.
        blob: Oid,
        /// Path from the root of the tree; in an archive, followed by `!` and the name of the member.
        path: BString,
        /// Line, counted from 1; only LF ends a line.
        line: Option<u32>,
        /// Column in bytes, counted from 1.
        column: Option<u32>,
    },
    /// Message or identities of a commit or a tag.
    Commit {
        /// Oid of the commit or tag; `None` while it is being made.
        commit: Option<Oid>,
        /// First line of the message, to recognise the commit by; escaped.
        subject: String,
        /// Line of the message, counted from 1.
        line: Option<u32>,
    },
    /// Place in git config.
    GitConfig {
        /// Scope, in git's own words: `system`, `global`, `local`, `worktree` or `command`.
        scope: &'static str,
        /// Path of the file, relative to the top of the work tree if it is inside.
        path: BString,
        /// Line of the file, counted from 1.
        line: Option<u32>,
        /// Key, redacted and escaped.
        key: String,
    },
    /// Name of a ref.
    Ref {
        /// Full refname.
        refname: BString,
    },
}

/// Number of objects of each type that were checked; gives "no findings" a meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Ref updates of a push.
    pub ref_updates: u64,
    /// Commits whose sign-off was judged.
    pub commits: u64,
    /// Workflow and action files.
    pub workflows: u64,
    /// Number of `uses` that only the lock file of the actions pins, by path of the workflow; of several versions
    /// of a workflow, that of the one with most.
    pub locked_uses: BTreeMap<BString, usize>,
    /// Blobs of files that were visited.
    pub blobs: OidSet,
    /// Number of blobs that were not visited, because a scan of the packs had found nothing to check in them.
    pub unvisited_blobs: usize,
    /// Entries of git config.
    pub config_entries: u64,
}

impl Checked {
    /// Returns the number of distinct blobs that the judged commits and trees bring.
    pub(crate) fn blob_count(&self) -> u64 {
        (self.blobs.len() + self.unvisited_blobs) as u64
    }

    /// Records that the lock file alone pins a number of `uses` of a workflow.
    pub(crate) fn note_locked(&mut self, path: &BString, uses: usize) {
        if uses > 0 {
            let known = self.locked_uses.entry(path.clone()).or_default();
            *known = uses.max(*known);
        }
    }
}

/// Result of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Findings in the order of judging: older commits first.
    pub findings: Vec<Finding>,
    /// Findings that have been written already.
    pub written: Written,
    /// Number of objects of each type that were checked.
    pub checked: Checked,
    /// Advice: commands that repair the whole push.
    pub advice: Vec<String>,
    /// Advice about a baseline, which only a scan that has read everything may write.
    pub baseline_advice: Vec<String>,
    /// Commits without a fault in their sign-offs once the commands of the advice have run.
    pub repaired: OidSet,
    /// Rules and locations of the findings in workflows that are gone once the commands of the advice have run.
    pub combined: HashSet<(&'static str, Location)>,
    /// Remarks about the judging itself: exemptions that applied, limits that were reached.
    pub remarks: Vec<String>,
    /// Command that gives the whole report elsewhere; `None` if there is none.
    pub rerun: Option<String>,
    /// Exemptions that applied to new problems of workflows.
    pub exemptions: Vec<AppliedExemption>,
    /// Credentials that an exemption lets pass.
    pub exempted: Vec<Finding>,
    /// Signatures that counted in the place of sign-offs.
    pub proofs: ProofTally,
    /// Number of commits that needed no sign-off by the policy, by reason.
    pub unsigned: BTreeMap<String, usize>,
    /// Number of findings that the baseline covers.
    pub baselined: usize,
    /// Text of the house for whoever is refused, escaped and redacted; `None` if nothing is refused.
    pub message: Option<String>,
    /// Objects that could not be read: no verdict is reached because of them.
    pub unread: Vec<Unread>,
    /// Repositories that the report is about; none in a report about one.
    pub repositories: Vec<JudgedRepository>,
}

/// Repository in a report about many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JudgedRepository {
    /// Path, with the machine if there are many.
    pub name: Arc<str>,
    /// Verdict on it.
    pub verdict: Verdict,
    /// Number of its findings.
    pub findings: u64,
}

/// Verdict of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No finding at level deny.
    Clean,
    /// At least one finding at level deny.
    Denied,
    /// Something could not be read.
    Undecided,
}

impl Verdict {
    /// Returns the name of the verdict in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Denied => "denied",
            Self::Undecided => "undecided",
        }
    }
}

impl Report {
    /// Returns the verdict: undecided if anything could not be read, denied if any finding is at level deny.
    pub(crate) fn verdict(&self) -> Verdict {
        if !self.unread.is_empty() {
            return Verdict::Undecided;
        }
        let is_denied = |finding: &Finding| finding.level == Level::Deny;
        match self.written.denied > 0 || self.findings.iter().any(is_denied) {
            true => Verdict::Denied,
            false => Verdict::Clean,
        }
    }

    /// Returns whether any finding is about a sign-off.
    pub(crate) fn has_signoff_finding(&self) -> bool {
        self.written.signoffs > 0 || self.findings.iter().any(|finding| finding.rule.group == Group::Signoff)
    }

    /// Merges findings with the same rule, location and message, and keeps the highest of their levels.
    ///
    /// A commit that is pushed to refs with different levels is judged once for each of them. Repeated advice
    /// and remarks are removed too.
    pub(crate) fn unite(&mut self) {
        self.findings = united(std::mem::take(&mut self.findings));
        self.exempted = united(std::mem::take(&mut self.exempted));
        let mut said = HashSet::new();
        self.advice.retain(|line| said.insert(line.clone()));
        let mut said = HashSet::new();
        self.remarks.retain(|line| said.insert(line.clone()));
        self.unite_unread();
    }

    /// Names each object that could not be read once: the search for commits and their judge may both meet it.
    pub(crate) fn unite_unread(&mut self) {
        let mut named = HashSet::new();
        self.unread.retain(|unread| unread.oid.is_none_or(|oid| named.insert(oid)));
    }

    /// Appends another report, and adds up the numbers of checked objects.
    pub(crate) fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.advice.extend(other.advice);
        self.baseline_advice.extend(other.baseline_advice);
        self.repaired.extend(other.repaired);
        self.combined.extend(other.combined);
        self.remarks.extend(other.remarks);
        self.exemptions.extend(other.exemptions);
        self.exempted.extend(other.exempted);
        self.proofs.merge(other.proofs);
        other
            .unsigned
            .into_iter()
            .for_each(|(reason, commits)| *self.unsigned.entry(reason).or_default() += commits);
        self.baselined += other.baselined;
        self.message = self.message.take().or(other.message);
        self.unread.extend(other.unread);
        self.repositories.extend(other.repositories);
        let (sum, more) = (&mut self.checked, other.checked);
        sum.ref_updates += more.ref_updates;
        sum.commits += more.commits;
        sum.workflows += more.workflows;
        more.locked_uses.iter().for_each(|(path, uses)| sum.note_locked(path, *uses));
        sum.blobs.extend(more.blobs);
        sum.unvisited_blobs += more.unvisited_blobs;
        sum.config_entries += more.config_entries;
    }

    /// Returns the number of findings at a level.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// Merges findings with the same rule, location and message, and keeps the highest of their levels.
fn united(findings: Vec<Finding>) -> Vec<Finding> {
    let mut places: HashMap<(&str, Location, String), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let key = (finding.rule.id, finding.location.clone(), finding.message.clone());
        let at = *places.entry(key).or_insert(kept.len());
        match kept.get_mut(at) {
            None => kept.push(finding),
            Some(same) if same.level < finding.level => *same = finding,
            Some(_) => {}
        }
    }
    kept
}

impl Location {
    /// Returns a short name of the place, escaped: path and line, the commit of a message, or a ref.
    pub(crate) fn spot(&self) -> String {
        match self {
            Self::Blob { path, line: Some(line), .. } | Self::GitConfig { path, line: Some(line), .. } => {
                format!("{}:{line}", escape(path))
            }
            Self::Blob { path, .. } | Self::GitConfig { path, .. } => escape(path),
            Self::Commit { commit: Some(commit), .. } => format!("message of {}", commit.short()),
            Self::Commit { commit: None, .. } => "commit message".to_owned(),
            Self::Ref { refname } => escape(refname),
        }
    }

    /// Returns the commit or tag of the location; `None` if it is in no history.
    pub(crate) fn commit(&self) -> Option<Oid> {
        match self {
            Self::Blob { commit, .. } | Self::Commit { commit, .. } => *commit,
            Self::GitConfig { .. } | Self::Ref { .. } => None,
        }
    }
}

impl Finding {
    /// Creates a finding without a message and without further facts.
    pub(crate) fn bare(
        rule: &'static RuleMeta,
        level: Level,
        source: LevelSource,
        location: Location,
    ) -> Self {
        Self {
            rule,
            level,
            source,
            message: String::new(),
            help: None,
            notes: Vec::new(),
            location,
            snippet: None,
            cause: None,
            commit: None,
            in_head: None,
            credential: None,
            exemption: None,
            repository: None,
            occurrence: 0,
            digest: None,
        }
    }

    /// Takes the finding, and leaves one with its rule and its level alone.
    pub(crate) fn take(&mut self) -> Self {
        let location = Location::Commit { commit: None, subject: String::new(), line: None };
        let left = Self::bare(self.rule, self.level, self.source.clone(), location);
        std::mem::replace(self, left)
    }

    /// Returns the number of bytes that it takes in memory, roughly.
    pub(crate) fn size(&self) -> usize {
        let path = match &self.location {
            Location::Blob { path, .. } => path.len(),
            _ => 0,
        };
        let texts = self.message.len() + self.help.as_ref().map_or(0, String::len);
        let notes: usize = self.notes.iter().map(String::len).sum();
        let snippet = self.snippet.as_ref().map_or(0, |snippet| snippet.text.len());
        size_of::<Self>() + path + texts + notes + snippet
    }

    /// Returns the exemption that lets it pass, with rule and path; `None` if there is none.
    pub(crate) fn applied_exemption(&self) -> Option<AppliedExemption> {
        let GrantedExemption { by, reason } = self.exemption.clone()?;
        Some(AppliedExemption { rule: self.rule.id, path: self.location.file_path(), by, reason })
    }

    /// Returns whether the finding would refuse if the policy did not only warn.
    pub(crate) fn would_be_denied(&self) -> bool {
        matches!(self.source, LevelSource::WarnOnly(_))
    }
}
