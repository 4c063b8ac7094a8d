//! Runs the rules on each subject, drops problems that are not new, and adds level and location.

mod commits;
mod conclude;
mod content;
mod files;
mod git_config;
mod multiset;
mod queue;
mod refs;
pub(crate) mod signoff;
mod survey;
mod tally;
mod tokens;
mod workflows;

use bstr::BString;

pub(crate) use conclude::conclude;
pub(crate) use tally::CommitTally;
pub(crate) use workflows::workflow_problems;

use crate::error::Result;
use crate::git::{Added, Oid, Repo};
use crate::hook::RefUpdate;
use crate::output::Ui;
use crate::policy::Policy;
use crate::report::{Checked, Finding, Level, Location, Problem, Report, RuleMeta};
use crate::text::{Snippet, Span};
use crate::token;

/// Context of a run: its repository and its policy.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Repository that contains the objects.
    pub(crate) repo: &'a Repo,
    /// Levels and settings of the rules.
    pub(crate) policy: &'a Policy,
}

impl Context<'_> {
    /// Judges a push: its ref updates, then all new objects. Counts the commits in `tally` meanwhile.
    ///
    /// # Errors
    /// Fails when a new object cannot be read.
    pub(crate) fn push(
        self,
        updates: &[RefUpdate],
        added: &Added,
        tally: &CommitTally,
        ui: &Ui,
    ) -> Result<Report> {
        let mut report = Report::default();
        refs::judge(self, updates, &mut report);
        commits::judge(self, added, tally, ui, &mut report)?;
        content::judge(self, added, &mut report)?;
        Ok(redacted(report))
    }

    /// Judges every file of one tree as if all of them were new.
    ///
    /// # Errors
    /// Fails when an object of the tree cannot be read.
    pub(crate) fn tree(self, commit: Option<Oid>, tree: Oid) -> Result<Report> {
        let mut report = Report::default();
        content::tree(self, commit, tree, &mut report)?;
        Ok(redacted(report))
    }

    /// Returns the finding for a problem; `None` if the policy allows the rule.
    pub(crate) fn finding(
        self,
        rule: &'static RuleMeta,
        problem: Problem,
        location: Location,
        snippet: Option<Snippet>,
    ) -> Option<Finding> {
        finding(self.policy, rule, problem, location, snippet)
    }
}

/// Judges the effective git config of the repository.
///
/// # Errors
/// Fails when a file of the config cannot be read.
pub(crate) fn git_config(context: Context<'_>) -> Result<Report> {
    let (findings, config_entries, remarks) = git_config::effective(context.repo, context.policy)?;
    let checked = Checked { config_entries, ..Checked::default() };
    Ok(Report { findings, checked, remarks, ..Report::default() })
}

/// Returns the finding for a problem; `None` if the policy allows the rule.
pub(crate) fn finding<P>(
    policy: &Policy,
    rule: &'static RuleMeta,
    problem: Problem<P>,
    location: Location,
    snippet: Option<Snippet>,
) -> Option<Finding> {
    let (level, source) = policy.level(rule);
    if level == Level::Allow {
        return None;
    }
    let Problem { message, help, notes, .. } = problem;
    Some(Finding {
        rule,
        level,
        source,
        // A quoted text may contain a credential that the quoting rule does not know.
        message: token::redact_message(message),
        help: help.map(token::redact_message),
        notes: notes.into_iter().map(token::redact_message).collect(),
        location: tokens::redacted(location),
        snippet,
    })
}

/// Redacts the advice and the remarks of a report. Findings are redacted when they are made.
fn redacted(mut report: Report) -> Report {
    let lines = report.advice.iter_mut().chain(&mut report.remarks);
    lines.for_each(|line| *line = token::redact_message(std::mem::take(line)));
    report
}

/// File of a commit or a tree, for locating the problems in its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilePlace<'a> {
    /// Commit that adds it; `None` if a tree is judged by itself.
    pub(crate) commit: Option<Oid>,
    /// Blob of the file.
    pub(crate) blob: Oid,
    /// Path from the root of the tree.
    pub(crate) path: &'a BString,
    /// Content of the file.
    pub(crate) text: &'a [u8],
}

/// Maximum length of a line that is shown, in bytes.
///
/// A line is searched for credentials again for each of its problems, so this bounds the time.
const MAX_SNIPPET_LINE: usize = 8192;

impl FilePlace<'_> {
    /// Returns the location and the snippet of a span in this file; `None` is the whole file.
    ///
    /// The snippet is `None` for the whole file, and if its line is too long or contains a credential.
    pub(crate) fn locate(self, span: Option<Span>) -> (Location, Option<Snippet>) {
        let (line, column) = span.map(|span| span.position(self.text)).unzip();
        let shows_nothing = |span: &Span| {
            let line = span.line(self.text);
            line.len() <= MAX_SNIPPET_LINE && token::redact(line) == line
        };
        let snippet = span.filter(shows_nothing).map(|span| Snippet::cut(self.text, span));
        let Self { commit, blob, path, .. } = self;
        (Location::Blob { commit, blob, path: path.clone(), line, column }, snippet)
    }
}
