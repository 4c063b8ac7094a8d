//! What GitHub, Gitea and Forgejo read differently.

use super::{CLEAN, OID, PERSISTED, found, found_at, steps};

#[test]
fn a_merge_key_is_refused_on_github_and_proves_nothing_elsewhere() {
    let with = "env: &w {persist-credentials: false}\n  with: {<<: *w}";
    let text = steps(&format!("- uses: actions/checkout@{OID}\n  {with}"));
    assert_eq!(found(&text), ["persisted-credentials:5", "unreadable-workflow:7"]);
    for path in [".gitea/workflows/x.yml", ".forgejo/workflows/a/x.yml"] {
        assert_eq!(found_at(path, &text), PERSISTED, "{path}");
    }
}

#[test]
fn what_a_merge_key_brings_is_judged_on_gitea_and_forgejo() {
    let text = steps("- &s {uses: evil/action@main}\n- <<: *s\n  name: again\n- <<: [*s]\n  uses: ./local");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), ["unpinned-uses:5", "unpinned-uses:5"]);
}

#[test]
fn keys_that_differ_in_case_are_two_keys_on_gitea() {
    let text = steps("- run: a\n  env: {A: 1, a: 2}");
    assert_eq!(found_at(".gitea/workflows/x.yml", text), CLEAN);
}
