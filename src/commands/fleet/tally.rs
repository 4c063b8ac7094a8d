//! Numbers of a run, and its summary for people.

use std::fmt::Write as _;

use super::lines::{Counts, FleetRun, FleetVerdict, RepositoryVerdict, VerdictCounts, VerdictName};
use crate::report::{Level, Verdict};
use crate::text::{count, counted, escape};

/// Maximum number of undecided repositories that a summary names.
const MAX_NAMED: usize = 20;

/// Numbers of the blocks of a stream.
#[derive(Debug, Default)]
pub(super) struct Tally {
    repositories: VerdictCounts,
    checked: Counts,
    errors: u64,
    warnings: u64,
    unread: u64,
    /// Undecided repositories, with the reason and the hint.
    named: Vec<(String, String, Option<String>)>,
}

impl Tally {
    /// Counts a finding.
    pub(super) fn finding(&mut self, level: Level) {
        match level {
            Level::Deny => self.errors += 1,
            Level::Warn | Level::Allow => self.warnings += 1,
        }
    }

    /// Counts a repository.
    pub(super) fn repository(&mut self, end: &RepositoryVerdict) {
        self.repositories.add(end.verdict);
        self.checked.add(end.checked);
        self.unread += end.unread;
        if end.verdict == VerdictName::Undecided && self.named.len() < MAX_NAMED {
            let why = end
                .why
                .clone()
                .unwrap_or_else(|| format!("{} not read", counted(end.unread, "object was", "objects were")));
            self.named.push((end.repository.clone(), why, end.hint.clone()));
        }
    }

    /// Returns the number of repositories that were counted.
    pub(super) fn judged(&self) -> u64 {
        self.repositories.all()
    }

    /// Returns the verdict on all of them.
    pub(super) fn verdict(&self) -> Verdict {
        self.repositories.verdict()
    }

    /// Returns the last line of the stream.
    pub(super) fn last_line(&self) -> FleetVerdict {
        FleetVerdict {
            verdict: self.verdict().into(),
            checked: self.checked,
            findings: self.errors + self.warnings,
            unread: self.unread,
            repositories: self.repositories,
        }
    }

    /// Renders the summary: undecided repositories, and the numbers in the last line.
    pub(super) fn summary(&self, run: &FleetRun) -> String {
        let mut text = String::new();
        let mut named: Vec<_> = self.named.iter().collect();
        named.sort();
        // Writing to a String cannot fail.
        for (repository, why, hint) in &named {
            let _ = writeln!(text, "error: {}: {}", escape(repository.as_bytes()), escape(why.as_bytes()));
            for hint in hint.iter().filter(|hint| !hint.is_empty()) {
                let _ = writeln!(text, "hint: {}", escape(hint.as_bytes()));
            }
        }
        let VerdictCounts { clean, denied, undecided } = self.repositories;
        let more = undecided - named.len() as u64;
        if more > 0 {
            let _ = writeln!(
                text,
                "error: {more} more repositories are undecided; `git gate fleet report` names them"
            );
        }
        let label = match self.verdict() {
            Verdict::Clean => "clean",
            Verdict::Denied => "denied",
            Verdict::Undecided => "undecided",
        };
        let shard = match run.shards {
            1 => String::new(),
            of => format!(" of shard {}/{of}", run.shard),
        };
        let repositories = counted(self.judged(), "repository", "repositories");
        let _ = write!(text, "{label}: {repositories}{shard}: {clean} clean, {denied} denied");
        if undecided > 0 {
            let _ = write!(text, ", {undecided} undecided");
        }
        let _ = writeln!(text, "; {}, {}", count(self.errors, "error"), count(self.warnings, "warning"));
        text
    }
}
