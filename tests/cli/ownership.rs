//! Repositories of another user: git decides whether they are used, and git-gate never decides differently.

use crate::support::{Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW, not_tested};

/// User to whom the repositories are given.
const OTHER: &str = "12345";

/// Gives a repository to another user. Returns false if that is not allowed here.
fn gives_away(sandbox: &Sandbox, repo: &Repo<'_>) -> bool {
    let given = sandbox.run("chown").args(["-R", OTHER]).arg(repo.path()).transcript().status() == Some(0);
    if !given {
        not_tested("a repository of another user", "the right to give files away");
    }
    given
}

/// Returns a clone with a clean commit and one that adds an unpinned action.
fn client(sandbox: &Sandbox) -> Repo<'_> {
    let client = sandbox.init("client");
    client.commit_file("a", "x\n");
    client.git(["branch", "good"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    client
}

/// Ways to say that the repositories of the sandbox are trusted: config for all gits, or for newer ones.
fn trust(sandbox: &Sandbox) -> Vec<Vec<(&'static str, String)>> {
    let by_count = |value: String| {
        vec![
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", "safe.directory".to_owned()),
            ("GIT_CONFIG_VALUE_0", value),
        ]
    };
    let by_file = |name: &str, value: &str| {
        let path = sandbox.write(name, format!("[safe]\n\tdirectory = {value}\n"));
        vec![("GIT_CONFIG_GLOBAL", path.display().to_string())]
    };
    let root = sandbox.path("").display().to_string();
    vec![
        by_file("below", &format!("{}/*", root.trim_end_matches('/'))),
        by_file("exact", &sandbox.path("server.git").display().to_string()),
        by_file("star", "*"),
        by_count("*".to_owned()),
        by_count(format!("{}/*", root.trim_end_matches('/'))),
        vec![("SUDO_UID", OTHER.to_owned())],
    ]
}

#[test]
fn every_command_answers_as_git_does() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    client(&sandbox).git(["push", "-q", "../server.git", "good:main"]).ok();
    server.gate(["install"]).ok();
    if !gives_away(&sandbox, &server) {
        return;
    }
    let (mut accepted, mut refused) = (0, 0);
    for variables in trust(&sandbox).iter().chain([&Vec::new()]) {
        let with = |mut run: crate::support::Run| {
            for (name, value) in variables {
                run = run.env(name, value);
            }
            run
        };
        let git = with(server.git(["rev-parse", "--git-dir"])).transcript().status() == Some(0);
        *(if git { &mut accepted } else { &mut refused }) += 1;
        for command in [&["scan", "--all"][..], &["rules"], &["install"], &["status"]] {
            let said = with(server.gate(command)).transcript();
            assert_eq!(said.to_string().contains("dubious ownership"), !git, "{variables:?} {said}");
            assert_eq!(said.status() == Some(0), git, "{variables:?} {said}");
            said.never_says("class=").never_says("code=");
        }
    }
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}

#[test]
fn pushes_that_git_accepts_are_judged() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("server.git"), client(&sandbox));
    server.gate(["install", "--mode", "shim"]).ok();
    if !gives_away(&sandbox, &server) {
        return;
    }
    let mut judged = 0;
    for (number, variables) in trust(&sandbox).iter().enumerate() {
        let push = |refspec: String| {
            let mut run = client.git(["push", "-q", "../server.git"]).arg(refspec);
            for (name, value) in variables {
                run = run.env(name, value);
            }
            run.transcript()
        };
        // A git before 2.46 does not know `/*`, and refuses by itself.
        let good = push(format!("good:refs/heads/{number}"));
        if good.to_string().contains("dubious ownership") {
            continue;
        }
        assert_eq!(good.status(), Some(0), "{variables:?} {good}");
        push(format!("main:refs/heads/{number}")).says("error[unpinned-uses]");
        judged += 1;
    }
    assert!(judged > 0);
}

#[test]
fn hook_without_git_does_not_check_the_owner_again() {
    let sandbox = Sandbox::new();
    let (server, client) = (sandbox.init_bare("server.git"), client(&sandbox));
    client.git(["push", "-q", "../server.git", "main:refs/gate/x"]).ok();
    let bad = client.oid("main").unwrap();
    if !gives_away(&sandbox, &server) {
        return;
    }
    let hook = sandbox.gate(["hook", "pre-receive"]).dir(server.path()).env("GIT_DIR", ".");
    let update = format!("{} {bad} refs/heads/x\n", "0".repeat(40));
    hook.env("PATH", sandbox.path("home")).stdin(update).ends_with(1).says("error[unpinned-uses]");
}

#[test]
fn git_dir_in_the_environment_is_trusted_as_git_does() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    if !gives_away(&sandbox, &repo) {
        return;
    }
    sandbox.gate(["scan", "--no-git-config"]).env("GIT_DIR", repo.file(".git")).ends_with(1);
    repo.gate(["scan"])
        .ends_with(2)
        .says("dubious ownership")
        .says("hint: if you trust its owner: `git config");
}
