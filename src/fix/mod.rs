//! Repairs of workflows: what can be written without guessing, and nothing but it. Every other byte stays.

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
use crate::report::{Place, Problem, RuleMeta};
use crate::text::Span;
use crate::workflow::{Document, scope};

/// A file that was repaired.
#[derive(Debug)]
pub(crate) struct Repaired {
    /// Its text after the repair.
    pub(crate) text: Vec<u8>,
    /// What changed, line by line.
    pub(crate) changes: Vec<Change>,
}

/// Repairs a workflow or an action; none when there is nothing that could be repaired.
///
/// The repaired text is judged again: unless every edit took a problem away and none added one, nothing is changed.
pub(crate) fn repair(policy: &Policy, path: &BString, text: &[u8], known: &KnownPins) -> Option<Repaired> {
    let before = workflow_problems(policy, path, text);
    let documents = Document::read(text, scope(path)?);
    let file = File { text, document: documents.first()?, problems: &before };
    let mut edits = credentials::edits(&file);
    edits.extend(pins::edits(&file, known));
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    // One anchored step may be reached by many aliases.
    edits.dedup();
    let repaired = edit::apply(text, &edits)?;
    let after = workflow_problems(policy, path, &repaired.text);
    (!edits.is_empty() && is_better(&before, &after, &edits)).then_some(repaired)
}

/// A file with its problems.
struct File<'a> {
    text: &'a [u8],
    document: &'a Document,
    problems: &'a [(&'static RuleMeta, Problem)],
}

impl File<'_> {
    /// Whether a rule has found something at a span.
    fn has(&self, rule: &str, span: Span) -> bool {
        self.problems.iter().any(|(own, problem)| own.id == rule && problem.place == Place::Span(span))
    }
}

fn is_better(before: &[(&RuleMeta, Problem)], after: &[(&RuleMeta, Problem)], edits: &[Edit]) -> bool {
    let count = |problems: &[(&RuleMeta, Problem)], id: &str| {
        problems.iter().filter(|(rule, _)| rule.id == id).count()
    };
    let fewer = |id: &str| count(before, id).checked_sub(count(after, id));
    let others = ["unpinned-image", "unreadable-workflow", "unlabelled-pin"];
    let repaired =
        [credentials::RULE, pins::RULE].map(|id| edits.iter().filter(|edit| edit.repairs == id).count());
    fewer(credentials::RULE).is_some_and(|fewer| fewer >= repaired[0])
        && fewer(pins::RULE).is_some_and(|fewer| fewer >= repaired[1])
        && others.iter().all(|id| fewer(id).is_some())
}
