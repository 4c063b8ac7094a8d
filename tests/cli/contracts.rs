//! Input and arguments of the hooks. Input that git never sends ends with status 2.

use crate::support::{Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

const ZERO: &str = "0000000000000000000000000000000000000000";

fn repo_with_commit(sandbox: &Sandbox) -> (Repo<'_>, String) {
    let repo = sandbox.init("repo");
    let oid = repo.commit("docs: first");
    (repo, oid)
}

#[test]
fn empty_input_passes() {
    let sandbox = Sandbox::new();
    let (repo, _) = repo_with_commit(&sandbox);
    for input in ["", "\n"] {
        repo.gate(["hook", "pre-receive"]).stdin(input).ok();
        repo.gate(["hook", "pre-push", "origin", "../x"]).stdin(input).ok();
    }
}

#[test]
fn deleting_a_missing_ref_passes() {
    let sandbox = Sandbox::new();
    let (repo, _) = repo_with_commit(&sandbox);
    repo.gate(["hook", "pre-receive"]).stdin(format!("{ZERO} {ZERO} refs/heads/x\n")).ok();
}

#[test]
fn malformed_hook_input_is_refused() {
    let sandbox = Sandbox::new();
    let (repo, oid) = repo_with_commit(&sandbox);
    for input in [
        "garbage\n".to_owned(),
        format!("{ZERO} {oid} refs/heads/x"),
        format!("{ZERO} {oid}\n"),
        format!("{ZERO} {oid} refs/heads/x\ngarbage\n"),
        format!("{ZERO} {oid} refs/heads/x\n{ZERO} {oid} refs/heads/x\n"),
        format!("{ZERO} {} refs/heads/x\n", "1".repeat(40)),
        format!("{ZERO} {} refs/heads/x\n", "1".repeat(64)),
    ] {
        repo.gate(["hook", "pre-receive"]).stdin(&input).ends_with(2);
        let local = input.lines().map(|line| format!("HEAD {line}\n")).collect::<String>();
        repo.gate(["hook", "pre-push", "origin", "../x"]).stdin(local).ends_with(2);
    }
}

#[test]
fn wrong_hook_arguments_are_refused() {
    let sandbox = Sandbox::new();
    let (repo, _) = repo_with_commit(&sandbox);
    for arguments in [
        &["pre-receive", "x"][..],
        &["pre-push", "origin"],
        &["pre-push", "origin", "../x", "more"],
        &["commit-msg"],
        &["commit-msg", "a", "b"],
        &["applypatch-msg"],
        &["update", "refs/heads/x", ZERO, ZERO],
        &["post-receive"],
        &[],
    ] {
        repo.gate(["hook"]).args(arguments).ends_with(2);
    }
}

#[test]
fn up_to_date_push_and_deletion_pass() {
    let sandbox = Sandbox::new();
    let (repo, _) = repo_with_commit(&sandbox);
    sandbox.init_bare("server.git");
    repo.git(["remote", "add", "origin", "../server.git"]).ok();
    repo.gate(["install"]).ok();
    repo.git(["push", "-q", "origin", "main", "main:old"]).ok();
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.git(["push", "-q", "origin", ":old"]).ok();
}

#[test]
fn every_form_of_push_source_is_checked() {
    let sandbox = Sandbox::new();
    let (repo, _) = repo_with_commit(&sandbox);
    sandbox.init_bare("server.git");
    repo.gate(["install"]).ok();
    let bad = repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    repo.git(["tag", "-a", "-m", "x", "v1"]).ok();
    for source in ["HEAD", "main", &bad, ":/docs: a change", "v1", "HEAD^{commit}"] {
        let refspec = format!("{source}:refs/heads/x");
        let refused = repo.git(["push", "-q", "../server.git", "main~1:refs/heads/a", &refspec]).transcript();
        assert_ne!(refused.status(), Some(0), "{source}: {refused}");
        refused.says("unpinned-uses");
    }
    repo.git(["push", "-q", "--mirror", "../server.git"]).ends_with(1).says("unpinned-uses");
    repo.git(["push", "-q", "--dry-run", "../server.git", "main"]).ends_with(1).says("unpinned-uses");
}

#[test]
fn repository_path_with_line_break_is_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("line\nbreak.git");
    let line = format!("{ZERO} {} refs/heads/x\n", "1".repeat(40));
    repo.gate(["hook", "pre-receive"]).stdin(line).ends_with(2).says("contains a line break");
    repo.gate(["install"]).ends_with(2).says("contains a line break");
}

#[test]
fn outside_of_a_repository_the_error_is_plain() {
    let sandbox = Sandbox::new();
    for command in ["scan", "install", "uninstall", "status", "fix"] {
        let transcript = sandbox.gate([command]).ends_with(2);
        let expected = "error: not inside a git repository\nhint: run it in one, or pass `-C DIR`\n";
        assert_eq!(transcript.stderr(), expected.as_bytes(), "{command}");
    }
    let transcript = sandbox.gate(["scan"]).env("GIT_DIR", "no/such").ends_with(2);
    transcript.says("not a git repository: 'no/such'");
}

#[test]
fn foreign_repository_is_named_with_the_repair() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    for command in ["scan", "rules", "status"] {
        let run = repo.gate([command]).env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true");
        let said = run.ends_with(2);
        said.says("detected dubious ownership in repository at '[ROOT]/clone'");
        said.says("hint: if you trust its owner: `git config --global --add safe.directory [ROOT]/clone`");
    }
}

#[test]
fn rules_of_a_broken_repository_are_not_the_default_ones() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    sandbox.gate(["rules"]).ok().says("Levels without a source are defaults");
    sandbox.gate(["rules"]).env("GIT_DIR", "no/such").ends_with(2).says("not a git repository");
    repo.git(["config", "core.repositoryFormatVersion", "99"]).ok();
    repo.gate(["rules"]).ends_with(2).says("99");
    repo.gate(["rules", "missing-signoff"]).ends_with(2).says("99");
}
