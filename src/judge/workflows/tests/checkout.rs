//! Checkouts and their credentials.

use std::collections::HashSet;

use super::super::check::{CheckResult, check_file};
use super::{CLEAN, OID, PERSISTED, found_at, found_in_step, found_in_uses};
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind};

#[test]
fn every_spelling_of_checkout_is_recognised() {
    for action in [
        "actions/checkout",
        "Actions/Checkout",
        "actions//checkout",
        "/actions/checkout",
        "actions/checkout/",
        "actions/checkout/.",
    ] {
        assert_eq!(found_in_uses(&format!("{action}@{OID}")), PERSISTED, "{action}");
    }
    assert_eq!(found_in_uses(&format!("https://gitea.com/actions/checkout@{OID}")), PERSISTED);
    assert_eq!(found_in_uses(&format!("good/checkout@{OID}")), CLEAN);
}

fn found_with(with: &str) -> Vec<String> {
    found_in_step(&format!("- uses: actions/checkout@{OID}\n  with: {with}"))
}

#[test]
fn false_in_any_case_or_quotes_is_accepted() {
    for value in [
        "false",
        "False",
        "FALSE",
        "fAlse",
        "'false'",
        "\"FALSE\"",
        "!!bool false",
        "' false '",
        "${{ 'false' }}",
    ] {
        assert_eq!(found_with(&format!("\n    persist-credentials: {value}")), CLEAN, "{value}");
    }
    assert_eq!(found_with("{Persist-Credentials: false}"), CLEAN);
    assert_eq!(found_with("\n    persist-credentials: |\n      false"), CLEAN);
}

#[test]
fn no_other_value_is_accepted() {
    for value in [
        "true",
        "'TRUE'",
        "' true '",
        "yes",
        "no",
        "off",
        "0",
        "''",
        "~",
        "",
        "${{ inputs.x }}",
        "${{ false }}",
        "[false]",
    ] {
        assert_eq!(found_with(&format!("\n    persist-credentials: {value}")), PERSISTED, "{value}");
    }
    for with in [
        "",
        "~",
        "{}",
        "x",
        "${{ fromJSON('{\"persist-credentials\":\"false\"}') }}",
        "[persist-credentials]",
    ] {
        assert_eq!(found_with(with), PERSISTED, "{with}");
    }
}

#[test]
fn a_key_that_may_expand_to_any_key_voids_the_setting() {
    for key in ["${{ insert }}", "${{ inputs.key }}", "x${{ inputs.key }}"] {
        let with = format!("\n    persist-credentials: false\n    {key}: ${{{{ fromJSON(x) }}}}");
        assert_eq!(found_with(&with), PERSISTED, "{key}");
    }
}

#[test]
fn a_setting_that_is_given_twice_is_refused() {
    for twice in [
        "persist-credentials: true, persist-credentials: false",
        "persist-credentials: true, Persist-Credentials: false",
    ] {
        let found = found_with(&format!("{{{twice}}}"));
        assert!(found.contains(&"unreadable-workflow:6".to_owned()), "{twice}: {found:?}");
    }
}

#[test]
fn local_action_of_another_repository_has_to_be_pinned() {
    let checkout = |with: &str| {
        format!("- uses: actions/checkout@{OID}\n  with: {{persist-credentials: false, {with}}}\n")
    };
    let own = checkout("path: ''");
    let skipped = format!("{}  if: false\n", checkout("fetch-depth: 1"));
    for (before, uses, foreign) in [
        (checkout("repository: evil/x, ref: main"), "./a", true),
        (checkout("repository: evil/x"), "./a", true),
        (checkout("repository: evil/x, ref: v1, path: ./"), "$/a", true),
        (checkout("repository: evil/x, ref: v1, path: '${{ env.P }}'"), ".\\a", true),
        (checkout("Repository: '${{ env.R }}', ref: main"), "./.github/actions/a", true),
        (checkout("repository: evil/x, ref: main, path: .github/actions"), "./.GitHub/actions/a", true),
        (checkout("repository: evil/x, path: x/.."), "./a", true),
        (checkout("repository: evil/x, path: x/../.github"), "./.github/a", true),
        (checkout("repository: evil/x, path: /home/runner/work/r/r"), "./a", true),
        (checkout("repository: 'evil/x${{ github.nothing }}'"), "./a", true),
        (checkout("repository: '${{ github.repository_owner }}/x'"), "./a", false),
        (checkout("repository: evil/x") + &checkout("path: '${{ matrix.p }}'"), "./a", true),
        (checkout("repository: evil/x, ref: main, path: .github/actions"), "./.github/actions-a", false),
        (checkout("repository: evil/x, ref: main") + &skipped, "./a", true),
        (checkout("repository: evil/x, ref: main") + &own, "./a", false),
        (own + &checkout("repository: evil/x, ref: main"), "./a", true),
        (checkout(&format!("repository: evil/x, ref: {OID}")), "./a", false),
        (checkout("repository: our/shared, ref: main, path: shared"), "./shared/a", false),
        (checkout("repository: our/shared, ref: main, path: .github/x"), ".//.GitHub/./x/a", true),
        (checkout("repository: our/shared, ref: main, path: ./actions//b/"), ".\\actions\\b", true),
        (checkout("repository: our/shared, path: actions"), "./actions/own", true),
        (checkout("repository: our/shared, path: shared"), "./actions/own", false),
        (checkout("repository: our/shared, path: shared"), "./shared-own/a", false),
        (
            checkout("repository: a/a, path: actions") + &checkout("path: actions/own"),
            "./actions/own/a",
            false,
        ),
        (
            checkout("repository: a/a, path: actions") + &checkout("path: actions/own"),
            "./actions/other",
            true,
        ),
        (checkout("repository: a/a, path: actions/b") + &checkout("path: actions"), "./actions/b/a", false),
        (
            checkout("path: actions/own") + &checkout("repository: a/a, path: actions"),
            "./actions/own/a",
            true,
        ),
        (checkout(&format!("repository: our/shared, ref: {OID}, path: shared")), "./shared/a", false),
        (checkout("repository: our/shared, ref: main"), "./../base/a", false),
        (checkout("repository: '${{ github.repository }}', ref: main"), "./a", false),
        (checkout("repository: '${{ inputs.repository || github.repository }}'"), "./a", false),
        (checkout("repository: \"${{ inputs.x || 'evil/x' }}\""), "./a", true),
        (checkout("repository: \"${{ github.x && 'evil/x' || github.repository }}\""), "./a", true),
        (checkout("repository: \"${{ github.x == 'evil/x' && github.repository }}\""), "./a", false),
        (checkout("repository: \"${{ format('{0}/x', github.repository_owner) }}\""), "./a", false),
        (checkout("repository: evil/x, path: .github/ext"), "./../repo/.github/ext/a", true),
        (checkout("repository: evil/x, path: .github/ext"), "./../repo/.github/own", false),
        (checkout("ref: main"), "./a", false),
    ] {
        let found = found_in_step(&format!("{before}- uses: {uses}"));
        assert_eq!(
            found.iter().any(|finding| finding.starts_with("unpinned-uses")),
            foreign,
            "{before}{uses}"
        );
    }
}

#[test]
fn checkout_over_a_directory_of_the_tree_has_to_be_pinned() {
    let text = super::steps(&format!(
        "- uses: actions/checkout@{OID}\n  with: {{persist-credentials: false, repository: evil/x, path: ./ci/build}}\n- uses: ./ci/build/a\n"
    ));
    for (own, foreign) in [("ci/build", true), ("ci", false)] {
        let kind = FileKind::of(b".github/workflows/x.yml").unwrap();
        let mut documents = Document::read(text.as_bytes(), kind);
        let policy = Policy::default();
        let asked = documents[0].model.foreign_directories(&policy.workflows.settings.checkout_actions);
        assert_eq!(asked, HashSet::from(["ci/build".to_owned()]));
        documents[0].own_directories.insert(own.to_owned());
        let (results, _) = check_file(&policy, &"x".into(), &documents, CommentFilter::All);
        let is_foreign = |result: &CheckResult| matches!(result, CheckResult::Problem(rule, _) if rule.id == "unpinned-uses");
        assert_eq!(results.iter().any(is_foreign), foreign, "{own}");
    }
}

#[test]
fn directories_of_all_jobs_are_looked_up() {
    let job = |from: usize| {
        let checkout = |at: usize| {
            format!("    - uses: actions/checkout@{OID}\n      with: {{repository: evil/x, path: d{at}}}\n")
        };
        let steps: String = (from..from + 60).map(checkout).collect();
        format!("  j{from}:\n    runs-on: x\n    steps:\n{steps}")
    };
    let text = format!("on: push\njobs:\n{}{}", job(0), job(60));
    let documents = Document::read(text.as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
    let checkout_actions = Policy::default().workflows.settings.checkout_actions;
    assert_eq!(documents[0].model.foreign_directories(&checkout_actions).len(), 120);
}

#[test]
fn the_checkout_of_an_action_is_judged_too() {
    let action = |with: &str| {
        format!("runs:\n  using: composite\n  steps:\n    - uses: actions/checkout@{OID}\n{with}")
    };
    let proof = "      with: {persist-credentials: false}\n";
    assert_eq!(found_at("a/action.yml", action("")), ["persisted-credentials:4"]);
    assert_eq!(found_at("a/action.yml", action(proof)), CLEAN);
    assert_eq!(
        found_at("a/action.yml", action(&proof.replace("false", "true"))),
        ["persisted-credentials:4"]
    );
}

#[test]
fn version_one_keeps_its_credentials_anyway() {
    for (reference, found) in [
        (format!("{OID} # v1.2.0"), true),
        (format!("{OID} # v1"), true),
        (format!("{OID} # v10"), false),
        (format!("{OID} # v4.2.2"), false),
        (OID.to_owned(), false),
    ] {
        let step = format!("- uses: actions/checkout@{reference}\n  with: {{persist-credentials: false}}");
        assert_eq!(found_in_step(&step), if found { PERSISTED } else { CLEAN }, "{reference}");
    }
    for (tag, found) in [("v1", true), ("v1.1.0", true), ("v11", false), ("main", false)] {
        let step = format!("- uses: actions/checkout@{tag}\n  with: {{persist-credentials: false}}");
        let kept = found_in_step(&step).iter().any(|found| PERSISTED.contains(&found.as_str()));
        assert_eq!(kept, found, "{tag}");
    }
}
