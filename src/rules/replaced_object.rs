//! A push sets a replace ref, which shows readers another object than the one judged.

use super::{Check, Group, Rule};
use crate::finding::Problem;
use crate::hook::RefUpdate;
use crate::policy::{Level, Policy};

pub(super) static RULE: Rule = Rule {
    id: "replaced-object",
    group: Group::Ref,
    default_level: Level::Deny,
    summary: "a push sets a replace ref, which shows readers another object than the one judged",
    docs: "### What it checks\n### Why it matters\n### Example\n### How to fix\n### Settings\n",
    check: Check::RefUpdate(check),
};

fn check(_: &RefUpdate, _: &Policy) -> Option<Problem> {
    None
}
