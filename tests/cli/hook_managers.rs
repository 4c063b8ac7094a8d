//! Hook managers: the commands that `.pre-commit-hooks.yaml` and the README configure for pre-commit, prek
//! and lefthook.

use std::path::Path;

use serde_yaml::Value;

use crate::readme::part_of_readme;
use crate::support::{CLEAN_WORKFLOW, Repo, Run, SIGN_OFF, Sandbox, UNPINNED_WORKFLOW, WORKFLOW, not_tested};

/// Returns the hook with an id from `.pre-commit-hooks.yaml`.
fn stanza(id: &str) -> Value {
    let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Vec<Value> = serde_yaml::from_slice(&text).unwrap();
    hooks.into_iter().find(|hook| hook["id"] == id).expect(id)
}

/// Builds a run of the entry of a hook as hook managers do: split into words, followed by the arguments.
fn entry(repo: &Repo<'_>, sandbox: &Sandbox, id: &str, arguments: &[&str]) -> Run {
    let command = format!("{} \"$@\"", stanza(id)["entry"].as_str().unwrap());
    sandbox.run("sh").dir(repo.path()).args(["-c", &command, "sh"]).args(arguments)
}

#[test]
fn each_hook_runs_in_its_own_stage() {
    for (id, stage) in [("git-gate-commit-msg", "commit-msg"), ("git-gate-pre-push", "pre-push")] {
        let hook = stanza(id);
        assert_eq!(hook["stages"][0], stage);
        assert!(hook["name"].is_string() && hook["language"].is_string());
    }
    // Without these keys, hook managers skip the hook if they see no changed file in the push.
    let push = stanza("git-gate-pre-push");
    assert_eq!((push["always_run"].as_bool(), push["pass_filenames"].as_bool()), (Some(true), Some(false)));
}

#[test]
fn commit_msg_entry_checks_the_message() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for (message, status) in [("docs: x\n".to_owned(), 1), (format!("docs: x\n\n{SIGN_OFF}\n"), 0)] {
        repo.write("MESSAGE", message);
        entry(&repo, &sandbox, "git-gate-commit-msg", &["MESSAGE"]).ends_with(status);
    }
}

#[test]
fn pre_push_entry_checks_only_new_commits() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
    repo.git(["remote", "add", "origin"]).arg(server.path()).ok();
    let old = repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let push = |oid: &str| {
        let run = entry(&repo, &sandbox, "git-gate-pre-push", &[]);
        run.env("PRE_COMMIT_TO_REF", oid).env("PRE_COMMIT_REMOTE_NAME", "origin")
    };
    push(&old).ends_with(1).says("error[unpinned-uses]");
    repo.git(["push", "-q", "origin", "main"]).ok();
    let clean = repo.commit_file("other.yml", CLEAN_WORKFLOW);
    push(&clean).ok();
    let bad = repo.commit_file(".github/workflows/new.yml", UNPINNED_WORKFLOW);
    push(&bad).ends_with(1).says("in 1 ref update, 2 commits");
    // A range that somebody names is judged as a push from its start.
    let range = || entry(&repo, &sandbox, "git-gate-pre-push", &[]).env("PRE_COMMIT_TO_REF", "main");
    range().env("PRE_COMMIT_FROM_REF", "main~1").ends_with(1).says("in 1 ref update, 1 commit,");
    range().env("PRE_COMMIT_FROM_REF", "main").ok();
    // Without the variables, as in a run by hand, all commits up to HEAD that no remote has are checked.
    entry(&repo, &sandbox, "git-gate-pre-push", &[]).ends_with(1).says("2 commits");
    push("no-such-revision").ends_with(2);
}

#[test]
fn lefthook_example_checks_messages_and_pushes() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let oid = repo.commit_message("unsigned\n");
    repo.write("MESSAGE", "unsigned\n");
    let example = part_of_readme("lefthook").replace("```yaml\n", "").replace("```\n", "");
    let example: Value = serde_yaml::from_str(&example).unwrap();
    let message = example["commit-msg"]["jobs"][0]["run"].as_str().unwrap().replace("{1}", "MESSAGE");
    let shell = |command: &str| sandbox.run("sh").dir(repo.path()).args(["-c", command, "sh"]);
    shell(&message).ends_with(1).says("error[missing-signoff]");
    let push = &example["pre-push"]["jobs"][0];
    assert_eq!((push["script"].as_str(), push["use_stdin"].as_bool()), (Some("git-gate"), Some(true)));
    let readme = part_of_readme("lefthook");
    let (_, script) = readme.split_once("pre-push/git-gate: ").unwrap();
    let update = format!("refs/heads/main {oid} refs/heads/main {}\n", "0".repeat(40));
    let pushed = shell(script.lines().next().unwrap()).args(["origin", "../server.git"]).stdin(update);
    pushed.ends_with(1).says("error[missing-signoff]");
}

/// Returns the pre-commit configuration of the README, with the hooks of a local repository at its HEAD.
fn configuration(hooks: &Repo<'_>) -> String {
    let readme = part_of_readme("pre-commit").replace("```yaml\n", "").replace("```\n", "");
    let rev = hooks.oid("HEAD").unwrap();
    let mut config: Value = serde_yaml::from_str(&readme).unwrap();
    config["repos"][0]["repo"] = hooks.path().to_str().unwrap().into();
    config["repos"][0]["rev"] = rev.into();
    for hook in config["repos"][0]["hooks"].as_sequence_mut().unwrap() {
        hook["language"] = "system".into();
    }
    serde_yaml::to_string(&config).unwrap()
}

/// Checks commits and pushes through the hooks that a hook manager installs.
fn refuses_through(manager: &str) {
    let sandbox = Sandbox::new();
    if sandbox.run("sh").args(["-c", "command -v \"$0\"", manager]).transcript().status() != Some(0) {
        return not_tested(&format!("a commit and a push through {manager}"), manager);
    }
    let (hooks, server) = (sandbox.init("hooks"), sandbox.init_bare("server.git"));
    let stanzas = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    hooks.commit_file(".pre-commit-hooks.yaml", std::fs::read(stanzas).unwrap());
    let repo = sandbox.init("repo");
    repo.git(["remote", "add", "origin"]).arg(server.path()).ok();
    repo.commit_file(".pre-commit-config.yaml", configuration(&hooks));
    sandbox.run(manager).dir(repo.path()).arg("install").ok();

    let commit = |message: &str| repo.git(["commit", "-q", "--allow-empty", "-m", message]);
    commit("docs: x").ends_with(1).says("error[missing-signoff]");
    commit(&format!("docs: x\n\n{SIGN_OFF}")).ok();
    repo.git(["push", "-q", "origin", "main"]).ok();
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    repo.git(["push", "-q", "origin", "main"]).ends_with(1).says("error[unpinned-uses]");
    assert_eq!(server.oid("main"), repo.oid("HEAD~1"));
    sandbox
        .run(manager)
        .dir(repo.path())
        .args(["run", "--hook-stage", "pre-push"])
        .ends_with(1)
        .says("error[unpinned-uses]");
}

#[test]
fn pre_commit_refuses_with_our_hooks() {
    refuses_through("pre-commit");
}

#[test]
fn prek_refuses_with_our_hooks() {
    refuses_through("prek");
}
