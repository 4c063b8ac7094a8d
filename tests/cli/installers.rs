//! Scripts in `install/` for administrators and users.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::{CLEAN_WORKFLOW, Run, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

fn script(sandbox: &Sandbox, name: &str) -> Run {
    sandbox.run("sh").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("install").join(name))
}

#[test]
fn local_script_installs_program_and_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for _ in 0..2 {
        script(&sandbox, "local.sh")
            .arg(env!("CARGO_BIN_EXE_git-gate"))
            .dir(repo.path())
            .ok()
            .says("git-gate ");
        let program = sandbox.path("home/.local/bin/git-gate");
        assert_eq!(program.metadata().unwrap().permissions().mode() & 0o777, 0o755);
        // Depending on the version of git, the hook is a file or in the config.
        let file = fs::read_to_string(repo.hook("commit-msg")).unwrap_or_default();
        let hook = file + &fs::read_to_string(repo.file(".git/config")).unwrap();
        assert!(hook.contains(program.to_str().unwrap()), "{hook}");
    }
    assert_eq!(fs::read_dir(sandbox.path("home/.local/bin")).unwrap().count(), 1);
    for file in ["man/man1/git-gate.1", "bash-completion/completions/git-gate"] {
        assert!(sandbox.path("home/.local/share").join(file).exists(), "{file}");
    }
}

#[test]
fn local_script_works_outside_a_repository() {
    let sandbox = Sandbox::new();
    let run =
        script(&sandbox, "local.sh").arg(env!("CARGO_BIN_EXE_git-gate")).env("PREFIX", sandbox.path("opt"));
    run.ok().says("add [ROOT]/opt/bin to PATH").says("git gate install");
    assert!(sandbox.path("opt/bin/git-gate").exists());
}

#[test]
fn missing_program_changes_nothing() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("home/.local/bin")).unwrap();
    let old = sandbox.write("home/.local/bin/git-gate", "old");
    assert_ne!(script(&sandbox, "local.sh").arg("no/such/program").transcript().status(), Some(0));
    assert_eq!(fs::read_to_string(old).unwrap(), "old");
}

#[test]
fn one_file_guards_all_linked_repositories() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("repo.git"), sandbox.init("client"));
    fs::create_dir_all(sandbox.path("local/hooks/common")).unwrap();
    let file = sandbox.path("local/hooks/common/pre-receive");
    for _ in 0..2 {
        script(&sandbox, "common.sh").arg(&file).ok();
    }
    symlink(&file, server.hook("pre-receive")).unwrap();
    server.gate(["status"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "../repo.git", "main"]).ends_with(1).says("remote: error[unpinned-uses]");
    script(&sandbox, "common.sh").arg("--uninstall").arg(&file).ok().says("uninstalled");
    assert!(!file.exists());
}

#[test]
fn common_hook_that_was_there_is_kept_and_restored() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("repo.git"), sandbox.init("client"));
    const OWN: &str = "#!/bin/sh\ncat >>\"$PWD/seen\"\n";
    let file = server.write_executable(sandbox.path("hooks/pre-receive"), OWN);
    server.git(["config", "core.hooksPath"]).arg(sandbox.path("hooks")).ok();
    for _ in 0..2 {
        script(&sandbox, "common.sh").arg(&file).ok();
    }
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    client.git(["push", "-q", "../repo.git", "main"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "../repo.git", "main:bad"]).ends_with(1).says("remote: error[unpinned-uses]");
    let seen = fs::read_to_string(server.file("seen")).unwrap();
    assert_eq!(seen.matches("refs/heads/main").count(), 1, "{seen}");
    for _ in 0..2 {
        script(&sandbox, "common.sh").arg("--uninstall").arg(&file).ok();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), OWN);
    assert_eq!(fs::read_dir(sandbox.path("hooks")).unwrap().count(), 1);
    client.git(["push", "-q", "../repo.git", "main:bad"]).ok();
}

#[test]
fn common_script_refuses_what_it_cannot_keep() {
    let sandbox = Sandbox::new();
    let refused = |file: &str| script(&sandbox, "common.sh").arg(sandbox.path(file)).ends_with(2);
    const BY_NAME: &str = "#!/usr/bin/env python3\nimport sys\nprint(sys.argv[0])\n";
    let named = sandbox.init("any").write_executable(sandbox.path("hooks/pre-receive"), BY_NAME);
    refused("hooks/pre-receive")
        .says("[ROOT]/hooks/pre-receive: not installed")
        .says("it looks at its own name")
        .says("`git gate install --global`");
    assert_eq!(fs::read_to_string(named).unwrap(), BY_NAME);
    let own = sandbox.write("hooks.d/git-gate", "#!/bin/sh\n");
    refused("hooks.d/git-gate").says("is not a hook of git-gate");
    refused("nowhere/pre-receive").says("there is no directory [ROOT]/nowhere");
    symlink(&own, sandbox.path("hooks.d/pre-receive")).unwrap();
    refused("hooks.d/pre-receive").says("is a symbolic link");
    assert_eq!(fs::read_to_string(own).unwrap(), "#!/bin/sh\n");
    script(&sandbox, "common.sh").ends_with(2).says("install/common.sh [--uninstall] FILE");
    script(&sandbox, "common.sh").args(["a", "b"]).ends_with(2).says("more than one FILE");
    script(&sandbox, "common.sh").arg("--help").ok().says("[--uninstall] FILE").never_says("set -eu");
}

#[test]
fn scripts_print_their_usage() {
    let sandbox = Sandbox::new();
    script(&sandbox, "local.sh").arg("--help").ok().says("BINARY").never_says("set -eu");
}
