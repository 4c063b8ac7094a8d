//! GitHub's lock file of actions: what it pins, and each way of changing it that lets an action move again.

use crate::support::{Sandbox, Server};

const WORKFLOW: &str = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: some/action/sub@v1.2.3
";
const PATH: &str = ".github/workflows/build.yml";
const LOCK: &str = "\
# written by `gh actions-lock`
version: 'v0.0.2'
workflows:
    '.github/workflows/build.yml':
        - 'some/action@v1.2.3'
dependencies:
    'other/action@v2':
        ref: 'v2'
        commit: 'sha1-2222222222222222222222222222222222222222'
        owner_id: 1
        repo_id: 3
    'some/action@v1.2.3':
        ref: 'v1.2.3'
        commit: 'sha1-1111111111111111111111111111111111111111'
        owner_id: 1
        repo_id: 2
        uses:
            - 'other/action@v2'
";
const LOCK_PATH: &str = ".github/workflows/actions.lock";

/// Changes of the lock file that let an action move, or contradict something: old text, new text, and what is said.
const CHANGES: &[(&str, &str, &str)] = &[
    ("'v0.0.2'", "'v0.9.0'", "error[mismatched-lock]"),
    ("version: 'v0.0.2'\n", "<<<<<<< HEAD\nversion: 'v0.0.2'\n", "error[mismatched-lock]"),
    ("dependencies:", "dependencies: [", "error[mismatched-lock]"),
    ("build.yml", "other.yml", "error[unpinned-uses]"),
    ("        - 'some/action@v1.2.3'\n", "", "error[unpinned-uses]"),
    ("    'some/action@v1.2.3':", "    'some/action@v1.2.4':", "error[unpinned-uses]"),
    ("        ref: 'v1.2.3'", "        ref: 'main'", "error[mismatched-lock]"),
    ("    'other/action@v2':", "    'other/action@v3':", "error[mismatched-lock]"),
    ("sha1-1111111111111111111111111111111111111111", "sha1-1111111", "error[mismatched-lock]"),
];

fn changed((old, new, _): &(&str, &str, &str)) -> String {
    let text = LOCK.replacen(old, new, 1);
    assert_ne!(text, LOCK, "{old}");
    text
}

#[test]
fn listed_workflow_needs_no_oid() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(PATH, WORKFLOW);
    server.client.write(LOCK_PATH, LOCK);
    server.client.commit("ci: build");
    server.accepts(["main"]);
    let said = "1 `uses` is pinned only by `.github/workflows/actions.lock`";
    server.client.gate(["scan", "--tree", "HEAD"]).ok().says(said);
    server.client.write(".git-gate.yml", "workflows: {actions-lock: ignore}\n");
    let ignored = server.client.gate(["scan", "--tree", "HEAD"]).ends_with(1);
    ignored.says("error[unpinned-uses]").never_says("actions.lock");
}

#[test]
fn server_that_does_not_enforce_the_lock_ignores_it() {
    for kind in ["github", "gitea"] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[]);
        server.bare.write("git-gate.yml", format!("server: {{type: {kind}}}\n"));
        server.client.write(PATH, WORKFLOW);
        server.client.write(LOCK_PATH, LOCK.replace("'v0.0.2'", "'v0.9.0'"));
        server.client.commit_message("ci: build\n");
        server.refuses(["main"]).says("error[unpinned-uses]").never_says("mismatched-lock");
    }
}

#[test]
fn hook_that_gitea_starts_ignores_it_unless_the_policy_says_so() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(PATH, WORKFLOW);
    server.client.write(LOCK_PATH, LOCK);
    server.client.commit("ci: build");
    let push = |variable: &str| server.client.git(["push", "-q", "origin", "main"]).env(variable, "app");
    for variable in ["GITEA_REPO_NAME", "FORGEJO_REPO_NAME"] {
        push(variable).ends_with(1).says("error[unpinned-uses]");
        server.bare.write("git-gate.yml", "server: {type: plain}\n");
        push(variable).ends_with(1).says("error[unpinned-uses]");
        std::fs::remove_file(server.bare.file("git-gate.yml")).unwrap();
    }
    server.client.gate(["scan", "--tree", "HEAD"]).env("GITEA_ACTIONS", "true").ok();
    server.bare.write("git-gate.yml", "workflows: {actions-lock: honour}\n");
    push("GITEA_REPO_NAME").ok();
}

#[test]
fn gitea_and_reusable_workflows_are_not_pinned_by_it() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(LOCK_PATH, LOCK)]);
    server.branch("gitea", "main");
    server.client.commit_file(".gitea/workflows/build.yml", WORKFLOW);
    server.refuses(["gitea"]).says("error[unpinned-uses]");
    server.branch("call", "main");
    let call =
        "on: push\npermissions: {}\njobs:\n  build:\n    uses: some/action/.github/workflows/x.yml@v1.2.3\n";
    server.client.commit_file(PATH, call);
    server
        .refuses(["call"])
        .says("error[unpinned-uses]")
        .says("does not pin the call of a reusable workflow");
}

#[test]
fn changed_lock_is_found_by_scan_and_by_the_server() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(PATH, WORKFLOW), (LOCK_PATH, LOCK)]);
    for change in CHANGES {
        server.branch("topic", "main");
        server.client.commit_file(LOCK_PATH, changed(change));
        server.refuses(["topic"]).says(change.2);
        server.client.gate(["scan", "main..topic"]).ends_with(1).says(change.2);
    }
    server.branch("topic", "main");
    server.client.git(["rm", "-q", LOCK_PATH]).ok();
    server.client.commit_message("ci: no lock\n");
    server.refuses(["topic"]).says("error[unpinned-uses]").says("this file is unchanged");
}

#[test]
fn changed_lock_is_found_before_the_push() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
    repo.git(["remote", "add", "origin", "../server.git"]).ok();
    repo.write(PATH, WORKFLOW);
    repo.commit_file(LOCK_PATH, LOCK);
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok();
    for change in CHANGES {
        repo.git(["checkout", "-q", "-B", "topic", "origin/main"]).ok();
        repo.commit_file(LOCK_PATH, changed(change));
        repo.git(["push", "-q", "origin", "topic"]).ends_with(1).says(change.2);
    }
    assert_eq!(server.git(["for-each-ref", "refs/heads/topic"]).ok().stdout(), b"");
}

#[test]
fn label_of_a_pin_and_the_lock_name_one_commit() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(PATH, WORKFLOW), (LOCK_PATH, LOCK)]);
    let pinned = |oid: &str| WORKFLOW.replace("/sub@v1.2.3", &format!("@{} # v1.2.3", oid.repeat(40)));
    server.branch("topic", "main");
    server.client.commit_file(".github/workflows/other.yml", pinned("1"));
    server.accepts(["topic"]);
    server.branch("other", "main");
    server.client.commit_file(".github/workflows/other.yml", pinned("3"));
    let said = "`some/action` 1.2.3 is a different commit in .github/workflows/actions.lock:12";
    server.refuses(["other"]).says("error[mismatched-lock]").says(said);
}

#[test]
fn merge_that_brings_a_workflow_and_a_broken_lock_together_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[(LOCK_PATH, LOCK)]);
    server.branch("one", "main");
    server.client.commit_file(PATH, WORKFLOW);
    server.branch("two", "main");
    server.client.commit_file(LOCK_PATH, LOCK.replace("        - 'some/action@v1.2.3'\n", ""));
    server.client.git(["merge", "-q", "--signoff", "-m", "merge", "one"]).ok();
    server.refuses(["two"]).says("error[unpinned-uses]");
}
