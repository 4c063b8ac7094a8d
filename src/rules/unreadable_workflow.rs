//! A workflow that cannot be read the way the forge reads it.

use bstr::BString;

use super::{Check, Group, Rule};
use crate::finding::{Place, Problem, Span};
use crate::policy::{Level, Policy};
use crate::workflow::{Document, Fault};

pub(super) static RULE: Rule = Rule {
    id: "unreadable-workflow",
    group: Group::Workflow,
    default_level: Level::Deny,
    summary: "a workflow cannot be read the way the forge reads it",
    docs: include_str!("unreadable_workflow.md"),
    check: Check::Workflow(check),
};

fn check(document: &Document, _: &Policy) -> Vec<Problem> {
    document.faults.iter().map(problem).collect()
}

fn problem(fault: &Fault) -> Problem {
    Problem {
        message: fault.reason.to_string(),
        // What hid something before may hide something else now.
        identity: BString::default(),
        help: Some(fault.reason.help().to_owned()),
        notes: Vec::new(),
        place: if fault.span == (Span { start: 0, end: 0 }) { Place::Whole } else { Place::Span(fault.span) },
    }
}
