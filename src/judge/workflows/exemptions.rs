//! Exemptions of workflow problems, by the policy or by a comment on the line. Each that applies is reported.

use std::collections::HashMap;

use bstr::BString;

use super::check::CheckResult;
use crate::policy::{ExemptionQuery, Policy};
use crate::report::{Group, RuleMeta, WorkflowProblem};
use crate::rules::{self, UNLABELLED_PIN, UNREADABLE_WORKFLOW};
use crate::text::{Span, escape, lossless};
use crate::workflow::{CommentExemption, Document};

/// Separates the exempted problems of a file from the others, and adds warnings about its comments.
pub(super) fn apply(
    policy: &Policy,
    path: &BString,
    document: &Document,
    problems: Vec<(&'static RuleMeta, WorkflowProblem)>,
) -> Vec<CheckResult> {
    let mut exemptions = FileExemptions::new(policy, path, document);
    // Marks the comments on pins as used. Conflicts between pins are only known once the whole tree has been
    // read.
    exemptions.pins();
    let mut results: Vec<CheckResult> =
        problems.into_iter().map(|(rule, problem)| exemptions.apply(rule, problem)).collect();
    results.extend(exemptions.warnings());
    results
}

/// Returns the pins that comments exempt from conflicts with other pins: offset of the pin and reason.
pub(super) fn exempted_pins(policy: &Policy, path: &BString, document: &Document) -> HashMap<usize, String> {
    FileExemptions::new(policy, path, document).pins()
}

/// Exemptions of one file, by the policy and by its comments.
struct FileExemptions<'a> {
    policy: &'a Policy,
    path: &'a BString,
    document: &'a Document,
    /// Comments, each with a flag that is set once it has exempted something.
    comments: Vec<(CommentExemption, bool)>,
}

impl<'a> FileExemptions<'a> {
    fn new(policy: &'a Policy, path: &'a BString, document: &'a Document) -> Self {
        let comments = document.exemptions().into_iter().map(|comment| (comment, false)).collect();
        Self { policy, path, document, comments }
    }

    /// Returns the result for a problem.
    fn apply(&mut self, rule: &'static RuleMeta, problem: WorkflowProblem) -> CheckResult {
        let by_comment = problem.place.span.and_then(|span| self.by_comment(rule, span));
        let reason = by_comment.or_else(|| by_policy(self.policy, self.path, rule, &problem));
        let Some(reason) = reason else { return CheckResult::Problem(rule, problem) };
        let remark = remark(self.path, rule, &problem, &reason);
        CheckResult::Exempted(rule, problem, remark)
    }

    /// Returns the reason of a comment that exempts the line of `span` from the rule, and marks it as used.
    fn by_comment(&mut self, rule: &RuleMeta, span: Span) -> Option<String> {
        if self.comments.is_empty() || !self.policy.workflows.comments {
            return None;
        }
        let line_start = self.document.line_start(span);
        let on_line = |comment: &CommentExemption| comment.line_start == line_start && exempts(comment, rule);
        let (comment, used) = self.comments.iter_mut().find(|(comment, _)| on_line(comment))?;
        *used = true;
        comment.allows.as_ref().map(|(_, reason)| reason.clone())
    }

    /// Returns the pins that comments exempt: offset of the pin and reason. Marks these comments as used.
    fn pins(&mut self) -> HashMap<usize, String> {
        if self.comments.is_empty() || !self.policy.workflows.comments {
            return HashMap::new();
        }
        let pins = self.document.labelled_pins().into_iter();
        pins.filter_map(|pin| Some((pin.span.start, self.by_comment(&UNLABELLED_PIN.meta, pin.span)?)))
            .collect()
    }

    /// Returns a warning for each comment that has exempted nothing.
    fn warnings(self) -> impl Iterator<Item = CheckResult> {
        let comments_count = self.policy.workflows.comments;
        let path = escape(self.path);
        self.comments.into_iter().filter(|(_, used)| !used).map(move |(comment, _)| {
            let what = match (&comment.allows, comments_count) {
                (None, _) => "does not have the form `# git-gate: allow[<rule>] <reason>`",
                (Some((rules, _)), _) if !rules.iter().all(|id| is_exemptible(id)) => {
                    "has no effect: it names an unknown rule, or one that a comment cannot exempt"
                }
                (_, false) => "has no effect: the policy does not allow exemptions by comments",
                (Some(_), true) => "has no effect: there is nothing to exempt",
            };
            let text = escape(comment.text.as_bytes());
            let warning = format!("warning: {path}:{}: the comment `{text}` {what}", comment.line);
            CheckResult::UnusedComment(comment.text, warning)
        })
    }
}

/// Returns the remark that reports an exempted problem.
pub(super) fn remark(path: &BString, rule: &RuleMeta, problem: &WorkflowProblem, reason: &str) -> String {
    let (path, reason) = (escape(path), escape(reason.as_bytes()));
    format!("exempted from `{}`: {path}: {} ({reason})", rule.id, problem.message)
}

/// Returns the reason for which the policy exempts a problem.
pub(super) fn by_policy(
    policy: &Policy,
    path: &BString,
    rule: &RuleMeta,
    problem: &WorkflowProblem,
) -> Option<String> {
    if policy.workflows.exempt.is_empty() {
        return None;
    }
    let job = problem.place.key.as_ref().map_or("", |key| &key.job);
    let uses = problem.place.uses.as_deref();
    let problem = ExemptionQuery { rule: rule.id, uses, path: &lossless(path), job };
    policy.workflows.exemption(problem).map(|entry| entry.reason.clone())
}

/// Returns whether a comment exempts from a rule.
///
/// A comment that also names an unknown or non-exemptible rule is not trusted: its author did not know the
/// rules.
fn exempts(comment: &CommentExemption, rule: &RuleMeta) -> bool {
    let names_rule = |(rules, _): &(Vec<String>, String)| {
        rules.iter().any(|id| id == rule.id) && rules.iter().all(|id| is_exemptible(id))
    };
    comment.allows.as_ref().is_some_and(names_rule)
}

/// Returns whether comments can exempt from a rule.
///
/// Not from `unreadable-workflow`: comments in a file that cannot be read are not reliable.
fn is_exemptible(id: &str) -> bool {
    let rule = rules::find(id).filter(|rule| rule.group == Group::Workflow);
    rule.is_some_and(|rule| rule.id != UNREADABLE_WORKFLOW.meta.id)
}
