//! Tests of whole policies.

use std::path::Path;

use super::*;
use crate::rules;

fn parse(text: &str) -> Result<Policy> {
    Policy::parse(text.as_bytes(), Path::new("p.yml"))
}

fn level(policy: &Policy, id: &str) -> Level {
    policy.level(rules::find(id).unwrap()).0
}

#[test]
fn an_empty_policy_is_the_default() {
    for text in ["", "\n", "# only a comment\n", "{}"] {
        assert_eq!(level(&parse(text).unwrap(), "unpinned-image"), Level::Warn, "{text:?}");
    }
}

#[test]
fn rules_override_the_profile_and_defaults() {
    let policy = parse("profile: hardened\nrules:\n  unlabelled-pin: allow\n").unwrap();
    assert_eq!(level(&policy, "unpinned-image"), Level::Deny);
    assert_eq!(level(&policy, "unlabelled-pin"), Level::Allow);
    assert_eq!(level(&policy, "unpinned-uses"), Level::Deny);
    assert_eq!(level(&policy, "moved-tag"), Level::Deny);
    assert_eq!(level(&Policy::default(), "moved-tag"), Level::Allow);
}

#[test]
fn undefined_entries_are_refused_with_their_position() {
    for (text, place) in [
        ("rulez: {}\n", "p.yml:1:"),
        ("rules:\n  no-such-rule: warn\n", "p.yml:2:"),
        ("rules:\n  unpinned-uses: off\n", "p.yml:2:"),
        ("rules:\n  unpinned-uses: warn\n  unpinned-uses: deny\n", "p.yml:2:"),
        ("profile: hard\n", "p.yml:1:"),
        ("rules: [\n", "p.yml:1:"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(place), "{text:?}: {error}");
    }
}

#[test]
fn the_hardened_example_denies_every_rule() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/install/policy-hardened.yml"));
    let policy = Policy::parse(&std::fs::read(path).unwrap(), path).unwrap();
    for rule in RULES {
        assert_eq!(level(&policy, rule.meta.id), Level::Deny, "{}", rule.meta.id);
    }
    assert_eq!(policy.workflows.settings.environments.len(), 2);
}
