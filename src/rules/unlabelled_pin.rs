//! A pin has no version comment, or one version has two oids.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::workflow::Document;

pub(super) static RULE: Rule = Rule {
    id: "unlabelled-pin",
    group: Group::Workflow,
    default_level: Level::Warn,
    summary: "a pin has no version comment, or one version has two oids",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::Workflow(check),
};

fn check(_: &Document, _: &Policy) -> Vec<Problem> {
    Vec::new()
}
