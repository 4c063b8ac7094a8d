//! Hooks directories that `core.hooksPath` or a link selects: each command that is hinted at repairs.

use crate::support::{Repo, Sandbox, Transcript};

/// Returns the commands of the hints that work with every git.
fn commands(said: &Transcript) -> Vec<String> {
    let text = said.to_string();
    let hints = text.lines().filter(|line| line.starts_with("hint: ") && !line.contains("2.54"));
    let commands = hints.filter_map(|hint| hint.split('`').nth(1));
    commands.filter(|command| *command != "git gate install").map(str::to_owned).collect()
}

/// Checks that each command that is hinted at lets an installation succeed in a fresh copy of the problem.
fn each_command_repairs(make: impl Fn(&Repo<'_>, &str), says: &str) {
    let hinted = |repo: &Repo<'_>| {
        let refused = repo.gate(["install", "--mode", "shim"]).ends_with(2);
        commands(refused.says(says))
    };
    let mut number = 0;
    loop {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        make(&repo, &shared(&sandbox));
        let hinted = hinted(&repo);
        let Some(command) = hinted.get(number) else { break };
        number += 1;
        let root = sandbox.path("").display().to_string();
        let command = command.replace("[ROOT]", root.trim_end_matches('/'));
        sandbox.run("sh").args(["-c", &command]).dir(repo.path()).ok();
        // The hint may be the option itself; any other makes a plain installation possible.
        let is_option = command.contains("--into-shared");
        let options: &[&str] = if is_option { &["--into-shared"] } else { &[] };
        repo.gate(["install", "--mode", "shim"]).args(options).ok();
        let refused = repo.git(["commit", "-q", "--allow-empty", "-m", "docs: unsigned"]).transcript();
        assert_eq!(refused.status(), Some(1), "{command}: {refused}");
        refused.says("error[missing-signoff]");
    }
    assert!(number > 0);
}

/// Makes a directory of hooks beside the repositories, with a hook of another tool.
fn shared(sandbox: &Sandbox) -> String {
    sandbox.write("shared/post-commit", "#!/bin/sh\n");
    sandbox.path("shared").display().to_string()
}

#[test]
fn setting_of_a_worktree() {
    let make = |repo: &Repo<'_>, shared: &str| {
        repo.git(["config", "extensions.worktreeConfig", "true"]).ok();
        repo.git(["config", "--worktree", "core.hooksPath", shared]).ok();
    };
    each_command_repairs(make, "is set in worktree config");
}

#[test]
fn link_out_of_the_repository() {
    let make = |repo: &Repo<'_>, shared: &str| {
        std::fs::remove_dir_all(repo.file(".git/hooks")).unwrap_or_default();
        std::os::unix::fs::symlink(shared, repo.file(".git/hooks")).unwrap();
    };
    each_command_repairs(make, "it is outside of the repository");
}

#[test]
fn own_setting_that_names_no_directory() {
    let make = |repo: &Repo<'_>, _: &str| {
        repo.git(["config", "core.hooksPath", "/nonexistent/hooks"]).ok();
    };
    each_command_repairs(make, "the hooks directory /nonexistent/hooks does not exist");
}

/// A deleted folder of husky leaves its setting behind, with which git runs no hook and does not say so.
#[test]
fn stale_setting_of_a_hook_manager() {
    let make = |repo: &Repo<'_>, _: &str| {
        repo.git(["config", "core.hooksPath", ".husky/_"]).ok();
        let status = repo.gate(["status"]).ends_with(1);
        status.says("the hooks directory [ROOT]/repo/.husky/_ does not exist");
        status.says("hint: remove the setting: `git config --local --unset core.hooksPath`");
    };
    each_command_repairs(make, "the hooks directory [ROOT]/repo/.husky/_ does not exist");
}

/// husky keeps its hooks in a folder that git ignores, so a linked worktree has none.
#[test]
fn linked_worktree_gets_the_hooks_of_the_manager() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write_executable(".husky/_/commit-msg", "#!/bin/sh\necho the manager >&2\n");
    repo.write(".gitignore", ".husky/_\n");
    repo.commit("docs: begin");
    repo.git(["config", "core.hooksPath", ".husky/_"]).ok();
    repo.git(["worktree", "add", "-q", "../linked"]).ok();
    repo.gate(["install", "--mode", "shim"]).ok();
    let status = repo.gate(["status"]).ends_with(1);
    status.says("git does not find the hooks in the worktree [ROOT]/linked");
    let root = sandbox.path("").display().to_string();
    let command = commands(&status)[0].replace("[ROOT]", root.trim_end_matches('/'));
    sandbox.run("sh").args(["-c", &command]).dir(repo.path()).ok();
    repo.gate(["status"]).ok();
    for place in ["repo", "linked"] {
        let commit = Repo::at(&sandbox, sandbox.path(place));
        let commit = commit.git(["commit", "-q", "--allow-empty", "-m", "docs: unsigned"]).ends_with(1);
        commit.says("the manager").says("error[missing-signoff]");
    }
}

/// A setting in a file that the config includes is neither removed nor preceded by a change of the config.
#[test]
fn setting_in_an_included_file() {
    for section in ["include", "includeIf.gitdir:**"] {
        let included = |repo: &Repo<'_>, value: &str| {
            let file = repo.write(".git/team", format!("[core]\n\thooksPath = {value}\n"));
            repo.git(["config", &format!("{section}.path"), "team"]).ok();
            assert!(file.exists());
        };
        each_command_repairs(|repo, shared| included(repo, shared), "is set in local config");
        each_command_repairs(|repo, _| included(repo, "/no/such/folder"), "does not exist");
        each_command_repairs(|repo, _| included(repo, "/dev/null"), "git runs no hooks here");
    }
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    sandbox.write("home/team", "[core]\n\thooksPath = /dev/null\n");
    repo.git(["config", "--global", "include.path", "team"]).ok();
    let status = repo.gate(["status"]).ends_with(1);
    let command = "git config --file [ROOT]/home/team --unset core.hooksPath";
    status.says("git runs no hooks here").says(command);
    let root = sandbox.path("").display().to_string();
    sandbox.run("sh").args(["-c", &command.replace("[ROOT]", root.trim_end_matches('/'))]).ok();
    repo.gate(["install", "--mode", "shim"]).ok();
    repo.gate(["status"]).ok();
}
