//! Hooks of somebody else that share a file with others, or in which the line is not where we have put it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{CLEAN_WORKFLOW, SIGN_OFF, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

#[test]
fn links_of_other_hooks_to_a_hook_do_not_run_the_gate() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("server.git"), sandbox.init("client"));
    let text = "#!/bin/sh\ncase ${0##*/} in pre-receive|post-receive) cat >/dev/null;; esac\necho \"${0##*/} $1\" >>ran\n";
    server.write_executable("hooks/pre-receive", text);
    symlink("pre-receive", server.hook("update")).unwrap();
    symlink("update", server.hook("post-receive")).unwrap();
    server.gate(["install", "--mode", "shim"]).ok();
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    client.git(["push", "-q", "../server.git", "main"]).ok();
    let ran = fs::read_to_string(server.file("ran")).unwrap();
    assert_eq!(ran, "pre-receive \nupdate refs/heads/main\npost-receive \n");
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "../server.git", "main"]).ends_with(1).says("unpinned-uses");
    server.gate(["status"]).ok();
    server.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
    server.gate(["uninstall"]).ok();
    assert_eq!(fs::read_to_string(server.hook("pre-receive")).unwrap(), text);
}

#[test]
fn hook_that_others_link_to_is_not_renamed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/commit-msg", "#!/usr/bin/awk -f\nBEGIN { print \"x\" >>\"ran\" }\n");
    symlink("commit-msg", repo.hook("pre-commit")).unwrap();
    let refused = repo.gate(["install", "--mode", "shim"]).ends_with(2);
    refused.says("which is a link to it, so it cannot be renamed");
    assert!(!repo.hook("commit-msg.git-gate-chained").exists());
}

#[test]
fn links_between_hooks_of_ours_are_kept() {
    let sandbox = Sandbox::new();
    for (from, to) in
        [("applypatch-msg", "commit-msg"), ("pre-push", "commit-msg"), ("pre-commit", "commit-msg")]
    {
        let repo = sandbox.init("repo");
        repo.write_executable(format!(".git/hooks/{to}"), "#!/bin/sh\necho x >>ran\n");
        symlink(to, repo.hook(from)).unwrap();
        repo.gate(["install", "--mode", "shim"]).ok();
        repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
        repo.gate(["status"]).ok();
        repo.git(["commit", "-q", "--allow-empty", "-m"]).arg(format!("good\n\n{SIGN_OFF}")).ok();
        let runs = if from == "pre-commit" { "x\nx\n" } else { "x\n" };
        assert_eq!(fs::read_to_string(repo.file("ran")).unwrap(), runs, "{from}");
        repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).ends_with(1).says("missing-signoff");
        fs::remove_file(repo.file("ran")).unwrap();
        sandbox.init_bare("target.git");
        repo.git(["push", "-q", "../target.git", "main"]).ok();
        assert_eq!(repo.file("ran").exists(), from == "pre-push");
        repo.gate(["uninstall"]).ok();
        assert!(repo.hook(from).is_symlink());
        fs::remove_dir_all(repo.path()).unwrap();
        fs::remove_dir_all(sandbox.path("target.git")).unwrap();
    }
}

#[test]
fn hook_that_a_tool_puts_aside_with_ours_goes_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let (own, tool) = ("#!/usr/bin/perl\nprint \"own\";\n", "#!/usr/bin/perl\nprint \"tool\";\n");
    repo.write_executable(".git/hooks/commit-msg", own);
    repo.gate(["install", "--mode", "shim"]).ok();
    fs::rename(repo.hook("commit-msg"), repo.hook("commit-msg.legacy")).unwrap();
    repo.write_executable(".git/hooks/commit-msg", tool);
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
    repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).ends_with(1).says("missing-signoff");
    repo.gate(["uninstall"]).ok();
    assert_eq!(fs::read_to_string(repo.hook("commit-msg.legacy")).unwrap(), own);
    assert_eq!(fs::read_to_string(repo.hook("commit-msg")).unwrap(), tool);
}

#[test]
fn hook_of_a_user_that_calls_a_tool_is_never_removed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let own = "#!/usr/bin/perl\nprint \"own\"; exec 'git lfs pre-push';\n";
    repo.write_executable(".git/hooks/pre-push", own);
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\ngit lfs pre-push \"$@\"\n");
    repo.gate(["uninstall"]).ok();
    assert_eq!(fs::read_to_string(repo.hook("pre-push.git-gate-replaced")).unwrap(), own);
}

#[test]
fn line_behind_other_commands_is_no_gate() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let hook = repo.write_executable(".git/hooks/commit-msg", "#!/bin/sh\nexit 0\n");
    repo.gate(["install", "--mode", "shim"]).ok();
    let text = fs::read_to_string(&hook).unwrap();
    repo.write_executable(&hook, text.replacen('\n', "\nset -e && exit 0\n", 1));
    repo.gate(["status"]).ends_with(1);
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).ends_with(1).says("missing-signoff");
    repo.gate(["status"]).ok();
}

#[test]
fn directory_with_the_name_of_a_hook_does_not_hinder_a_removal() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.gate(["install", "--mode", "shim"]).ok();
    fs::create_dir(repo.hook("pre-receive")).unwrap();
    repo.gate(["uninstall"]).ok();
    assert!(!repo.hook("commit-msg").exists() && repo.hook("pre-receive").is_dir());
}
