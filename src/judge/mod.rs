//! From subjects to findings: runs the rules, compares with what was there before, adds level and place.

mod commits;
mod conclude;
mod content;
mod files;
mod git_config;
mod queue;
mod refs;
pub(crate) mod sign_off;
mod survey;
mod tokens;
mod workflows;

use bstr::BString;

pub(crate) use conclude::conclude;
pub(crate) use workflows::workflow_problems;

use crate::error::Result;
use crate::git::{Added, Oid, Repo};
use crate::hook::RefUpdate;
use crate::output::Ui;
use crate::policy::Policy;
use crate::report::{Checked, Finding, Level, Location, Place, Problem, Report, RuleMeta};
use crate::text::Snippet;
use crate::token;

/// What is judged against what.
#[derive(Clone, Copy)]
pub(crate) struct Bench<'a> {
    /// Where the objects are.
    pub(crate) repo: &'a Repo,
    /// What a maintainer or admin has decided.
    pub(crate) policy: &'a Policy,
}

impl Bench<'_> {
    /// Judges what a push adds: its ref updates, then everything that is new.
    ///
    /// # Errors
    /// Fails when anything new cannot be read.
    pub(crate) fn push(self, updates: &[RefUpdate], added: &Added, ui: &Ui) -> Result<Report> {
        let mut report = Report::default();
        refs::judge(self, updates, &mut report);
        commits::judge(self, added, ui, &mut report)?;
        content::judge(self, added, &mut report)?;
        Ok(redacted(report))
    }

    /// Judges every file of one tree as it stands.
    ///
    /// # Errors
    /// Fails when an object of the tree cannot be read.
    pub(crate) fn tree(self, commit: Option<Oid>, tree: Oid) -> Result<Report> {
        let mut report = Report::default();
        content::tree(self, commit, tree, &mut report)?;
        Ok(redacted(report))
    }

    /// Makes a finding of a problem; none when the policy allows the rule.
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
pub(crate) fn git_config(bench: Bench<'_>) -> Result<Report> {
    let (findings, config_entries, remarks) = git_config::effective(bench.repo, bench.policy)?;
    let checked = Checked { config_entries, ..Checked::default() };
    Ok(Report { findings, checked, remarks, ..Report::default() })
}

/// Makes a finding of a problem; none when the policy allows the rule.
pub(crate) fn finding(
    policy: &Policy,
    rule: &'static RuleMeta,
    problem: Problem,
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
        // What a rule quotes may hold a credential that the rule knows nothing of.
        message: token::redact_message(message),
        help: help.map(token::redact_message),
        notes: notes.into_iter().map(token::redact_message).collect(),
        location: tokens::redacted(location),
        snippet,
    })
}

/// The same report without what its advice and remarks quote of credentials; findings are made without.
fn redacted(mut report: Report) -> Report {
    let lines = report.advice.iter_mut().chain(&mut report.remarks);
    lines.for_each(|line| *line = token::redact_message(std::mem::take(line)));
    report
}

/// A file of a commit or a tree: where the problems of its text stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilePlace<'a> {
    /// The commit that brings it; none when a tree is judged by itself.
    pub(crate) commit: Option<Oid>,
    /// Its blob.
    pub(crate) blob: Oid,
    /// Its path.
    pub(crate) path: &'a BString,
    /// Its bytes.
    pub(crate) text: &'a [u8],
}

/// Longer lines are not shown: each is searched for credentials anew for each of its problems.
const MAX_SNIPPET_LINE: usize = 8192;

impl FilePlace<'_> {
    /// The location and the snippet of a place in this file; no snippet of a line in which a credential stands.
    pub(crate) fn locate(self, place: &Place) -> (Location, Option<Snippet>) {
        let (line, column, snippet) = match place {
            Place::Whole => (None, None, None),
            Place::Line(line) => (Some(*line), None, None),
            Place::Hidden { line, column } => (Some(*line), Some(*column), None),
            Place::Span(span) => {
                let (line, column) = span.position(self.text);
                let text = span.line(self.text);
                let shows_nothing = text.len() <= MAX_SNIPPET_LINE && token::redact(text) == text;
                (Some(line), Some(column), shows_nothing.then(|| Snippet::cut(self.text, *span)))
            }
        };
        (
            Location::Blob { commit: self.commit, blob: self.blob, path: self.path.clone(), line, column },
            snippet,
        )
    }
}
