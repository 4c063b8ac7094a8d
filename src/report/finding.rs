//! What was found, as values: problems, findings and the report. Nothing here prints.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::{Level, LevelSource, RuleMeta};
use crate::git::Oid;
use crate::text::Snippet;

/// A problem, with the level that the policy gives its rule and the place where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The rule that found it.
    pub rule: &'static RuleMeta,
    /// How much it counts.
    pub level: Level,
    /// Where that level comes from.
    pub source: LevelSource,
    /// What is wrong.
    pub message: String,
    /// What repairs it.
    pub help: Option<String>,
    /// Further facts.
    pub notes: Vec<String>,
    /// Where it stands.
    pub location: Location,
    /// The line to show, when it may be shown.
    pub snippet: Option<Snippet>,
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Location {
    /// A place in a file that a commit, a tree or a tag brings.
    Blob {
        /// The commit that brings it; none when a tree is judged by itself.
        commit: Option<Oid>,
        /// The file's blob.
        blob: Oid,
        /// Its path from the root of the tree; in an archive, `!` and the member follow.
        path: BString,
        /// The line, counted in LF bytes from 1.
        line: Option<u32>,
        /// The column, counted in bytes from 1.
        column: Option<u32>,
    },
    /// A commit or a tag: its message or its identities.
    Commit {
        /// The commit; none while it is being made.
        commit: Option<Oid>,
        /// The first line of its message, to recognise it by; escaped.
        subject: String,
        /// The line of the message.
        line: Option<u32>,
    },
    /// A place in git's configuration.
    GitConfig {
        /// git's own word: `system`, `global`, `local`, `worktree` or `command`.
        scope: &'static str,
        /// The file, relative to the top of the work tree when it lies inside.
        path: BString,
        /// The line of the file.
        line: Option<u32>,
        /// The key, redacted and escaped.
        key: String,
    },
    /// The name of a ref.
    Ref {
        /// The full refname.
        refname: BString,
    },
}

/// What was looked at. "No findings" means nothing without it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Ref updates of a push.
    pub ref_updates: u64,
    /// Commits whose sign-off was judged.
    pub commits: u64,
    /// Workflow and action files.
    pub workflows: u64,
    /// Blobs searched for tokens.
    pub blobs: u64,
    /// Entries of git config.
    pub config_entries: u64,
}

/// The outcome of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was found, in the order in which it was judged: older commits first.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub checked: Checked,
    /// What to do about all of it at once: commands that repair the whole push.
    pub advice: Vec<String>,
    /// What else to know about how it was judged: exemptions that applied, limits that were met.
    pub remarks: Vec<String>,
}

/// What a report says in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No finding at level deny.
    Clean,
    /// At least one finding at level deny.
    Denied,
}

impl Report {
    /// The verdict: denied when any finding is at level deny.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.findings.iter().any(|finding| finding.level == Level::Deny) {
            true => Verdict::Denied,
            false => Verdict::Clean,
        }
    }

    /// Keeps one of the findings that say the same of the same place, at the highest of their levels: a commit that is
    /// pushed to refs with different levels is judged for each.
    pub(crate) fn unite(&mut self) {
        let mut places: HashMap<(&str, Location, String), usize> = HashMap::new();
        let mut kept: Vec<Finding> = Vec::new();
        for finding in std::mem::take(&mut self.findings) {
            let key = (finding.rule.id, finding.location.clone(), finding.message.clone());
            let at = *places.entry(key).or_insert(kept.len());
            match kept.get_mut(at) {
                None => kept.push(finding),
                Some(same) if same.level < finding.level => *same = finding,
                Some(_) => {}
            }
        }
        self.findings = kept;
        let mut said = HashSet::new();
        self.advice.retain(|line| said.insert(line.clone()));
    }

    /// Adds another report behind this one.
    pub(crate) fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.advice.extend(other.advice);
        self.remarks.extend(other.remarks);
        let (sum, more) = (&mut self.checked, other.checked);
        sum.ref_updates += more.ref_updates;
        sum.commits += more.commits;
        sum.workflows += more.workflows;
        sum.blobs += more.blobs;
        sum.config_entries += more.config_entries;
    }

    /// How many findings stand at a level.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

impl Location {
    /// The commit or tag that it stands in; none where it stands in no history.
    pub(crate) fn commit(&self) -> Option<Oid> {
        match self {
            Self::Blob { commit, .. } | Self::Commit { commit, .. } => *commit,
            Self::GitConfig { .. } | Self::Ref { .. } => None,
        }
    }
}

impl Finding {
    /// Whether it refuses nothing only because the policy refuses nothing yet.
    pub(crate) fn is_spared(&self) -> bool {
        matches!(self.source, LevelSource::WarnOnly(_))
    }
}
