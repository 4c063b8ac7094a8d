//! A provider token stands in a blob, message, path, ref or tag.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::token::{Leak, Tier};

pub(super) static RULE: Rule = Rule {
    id: "token-in-content",
    group: Group::Token,
    default_level: Level::Warn,
    summary: "a provider token stands in a blob, message, path, ref or tag",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::Token(check),
};

fn check(leak: &Leak, _: &Policy) -> Option<Problem> {
    (leak.tier != Tier::GitConfig).then(|| leak.problem())
}
