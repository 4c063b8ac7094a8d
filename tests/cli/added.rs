//! Problems that a change adds to a workflow, in cases that a check of the added lines alone would get wrong.

use crate::support::{Repo, Sandbox, WORKFLOW};

const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

/// Returns a workflow whose steps begin on line 5.
fn workflow(steps: &[&str]) -> String {
    let mut text = "on: push\njobs:\n  a:\n    steps:\n".to_owned();
    for line in steps.iter().flat_map(|step| step.lines()) {
        text.push_str(&format!("      {line}\n"));
    }
    text
}

/// Returns the findings of `scan` in a range as `rule path:line`, without those of `missing-signoff` and
/// `excessive-permissions`.
fn added_in(repo: &Repo<'_>, range: &str) -> Vec<String> {
    let report = repo.gate(["scan", "--no-git-config", "--format", "json", range]).transcript();
    assert!(matches!(report.status(), Some(0 | 1)), "{report}");
    let report: serde_json::Value = serde_json::from_slice(report.stdout()).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let quiet = ["missing-signoff", "excessive-permissions"];
    let findings = findings.filter(|finding| !quiet.contains(&finding["rule"].as_str().unwrap()));
    let shown = findings.map(|finding| {
        let location = &finding["location"];
        let rule = finding["rule"].as_str().unwrap();
        let line = location["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        format!("{rule} {}{line}", location["path"].as_str().unwrap())
    });
    shown.collect()
}

/// Returns the findings that a change of one workflow adds.
fn added(old: &str, new: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, old);
    repo.commit_file(WORKFLOW, new);
    added_in(&repo, "HEAD~1..HEAD")
}

fn at(rule: &str, line: u32) -> Vec<String> {
    vec![format!("{rule} {WORKFLOW}:{line}")]
}

#[test]
fn deleting_persist_credentials_false_adds_a_problem() {
    let checkout = format!("- uses: actions/checkout@{OID} # v4\n  with:\n    fetch-depth: 1\n");
    let old = workflow(&[&format!("{checkout}    persist-credentials: false")]);
    assert_eq!(added(&old, &workflow(&[&checkout])), at("persisted-credentials", 5));
}

#[test]
fn script_lines_that_become_steps_are_added() {
    let old = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          x\n      - name: |\n          - uses: evil/action@main\n";
    let new = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          x\n      - parallel:\n          - uses: evil/action@main\n";
    assert_eq!(added(old, new), at("unpinned-uses", 8));
}

#[test]
fn redefined_anchor_adds_the_action_of_its_alias() {
    let old = format!("env: {{A: &u good/action@{OID}}}\n{}", workflow(&["- uses: *u # v1"]));
    let new = old.replace(&format!("good/action@{OID}"), "evil/action@main");
    assert_eq!(added(&old, &new), at("unpinned-uses", 1));
}

#[test]
fn moved_line_is_not_added() {
    let old = workflow(&["- uses: old/action@main", "- run: a"]);
    let new = workflow(&["- run: b", "- run: a", "- uses: old/action@main"]);
    assert!(added(&old, &new).is_empty());
}

#[test]
fn second_use_of_an_action_is_added() {
    let old = workflow(&["- uses: old/action@main"]);
    let new = workflow(&["- uses: old/action@main", "- uses: Old//Action@main"]);
    assert_eq!(added(&old, &new), at("unpinned-uses", 6));
}

#[test]
fn new_version_or_new_job_is_added() {
    let old = workflow(&["- uses: old/action@v1"]);
    assert_eq!(added(&old, &old.replace("@v1", "@v2")), at("unpinned-uses", 5));
    assert_eq!(added(&old, &old.replace("  a:", "  b:")), at("unpinned-uses", 5));
}

#[test]
fn removing_a_condition_adds_nothing() {
    let old = workflow(&["- uses: old/action@main\n  if: false"]);
    assert!(added(&old, &workflow(&["- uses: old/action@main"])).is_empty());
    assert_eq!(added(&workflow(&["- run: a"]), &old), at("unpinned-uses", 5));
}

#[test]
fn removing_an_exemption_adds_the_problem() {
    let old = workflow(&["- uses: old/action@main # git-gate: allow[unpinned-uses] no release yet"]);
    assert_eq!(added(&old, &workflow(&["- uses: old/action@main"])), at("unpinned-uses", 5));
    assert!(added(&workflow(&["- run: a"]), &old).is_empty());
}

#[test]
fn unreadable_file_is_refused_at_every_change() {
    let old = workflow(&["- run: !tag a"]);
    let new = workflow(&["- run: !tag a", "- run: b"]);
    assert_eq!(added(&old, &new), at("unreadable-workflow", 5));
}

#[test]
fn file_moved_into_scope_is_added_as_whole() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file("doc/example.yml", workflow(&["- uses: old/action@main"]));
    std::fs::create_dir_all(repo.file(".github/workflows")).unwrap();
    repo.git(["mv", "doc/example.yml", WORKFLOW]).ok();
    repo.commit("ci: a workflow");
    assert_eq!(added_in(&repo, "HEAD~1..HEAD"), at("unpinned-uses", 5));
}

#[test]
fn committed_file_is_checked_despite_gitignore() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(WORKFLOW, workflow(&["- uses: evil/action@main"]));
    repo.git(["add", WORKFLOW]).ok();
    repo.commit_file(".gitignore", ".github\n");
    assert_eq!(added_in(&repo, "HEAD"), at("unpinned-uses", 5));
}

#[test]
fn symlinks_at_workflow_paths_are_refused() {
    for (link, target) in [
        (WORKFLOW, "../../evil.yml"),
        (".github/workflows", "../evil"),
        ("action.yml", "evil.yml"),
        (".gitea", "evil"),
    ] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        std::fs::create_dir_all(repo.file(link).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, repo.file(link)).unwrap();
        repo.commit("ci: a link");
        assert_eq!(added_in(&repo, "HEAD"), [format!("unreadable-workflow {link}")]);
    }
}

#[test]
fn merge_adds_only_problems_absent_from_both_parents() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, workflow(&["- run: a"]));
    repo.git(["switch", "-qc", "side"]).ok();
    repo.commit_file(WORKFLOW, workflow(&["- uses: side/action@main"]));
    repo.git(["switch", "-q", "main"]).ok();
    repo.commit_file(WORKFLOW, workflow(&["- run: b"]));
    repo.git(["merge", "-q", "-s", "ours", "--no-commit", "side"]).ok();
    repo.write(WORKFLOW, workflow(&["- run: b", "- uses: side/action@main", "- uses: evil/action@main"]));
    repo.commit("merge: evil");
    assert_eq!(added_in(&repo, "HEAD^!"), at("unpinned-uses", 7));
}

#[test]
fn one_version_with_two_oids_is_reported_across_files() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, workflow(&[&format!("- uses: some/action@{OID} # v1.2.3")]));
    let other = OID.replace('1', "2");
    let path = ".github/actions/x/action.yml";
    repo.commit_file(path, format!("runs:\n  steps:\n    - uses: some/action@{other} # tag=1.2.3\n"));
    assert_eq!(added_in(&repo, "HEAD~1..HEAD"), [format!("unlabelled-pin {path}:3")]);
    assert_eq!(added_in(&repo, "HEAD"), [format!("unlabelled-pin {path}:3")], "once, and at the newer");
}

#[test]
fn comment_exempts_a_second_oid_and_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, workflow(&[&format!("- uses: some/action@{OID} # v1.2.3")]));
    let other = OID.replace('1', "2");
    let path = ".github/actions/x/action.yml";
    let comment = "git-gate: allow[unlabelled-pin] they moved the tag";
    repo.commit_file(path, format!("runs:\n  steps:\n    - uses: some/action@{other} # v1.2.3 {comment}\n"));
    assert_eq!(added_in(&repo, "HEAD"), [""; 0]);
    let said = repo.gate(["scan", "--no-git-config", "HEAD"]).transcript().to_string();
    assert!(
        said.contains("exempted from `unlabelled-pin`") && said.contains("(they moved the tag)"),
        "{said}"
    );
    assert!(!said.contains("nothing to exempt"), "{said}");
}
