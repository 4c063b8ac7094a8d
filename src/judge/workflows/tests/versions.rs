//! Minimum versions of actions, and how the version of a `uses` is known.

use std::path::Path;

use super::super::check::workflow_problems;
use super::{OID, steps};
use crate::policy::Policy;
use crate::workflow::ActionsLock;

/// Returns the messages of `outdated-action` on one step.
fn outdated(uses: &str, lock: Option<&ActionsLock>) -> Vec<String> {
    let policy = "rules: {outdated-action: deny}\nworkflows: {minimum-versions: {Our/Action: v4.1.1, our/other/sub: v2}}\n";
    let policy = Policy::parse(policy.as_bytes(), Path::new("p.yml")).unwrap();
    let text = steps(&format!("- uses: {}", uses.replace("OID", OID)));
    let found = workflow_problems(&policy, &".github/workflows/x.yml".into(), text.as_bytes(), lock);
    found
        .into_iter()
        .filter(|(rule, _)| rule.id == "outdated-action")
        .map(|(_, problem)| problem.message)
        .collect()
}

#[test]
fn version_is_that_of_the_label_or_the_tag() {
    for (uses, said) in [
        ("our/action@OID # v4.1.1", None),
        ("our/action/sub@OID # v4.2.0", None),
        ("OUR/Action@OID # v5", None),
        ("our/action@v4.1.2", None),
        ("our/action@OID # v4.1.0", Some("is older than v4.1.1")),
        ("our/action@v3", Some("is older than v4.1.1")),
        ("our/action@v4.0.9 # v4.1.1", Some("is older than v4.1.1")),
        ("our/action@OID # v4", Some("does not say whether")),
        ("our/action@OID", Some("has no version")),
        ("our/action@main", Some("has no version")),
        ("our/other@v1", None),
        ("our/other/sub@v1.9", Some("is older than v2")),
        ("their/action@v1", None),
    ] {
        let found = outdated(uses, None);
        assert_eq!(found.len(), usize::from(said.is_some()), "{uses}: {found:?}");
        assert!(said.is_none_or(|said| found[0].contains(said)), "{uses}: {found:?}");
    }
}

#[test]
fn lock_file_has_the_version_of_a_bare_pin() {
    let lock = |reference: &str| {
        let entry = format!("{{ref: '{reference}', commit: 'sha1-{OID}', owner_id: 1, repo_id: 2}}");
        let text = format!(
            "version: v0.0.2\nworkflows: {{.github/workflows/x.yml: ['our/action@{OID}']}}\ndependencies: {{'our/action@{OID}': {entry}}}\n"
        );
        ActionsLock::read(text.as_bytes())
    };
    assert_eq!(outdated("our/action@OID", Some(&lock("v4.1.1"))), [""; 0]);
    assert_eq!(outdated("our/action@OID", Some(&lock("v4.1.0"))).len(), 1);
}
