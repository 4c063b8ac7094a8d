//! A workflow cannot be read the way the forge reads it.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::workflow::Document;

pub(super) static RULE: Rule = Rule {
    id: "unreadable-workflow",
    group: Group::Workflow,
    default_level: Level::Deny,
    summary: "a workflow cannot be read the way the forge reads it",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::Workflow(check),
};

fn check(_: &Document, _: &Policy) -> Vec<Problem> {
    Vec::new()
}
