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
        let shim = fs::read_to_string(repo.hook("commit-msg")).unwrap();
        assert!(shim.contains(program.to_str().unwrap()), "{shim}");
    }
    assert_eq!(fs::read_dir(sandbox.path("home/.local/bin")).unwrap().count(), 1);
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

/// Dispatcher that Gitea, Forgejo and soft-serve put into every repository.
const DISPATCHER: &str = "#!/usr/bin/env bash
data=$(cat)
exitcodes=\"\"
hookname=$(basename $0)
GIT_DIR=${GIT_DIR:-$(dirname $0)/..}
for hook in ${GIT_DIR}/hooks/${hookname}.d/*; do
  test -x \"${hook}\" && test -f \"${hook}\" || continue
  echo \"${data}\" | \"${hook}\"
  exitcodes=\"${exitcodes} $?\"
done
for i in ${exitcodes}; do
  [ ${i} -eq 0 ] || exit ${i}
done
";

#[test]
fn member_is_added_next_to_the_forges_own() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("srv/a.git"), sandbox.init("client"));
    server.write_executable("hooks/pre-receive", DISPATCHER);
    server.write_executable("hooks/pre-receive.d/gitea", "#!/bin/sh\ncat >>log\n");
    sandbox.gate(["server", "install", "--mode", "shim", "srv"]).ok().says("srv/a.git: installed");
    sandbox.gate(["server", "install", "--mode", "shim", "srv"]).ok().says("1 unchanged");
    sandbox.gate(["server", "status", "srv"]).ok();
    assert_eq!(fs::read_to_string(server.hook("pre-receive")).unwrap(), DISPATCHER);
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    client.git(["push", "-q", "../srv/a.git", "main"]).ok();
    client.git(["push", "-q", "../srv/a.git", "main:old"]).ok();
    client.git(["push", "-q", "../srv/a.git", ":old"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "../srv/a.git", "main"]).ends_with(1).says("remote: error[unpinned-uses]");
    assert!(fs::read_to_string(server.file("log")).unwrap().lines().count() >= 4);
    fs::remove_file(server.hook("pre-receive")).unwrap();
    sandbox.gate(["server", "install", "--mode", "shim", "srv"]).ok().says("srv/a.git: installed");
    client.git(["push", "-q", "../srv/a.git", "main"]).ends_with(1);
}

/// Imitation of the dispatcher of GitLab: a clean environment without the path of the quarantine, an absolute
/// git directory, and members in the order of their names until one refuses.
const GITALY: &str = "#!/bin/sh
data=$(cat)
for hook in ../custom_hooks/pre-receive.d/*; do
  test -x \"$hook\" || continue
  printf '%s\\n' \"$data\" | env -i PATH=\"$PATH\" HOME=/ GIT_DIR=\"$PWD\" \\
    ${GIT_OBJECT_DIRECTORY:+GIT_OBJECT_DIRECTORY=\"$GIT_OBJECT_DIRECTORY\"} \\
    ${GIT_OBJECT_DIRECTORY:+GIT_ALTERNATE_OBJECT_DIRECTORIES=\"$GIT_ALTERNATE_OBJECT_DIRECTORIES\"} GL_USERNAME=ana GL_PROTOCOL=ssh \\
    GL_ID=user-1 GL_REPOSITORY=project-1 \"$hook\" >out 2>err || { cat out err >&2; exit 1; }
done
";

/// Hook of soft-serve, which gives the global members the name of the repository in a variable.
const SOFT_SERVE: &str = "#!/usr/bin/env bash
data=$(cat)
export SOFT_SERVE_REPO_NAME=app SOFT_SERVE_USERNAME=ana
exitcodes=\"\"
for hook in ../custom_hooks/pre-receive.d/*; do
  test -x \"${hook}\" && test -f \"${hook}\" || continue
  echo \"${data}\" | \"${hook}\"
  exitcodes=\"${exitcodes} $?\"
done
for i in ${exitcodes}; do
  [ ${i} -eq 0 ] || exit ${i}
done
";

#[test]
fn global_member_of_a_forge_checks_every_push() {
    for dispatcher in [GITALY, SOFT_SERVE] {
        let sandbox = Sandbox::new();
        let (server, client) = (sandbox.init_bare("app.git"), sandbox.init("client"));
        server.write_executable("hooks/pre-receive", dispatcher);
        fs::create_dir_all(sandbox.path("custom_hooks/pre-receive.d")).unwrap();
        server.write_executable("../custom_hooks/pre-receive.d/10-other", "#!/bin/sh\ncat >>log\n");
        script(&sandbox, "common.sh").arg(sandbox.path("custom_hooks/pre-receive.d/git-gate")).ok();
        let push = |refspec: &str| client.git(["push", "-q", "../app.git", refspec]);
        client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
        push("main").ok();
        push("main:old").ok();
        push(":old").ok();
        client.commit_message("docs: unsigned\n");
        push("main").ends_with(1).says("remote: error[missing-signoff]").says("pre-receive hook declined");
        client.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
        client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
        push("main").ends_with(1).says("remote: error[unpinned-uses]").says("pre-receive hook declined");
        push("main~1:refs/heads/again").ok();
        assert!(fs::read_to_string(server.file("log")).unwrap().contains("refs/heads/again"));
    }
}

#[test]
fn one_file_guards_all_linked_repositories() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("repo.git"), sandbox.init("client"));
    fs::create_dir_all(sandbox.path("local/hooks/common")).unwrap();
    let file = sandbox.path("local/hooks/common/pre-receive");
    for _ in 0..2 {
        script(&sandbox, "common.sh").arg(&file).ok().says("installed");
    }
    symlink(&file, server.hook("pre-receive")).unwrap();
    server.gate(["status"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client.git(["push", "-q", "../repo.git", "main"]).ends_with(1).says("remote: error[unpinned-uses]");
    fs::write(&file, "#!/bin/sh\n").unwrap();
    script(&sandbox, "common.sh").arg(&file).ends_with(2).says("is not a hook of git-gate");
    script(&sandbox, "common.sh").ends_with(1).says("install/common.sh FILE");
}

#[test]
fn scripts_print_their_usage() {
    let sandbox = Sandbox::new();
    script(&sandbox, "local.sh").arg("--help").ok().says("BINARY").never_says("set -eu");
}
