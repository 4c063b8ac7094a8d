//! An identity or the message of a commit cannot be what it claims.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::signoff::Subject;

pub(super) static RULE: Rule = Rule {
    id: "malformed-commit",
    group: Group::SignOff,
    default_level: Level::Deny,
    summary: "an identity or the message of a commit cannot be what it claims",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::SignOff(check),
};

fn check(_: &Subject<'_>, _: &Policy) -> Vec<Problem> {
    Vec::new()
}
