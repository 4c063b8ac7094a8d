//! A `uses:` is not pinned to a full commit oid.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::workflow::Document;

pub(super) static RULE: Rule = Rule {
    id: "unpinned-uses",
    group: Group::Workflow,
    default_level: Level::Deny,
    summary: "a `uses:` is not pinned to a full commit oid",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::Workflow(check),
};

fn check(_: &Document, _: &Policy) -> Vec<Problem> {
    Vec::new()
}
