//! Repairs of workflows and actions: adds `persist-credentials: false`, pins to known oids and labels pins.
//!
//! Everything else in the text stays the same, byte for byte.

mod credentials;
mod edit;
mod known;
mod known_programs;
mod named_scripts;
mod pins;
mod pushes;
mod pushing_actions;
mod pushing_line;
mod same;
#[cfg(test)]
mod tests;
mod unread_programs;

use bstr::BString;

pub(crate) use edit::{Change, Edit};
pub(crate) use known::KnownPins;
pub(crate) use pins::{LABEL_RULE, RULE as PIN_RULE};
pub(crate) use pushes::{FileText, Files};

use crate::judge::workflow_problems;
use crate::policy::Policy;
use crate::report::{RuleMeta, WorkflowProblem};
use crate::rules::RULES;
use crate::text::Span;
use crate::workflow::{ActionsLock, Document, FileKind, Reference, Uses};

/// Rules whose problems are repaired.
const REPAIRED_RULES: [&str; 3] = [credentials::RULE, PIN_RULE, LABEL_RULE];

/// Problem with its rule.
type RuleProblem = (&'static RuleMeta, WorkflowProblem);

/// Basis of repairs, beside the file itself.
#[derive(Clone, Copy)]
pub(crate) struct Basis<'a> {
    /// Policy in force.
    pub(crate) policy: &'a Policy,
    /// Known oids and labels.
    pub(crate) known: &'a KnownPins,
    /// Lock file of the work tree.
    pub(crate) lock: Option<&'a ActionsLock>,
    /// Files of the work tree.
    pub(crate) files: &'a dyn Files,
    /// True if doubtful repairs are made too.
    pub(crate) is_unsafe: bool,
}

/// Result of repairing a file.
#[derive(Debug, Default)]
pub(crate) struct Fix {
    /// Repaired file; `None` if nothing in it can be repaired.
    pub(crate) repaired: Option<Repaired>,
    /// Problems that the file has, of the rules whose problems are repaired.
    pub(crate) open: Vec<Left>,
    /// Those of them that are left after the repair.
    pub(crate) left: Vec<Left>,
    /// True if the file says that a program writes it, so that it was left alone.
    pub(crate) is_generated: bool,
    /// Number of doubtful repairs that were left out.
    pub(crate) doubtful: usize,
}

/// A repaired file.
#[derive(Debug)]
pub(crate) struct Repaired {
    /// Text after the repair.
    pub(crate) text: Vec<u8>,
    /// Changed lines.
    pub(crate) changes: Vec<Change>,
}

/// Problem that is left.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    /// Id of the rule.
    pub(crate) rule: &'static str,
    /// Line in the repaired file, from 1.
    pub(crate) line: u32,
    /// Message of the problem.
    pub(crate) message: String,
    /// Reason for which it was not repaired, if more is to be said than that no oid is known.
    pub(crate) why: Option<String>,
    /// Action that it is about.
    pub(crate) action: Option<NamedAction>,
}

/// Action as a `uses` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NamedAction {
    /// Address of its repository.
    pub(crate) address: String,
    /// Reference behind the `@`.
    pub(crate) reference: String,
    /// True if the reference may be the name of a tag or a branch.
    pub(crate) is_name: bool,
}

/// Edits that belong together: one that does not work drops the others of its repair, and no other repair.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Repair {
    edits: Vec<Edit>,
    /// True if a job might miss what the repair takes away, or if the version is not certain.
    is_doubtful: bool,
}

/// Repairs a workflow or an action.
///
/// The repaired text is checked again. A repair is dropped unless each of its edits has removed a problem, no rule
/// has more problems than before, and nothing but the intended values has changed.
pub(crate) fn repair(basis: &Basis<'_>, path: &BString, text: &[u8]) -> Fix {
    let problems = |text: &[u8]| workflow_problems(basis.policy, path, text, basis.lock);
    let before = problems(text);
    let Some(document) = FileKind::of(path).and_then(|kind| Document::read(text, kind).into_iter().next())
    else {
        return Fix::default();
    };
    if !before.iter().any(|(rule, _)| REPAIRED_RULES.contains(&rule.id)) {
        return Fix::default();
    }
    if document.is_generated() {
        let left = left(basis, path, text, &before, true);
        return Fix { left, is_generated: true, ..Fix::default() };
    }
    let file = CheckedFile { text, document: &document, problems: &before };
    let mut repairs = credentials::repairs(&file, basis.files);
    repairs.extend(pins::repairs(&file, basis.known));
    let all = repairs.len();
    repairs.retain(|repair| basis.is_unsafe || !repair.is_doubtful);
    let doubtful = all - repairs.len();
    let attempt = |repairs: &[Repair]| {
        let mut edits: Vec<Edit> = repairs.iter().flat_map(|repair| repair.edits.clone()).collect();
        edits.sort_by_key(Edit::order);
        // Several aliases may lead to the same anchored step.
        edits.dedup();
        let repaired = edit::apply(text, &edits)?;
        let after = problems(&repaired.text);
        let is_sound = is_better(&before, &after, &edits) && same::is_same(path, text, &repaired.text);
        (!edits.is_empty() && is_sound).then_some((repaired, after))
    };
    let mut made = Vec::new();
    add_sound(&mut made, &repairs, &|repairs| attempt(repairs).is_some());
    let open = left(basis, path, text, &before, false);
    let (repaired, left) = match attempt(&made) {
        Some((repaired, after)) => {
            let left = left(basis, path, &repaired.text, &after, false);
            (Some(repaired), left)
        }
        None => (None, open.clone()),
    };
    Fix { repaired, open, left, is_generated: false, doubtful }
}

/// Adds the repairs that are sound together with those already made: all of them, else those of each half.
fn add_sound(made: &mut Vec<Repair>, repairs: &[Repair], is_sound: &dyn Fn(&[Repair]) -> bool) {
    let together = [made.as_slice(), repairs].concat();
    if repairs.is_empty() || is_sound(&together) {
        *made = together;
        return;
    }
    if repairs.len() > 1 {
        let (first, second) = repairs.split_at(repairs.len() / 2);
        add_sound(made, first, is_sound);
        add_sound(made, second, is_sound);
    }
}

/// Returns the problems of the rules whose problems are repaired.
fn left(
    basis: &Basis<'_>,
    path: &BString,
    text: &[u8],
    problems: &[RuleProblem],
    is_generated: bool,
) -> Vec<Left> {
    let documents = FileKind::of(path).map(|kind| Document::read(text, kind)).unwrap_or_default();
    let Some(document) = documents.first() else { return Vec::new() };
    let action = |span: Span| {
        let (_, clause) = document.model.uses().find(|(_, clause)| clause.span == span)?;
        let Uses::Repository(repository) = &clause.uses else { return None };
        let reference = repository.reference.as_str().to_owned();
        let is_name = matches!(&repository.reference, Reference::Name(name) if !name.is_empty());
        // A name ends before ` //`.
        let is_name = is_name && repository.is_plain && !reference.contains(|c: char| c.is_whitespace());
        Some(NamedAction { address: repository.repository_address(), reference, is_name })
    };
    let own = problems.iter().filter(|(rule, _)| REPAIRED_RULES.contains(&rule.id));
    let left = own.map(|(rule, problem)| {
        let span = problem.place.span.unwrap_or(Span { start: 0, end: 0 });
        let is_checkout = rule.id == credentials::RULE && !is_generated;
        Left {
            rule: rule.id,
            line: span.position(text).0,
            message: problem.message.clone(),
            why: is_checkout.then(|| credentials::reason(document, span, basis.files)).flatten(),
            action: action(span),
        }
    });
    left.collect()
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
