//! Runs the rules on a file, and applies the exemptions.

use std::collections::HashMap;

use bstr::BString;

use super::exemptions::{self, FileExemptions, pin_key};
use crate::git::{Mode, Oid};
use crate::judge::comments::{AcceptedComments, CommentFilter};
use crate::judge::multiset::Multiset;
use crate::policy::Policy;
use crate::report::{GrantedExemption, ProblemKey, RuleMeta, WorkflowPlace, WorkflowProblem};
use crate::rules::{Check, RULES, UNLABELLED_PIN};
use crate::text::Span;
use crate::workflow::{ActionsLock, Document, FileKind};

/// Result of checking a file; a file has any number of them.
#[derive(Debug, Clone)]
pub(super) enum CheckResult {
    /// Problem that is not exempted.
    Problem(&'static RuleMeta, WorkflowProblem),
    /// Exempted problem, with the exemption.
    Exempted(&'static RuleMeta, WorkflowProblem, GrantedExemption),
    /// Comment that exempts nothing, with the warning that reports it.
    UnusedComment(String, String),
}

/// Key of a result: equal keys in two versions of a file mean the same result.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum ResultKey<'a> {
    /// Id of the rule, and key of the problem.
    Problem(&'static str, &'a ProblemKey),
    /// Id of the rule, and key of the problem.
    Exempted(&'static str, &'a ProblemKey),
    /// Text of the comment.
    UnusedComment(&'a str),
    /// Id of the rule, for a result without another key. It is the same only in the same file.
    InFile(&'static str, (Mode, Oid)),
}

impl CheckResult {
    /// Returns the key of a result that has no other, in the file with a mode and an oid.
    pub(super) fn key_in(&self, file: (Mode, Oid)) -> Option<ResultKey<'static>> {
        match self {
            Self::Problem(rule, _) | Self::Exempted(rule, ..) if self.key().is_none() => {
                Some(ResultKey::InFile(rule.id, file))
            }
            _ => None,
        }
    }

    /// Returns the key; `None` if this result equals none in another file.
    pub(super) fn key(&self) -> Option<ResultKey<'_>> {
        match self {
            Self::Problem(rule, problem) => Some(ResultKey::Problem(rule.id, problem.place.key.as_ref()?)),
            Self::Exempted(rule, problem, _) => {
                Some(ResultKey::Exempted(rule.id, problem.place.key.as_ref()?))
            }
            Self::UnusedComment(comment, _) => Some(ResultKey::UnusedComment(comment)),
        }
    }
}

/// Returns the problems of a text at a path, without the exempted ones. `lock` is the lock file beside it.
pub(crate) fn workflow_problems(
    policy: &Policy,
    path: &BString,
    text: &[u8],
    lock: Option<&ActionsLock>,
) -> Vec<(&'static RuleMeta, WorkflowProblem)> {
    let Some(kind) = FileKind::of(path) else { return Vec::new() };
    let comments = CommentFilter::without_accepted(policy.workflow_comments());
    let mut documents = Document::read(text, kind);
    if let Some(lock) = lock.filter(|_| policy.honours_lock() && kind.may_be_locked()) {
        documents.iter_mut().for_each(|document| document.lock = lock.of_workflow(path));
    }
    let (results, _) = check_file(policy, path, &documents, comments);
    let found = results.into_iter().filter_map(|result| match result {
        CheckResult::Problem(rule, problem) => Some((rule, problem)),
        CheckResult::Exempted(..) | CheckResult::UnusedComment(..) => None,
    });
    found.collect()
}

/// Checks a file in every way in which a forge may parse it. Also returns the pins that comments exempt: offset of
/// the pin and reason.
pub(super) fn check_file(
    policy: &Policy,
    path: &BString,
    documents: &[Document],
    comments: CommentFilter<ProblemKey>,
) -> (Vec<CheckResult>, HashMap<usize, String>) {
    let Some(first) = documents.first() else { return Default::default() };
    exemptions::apply(FileExemptions::new(policy, path, first, comments), problems(policy, documents))
}

/// Returns the comments that count in a file if the default branch has the given documents at its path.
pub(super) fn accepted_comments(
    policy: &Policy,
    path: &BString,
    documents: &[Document],
) -> CommentFilter<ProblemKey> {
    let mut accepted = AcceptedComments::default();
    if let Some(first) = documents.first() {
        let file = FileExemptions::new(policy, path, first, CommentFilter::All);
        let on = |rule, span: Option<Span>| file.comment_on(rule, span?);
        for (rule, WorkflowProblem { place, .. }) in problems(policy, documents) {
            on(rule, place.span).into_iter().for_each(|found| {
                accepted.add(rule, place.key.as_ref(), found.allows.as_ref());
            });
        }
        for pin in first.labelled_pins() {
            let rule = &UNLABELLED_PIN.meta;
            on(rule, Some(pin.span)).into_iter().for_each(|found| {
                accepted.add_standing(rule, &pin_key(&pin), found.allows.as_ref());
            });
        }
    }
    CommentFilter::Accepted(accepted)
}

/// Runs the rules on every document. A problem of one counts, even if the others do not have it.
fn problems(policy: &Policy, documents: &[Document]) -> Vec<(&'static RuleMeta, WorkflowProblem)> {
    let mut all: Vec<(&'static RuleMeta, WorkflowProblem)> = Vec::new();
    for document in documents {
        let mut seen: Multiset<_> = all.iter().map(|(rule, problem)| document_key(rule, problem)).collect();
        for rule in RULES.iter().filter(|rule| policy.is_on(&rule.meta)) {
            if let Check::Workflow(check) = rule.check {
                let mut problems = check(document, &policy.workflows.settings);
                problems.retain(|problem| !seen.take(&document_key(&rule.meta, problem)));
                all.extend(problems.into_iter().map(|problem| (&rule.meta, problem)));
            }
        }
    }
    all
}

/// Returns a key that is equal for the same problem in two documents of a file.
fn document_key(
    rule: &RuleMeta,
    problem: &WorkflowProblem,
) -> (&'static str, Option<usize>, Option<ProblemKey>, String) {
    let WorkflowPlace { span, key, .. } = &problem.place;
    (rule.id, span.map(|span| span.start), key.clone(), problem.message.clone())
}
