//! A container image is not pinned by digest.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::workflow::Document;

pub(super) static RULE: Rule = Rule {
    id: "unpinned-image",
    group: Group::Workflow,
    default_level: Level::Warn,
    summary: "a container image is not pinned by digest",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::Workflow(check),
};

fn check(_: &Document, _: &Policy) -> Vec<Problem> {
    Vec::new()
}
