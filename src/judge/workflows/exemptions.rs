//! Exemptions of workflow problems, by the policy or by a comment on the line. Each that applies is reported.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::check::CheckResult;
use super::comments::CommentFilter;
use crate::policy::{ExemptionQuery, Policy};
use crate::report::{ExemptedBy, RuleMeta, WorkflowProblem};
use crate::rules::{self, UNLABELLED_PIN};
use crate::text::{Span, escape, lossless};
use crate::workflow::{CommentAllows, CommentExemption, Document, shorten};

/// Exemption of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProblemExemption {
    pub(super) by: ExemptedBy,
    /// Reason, as written.
    pub(super) reason: String,
}

/// Separates the exempted problems of a file from the others, and adds warnings about its comments.
///
/// Also returns the pins that comments exempt, as [`FileExemptions::pins`] does: conflicts between pins are only
/// known once the whole tree has been read.
pub(super) fn apply(
    mut exemptions: FileExemptions<'_>,
    problems: Vec<(&'static RuleMeta, WorkflowProblem)>,
) -> (Vec<CheckResult>, HashMap<usize, String>) {
    let pins = exemptions.pins();
    let mut results: Vec<CheckResult> =
        problems.into_iter().map(|(rule, problem)| exemptions.apply(rule, problem)).collect();
    results.extend(exemptions.warnings());
    (results, pins)
}

/// Exemptions of one file, by the policy and by its comments.
pub(super) struct FileExemptions<'a> {
    policy: &'a Policy,
    path: &'a BString,
    document: &'a Document,
    filter: CommentFilter,
    comments: Vec<CommentExemption>,
    /// Index of the comment of each line, by the offset of the line.
    by_line: HashMap<usize, usize>,
    /// Offsets of all lines, if there are comments.
    line_starts: Vec<usize>,
    /// Indices of the comments of which something has been said.
    used: HashSet<usize>,
}

impl<'a> FileExemptions<'a> {
    /// Reads the comments of a document, of which some count.
    pub(super) fn new(
        policy: &'a Policy,
        path: &'a BString,
        document: &'a Document,
        filter: CommentFilter,
    ) -> Self {
        let comments = document.exemptions();
        let by_line = comments.iter().enumerate().map(|(at, comment)| (comment.line_start, at)).collect();
        let line_starts = if comments.is_empty() { Vec::new() } else { document.line_starts() };
        Self { policy, path, document, filter, comments, by_line, line_starts, used: HashSet::new() }
    }

    /// Returns the comment on the line of a span that exempts from a rule, whether it counts or not.
    pub(super) fn comment_on(&self, rule: &RuleMeta, span: Span) -> Option<&CommentExemption> {
        self.comments.get(self.index_on(rule, span)?)
    }

    fn index_on(&self, rule: &RuleMeta, span: Span) -> Option<usize> {
        let lines = self.line_starts.partition_point(|start| *start <= span.start);
        let at = *self.by_line.get(self.line_starts.get(..lines)?.last()?)?;
        self.comments.get(at).filter(|comment| exempts(comment, rule)).map(|_| at)
    }

    /// Returns the result for a problem.
    fn apply(&mut self, rule: &'static RuleMeta, mut problem: WorkflowProblem) -> CheckResult {
        let found = problem.place.span.and_then(|span| self.index_on(rule, span));
        let found = found.and_then(|at| Some((at, self.comments.get(at)?)));
        let mut by_comment = None;
        if let Some((at, comment)) = found {
            self.used.insert(at);
            if self.filter.take(rule, problem.place.key.as_ref(), comment) {
                let allows = comment.allows.clone();
                by_comment =
                    allows.map(|allows| ProblemExemption { by: ExemptedBy::Comment, reason: allows.reason });
            }
        }
        let by_policy = || by_policy(self.policy, self.path, rule, &problem);
        match by_comment.or_else(by_policy) {
            Some(exemption) => CheckResult::Exempted(rule, problem, exemption),
            None => {
                if found.is_some() {
                    let note = no_effect(self.filter.objection(), rule, &problem);
                    problem.help = Some(problem.help.map_or(note.clone(), |help| format!("{help}; {note}")));
                }
                CheckResult::Problem(rule, problem)
            }
        }
    }

    /// Returns the pins that comments exempt: offset of the pin and reason. Marks these comments as used.
    fn pins(&mut self) -> HashMap<usize, String> {
        let mut exempted = HashMap::new();
        if self.comments.is_empty() {
            return exempted;
        }
        for pin in self.document.labelled_pins() {
            let found = self.index_on(&UNLABELLED_PIN.meta, pin.span);
            let Some((at, comment)) = found.and_then(|at| Some((at, self.comments.get(at)?))) else {
                continue;
            };
            if self.filter.counts_for_pin(&pin, comment) {
                self.used.insert(at);
                exempted
                    .extend(comment.allows.as_ref().map(|allows| (pin.span.start, allows.reason.clone())));
            }
        }
        exempted
    }

    /// Returns a warning for each comment of which nothing has been said.
    fn warnings(self) -> impl Iterator<Item = CheckResult> {
        let why = match self.filter {
            CommentFilter::All => "there is nothing to exempt",
            CommentFilter::Accepted(_) => {
                "there is nothing to exempt, or the default branch does not have it"
            }
            CommentFilter::None => "the policy does not let comments exempt",
        };
        let (path, used) = (escape(self.path), self.used);
        let unused = self.comments.into_iter().enumerate().filter(move |(at, _)| !used.contains(at));
        unused.map(move |(_, comment)| {
            let what = match &comment.allows {
                None => "does not have the form `# git-gate: allow[<rule>] <reason>`".to_owned(),
                Some(allows) if !allows.rules.iter().all(|id| is_exemptible(id)) => {
                    "has no effect: it names an unknown rule, or one that a comment cannot exempt".to_owned()
                }
                Some(_) => format!("has no effect: {why}"),
            };
            let text = escape(comment.text.as_bytes());
            let warning = format!("warning: {path}:{}: the comment `{text}` {what}", comment.line);
            CheckResult::UnusedComment(comment.text, warning)
        })
    }
}

/// Returns the reason for which a comment does not exempt a problem, and the entry of the policy that would.
fn no_effect(why: &str, rule: &RuleMeta, problem: &WorkflowProblem) -> String {
    let uses = problem.place.uses.as_ref().map(|uses| escape(shorten(uses).as_bytes()));
    let subject = uses.map_or("path: <path>, job: <job>".to_owned(), |uses| format!("uses: '{uses}'"));
    format!(
        "the comment on this line has no effect: {why}; if this cannot be repaired, ask the administrator for \
         `{{rule: {}, {subject}, reason: <reason>}}` under `workflows.exempt`",
        rule.id
    )
}

/// Returns the remark that reports an exempted problem.
pub(super) fn remark(
    path: &BString,
    rule: &RuleMeta,
    problem: &WorkflowProblem,
    exemption: &ProblemExemption,
) -> String {
    let (path, reason) = (escape(path), escape(exemption.reason.as_bytes()));
    format!("exempted from `{}`: {path}: {} ({reason})", rule.id, problem.message)
}

/// Returns the exemption of a problem by the policy.
pub(super) fn by_policy(
    policy: &Policy,
    path: &BString,
    rule: &RuleMeta,
    problem: &WorkflowProblem,
) -> Option<ProblemExemption> {
    if policy.workflows.exempt.is_empty() {
        return None;
    }
    let job = problem.place.key.as_ref().map_or("", |key| &key.job);
    let uses = problem.place.uses.as_deref();
    let problem = ExemptionQuery { rule: rule.id, uses, path: &lossless(path), job };
    let entry = policy.workflows.exemption(problem)?;
    Some(ProblemExemption { by: ExemptedBy::Policy, reason: entry.reason.clone() })
}

/// Returns whether a comment exempts from a rule.
///
/// A comment that also names an unknown or non-exemptible rule is not trusted: its author did not know the
/// rules.
fn exempts(comment: &CommentExemption, rule: &RuleMeta) -> bool {
    let names_rule = |allows: &CommentAllows| {
        allows.rules.iter().any(|id| id == rule.id) && allows.rules.iter().all(|id| is_exemptible(id))
    };
    comment.allows.as_ref().is_some_and(names_rule)
}

/// Returns whether a comment can exempt from the rule with an id.
fn is_exemptible(id: &str) -> bool {
    rules::find(id).is_some_and(rules::is_exemptible)
}
