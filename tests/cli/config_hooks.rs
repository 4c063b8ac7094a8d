//! Hooks in git config. An old git ignores them without a message, so git-gate has to report it.

use std::fs;
use std::path::Path;

use crate::support::{
    CLEAN_WORKFLOW, Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW, git_runs_config_hooks, with_new_git,
};

fn config(repo: &Repo<'_>) -> Vec<u8> {
    fs::read(repo.git_dir().join("config")).unwrap()
}

fn push(repo: &Repo<'_>, content: &str, status: i32) {
    repo.commit_file(WORKFLOW, content);
    let push = repo.git(["push", "-q", "../server.git", "main"]).ends_with(status);
    assert_eq!(push.contains("unpinned-uses"), status != 0, "{push}");
}

#[test]
fn uninstalling_config_hooks_restores_the_config() {
    let Some(sandbox) = with_new_git("hooks that go into git config and out of it") else { return };
    let (repo, server) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    for repo in [&repo, &server] {
        let before = config(repo);
        repo.gate(["install", "--mode", "config"]).ok();
        let installed = config(repo);
        assert_ne!(installed, before);
        repo.gate(["install", "--mode", "config"]).ok().says("nothing to do");
        assert_eq!(config(repo), installed);
        repo.gate(["uninstall"]).ok();
        assert_eq!(config(repo), before);
    }
}

#[test]
fn config_mode_needs_a_git_that_supports_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let older = git_that_says(&sandbox, "2.53.9");
    let before = config(&repo);
    for install in [&["install", "--mode", "config"][..], &["install", "--global"]] {
        repo.gate(install).env("PATH", &older).ends_with(2).says("does not support hooks in git config");
    }
    assert_eq!(config(&repo), before);
    assert!(!sandbox.path("home/.gitconfig").exists());
}

#[test]
fn config_hooks_refuse_despite_a_shared_hooks_path() {
    let Some(sandbox) = with_new_git("hooks in git config beside core.hooksPath") else { return };
    let (repo, _) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    fs::create_dir(sandbox.path("shared")).unwrap();
    repo.git(["config", "--global", "core.hooksPath"]).arg(sandbox.path("shared")).ok();
    repo.gate(["install", "--mode", "config"]).ok();
    push(&repo, CLEAN_WORKFLOW, 0);
    push(&repo, UNPINNED_WORKFLOW, 1);
    assert_eq!(fs::read_dir(sandbox.path("shared")).unwrap().count(), 0);
}

#[test]
fn installing_in_one_mode_replaces_the_other() {
    let Some(sandbox) = with_new_git("hooks in git config that replace others") else { return };
    let repo = sandbox.init("repo");
    repo.write_executable(".git/hooks/pre-push", "#!/bin/sh\n");
    let before = config(&repo);
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["install", "--mode", "config"]).ok();
    assert_eq!(fs::read_to_string(repo.hook("pre-push")).unwrap(), "#!/bin/sh\n");
    assert!(!repo.hook("commit-msg").exists());
    repo.gate(["install", "--mode", "shim"]).ok();
    assert!(repo.hook("commit-msg").exists());
    assert_eq!(config(&repo), before);
}

#[test]
fn global_install_guards_every_repository() {
    let Some(sandbox) = with_new_git("hooks in the config of a user") else { return };
    let (repo, server) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    sandbox.gate(["install", "--global"]).ok();
    for _ in 0..2 {
        push(&repo, UNPINNED_WORKFLOW, 1);
        repo.git(["push", "-q", "--no-verify", "../server.git", "main"]).ends_with(1).says("remote: ");
        repo.git(["reset", "-q", "--hard", "--"]).ok();
        repo.git(["update-ref", "-d", "HEAD"]).ok();
    }
    // The hook is now configured in two files, and still runs once.
    repo.gate(["install", "--mode", "config"]).ok();
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let push = repo.git(["push", "-q", "../server.git", "main"]).ends_with(1);
    assert_eq!(push.to_string().matches("error[unpinned-uses]").count(), 1, "{push}");
    repo.gate(["uninstall"]).ok();
    sandbox.gate(["uninstall", "--global"]).ok();
    repo.git(["push", "-q", "../server.git", "main"]).ok();
    drop(server);
}

#[test]
fn disabled_or_edited_config_hook_is_reported() {
    let Some(sandbox) = with_new_git("hooks in git config that were edited") else { return };
    let repo = sandbox.init("repo");
    for (key, value, repair) in [
        ("hook.git-gate-pre-push.enabled", "false", "git config hook.git-gate-pre-push.enabled true"),
        ("hook.pre-push.enabled", "off", "git config hook.pre-push.enabled true"),
        ("hook.git-gate-pre-push.command", "true", "git gate install"),
        ("hook.git-gate-pre-push.event", "pre-commit", "git gate install"),
    ] {
        repo.gate(["install", "--mode", "config"]).ok();
        repo.git(["config", key, value]).ok();
        repo.gate(["status"]).ends_with(1).says(repair);
        repo.git(["config", "--unset-all", key]).ok();
    }
}

#[test]
fn config_of_a_user_cannot_disable_the_hook() {
    let Some(sandbox) = with_new_git("hooks in git config that a user disables") else { return };
    let (repo, server) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    server.gate(["install", "--mode", "config"]).ok();
    repo.gate(["install", "--mode", "config"]).ok();
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    for key in ["hook.pre-receive.enabled", "hook.git-gate-pre-receive.enabled", "hook.pre-push.enabled"] {
        repo.git(["config", "--global", key, "false"]).ok();
        repo.git(["push", "-q", "../server.git", "main"]).ends_with(1).never_says("remote:");
        repo.git(["push", "-q", "--no-verify", "../server.git", "main"]).ends_with(1).says("remote: error");
    }
}

#[test]
fn config_that_disables_all_hooks_of_an_event_is_left_to_its_owner() {
    let Some(sandbox) = with_new_git("hooks in git config whose event is disabled there") else { return };
    let server = sandbox.init_bare("server.git");
    for value in ["false", "0k", "00", "off"] {
        server.git(["config", "hook.pre-receive.enabled", value]).ok();
        let before = config(&server);
        server
            .gate(["install", "--mode", "config"])
            .ends_with(2)
            .says("disabled by hook.pre-receive.enabled");
        assert_eq!(config(&server), before, "{value}");
    }
    server.git(["config", "--local", "--unset-all", "hook.pre-receive.enabled"]).ok();
    server.gate(["install", "--mode", "config"]).ok();
    server.git(["config", "hook.git-gate-pre-receive.enabled", "0x0"]).ok();
    server.gate(["status"]).ends_with(1).says("git config hook.git-gate-pre-receive.enabled true");
    server.gate(["install", "--mode", "config"]).ok().never_says("nothing to do");
    server.gate(["install", "--mode", "config"]).ok().says("nothing to do");
}

#[test]
fn uninstall_leaves_what_others_wrote_beside_our_config() {
    let Some(sandbox) = with_new_git("hooks in git config beside other lines") else { return };
    let server = sandbox.init_bare("server.git");
    server.git(["config", "hook.pre-receive.enabled", "true"]).ok();
    let before = config(&server);
    server.gate(["install", "--mode", "config"]).ok();
    let more = "# mirror of example.org\n[remote \"mirror\"]\n\turl = https://example.org/x\n";
    server.write("config", [config(&server), more.into()].concat());
    server.gate(["uninstall"]).ok();
    assert_eq!(config(&server), [before, more.into()].concat());
}

#[test]
fn global_hook_is_not_ready_on_a_server() {
    let Some(sandbox) = with_new_git("a hook in global config on a server") else { return };
    let server = sandbox.init_bare("server.git");
    sandbox.gate(["install", "--global"]).ok();
    let status = server.gate(["status"]).ends_with(1);
    status.says("runs no hook of git-gate for a push over http, or by another user than this one");
    status.says("install the hook in the repository: `git gate install`");
    server.gate(["install"]).ok();
    let status = server.gate(["status"]).transcript();
    status.says("hook in local config").never_says("over http");
}

#[test]
fn worktree_that_disables_the_hook_is_reported() {
    let Some(sandbox) = with_new_git("a hook in git config that a worktree disables") else { return };
    let repo = sandbox.init("repo");
    repo.commit("docs: first");
    repo.git(["worktree", "add", "-q", "../linked"]).ok();
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    repo.gate(["install", "--mode", "config"]).ok();
    repo.gate(["status"]).ok();
    for key in ["hook.git-gate-pre-push.enabled", "hook.pre-push.enabled"] {
        let linked = sandbox.path("linked").display().to_string();
        repo.git(["-C", &linked, "config", "--worktree", key, "false"]).ok();
        let repair = format!("config --worktree --unset-all {key}");
        let status = repo.gate(["status"]).ends_with(1);
        status.says("the config of the worktree [ROOT]/linked disables pre-push").says(&repair);
        repo.git(["-C", &linked, "config", "--worktree", "--unset-all", key]).ok();
        repo.gate(["status"]).ok();
    }
}

#[test]
fn worktree_that_changes_the_command_is_reported() {
    let Some(sandbox) = with_new_git("a hook in git config that a worktree changes") else { return };
    let repo = sandbox.init("repo");
    repo.commit("docs: first");
    repo.gate(["install", "--mode", "config"]).ok();
    repo.git(["worktree", "add", "-q", "../linked"]).ok();
    repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    let key = "hook.git-gate-commit-msg.command";
    linked.git(["config", "--worktree", key, "true"]).ok();
    let status = repo.gate(["status"]).ends_with(1);
    status.says("the config of the worktree [ROOT]/linked disables commit-msg");
    status.says(&format!("`git -C [ROOT]/linked config --worktree --unset-all {key}`"));
    linked.git(["config", "--worktree", "--unset-all", key]).ok();
    repo.gate(["status"]).ok();
    // A condition on the git directory needs no extension.
    let git_dir = repo.path().join(".git/worktrees/linked").display().to_string();
    let off = repo.write("off", "[hook \"commit-msg\"]\n\tenabled = false\n").display().to_string();
    repo.git(["config", &format!("includeIf.gitdir:{git_dir}.path"), &off]).ok();
    let status = repo.gate(["status"]).ends_with(1);
    status.says("the config of the worktree [ROOT]/linked disables commit-msg");
    status.says("`git config --file [ROOT]/repo/off --unset-all hook.commit-msg.enabled`");
    repo.git(["config", "--file", &off, "--unset-all", "hook.commit-msg.enabled"]).ok();
    repo.gate(["status"]).ok();
}

#[test]
fn worktree_of_a_bare_repository_that_disables_the_hook_is_reported() {
    let Some(sandbox) = with_new_git("a hook in git config that a worktree of a bare repository disables")
    else {
        return;
    };
    let (server, client) = (sandbox.init_bare("server.git"), sandbox.init("client"));
    client.commit("docs: first");
    client.git(["push", "-q", "../server.git", "HEAD:main"]).ok();
    server.gate(["install"]).ok();
    server.git(["worktree", "add", "-q", "../linked", "main"]).ok();
    server.git(["config", "extensions.worktreeConfig", "true"]).ok();
    server.gate(["status"]).transcript().never_says("worktree");
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    linked.git(["config", "--worktree", "hook.pre-receive.enabled", "false"]).ok();
    let status = server.gate(["status"]).ends_with(1);
    status.says("the config of the worktree [ROOT]/linked disables pre-receive");
    status.says("`git -C [ROOT]/linked config --worktree --unset-all hook.pre-receive.enabled`");
    linked.git(["config", "--worktree", "--unset-all", "hook.pre-receive.enabled"]).ok();
    server.gate(["status"]).transcript().never_says("worktree");
}

#[test]
fn installation_does_not_call_a_hook_installed_that_other_config_disables() {
    let Some(sandbox) = with_new_git("a hook in git config that other config disables") else { return };
    let include = |server: &Repo<'_>, file: &str| {
        server.write("off", file);
        server.git(["config", "include.path", "off"]).ok();
    };
    let name = "hook.git-gate-pre-receive";
    for (file, key) in [
        ("[hook \"pre-receive\"]\n\tenabled = false\n", "hook.pre-receive.enabled"),
        ("[hook \"git-gate-pre-receive\"]\n\tenabled = 0k\n", &format!("{name}.enabled")),
        ("[hook \"git-gate-pre-receive\"]\n\tevent =\n", &format!("{name}.event")),
        ("[hook \"git-gate-pre-receive\"]\n\tcommand = true\n", &format!("{name}.command")),
    ] {
        for in_worktree in [false, true] {
            let server = sandbox.init_bare(if in_worktree { "srv/w.git" } else { "srv/i.git" });
            server.gate(["install"]).ok();
            let place = if in_worktree {
                server.git(["config", "extensions.worktreeConfig", "true"]).ok();
                server.write("config.worktree", file);
                "config.worktree"
            } else {
                include(&server, file);
                "off"
            };
            let place = server.path().join(place).display().to_string();
            let hint = format!("config --file {place} --unset-all {key}");
            let shown = hint.replace(&sandbox.path("").display().to_string(), "[ROOT]/");
            let install = server.gate(["install"]).ends_with(2);
            install
                .says(&format!("pre-receive is disabled by {key}, which is set in"))
                .never_says("nothing to do");
            install.says(&shown);
            let status = server.gate(["status"]).ends_with(1);
            status.says(&shown).never_says("because of the config of this user");
            for task in ["install", "status"] {
                sandbox.gate(["server", task, "srv"]).ends_with(1).says(&shown);
            }
            server.git(hint.split(' ').collect::<Vec<_>>()).ok();
            server.gate(["install"]).ok().says("nothing to do");
            server.gate(["status"]).transcript().never_says("disabled").never_says("edited");
            fs::remove_dir_all(server.path()).unwrap();
        }
    }
}

#[test]
fn foreign_entry_that_ends_every_push_is_reported() {
    let Some(sandbox) = with_new_git("a hook in git config without a command") else { return };
    let server = sandbox.init_bare("server.git");
    server.gate(["install"]).ok();
    server.git(["config", "hook.mine.event", "pre-receive"]).ok();
    server.gate(["status"]).ends_with(1).says("git ends at every push").says("hook.mine");
    server.git(["config", "hook.mine.command", "true"]).ok();
    server.gate(["status"]).transcript().never_says("git ends at every push");
}

#[test]
fn older_git_beside_a_config_hook_is_named() {
    let Some(sandbox) = with_new_git("a hook in git config beside an older git") else { return };
    let (repo, server) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    let older = git_that_says(&sandbox, "2.53.9");
    let path = sandbox.run("sh").args(["-c", "echo \"$PATH\""]).ok().line();
    let path = format!("{path}:{}", older.split(':').next().unwrap());
    server.gate(["install", "--mode", "config"]).ok();
    let status = server.gate(["status"]).env("PATH", &path).ends_with(1);
    status.says("git 2.53.9 ([ROOT]/2.53.9/git) ignores hook.git-gate-pre-receive in git config");
    status.says("`git gate install --mode shim`");
    server.gate(["install", "--mode", "shim"]).ok();
    server.gate(["status"]).env("PATH", &path).ok().says("git 2.53.9");
    // In a clone, whose user may skip the hooks anyway, this is a remark.
    repo.gate(["install", "--mode", "config"]).ok();
    repo.gate(["status"]).env("PATH", &path).ok().says("note: git 2.53.9");
}

#[test]
fn git_too_old_for_config_hooks_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let older = git_that_says(&sandbox, "2.53.9");
    repo.git(["config", "hook.git-gate-pre-push.command", "'/x' hook pre-push --"]).ok();
    repo.git(["config", "hook.git-gate-pre-push.event", "pre-push"]).ok();
    repo.gate(["status"]).env("PATH", &older).ends_with(1).says("ignores hook.git-gate-pre-push");
}

#[test]
fn program_of_another_hook_that_is_not_found_is_reported() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let newer = newer_git(&sandbox);
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.git(["config", "hook.scan.event", "pre-push"]).ok();
    repo.git(["config", "hook.scan.command", "no-such-scanner --all"]).ok();
    let status = repo.gate(["status"]).env("PATH", &newer).ends_with(1);
    status
        .says("pre-push refuses everything: it runs hook.scan, whose program `no-such-scanner` is not found");
    status.says("`git config hook.scan.enabled false`");
    repo.git(["config", "hook.scan.enabled", "false"]).ok();
    repo.gate(["status"]).env("PATH", &newer).transcript().never_says("no-such-scanner");
}

#[test]
fn template_guards_new_repositories() {
    let sandbox = Sandbox::new();
    let template = sandbox.path("template");
    for _ in 0..2 {
        sandbox.gate([Path::new("install"), Path::new("--template"), &template]).ok();
    }
    let option = format!("--template={}", template.display());
    sandbox.init_bare("server.git");
    let repo = sandbox.init_with("repo", &[&option]);
    push(&repo, CLEAN_WORKFLOW, 0);
    push(&repo, UNPINNED_WORKFLOW, 1);
    sandbox.gate([Path::new("uninstall"), Path::new("--template"), &template]).ok();
    assert_eq!(fs::read_dir(&template).unwrap().count(), 0);
}

/// Creates a wrapper of git that reports version 2.55; returns a PATH that begins with its folder.
fn newer_git(sandbox: &Sandbox) -> String {
    git_that_says(sandbox, "2.55.0")
}

/// A PATH with a git that says it is of a version, and does what the git of the sandbox does.
fn git_that_says(sandbox: &Sandbox, version: &str) -> String {
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = version ] && exec echo 'git version {version}'\nPATH=${{PATH#*:}} exec git \"$@\"\n"
    );
    let repo = Repo::at(sandbox, sandbox.path(""));
    repo.write_executable(format!("{version}/git"), script);
    let path = sandbox.run("sh").args(["-c", "echo \"$PATH\""]).ok().line();
    format!("{}:{path}", sandbox.path(version).display())
}

#[test]
fn location_of_push_hooks_follows_the_git_version() {
    let sandbox = Sandbox::new();
    let (repo, server) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    let newer = newer_git(&sandbox);
    let runs = git_runs_config_hooks(&sandbox);
    for (repo, event) in [(&repo, "pre-push"), (&server, "pre-receive")] {
        repo.write_executable(repo.hook(event), "#!/bin/sh\n# foreign\n");
        let key = format!("hook.git-gate-{event}.command");
        let is_foreign = || fs::read_to_string(repo.hook(event)).unwrap() == "#!/bin/sh\n# foreign\n";
        let configured = || repo.git(["config", &key]).transcript().status() == Some(0);
        let before = config(repo);

        repo.gate(["install"]).env("PATH", &newer).ok();
        assert!(is_foreign() && configured(), "{event}: the hook that was there is not touched");
        repo.gate(["install"]).env("PATH", &newer).ok().says("nothing to do");
        assert!(!repo.hook("commit-msg").exists());
        if !runs {
            let lets_pass = format!("{event} accepts a commit without a sign-off");
            repo.gate(["status"]).env("PATH", &newer).ends_with(1).says(&lets_pass);
            repo.gate(["status"]).ends_with(1).says("ignores hook.git-gate-").says("`git gate install`");
        }

        repo.gate(["install", "--mode", "shim"]).ok();
        assert!(!is_foreign() && config(repo) == before);
        repo.gate(["status"]).ok();
        repo.gate(["install"]).env("PATH", &newer).ok();
        assert!(is_foreign() && configured());
        repo.gate(["uninstall"]).ok();
        assert!(is_foreign() && config(repo) == before && !repo.hook("commit-msg").exists());
    }
}

#[test]
fn config_with_any_ending_is_restored_exactly() {
    let sandbox = Sandbox::new();
    let newer = newer_git(&sandbox);
    for repo in [sandbox.init("repo"), sandbox.init_bare("server.git")] {
        let own = fs::read_to_string(repo.git_dir().join("config")).unwrap();
        for before in [
            format!("{own}[a]\n\tb = c"),
            format!("{own}[user]\n"),
            format!("{own}[user]"),
            format!("{own}# comment"),
            format!("{own}\t"),
            format!("# comment\n{own}\n\n"),
            format!("{own}[a]\nb = c").replace('\n', "\r\n"),
        ] {
            fs::write(repo.git_dir().join("config"), &before).unwrap();
            for mode in ["config", "shim", "config"] {
                repo.gate(["install", "--mode", mode]).env("PATH", &newer).ok();
            }
            let installed = config(&repo);
            repo.gate(["install", "--mode", "config"]).env("PATH", &newer).ok().says("nothing to do");
            assert_eq!(config(&repo), installed);
            // A section that another program appends does not become part of our last value.
            fs::write(repo.git_dir().join("config"), [&installed[..], b"[x]\n"].concat()).unwrap();
            repo.gate(["install", "--mode", "config"]).env("PATH", &newer).ok().says("nothing to do");
            fs::write(repo.git_dir().join("config"), installed).unwrap();
            repo.gate(["uninstall"]).env("PATH", &newer).ok();
            assert_eq!(config(&repo), before.as_bytes(), "{before:?}");
        }
        assert!(!repo.git_dir().join("config.lock").exists());
    }
}

#[test]
fn default_install_refuses_a_shared_hooks_path() {
    let sandbox = Sandbox::new();
    let newer = newer_git(&sandbox);
    fs::create_dir(sandbox.path("shared")).unwrap();
    for repo in [sandbox.init("repo"), sandbox.init_bare("server.git")] {
        repo.git(["config", "--global", "core.hooksPath"]).arg(sandbox.path("shared")).ok();
        let before = config(&repo);
        repo.gate(["install"]).env("PATH", &newer).ends_with(2).says("--into-shared");
        assert_eq!(config(&repo), before);
        repo.gate(["install", "--into-shared"]).env("PATH", &newer).ok();
        assert_eq!(config(&repo), before);
        repo.gate(["uninstall", "--into-shared"]).ok();
    }
    assert_eq!(fs::read_dir(sandbox.path("shared")).unwrap().count(), 0);
}

#[test]
fn default_install_runs_both_hooks_and_either_refuses() {
    both_hooks_run_and_either_refuses(&Sandbox::new());
}

#[test]
fn default_install_with_a_config_hook_runs_both() {
    let Some(sandbox) = with_new_git("a hook in git config beside another one") else { return };
    both_hooks_run_and_either_refuses(&sandbox);
}

fn both_hooks_run_and_either_refuses(sandbox: &Sandbox) {
    let (repo, server) = (sandbox.init("repo"), sandbox.init_bare("server.git"));
    server.write_executable("hooks/pre-receive", "#!/bin/sh\ncat >>log\ntest ! -e no\n");
    server.gate(["install"]).ok();
    // Another git of this machine may be too old for the hook.
    server.gate(["status"]).transcript().says("pre-receive refused a bad commit and accepted a clean one");
    push(&repo, CLEAN_WORKFLOW, 0);
    push(&repo, UNPINNED_WORKFLOW, 1);
    assert_eq!(fs::read_to_string(server.file("log")).unwrap().lines().count(), 2);
    repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    server.write("no", "");
    repo.commit("docs: clean");
    repo.git(["push", "-q", "../server.git", "main"]).ends_with(1).says("pre-receive hook declined");
    fs::remove_file(server.file("no")).unwrap();
    repo.git(["push", "-q", "../server.git", "main"]).ok();
}

/// Hooks beside others: the text of a commit-msg hook, and whether ours stands in git config.
const BESIDE: [(&str, bool); 5] = [
    ("#!/usr/bin/env bash\n# File generated by pre-commit\necho x >>ran\n", true),
    ("#!/usr/bin/env sh\n. \"${0%/*}/h\"", true),
    (
        "#!/bin/sh\necho x >>ran\ngit interpret-trailers --in-place --trailer \"$(cat signoff)\" \"$1\"\n",
        false,
    ),
    ("#!/usr/bin/env python3\nimport sys\nopen('ran', 'a').write('x\\n')\n", false),
    (
        "#!/usr/bin/env python3\nimport os\nif os.path.basename(__file__) == 'commit-msg': open('ran', 'a').write('x\\n')\n",
        true,
    ),
];

#[test]
fn commit_msg_runs_after_a_hook_that_may_edit_the_message() {
    let Some(sandbox) = with_new_git("a commit-msg hook in git config beside another one") else { return };
    for (number, (text, configured)) in BESIDE.into_iter().enumerate() {
        let repo = sandbox.init(format!("repo{number}"));
        repo.write(".git/hooks/h", "echo x >>ran\n");
        repo.write("signoff", format!("{}\n", crate::support::SIGN_OFF));
        repo.write_executable(".git/hooks/commit-msg", text);
        let before = config(&repo);
        repo.gate(["install"]).ok();
        repo.gate(["install"]).ok().says("nothing to do");
        let key = ["config", "hook.git-gate-commit-msg.command"];
        assert_eq!(repo.git(key).transcript().status() == Some(0), configured, "{text}");
        assert_eq!(fs::read_to_string(repo.hook("commit-msg")).unwrap() == text, configured, "{text}");
        repo.gate(["status"]).ok();
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", "docs: x"]).transcript();
        let signs = text.contains("trailer");
        assert_eq!((commit.status(), commit.contains("missing-signoff")), (Some(i32::from(!signs)), !signs));
        repo.git(["commit", "-q", "--allow-empty", "-sm", "docs: x"]).ok();
        repo.gate(["uninstall"]).ok();
        assert_eq!(fs::read_to_string(repo.hook("commit-msg")).unwrap(), text);
        assert_eq!(config(&repo), before);
    }
}

#[test]
fn included_config_is_uninstalled() {
    let sandbox = Sandbox::new();
    let newer = newer_git(&sandbox);
    for (repo, included) in
        [(sandbox.init("repo"), "../../repo.config"), (sandbox.init_bare("server.git"), "../server.config")]
    {
        repo.gate(["install", "--mode", "config"]).env("PATH", &newer).ok();
        let file = repo.git_dir().join(included);
        fs::write(&file, [b"# of the admin\n", &config(&repo)[..]].concat()).unwrap();
        repo.gate(["uninstall"]).ok();
        let before = config(&repo);
        let hooks = fs::read_to_string(&file).unwrap();
        repo.git(["config", "include.path", included]).ok();
        assert!(hooks.contains("git-gate-"));
        repo.gate(["uninstall"]).ok().says("uninstalled");
        assert_eq!(fs::read(&file).unwrap(), [b"# of the admin\n", &before[..]].concat());
        repo.gate(["uninstall"]).ok().says("nothing to do");
    }
}
