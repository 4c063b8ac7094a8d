//! Repairs of workflows that need no guess. All other bytes stay unchanged.

mod credentials;
mod edit;
mod pins;
#[cfg(test)]
mod tests;

use bstr::BString;

pub(crate) use edit::{Change, Edit};
pub(crate) use pins::KnownPins;

use crate::judge::workflow_problems;
use crate::policy::Policy;
use crate::report::{RuleMeta, WorkflowProblem};
use crate::rules::RULES;
use crate::text::Span;
use crate::workflow::{Document, FileKind};

/// Problem with its rule.
type RuleProblem = (&'static RuleMeta, WorkflowProblem);

/// A repaired file.
#[derive(Debug)]
pub(crate) struct Repaired {
    /// Text after the repair.
    pub(crate) text: Vec<u8>,
    /// Changed lines.
    pub(crate) changes: Vec<Change>,
}

/// Repairs a workflow or an action; `None` if nothing can be repaired.
///
/// The repaired text is checked again. It is discarded unless every edit has removed a problem, and no rule has
/// more problems than before.
pub(crate) fn repair(policy: &Policy, path: &BString, text: &[u8], known: &KnownPins) -> Option<Repaired> {
    let before = workflow_problems(policy, path, text, None);
    let documents = Document::read(text, FileKind::of(path)?);
    let file = CheckedFile { text, document: documents.first()?, problems: &before };
    let mut edits = credentials::edits(&file);
    edits.extend(pins::edits(&file, known));
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    // Several aliases may lead to the same anchored step.
    edits.dedup();
    let repaired = edit::apply(text, &edits)?;
    let after = workflow_problems(policy, path, &repaired.text, None);
    (!edits.is_empty() && is_better(&before, &after, &edits)).then_some(repaired)
}

/// A file and its problems.
struct CheckedFile<'a> {
    text: &'a [u8],
    document: &'a Document,
    problems: &'a [RuleProblem],
}

impl CheckedFile<'_> {
    /// Returns whether a rule has a problem at a span.
    fn has(&self, rule: &str, span: Span) -> bool {
        self.problems.iter().any(|(own, problem)| own.id == rule && problem.place.span == Some(span))
    }
}

/// Returns whether each edit has removed a problem of its rule, and no rule has more problems than before.
fn is_better(before: &[RuleProblem], after: &[RuleProblem], edits: &[Edit]) -> bool {
    let count =
        |problems: &[RuleProblem], id: &str| problems.iter().filter(|(rule, _)| rule.id == id).count();
    RULES.iter().map(|rule| rule.meta.id).all(|id| {
        let repaired = edits.iter().filter(|edit| edit.repairs == id).count();
        count(after, id) + repaired <= count(before, id)
    })
}
