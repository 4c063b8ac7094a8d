//! A commit has no sign-off in its trailer block.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::signoff::Subject;

pub(super) static RULE: Rule = Rule {
    id: "missing-signoff",
    group: Group::SignOff,
    default_level: Level::Deny,
    summary: "a commit has no sign-off in its trailer block",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::SignOff(check),
};

fn check(_: &Subject<'_>, _: &Policy) -> Vec<Problem> {
    Vec::new()
}
