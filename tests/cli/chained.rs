//! Chained hooks: the hook from before the installation runs as git would run it, and either hook can refuse.

use std::fs;
use std::path::PathBuf;

use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// Creates a bare server with one commit, and a client without hooks that pushes to it.
fn server(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let (server, client) = (sandbox.init_bare("server.git"), sandbox.init("client"));
    client.git(["remote", "add", "origin", "../server.git"]).ok();
    client.commit("docs: first");
    client.git(["push", "-q", "origin", "main"]).ok();
    (server, client)
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn either_hook_refuses_and_both_get_the_same_input() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    server.write_executable("hooks/pre-receive", "#!/bin/sh\ncat >>log\ntest ! -e no\n");
    server.gate(["install", "--mode", "shim"]).ok();
    let old = client.oid("main").unwrap();
    let clean = client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    client.git(["push", "-q", "origin", "main"]).ok();
    let first = format!("{old} {clean} refs/heads/main\n");
    assert_eq!(read(server.file("log")), first);

    let bad = client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let refused = client.git(["push", "-q", "origin", "main"]).ends_with(1);
    refused.says("remote: error[unpinned-uses]").says("pre-receive hook declined");
    assert_eq!(read(server.file("log")), format!("{first}{clean} {bad} refs/heads/main\n"));

    client.git(["reset", "-q", "--hard", &clean]).ok();
    client.commit_file("file", "x");
    server.write("no", "");
    client.git(["push", "-q", "origin", "main"]).ends_with(1).says("pre-receive hook declined");
    fs::remove_file(server.file("no")).unwrap();
    client.git(["push", "-q", "origin", "main"]).ok();
}

#[test]
fn chained_hook_may_ignore_a_long_input() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    server.write_executable("hooks/pre-receive", "#!/bin/sh\nexit 0\n");
    server.gate(["install", "--mode", "shim"]).ok();
    let oid = client.oid("main").unwrap();
    let refs: String = (0..2000).map(|number| format!("create refs/heads/r/{number} {oid}\n")).collect();
    client.git(["update-ref", "--stdin"]).stdin(refs).ok();
    client.git(["push", "-q", "origin", "refs/heads/r/*"]).ok();
}

#[test]
fn exit_status_of_the_chained_hook_is_kept() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("server.git");
    let hook = repo.write_executable("hooks/other", "#!/bin/sh\nexit 7\n");
    let run = |file: &PathBuf| repo.gate(["hook", "pre-receive", "--chained"]).arg(file).args(["--"]);
    run(&hook).ends_with(7);
    run(&hook).stdin("garbage\n").ends_with(2);
    run(&repo.file("hooks/gone")).ends_with(2);
}

#[test]
fn chained_hook_gets_gits_arguments_and_environment() {
    let sandbox = Sandbox::new();
    let (_, client) = server(&sandbox);
    let hook =
        "#!/bin/sh\n{ for a; do echo \"$a\"; done; env | grep -v '^_=' | sort; pwd; } >\"$HOME/log\"\n";
    client.write_executable(".git/hooks/pre-push", hook);
    let seen = |branch: &str| {
        client.git(["push", "-q", "origin"]).arg(format!("main:{branch}")).ok();
        read(sandbox.path("home/log"))
    };
    let before = seen("one");
    client.gate(["install", "--mode", "shim"]).ok();
    assert_eq!(seen("two"), before);
    assert!(before.starts_with("origin\n../server.git\n"), "{before}");
}

#[test]
fn chained_hook_without_shebang_runs() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    server.write_executable("hooks/pre-receive", "cat >log\n");
    server.gate(["install", "--mode", "shim"]).ok();
    client.commit("docs: second");
    client.git(["push", "-q", "origin", "main"]).ok();
    assert!(read(server.file("log")).contains("refs/heads/main"));
}

#[test]
fn chained_hook_finds_its_own_directory() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    server.write_executable("hooks/pre-receive", "#!/bin/sh\n. \"$(dirname \"$0\")/library\"\n");
    server.write("hooks/library", "echo said by the library\n");
    server.gate(["install", "--mode", "shim"]).ok();
    client.commit("docs: second");
    client.git(["push", "-q", "origin", "main"]).ok().says("remote: said by the library");
}

#[test]
fn moved_repository_keeps_both_hooks() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    server.write_executable("hooks/pre-receive", "#!/bin/sh\necho foreign\n");
    server.gate(["install", "--mode", "shim"]).ok();
    fs::rename(server.path(), sandbox.path("moved.git")).unwrap();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "../moved.git", "main"]).ends_with(1).says("foreign").says("unpinned-uses");
}

#[test]
fn missing_chained_hook_refuses_the_push() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    let hook = server.hook("pre-receive");
    std::os::unix::fs::symlink("/bin/true", &hook).unwrap();
    server.gate(["install", "--mode", "shim"]).ok();
    fs::remove_file(hook.with_file_name("pre-receive.git-gate-chained")).unwrap();
    client.commit("docs: second");
    let refused = client.git(["push", "-q", "origin", "main"]).ends_with(1);
    refused.says("cannot run the chained hook").says("pre-receive hook declined");
}

#[test]
fn program_path_is_quoted_for_the_shell() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    for (number, name) in
        ["a b", "$HOME", "`false`", "it's", "\"", "a\nb", "\\", "*", "-n"].into_iter().enumerate()
    {
        let binary = sandbox.path("place").join(name).join("git-gate");
        fs::create_dir_all(binary.parent().unwrap()).unwrap();
        sandbox.copy_gate(&binary);
        sandbox.run(&binary).args(["install", "--mode", "shim"]).dir(server.path()).ok();
        client.git(["checkout", "-q", "-B", "topic", "main"]).ok();
        client.commit_file("file", number.to_string());
        client.git(["push", "-q", "-f", "origin", "topic"]).ok();
        client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
        client.git(["push", "-q", "origin", "topic"]).ends_with(1).says("unpinned-uses");
    }
}

#[test]
fn without_the_program_hooks_refuse_with_one_line() {
    let sandbox = Sandbox::new();
    let (server, client) = server(&sandbox);
    let binary = sandbox.path("gone");
    sandbox.copy_gate(&binary);
    for repo in [&server, &client] {
        sandbox.run(&binary).args(["install", "--mode", "shim"]).dir(repo.path()).ok();
    }
    fs::remove_file(&binary).unwrap();
    client.commit("docs: second");
    // The hook falls back to the git-gate on PATH.
    client.git(["push", "-q", "--no-verify", "origin", "main"]).ok();
    fs::remove_file(sandbox.path("bin/git-gate")).unwrap();
    client.commit("docs: third");
    let line =
        "error: git-gate is gone, and nothing passes without it: put it back, then run: git-gate install";
    client.git(["push", "-q", "--no-verify", "origin", "main"]).ends_with(1).says(&format!("remote: {line}"));
    client.git(["push", "-q", "origin", "main"]).ends_with(1).says(line).never_says("remote:");
    client.git(["commit", "--allow-empty", "-sm", "docs: fourth"]).ends_with(1).says(line);
}
