//! Tests of the sandbox itself: oids are reproducible, and no setting of the machine is used.

use crate::support::{CLEAN_WORKFLOW, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

#[test]
fn same_commit_has_the_same_oid_everywhere() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let clean = repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let unpinned = repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    assert_eq!(clean, "f0cb0f4dade090f56bcd697a41f56e91c9210d10");
    assert_eq!(unpinned, "24b850e40f32a9dc24af5719a1cbd206745eb2aa");
}

#[test]
fn machine_config_is_not_read() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let transcript = repo.git(["config", "--list", "--show-scope"]).ok();
    transcript.says("local").never_says("system").never_says("global").never_says("command");
}

/// Runs the test before this one again with config in every place: the machine may have none.
#[test]
fn existing_machine_config_is_not_read() {
    let sandbox = Sandbox::new();
    let config = sandbox.write("config", "[on]\n\tmachine = true\n");
    let machine = |program: &std::path::Path| {
        let run = sandbox.run(program).env("GIT_CONFIG_SYSTEM", &config).env("GIT_CONFIG_GLOBAL", &config);
        run.env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "on.machine")
            .env("GIT_CONFIG_VALUE_0", "true")
    };
    let read = machine("git".as_ref()).args(["config", "--show-scope", "--get-all", "on.machine"]).ok();
    read.says("system").says("global").says("command");
    let test = machine(&std::env::current_exe().unwrap());
    test.args(["--exact", "sandbox::machine_config_is_not_read"]).ok().says("1 passed");
}

/// A hook falls back to the git-gate on PATH.
#[test]
fn installed_git_gate_is_not_found() {
    let sandbox = Sandbox::new();
    let found = sandbox.run("sh").args(["-c", "type git-gate"]).ok();
    found.says("[ROOT]/bin/git-gate");
    std::fs::remove_file(sandbox.path("bin/git-gate")).unwrap();
    sandbox.run("sh").args(["-c", "type git-gate"]).ends_with(127);
    sandbox.run("git").arg("gate").ends_with(1).says("not a git command");
}

#[test]
fn existing_git_gate_is_not_found() {
    let sandbox = Sandbox::new();
    sandbox.copy_gate(sandbox.path("home/git-gate"));
    let inner = "PATH=$HOME:$PATH exec \"$0\" --exact sandbox::installed_git_gate_is_not_found";
    let test = sandbox.run("sh").args(["-c", inner]).arg(std::env::current_exe().unwrap());
    test.ok().says("1 passed");
}

#[test]
fn transcript_shows_both_streams_and_exit_status() {
    let sandbox = Sandbox::new();
    let transcript =
        sandbox.run("sh").args(["-c", "pwd; cat; echo no >&2; exit 3"]).stdin("in\n").transcript();
    assert_eq!(transcript.to_string(), "[ROOT]\nin\n--- stderr ---\nno\n[exit status: 3]");
}
