//! Places in a file where something can run.

use super::{CLEAN, UNPINNED, found, found_at, found_in_step, steps};
use crate::workflow::{Document, FileKind};

#[test]
fn skipped_steps_and_jobs_are_judged() {
    assert_eq!(found_in_step("- uses: evil/action@main\n  if: false"), UNPINNED);
    assert_eq!(
        found(steps("- uses: evil/action@main").replace("    steps:", "    if: false\n    steps:")).len(),
        1
    );
}

#[test]
fn steps_inside_parallel_are_judged_at_any_depth() {
    let found = found_in_step("- parallel:\n    - parallel:\n        - uses: evil/action@main");
    assert_eq!(found, ["unpinned-uses:7"]);
}

#[test]
fn a_reusable_workflow_is_judged() {
    assert_eq!(found("jobs:\n  a:\n    uses: evil/r/.github/workflows/x.yml@main\n"), ["unpinned-uses:3"]);
    for local in ["./.github/workflows/x.yml", "./.github/workflows/x.yml@main"] {
        assert_eq!(found(format!("jobs:\n  a:\n    uses: {local}\n")), CLEAN, "{local}");
    }
    let name = "jobs:\n  a:\n    name: 5\n    uses: evil/r/.github/workflows/x.yml\n";
    assert_eq!(found(name), ["unpinned-uses:4"], "without a reference");
}

#[test]
fn containers_and_services_are_judged_in_both_forms() {
    let text =
        "jobs:\n  a:\n    container: alpine\n    services:\n      b: postgres\n      c: {image: redis}\n";
    assert_eq!(found(text), ["unpinned-image:3", "unpinned-image:5", "unpinned-image:6"]);
    let text =
        "jobs:\n  a:\n    container:\n      image: docker://alpine\n    services: ${{ fromJSON(x) }}\n";
    assert_eq!(found(text), ["unpinned-image:4", "unpinned-image:5"]);
    assert_eq!(found("jobs:\n  a:\n    container: ''\n    services: {a: {image: ''}}\n"), CLEAN);
}

#[test]
fn actions_are_judged_in_any_folder() {
    for path in ["action.yml", "a/b/action.yaml"] {
        let composite = "runs:\n  using: composite\n  steps:\n    - uses: evil/action@main\n";
        assert_eq!(found_at(path, composite), ["unpinned-uses:4"]);
        assert_eq!(found_at(path, "runs: {using: docker, image: docker://a}\n"), ["unpinned-image:1"]);
        assert_eq!(found_at(path, "runs: {using: docker, image: Dockerfile}\n"), CLEAN);
        assert_eq!(found_at(path, "${{ 'runs' }}: {steps: [{uses: a/b@main}]}\n"), ["unpinned-uses:1"]);
    }
    let text = "runs: {steps: [{uses: a/b@main}]}\n";
    assert_eq!(
        found_at(".github/workflows/action.yml", text),
        ["unpinned-uses:1"],
        "an action among workflows"
    );
}

#[test]
fn a_file_without_runs_is_no_action() {
    let path = "action.yml";
    for text in ["", "a: b\n", "a: !vault x\n", "a: *b\n", "jobs: {a: {steps: [{uses: a/b@main}]}}\n"] {
        assert!(Document::read(text.as_bytes(), FileKind::of(path.as_bytes()).unwrap()).is_empty(), "{text}");
    }
    for text in ["runs: *b\n", "\"\\x72uns\": *b\n"] {
        assert_eq!(found_at(path, text), ["unreadable-workflow:1"], "{text}");
    }
}
