//! `git gate status`: reports ready only if the hooks really refuse, and otherwise names the cause.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Repo, Sandbox};

fn chmod(repo: &Repo<'_>, hook: &str, mode: u32) {
    fs::set_permissions(repo.hook(hook), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn fresh_install_is_ready() {
    let sandbox = Sandbox::new();
    for repo in [sandbox.init("repo"), sandbox.init_bare("server.git")] {
        repo.gate(["status"]).ends_with(1).says("installed").says("git gate install");
        repo.gate(["install", "--mode", "shim"]).ok();
        repo.gate(["status"]).ok().says("ready: every hook refused a bad commit and accepted a clean one");
    }
}

#[test]
fn status_leaves_no_trace_in_the_repository() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/commit-msg", "#!/bin/sh\ntouch \"$HOME/ran\"\n");
    repo.gate(["install", "--mode", "shim"]).ok();
    fs::create_dir(sandbox.path("tmp")).unwrap();
    repo.gate(["status"]).env("TMPDIR", sandbox.path("tmp")).ok();
    assert_eq!(fs::read_dir(sandbox.path("tmp")).unwrap().count(), 0);
    assert!(!sandbox.path("home/ran").exists(), "somebody else's hook was run");
    assert_eq!(repo.oid("HEAD"), None);
}

/// Installs git-gate beside a script of the user.
fn with_line(repo: &Repo<'_>) {
    repo.git(["gate", "uninstall"]).ok();
    repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\n");
    repo.git(["gate", "install", "--mode", "shim"]).ok();
}

/// Way to keep a hook from refusing: its description, the action, the message that `status` must print, and
/// the repair that it must name.
type Sabotage = (&'static str, fn(&Sandbox, &Repo<'_>), &'static str, &'static str);

const SABOTAGES: [Sabotage; 17] = [
    (
        "a hook is removed",
        |_, repo| fs::remove_file(repo.hook("pre-push")).unwrap(),
        "pre-push is not installed",
        "git gate install",
    ),
    (
        "a hook is not executable",
        |_, repo| chmod(repo, "pre-push", 0o644),
        "is not executable, so git skips it",
        "chmod +x",
    ),
    (
        "a hook does nothing",
        |_, repo| fs::write(repo.hook("commit-msg"), "#!/bin/sh\n").unwrap(),
        "commit-msg is not a hook of git-gate",
        "git gate install",
    ),
    (
        "a hook was edited",
        |_, repo| {
            let text = fs::read_to_string(repo.hook("pre-push")).unwrap().replace("exec ", "true ");
            fs::write(repo.hook("pre-push"), text).unwrap();
        },
        "was edited",
        "git gate install",
    ),
    (
        "others may edit a hook",
        |_, repo| chmod(repo, "pre-push", 0o777),
        "users other than the owner can write",
        "chmod go-w",
    ),
    (
        "everybody may replace a hook",
        |_, repo| chmod(repo, "", 0o777),
        "every user can replace the hooks",
        "chmod o-w",
    ),
    (
        "the hooks path leads elsewhere",
        |sandbox, repo| {
            fs::create_dir(sandbox.path("shared")).unwrap();
            repo.git(["config", "--global", "core.hooksPath"]).arg(sandbox.path("shared")).ok();
        },
        "git ignores the installed pre-push: `core.hooksPath` is set in global config",
        "git config --global --unset core.hooksPath",
    ),
    (
        "the hooks path is no directory",
        |_, repo| drop(repo.git(["config", "core.hooksPath", "/dev/null"]).ok()),
        "git runs no hooks here",
        "git config --local --unset core.hooksPath",
    ),
    (
        "the hooks path is empty",
        |_, repo| drop(repo.git(["config", "core.hooksPath", ""]).ok()),
        "git runs no hooks here",
        "git config --local --unset core.hooksPath",
    ),
    (
        "the program is gone",
        |sandbox, repo| {
            sandbox.copy_gate(sandbox.path("gone"));
            repo.git(["gate", "uninstall"]).ok();
            sandbox.run(sandbox.path("gone")).args(["install", "--mode", "shim"]).dir(repo.path()).ok();
            fs::remove_file(sandbox.path("gone")).unwrap();
        },
        "calls [ROOT]/gone, which is missing or not executable",
        "git gate install",
    ),
    (
        "the program is another version",
        |sandbox, repo| {
            sandbox.copy_gate(sandbox.path("old"));
            sandbox.run(sandbox.path("old")).args(["install", "--mode", "shim"]).dir(repo.path()).ok();
            repo.write_executable(sandbox.path("old"), "#!/bin/sh\necho git-gate 0.0.1\n");
        },
        "calls [ROOT]/old, which is a different version",
        "git gate install",
    ),
    (
        "everybody may replace the program",
        |sandbox, repo| {
            sandbox.copy_gate(sandbox.path("open"));
            sandbox.run(sandbox.path("open")).args(["install", "--mode", "shim"]).dir(repo.path()).ok();
            fs::set_permissions(sandbox.path("open"), Permissions::from_mode(0o777)).unwrap();
        },
        "every user can write to [ROOT]/open",
        "chmod o-w",
    ),
    (
        "the policy cannot be read",
        |_, repo| drop(repo.write(".git-gate.yml", "rulez: {}\n")),
        ".git-gate.yml:1:1 is not valid",
        "git gate rules",
    ),
    (
        "the hook that was there before is gone",
        |_, repo| {
            repo.git(["gate", "uninstall"]).ok();
            std::os::unix::fs::symlink("/bin/true", repo.hook("pre-push")).unwrap();
            repo.git(["gate", "install", "--mode", "shim"]).ok();
            fs::remove_file(repo.hook("pre-push.git-gate-chained")).unwrap();
        },
        "the chained hook is missing",
        "git gate install",
    ),
    (
        "the line in a hook was edited",
        |_, repo| {
            with_line(repo);
            let text = fs::read_to_string(repo.hook("pre-push")).unwrap().replace("exec ", "true ");
            fs::write(repo.hook("pre-push"), text).unwrap();
        },
        "the line of git-gate in [ROOT]/repo/.git/hooks/pre-push was edited",
        "git gate install",
    ),
    (
        "a hook with the line is not executable",
        |_, repo| {
            with_line(repo);
            chmod(repo, "pre-push", 0o644);
        },
        "is not executable, so git skips it",
        "chmod +x",
    ),
    (
        "a linked worktree has no hooks",
        |_, repo| {
            repo.git(["config", "core.hooksPath", ".hooks"]).ok();
            repo.git(["gate", "install", "--mode", "shim"]).ok();
            repo.commit("docs: first");
            repo.git(["rm", "-q", "-r", "--cached", "."]).ok();
            repo.git(["-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "x"]).ok();
            repo.git(["worktree", "add", "-q", "../linked"]).ok();
        },
        "git does not find the hooks in the worktree [ROOT]/linked",
        "git config core.hooksPath [ROOT]/repo/.hooks",
    ),
];

#[test]
fn every_sabotage_is_reported_with_its_repair() {
    for (what, sabotage, message, repair) in SABOTAGES {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        repo.gate(["install", "--mode", "shim"]).ok();
        sabotage(&sandbox, &repo);
        let transcript = repo.gate(["status"]).transcript();
        assert_eq!(transcript.status(), Some(1), "{what}: {transcript}");
        assert!(transcript.contains(message) && transcript.contains(repair), "{what}: {transcript}");
    }
}

#[test]
fn policy_writable_by_others_is_reported() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    let policy = server.write("git-gate.yml", "profile: default\n");
    fs::set_permissions(&policy, Permissions::from_mode(0o664)).unwrap();
    server.gate(["status"]).ends_with(1).says("chmod go-w [ROOT]/server.git/git-gate.yml");
}

#[test]
fn dispatcher_is_tested_with_its_member() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    let runs = "#!/bin/sh\ndata=$(cat)\nfor h in \"$GIT_DIR\"/hooks/pre-receive.d/*; do echo \"$data\" | $h || exit; done\n";
    let lies = "#!/bin/sh\n# runs nothing of pre-receive.d\n";
    let beside = runs.replace("\"$GIT_DIR\"/hooks/", "\"${0%/*}\"/");
    for (dispatcher, status) in [(runs, 0), (&beside, 0), (lies, 1)] {
        server.write_executable("hooks/pre-receive", dispatcher);
        fs::create_dir_all(server.file("hooks/pre-receive.d")).unwrap();
        server.gate(["install", "--mode", "shim"]).ok();
        server.gate(["status"]).ends_with(status);
    }
}
