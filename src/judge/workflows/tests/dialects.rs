//! Differences between GitHub, Gitea and Forgejo.

use super::{CLEAN, OID, PERSISTED, found, found_at, steps};

#[test]
fn a_merge_key_is_no_proof_and_refused_on_github() {
    let with = "env: &w {persist-credentials: false}\n  with: {<<: *w}";
    let text = steps(&format!("- uses: actions/checkout@{OID}\n  {with}"));
    assert_eq!(found(&text), ["persisted-credentials:5", "unreadable-workflow:7"]);
    for path in [".gitea/workflows/x.yml", ".forgejo/workflows/a/x.yml"] {
        assert_eq!(found_at(path, &text), PERSISTED, "{path}");
    }
}

#[test]
fn merged_keys_are_judged_on_gitea() {
    let text = steps("- &s {uses: evil/action@main}\n- <<: *s\n  name: again\n- <<: [*s]\n  uses: ./local");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), ["unpinned-uses:5", "unpinned-uses:5"]);
}

#[test]
fn keys_are_case_sensitive_on_gitea() {
    let text = steps("- run: a\n  env: {A: 1, a: 2}");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), CLEAN);
}
