//! Advice for a push that only workflows keep back: `git gate fix` where it repairs them, and where the repair belongs.

use crate::advice::{follow, hints, hooked};
use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, Transcript, WORKFLOW};

const FIX: &str = "git gate fix --apply";
const AMEND: &str = "git commit --all --amend --no-edit";
const AGAIN: &str = "then push again";

/// Workflow with a checkout that keeps its credentials.
fn kept() -> String {
    CLEAN_WORKFLOW.replace("        with:\n          persist-credentials: false\n", "")
}

fn push(repo: &Repo<'_>) -> Transcript {
    repo.git(["push", "-q", "origin", "main"]).transcript()
}

/// Runs the commands among some hints, and pushes again.
fn repair(sandbox: &Sandbox, repo: &Repo<'_>, refused: &Transcript) {
    for command in hints(refused).iter().filter(|hint| hint.starts_with("git ")) {
        follow(sandbox, repo.path(), command);
    }
    repo.git(["push", "-q", "origin", "main"]).ok();
}

#[test]
fn repair_of_the_last_commit_is_advised_by_both_hooks() {
    for on_server in [false, true] {
        let sandbox = Sandbox::new();
        let repo = hooked(&sandbox);
        if on_server {
            repo.gate(["uninstall"]).ok();
            Repo::at(&sandbox, sandbox.path("server.git")).gate(["install"]).ok();
        }
        let faulty = repo.commit_file(WORKFLOW, kept());
        let refused = push(&repo);
        assert_eq!(hints(&refused), [FIX, AMEND, AGAIN], "{refused}");
        refused.says(&format!("# with {} checked out", &faulty[..12]));
        repair(&sandbox, &repo, &refused);
        assert_eq!(repo.git(["show", &format!("HEAD:{WORKFLOW}")]).ok().stdout(), CLEAN_WORKFLOW.as_bytes());
    }
}

#[test]
fn repair_goes_into_the_commit_that_adds_the_fault() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    let base = repo.oid("HEAD").unwrap();
    let faulty = repo.commit_file(WORKFLOW, kept());
    repo.commit_file("a", "b\n");
    let refused = push(&repo);
    let commit = format!("git commit --all --message 'fixup! {}'", &faulty[..12]);
    let rebase = format!("git -c sequence.editor=: rebase -i --autosquash {}", &base[..12]);
    assert_eq!(hints(&refused), [FIX, &commit, &rebase, AGAIN], "{refused}");
    repair(&sandbox, &repo, &refused);
    assert_eq!(repo.git(["rev-list", "--count", "HEAD"]).ok().line(), "3");
}

#[test]
fn commit_on_top_is_enough_where_only_tips_are_judged() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    repo.write(".git-gate.yml", "workflows: {judge: tip}\n");
    repo.commit_file(WORKFLOW, kept());
    repo.commit_file("a", "b\n");
    let refused = push(&repo);
    let commit = "git commit --all --signoff --message 'ci: repair the workflows'";
    assert_eq!(hints(&refused), [FIX, commit, AGAIN], "{refused}");
    repair(&sandbox, &repo, &refused);
}

#[test]
fn what_the_repair_leaves_is_named_and_what_it_cannot_do_is_not_advised() {
    let (oid, label) = ("@11bd71901bbe5b1630ceea73d27597364c9af683", " # v4.2.2");
    let unpinned = |text: String| text.replace(oid, "@v4").replace(label, "");
    let left = "that leaves 1 error to repair: unpinned-uses (1)";
    let pushing = format!("{}      - run: git push\n", kept());
    let generated = format!("# This file was automatically generated. DO NOT EDIT.\n{}", kept());
    for (text, expected) in [
        (unpinned(kept()), &[FIX, AMEND, left][..]),
        (unpinned(CLEAN_WORKFLOW.to_owned()), &[]),
        (pushing, &[]),
        (generated, &[]),
    ] {
        let sandbox = Sandbox::new();
        let repo = hooked(&sandbox);
        repo.commit_file(WORKFLOW, &text);
        let refused = push(&repo);
        assert_eq!(
            (refused.status(), hints(&refused)),
            (Some(1), expected.iter().map(ToString::to_string).collect()),
            "{text}{refused}"
        );
    }
}

#[test]
fn commits_that_others_have_are_not_to_be_rewritten() {
    let sandbox = Sandbox::new();
    let repo = hooked(&sandbox);
    sandbox.init_bare("fork.git");
    repo.git(["remote", "add", "fork", "../fork.git"]).ok();
    repo.write(".git-gate.yml", "pre-push: {judge: all}\n");
    repo.commit_file(WORKFLOW, kept());
    repo.git(["push", "-q", "--no-verify", "fork", "main"]).ok();
    let refused = push(&repo);
    refused.says("error[persisted-credentials]");
    assert_eq!(hints(&refused), [""; 0], "{refused}");
}
