//! `git -c gate.skip=<reason>`: git-gate is skipped for one run, in a clone, and nothing else is.

use crate::support::{Repo, Sandbox, Transcript};

/// Clone and a server, neither with hooks.
struct Clone<'s> {
    repo: Repo<'s>,
    server: Repo<'s>,
}

impl<'s> Clone<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
        repo.git(["remote", "add", "origin", "../server.git"]).ok();
        repo.commit("docs: begin");
        Self { repo, server }
    }

    /// Runs git with config on its command line.
    fn with(&self, config: &[&str], arguments: &[&str]) -> Transcript {
        let config = config.iter().flat_map(|entry| ["-c", entry]);
        self.repo.git(config.chain(arguments.iter().copied())).transcript()
    }
}

const COMMIT: &[&str] = &["commit", "-q", "--allow-empty", "-m", "docs: unsigned"];
const PUSH: &[&str] = &["push", "-q", "origin", "main"];

#[test]
fn reason_skips_one_commit_and_one_push() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.repo.gate(["install"]).ok();
    let skipped = clone.with(&["gate.skip=wip \u{1b}[31m"], COMMIT);
    let expected = "note: git-gate is skipped for this commit: wip \\x1b[31m\n";
    assert_eq!((skipped.status(), skipped.stderr()), (Some(0), expected.as_bytes()), "{skipped}");
    clone.with(&[], COMMIT).says("error[missing-signoff]");
    clone.with(&[], PUSH).says("error[missing-signoff]");
    let skipped = clone.with(&["gate.skip=the server is down"], PUSH);
    let expected = "note: git-gate is skipped for this push: the server is down\n";
    assert_eq!((skipped.status(), skipped.stderr()), (Some(0), expected.as_bytes()), "{skipped}");
    assert_eq!(clone.server.oid("main"), clone.repo.oid("main"));
    clone.with(&[], COMMIT).says("error[missing-signoff]");
}

#[test]
fn environment_is_the_command_line_too() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.repo.gate(["install"]).ok();
    let commit = clone.repo.git(COMMIT).env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "gate.skip");
    commit.env("GIT_CONFIG_VALUE_0", "x").ok().says("note: git-gate is skipped for this commit: x");
}

#[test]
fn patch_can_be_skipped() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.repo.write("new", "x\n");
    clone.repo.commit_message("docs: unsigned\n");
    let patch = clone.repo.git(["format-patch", "-1", "--stdout"]).ok().stdout().to_vec();
    clone.repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
    clone.repo.gate(["install"]).ok();
    let skipped = clone.repo.git(["-c", "gate.skip=x", "am", "-q"]).stdin(patch).ok();
    skipped.says("note: git-gate is skipped for this patch: x");
}

#[test]
fn empty_reason_is_refused() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.repo.gate(["install"]).ok();
    for request in ["gate.skip=", "gate.skip", "gate.skip= "] {
        for (command, word) in [(COMMIT, "commit"), (PUSH, "push")] {
            let refused = clone.with(&[request], command);
            assert_eq!(refused.status(), Some(1), "{refused}");
            refused.says("error: `gate.skip` needs a reason");
            refused.says(&format!("hint: `git -c gate.skip='<reason>' {word}`"));
        }
        assert_eq!(clone.with(&["gate.skip=x", request], COMMIT).status(), Some(1));
    }
}

#[test]
fn config_file_does_not_count_and_is_said() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.repo.gate(["install"]).ok();
    let included = sandbox.write("included", "[gate]\n\tskip = for good\n");
    let refuses = |config: &[&str], place: &str| {
        let refused = clone.with(config, COMMIT);
        assert_eq!(refused.status(), Some(1), "{refused}");
        refused.says("error[missing-signoff]").says(&format!("note: `gate.skip` in {place} does not count"));
    };
    refuses(&[&format!("include.path={}", included.display())], "[ROOT]/included");
    for (scope, place) in [("--local", ".git/config"), ("--global", "[ROOT]/home/.gitconfig")] {
        clone.repo.git(["config", scope, "gate.skip", "for good"]).ok();
        refuses(&[], place);
        clone.repo.git(["config", scope, "--unset", "gate.skip"]).ok();
    }
}

#[test]
fn kept_hook_runs_and_may_refuse() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    for event in ["commit-msg", "pre-push"] {
        clone.repo.write_executable(format!(".git/hooks/{event}"), "#!/bin/sh\necho kept hook >&2; exit 3\n");
    }
    clone.repo.gate(["install", "--mode", "shim"]).ok();
    for command in [COMMIT, PUSH] {
        let refused = clone.with(&["gate.skip=x"], command);
        assert_eq!(refused.status(), Some(1), "{refused}");
        refused.says("kept hook").says("note: git-gate is skipped").never_says("missing-signoff");
    }
}

#[test]
fn server_does_not_know_it() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.server.gate(["install"]).ok();
    clone.repo.commit_message("docs: unsigned\n");
    clone.server.git(["config", "gate.skip", "x"]).ok();
    let receive = "--receive-pack=git -c gate.skip=x receive-pack";
    for arguments in [PUSH, &["push", "-q", receive, "origin", "main"]] {
        let refused = clone.with(&["gate.skip=x"], arguments);
        refused.says("error[missing-signoff]").says("pre-receive hook declined").never_says("skip");
    }
}
