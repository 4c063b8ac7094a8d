//! Places in a file where something can run.

use super::{CLEAN, CheckResult, CommentFilter, OID, UNPINNED, found, found_at, found_in_step, steps};
use crate::policy::Policy;
use crate::report::joined;
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

#[test]
fn an_image_of_the_matrix_has_pinned_values() {
    let digest = format!("@sha256:{}", "a".repeat(64));
    for (image, matrix, pinned) in [
        ("${{ matrix.db }}", format!("{{db: ['x{digest}', '']}}"), true),
        ("${{ matrix.db }}", format!("{{include: [{{db: 'x{digest}'}}, {{os: a}}]}}"), true),
        ("${{ matrix.db.image }}", format!("{{db: [{{image: 'x{digest}'}}]}}"), true),
        ("${{matrix['db']}}", format!("{{db: ['x{digest}']}}"), true),
        ("${{ matrix.db }}", format!("{{db: ['x{digest}', y]}}"), false),
        ("${{ matrix.db }}", format!("{{db: ['x{digest}'], include: [{{db: y}}]}}"), false),
        ("${{ matrix.db }}", format!("{{db: ['x{digest}', '${{{{ inputs.x }}}}']}}"), false),
        ("${{ matrix.db }}", "\"${{ fromJSON(inputs.x) }}\"".to_owned(), false),
        ("${{ matrix.db }}", format!("{{db: ['x{digest}'], include: \"${{{{ inputs.x }}}}\"}}"), false),
        ("${{ matrix.other }}", format!("{{db: ['x{digest}']}}"), false),
        ("${{ matrix.db }}:latest", format!("{{db: ['x{digest}']}}"), false),
        ("${{ inputs.db }}", format!("{{db: ['x{digest}']}}"), false),
        ("x@${{ matrix.v }}", format!("{{v: ['{}']}}", digest.replace('@', "")), true),
        ("r.io/${{ matrix.v }}/x", format!("{{v: ['a{digest}']}}"), false),
        ("${{ matrix.v }}@sha256:1", format!("{{v: ['x{digest}']}}"), false),
        ("x@${{ matrix.v }}", format!("{{v: ['{}', latest]}}", digest.replace('@', "")), false),
        ("x@${{ matrix.v }}", "{v: ['']}".to_owned(), false),
        ("x@${{ matrix.v }}${{ matrix.v }}", format!("{{v: ['{}']}}", digest.replace('@', "")), false),
    ] {
        let text =
            format!("jobs:\n  a:\n    strategy:\n      matrix: {matrix}\n    container: \"{image}\"\n");
        assert_eq!(found(&text).is_empty(), pinned, "{image} {matrix}");
    }
}

#[test]
fn labels_of_a_generated_file_are_one_finding() {
    let steps = format!("- uses: a/b@{OID}\n- uses: c/d@{OID} # v1.2.3\n- uses: e/f@{OID}\n");
    let file = super::steps(&steps);
    let messages = |text: &str| {
        let documents = Document::read(text.as_bytes(), FileKind::of(b".github/workflows/x.yml").unwrap());
        let (results, _) = super::check_file(&Policy::default(), &"x".into(), &documents, CommentFilter::All);
        let problems = results.into_iter().filter_map(|result| match result {
            CheckResult::Problem(rule, problem) if rule.id == "unlabelled-pin" => Some((rule, problem)),
            _ => None,
        });
        joined(problems.collect()).into_iter().map(|(_, problem)| problem.message).collect::<Vec<_>>()
    };
    assert_eq!(
        messages(&format!("# x\n{file}")),
        ["the pin of `a/b` has no version comment", "the pin of `e/f` has no version comment"]
    );
    let repeated = format!("{file}      - uses: a/b@{OID}\n      - uses: a/b@{OID} # main\n");
    assert_eq!(messages(&repeated).len(), 3, "one for each action and comment");
    let one = ["the pins of `a/b` and `e/f` have no version comment, and the file is generated"];
    assert_eq!(messages(&format!("# GENERATED BY x -- DO NOT DIRECTLY EDIT\n{file}")), one);
    let quoted = file.replace("on:", "\"on\":").replace("jobs:", "\"jobs\":");
    assert_eq!(messages(&quoted), one);
    assert_eq!(messages(&file.replace("jobs:", "\"jobs\":")).len(), 2, "not all keys are in quotes");
    assert!(messages(&format!("{file}# pin a/b@v6 = {OID}\n")).is_empty());
    assert_eq!(messages(&format!("{file}# pin a/b = {OID}\n")).len(), 2);
}
