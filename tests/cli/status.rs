//! `git gate status`: reports ready only if the hooks really refuse, and otherwise names the cause.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::servers::is_root;
use crate::support::{Repo, Sandbox, not_tested, with_new_git};

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

#[test]
fn dispatcher_is_tested_with_its_other_members() {
    let sandbox = Sandbox::new();
    let loses = "#!/bin/sh\nfor h in \"$0.d\"/*; do \"$h\"; done\n";
    let once = "#!/bin/sh\nfor h in \"$0.d\"/*; do [ -x \"$h\" ] || continue; \"$h\" || exit 1; done\n";
    let each = "#!/bin/sh\ndata=$(cat)\nfor h in \"$0.d\"/*; do [ -x \"$h\" ] || continue; echo \"$data\" | \"$h\" || exit 1; done\n";
    for (number, (dispatcher, other, status)) in
        [(loses, "zz", 1), (once, "aa", 1), (once, "zz", 0), (each, "aa", 0), (each, "zz", 0)]
            .iter()
            .enumerate()
    {
        let server = sandbox.init_bare(format!("{number}.git"));
        server.write_executable("hooks/pre-receive", dispatcher);
        fs::create_dir_all(server.file("hooks/pre-receive.d")).unwrap();
        server.gate(["install", "--mode", "shim"]).ok();
        let member = format!("#!/bin/sh\ntouch '{}'\n", sandbox.path("ran").display());
        server.write_executable(format!("hooks/pre-receive.d/{other}"), member);
        server.write("hooks/pre-receive.d/README", "About the members.\n");
        let said = server.gate(["status"]).ends_with(*status);
        assert_eq!(said.contains("has to give its whole input to each member"), *status == 1, "{said}");
        assert!(!sandbox.path("ran").exists(), "a member of somebody else was run");
    }
}

#[test]
fn config_of_one_of_several_pushers_must_not_matter() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_with("server.git", &["--bare", "--shared=group"]);
    server.gate(["install", "--mode", "shim"]).ok();
    let repair = "config core.hooksPath hooks";
    let status = server.gate(["status"]).ends_with(1);
    status.says("each may switch the hook off in its own config, by core.hooksPath").says(repair);
    server.git(["config", "--global", "core.hooksPath"]).arg(server.file("hooks")).ok();
    server.gate(["status"]).ends_with(1);
    sandbox.run("sh").args(["-c", &format!("git -C {} {repair}", server.path().display())]).ok();
    server.gate(["status"]).ok();
    server.gate(["install", "--mode", "shim"]).ok();
    server.git(["config", "--global", "core.hooksPath", "/nowhere"]).ok();
    server.gate(["status"]).ok();
    fs::rename(server.path(), sandbox.path("moved.git")).unwrap();
    let moved = Repo::at(&sandbox, sandbox.path("moved.git"));
    moved.gate(["status"]).ok().says("accepted a clean one");
    let client = sandbox.init("client");
    client.commit_message("docs: unsigned");
    client.git(["push", "-q", "--no-verify", "../moved.git", "HEAD"]).ends_with(1).says("missing-signoff");
}

#[test]
fn hook_of_the_machine_is_not_pinned_for_several_pushers() {
    let Some(sandbox) = with_new_git("a hook in the config of the machine") else { return };
    let system = sandbox.write("etc/gitconfig", "");
    let one = sandbox.init_bare("one.git");
    let several = sandbox.init_with("several.git", &["--bare", "--shared=group"]);
    one.gate(["install", "--system"]).env("GIT_CONFIG_SYSTEM", &system).ok();
    let status = |repo: &Repo<'_>| repo.gate(["status"]).env("GIT_CONFIG_SYSTEM", &system).transcript();
    let said = status(&several);
    assert_eq!(said.status(), Some(1), "{said}");
    said.says("each may switch the hook off in its own config, by hook.git-gate-pre-receive.enabled");
    let said = status(&one);
    said.says("note: hook.git-gate-pre-receive is not set in the repository");
    // Only this process is told of that file.
    said.says("runs no hook of git-gate for a push over http");
    several.gate(["install"]).env("GIT_CONFIG_SYSTEM", &system).ok();
    status(&several).never_says("its own config");
}

#[test]
fn config_that_every_user_can_write_is_reported() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    chmod(&server, "../config", 0o666);
    let status = server.gate(["status"]).ends_with(1);
    status
        .says("every user can write to [ROOT]/server.git/config")
        .says("chmod o-w [ROOT]/server.git/config");
    chmod(&server, "../config", 0o664);
    server.gate(["status"]).ok();
}

#[test]
fn policy_that_judges_no_branch_is_reported() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    for refs in ["exempt: ['refs/**']", "exempt: ['refs/heads/*']", "cover: []", "cover: ['refs/tags/*']"] {
        server.write("git-gate.yml", format!("refs: {{{refs}}}\n"));
        server.gate(["status"]).ends_with(1).says("no branch is judged, by policy");
    }
}

#[test]
fn hook_that_only_root_can_reach_is_reported() {
    if !is_root() {
        return not_tested("a hook that only root can reach", "root");
    }
    let sandbox = Sandbox::new();
    fs::set_permissions(sandbox.path(""), Permissions::from_mode(0o755)).unwrap();
    let hook = sandbox.path("hooks/git-gate");
    let common = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("install/common.sh");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    sandbox.run("sh").arg(common).arg(&hook).ok();
    for (path, mode, right, said) in [
        ("hooks", 0o700, "x", "only root can enter"),
        ("hooks/git-gate", 0o700, "rx", "only root can execute"),
        ("hooks/git-gate", 0o711, "r", "only root can read"),
    ] {
        let path = sandbox.path(path);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let repair = format!("chmod o+{right} {}", path.display());
        let status = || sandbox.gate(["status", "--hook"]).arg(&hook);
        status()
            .ends_with(1)
            .says(said)
            .says(&repair.replace(sandbox.path("").to_str().unwrap().trim_end_matches('/'), "[ROOT]"));
        sandbox.run("sh").args(["-c", &repair]).ok();
        status().ok();
    }
}

#[test]
fn proof_says_how_it_was_made() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    let version = sandbox.run("git").arg("version").ok().line();
    let version = version.split(' ').take(3).collect::<Vec<_>>().join(" ").replace("git version", "git");
    // Settings of the user that keep a push from succeeding are not those of the pushers.
    for (key, value) in [
        ("push.gpgSign", "true"),
        ("protocol.file.allow", "never"),
        ("transfer.hideRefs", "refs/heads"),
        ("receive.denyCurrentBranch", "refuse"),
        ("url.ssh://nowhere.insteadOf", "/"),
    ] {
        server.git(["config", "--global", key, value]).ok();
    }
    let status = server.gate(["status"]).ok();
    status.says(&format!("refused a bad commit and accepted a clean one (with {version} ("));
    status.says("hook in [ROOT]/server.git/hooks/pre-receive)");
    let repo = sandbox.init("repo");
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["status"]).ok();
}

#[test]
fn hook_that_pushers_cannot_reach_is_reported() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_with("server.git", &["--bare", "--shared=group"]);
    server.write_executable("hooks/pre-receive", "#!/bin/sh\nfor h in \"$0.d\"/*; do $h || exit; done\n");
    fs::create_dir(server.file("hooks/pre-receive.d")).unwrap();
    server.gate(["install", "--mode", "shim"]).ok();
    server.git(["config", "core.hooksPath"]).arg(server.file("hooks")).ok();
    server.write("git-gate.yml", "profile: default\n");
    chmod(&server, "../git-gate.yml", 0o644);
    server.gate(["status"]).ok();
    let (skips, fails) = ("so git skips the hook for them", "so the gate fails for them");
    for (path, mode, right, said, effect) in [
        ("hooks", 0o700, "x", "cannot enter", skips),
        ("hooks/pre-receive", 0o700, "rx", "cannot execute", skips),
        ("hooks/pre-receive", 0o711, "r", "cannot read", fails),
        ("hooks/pre-receive.d", 0o710, "r", "cannot read", fails),
        ("hooks/pre-receive.d/git-gate", 0o700, "rx", "cannot execute", skips),
        ("git-gate.yml", 0o600, "r", "cannot read", fails),
    ] {
        let path = server.file(path);
        let before = path.metadata().unwrap().permissions();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let repair = format!("chmod g+{right} {}", path.display());
        let shown = repair.replace(sandbox.path("").to_str().unwrap().trim_end_matches('/'), "[ROOT]");
        server.gate(["status"]).ends_with(1).says(said).says(effect).says(&shown);
        sandbox.run("sh").args(["-c", &repair]).ok();
        server.gate(["status"]).ok();
        fs::set_permissions(&path, before).unwrap();
    }
}

#[test]
fn what_is_not_judged_is_said() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    for (policy, said) in [
        (
            "refs: {exempt: ['refs/heads/main']}\n",
            "the default branch refs/heads/main is not judged, by policy",
        ),
        ("refs: {exempt: ['refs/heads/wip/*']}\n", "because the policy exempts them: refs/heads/wip/*"),
        ("refs: {cover: ['refs/heads/main']}\n", "only these refs are judged, by policy: refs/heads/main"),
        ("rules: {missing-signoff: allow}\n", "these rules are not checked, by policy: missing-signoff"),
        (
            "refs: {levels: [{match: 'refs/heads/wip/*', rules: {unpinned-uses: allow}}]}\n",
            "these rules are not checked on refs/heads/wip/*, by policy: unpinned-uses",
        ),
    ] {
        server.write("git-gate.yml", policy);
        server.gate(["status"]).ok().says(said);
    }
    server.write("git-gate.yml", "profile: default\n");
    let status = server.gate(["status"]).ok();
    let commands =
        ["receive.denyNonFastForwards", "receive.denyDeletes"].map(|key| format!("git config {key} true"));
    for command in commands {
        status.says("can take a repair back in several steps").says(&format!("`{command}`"));
        sandbox.run("sh").args(["-c", &command]).dir(server.path()).ok();
    }
    server.gate(["status"]).ok().never_says("note:");
}

#[test]
fn hooks_under_a_condition_are_said_to_be_not_proven() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.write(".git/wip", "[core]\n\thooksPath = /dev/null\n");
    repo.git(["config", "includeIf.onbranch:wip/**.path", "wip"]).ok();
    let note = "note: other hooks run where the condition `onbranch:wip/**` of git config holds, and are not \
                proven: [ROOT]/repo/.git/wip sets core.hookspath";
    repo.gate(["status"]).ok().says(note);
    repo.git(["checkout", "-q", "-b", "wip/x"]).ok();
    repo.gate(["status"]).ends_with(1).says("git runs no hooks here").never_says("note: other hooks");
}

/// A shell runs a script line by line, so the proof of our line in it does not reach the end.
#[test]
fn kept_hook_with_a_syntax_error_is_reported() {
    for end in ["if true; then\n", "echo 'x\n"] {
        let sandbox = Sandbox::new();
        let server = sandbox.init_bare("server.git");
        server.write_executable("hooks/pre-receive", "#!/bin/sh\ncat >/dev/null\n");
        server.gate(["install", "--mode", "shim"]).ok();
        server.gate(["status"]).ok();
        let kept = ["hooks/pre-receive", "hooks/pre-receive.git-gate-backup"];
        let kept = kept.into_iter().rfind(|name| server.file(name).exists()).unwrap();
        let text = fs::read_to_string(server.file(kept)).unwrap();
        server.write(kept, format!("{text}{end}"));
        let status = server.gate(["status"]).ends_with(1);
        status.says("has a syntax error, so that pre-receive refuses everything");
        status.says(&format!("`sh -n [ROOT]/server.git/{kept}` shows the error"));
    }
}

#[test]
fn policy_that_lets_any_commit_in_is_not_ready() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    let listed = server.gate(["rules"]).ok().to_string();
    let denied: Vec<&str> = listed
        .lines()
        .filter(|line| line.contains(" deny"))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(denied.contains(&"missing-signoff") && denied.contains(&"replaced-object"), "{listed}");
    let off = |kept: &str| {
        let off = denied.iter().filter(|rule| **rule != kept).map(|rule| format!("{rule}: allow"));
        off.collect::<Vec<_>>().join(", ")
    };
    let (all, all_but_one) = (off(""), off("replaced-object"));
    server.write("git-gate.yml", format!("rules: {{{all_but_one}}}\n"));
    let status = server.gate(["status"]).ends_with(1);
    status.says("no rule about commits has the level `deny`, by policy").says("git gate rules");
    for pattern in ["refs/heads/*", "refs/heads/main"] {
        server
            .write("git-gate.yml", format!("refs: {{levels: [{{match: '{pattern}', rules: {{{all}}}}}]}}\n"));
        let status = server.gate(["status"]).ends_with(1);
        status.says(
            "no rule about commits has the level `deny` on the default branch refs/heads/main, by policy",
        );
        status.says(&format!("note: these rules are not checked on {pattern}, by policy: "));
    }
    server.write(
        "git-gate.yml",
        format!("refs: {{levels: [{{match: 'refs/heads/wip', rules: {{{all}}}}}]}}\n"),
    );
    server.gate(["status"]).ok().says("note: these rules are not checked on refs/heads/wip, by policy: ");
}

#[test]
fn access_lists_are_said_to_be_not_judged() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    server.gate(["status"]).ok().never_says("access control list");
    // The owner, user 12345, the group, the mask and all others, as Linux writes them.
    let entries = [(1, 7, u32::MAX), (2, 5, 12345), (4, 5, u32::MAX), (16, 5, u32::MAX), (32, 5, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        list.extend(u16::to_le_bytes(tag));
        list.extend(u16::to_le_bytes(rights));
        list.extend(u32::to_le_bytes(id));
    }
    for (place, name) in [
        ("objects", "system.posix_acl_default"),
        ("hooks", "system.posix_acl_access"),
        ("hooks/pre-receive", "system.posix_acl_access"),
    ] {
        let flags = rustix::fs::XattrFlags::empty();
        if rustix::fs::setxattr(server.file(place), name, &list, flags).is_err() {
            return not_tested(
                "access control lists in status",
                "a file system with POSIX access control lists",
            );
        }
        let said = format!("[ROOT]/server.git/{place} has an access control list (ACL), which is not judged");
        server.gate(["status"]).ok().says(&said);
        rustix::fs::removexattr(server.file(place), name).unwrap();
    }
    server.gate(["status"]).ok().never_says("access control list");
}

#[test]
fn policy_that_only_warns_is_a_state_of_its_own() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("srv/server.git");
    server.gate(["install", "--mode", "shim"]).ok();
    server.write("git-gate.yml", "warn-only: true\n");
    server.gate(["status"]).ok().says("warns only, by policy: ").never_says("ready:");
    let fleet = sandbox.gate(["server", "status", "srv"]).ok();
    fleet.says("1 repository: 0 guarded, 1 only warned, by policy");
}

#[test]
fn audit_log_that_cannot_be_written_is_reported() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_with("server.git", &["--bare", "--shared=group"]);
    server.gate(["install", "--mode", "shim"]).ok();
    server.git(["config", "core.hooksPath"]).arg(server.file("hooks")).ok();
    let log = sandbox.path("log/audit.jsonl");
    server.write("git-gate.yml", format!("server: {{audit-log: {}}}\n", log.display()));
    server
        .gate(["status"])
        .ends_with(1)
        .says("the directory of the audit log [ROOT]/log/audit.jsonl does not exist");
    fs::create_dir(sandbox.path("log")).unwrap();
    server.gate(["status"]).ends_with(1).says("a pusher cannot write to the audit log");
    fs::set_permissions(sandbox.path("log"), Permissions::from_mode(0o770)).unwrap();
    server.gate(["status"]).ok();
    fs::create_dir(&log).unwrap();
    server.gate(["status"]).ends_with(1).says("is not a regular file");
}

#[test]
fn kept_hook_that_cannot_be_started_is_reported() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.write_executable("hooks/pre-receive", "#!/bin/sh\nexit 0\n");
    server.gate(["install", "--mode", "shim"]).ok();
    server.gate(["status"]).ok();
    let text = fs::read_to_string(server.hook("pre-receive")).unwrap();
    for first in ["#!/bin/sh\r\n", "#!/no/such/interpreter\n"] {
        server.write_executable("hooks/pre-receive", text.replacen("#!/bin/sh\n", first, 1));
        server.gate(["status"]).ends_with(1);
    }
    server.gate(["uninstall"]).ok();
    server.write_executable("hooks/pre-receive", "#!/usr/bin/perl -w\nexit 0;\n");
    server.gate(["install", "--mode", "shim"]).ok();
    server.write_executable("hooks/pre-receive.git-gate-chained", "#!/bin/sh\r\nexit 0\r\n");
    let repair = server.gate(["status"]).ends_with(1);
    repair
        .says("ends with a carriage return")
        .says("sed -i 's/\\r$//' [ROOT]/server.git/hooks/pre-receive.git-gate-chained");
}

#[test]
fn hook_outside_of_repositories_is_proven() {
    let sandbox = Sandbox::new();
    fs::set_permissions(sandbox.path(""), Permissions::from_mode(0o755)).unwrap();
    let hook = sandbox.path("custom hooks/pre-receive.d/git-gate");
    let common = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("install/common.sh");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    sandbox.run("sh").arg(common).arg(&hook).ok();
    let status = || sandbox.gate(["status", "--hook"]).arg(&hook);
    status()
        .ok()
        .says("refused a bad commit and accepted a clean one (with git ")
        .says("hook in [ROOT]/custom hooks/");
    let repo = Repo::at(&sandbox, sandbox.path(""));
    for (text, said) in [
        ("#!/bin/sh\nexit 0\n", "accepts a commit without a sign-off"),
        ("#!/bin/sh\necho nothing >&2; exit 1\n", "fails before it reaches a verdict: nothing"),
        ("#!/bin/sh\necho missing-signoff >&2; exit 1\n", "refuses a clean commit"),
    ] {
        repo.write_executable(&hook, text);
        status().ends_with(1).says(said).says("not ready");
    }
    fs::set_permissions(&hook, Permissions::from_mode(0o644)).unwrap();
    status().ends_with(1).says("is not executable, so git skips it");
    fs::remove_file(&hook).unwrap();
    assert_ne!(status().transcript().status(), Some(0));
}

#[test]
fn worktree_with_a_config_of_its_own_is_looked_at() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit("docs: first");
    repo.git(["worktree", "add", "-q", "../linked"]).ok();
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["status"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    linked.git(["config", "--worktree", "core.hooksPath", "elsewhere"]).ok();
    let repair = "git -C [ROOT]/linked config --worktree --unset-all core.hooksPath";
    repo.gate(["status"])
        .ends_with(1)
        .says("git does not find the hooks in the worktree [ROOT]/linked")
        .says(repair);
    linked.git(["config", "--worktree", "--unset", "core.hooksPath"]).ok();
    repo.gate(["status"]).ok();
}

#[test]
fn worktree_whose_path_has_a_line_break_is_looked_at() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit("docs: first");
    repo.git(["worktree", "add", "-q", "-b", "linked", "../two\nlines"]).ok();
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["status"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("two\nlines"));
    linked.git(["config", "--worktree", "core.hooksPath", "/nowhere"]).ok();
    let status = repo.gate(["status"]).ends_with(1);
    status.says("git does not find the hooks in the worktree [ROOT]/two\\x0alines");
}

#[test]
fn worktree_of_a_bare_repository_is_looked_at() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    let client = sandbox.init("client");
    client.commit("docs: first");
    client.git(["push", "-q", "../server.git", "HEAD:main"]).ok();
    server.gate(["install", "--mode", "shim"]).ok();
    server.git(["worktree", "add", "-q", "../linked", "main"]).ok();
    server.gate(["status"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    server.git(["config", "extensions.worktreeConfig", "true"]).ok();
    linked.git(["config", "--worktree", "core.hooksPath", "/nowhere"]).ok();
    let status = server.gate(["status"]).ends_with(1);
    status.says("git does not find the hooks in the worktree [ROOT]/linked");
    status.says("`git -C [ROOT]/linked config --worktree --unset-all core.hooksPath`");
    linked.git(["config", "--worktree", "--unset-all", "core.hooksPath"]).ok();
    server.gate(["status"]).ok();
    // A push into a worktree runs the hooks in the directory of that worktree.
    server.git(["config", "core.hooksPath", "hooks"]).ok();
    let status = server.gate(["status"]).ends_with(1);
    status.says("git does not find the hooks in the worktree [ROOT]/linked");
    let hooks = server.path().join("hooks").display().to_string();
    status.says("`git config core.hooksPath [ROOT]/server.git/hooks`");
    server.git(["config", "core.hooksPath", &hooks]).ok();
    server.gate(["status"]).ok();
}
