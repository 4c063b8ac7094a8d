//! A credential stands in git config or in a file of that kind.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::policy::{Level, Policy};
use crate::token::{Leak, Tier};

pub(super) static RULE: Rule = Rule {
    id: "token-in-git-config",
    group: Group::Token,
    default_level: Level::Deny,
    summary: "a credential stands in git config or in a file of that kind",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::Token(check),
};

fn check(leak: &Leak, _: &Policy) -> Option<Problem> {
    (leak.tier == Tier::GitConfig).then(|| leak.problem())
}
