//! Pushes from a clone with the pre-push hook, including known ways around the hooks of other tools.

use crate::support::{Repo, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Clone with the hooks, and a server without.
struct Clone<'s> {
    repo: Repo<'s>,
    server: Repo<'s>,
}

impl<'s> Clone<'s> {
    /// Creates a clone that has pushed one clean commit, then installs the hooks in it.
    fn new(sandbox: &'s Sandbox) -> Self {
        let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
        repo.git(["remote", "add", "origin", "../server.git"]).ok();
        repo.commit_file("a", "x\n");
        repo.git(["push", "-q", "origin", "main", "main:old"]).ok();
        repo.gate(["install", "--mode", "shim"]).ok();
        Self { repo, server }
    }

    fn branch(&self, name: &str) {
        self.repo.git(["checkout", "-q", "-B", name, "origin/main"]).ok();
    }

    fn push(&self, arguments: &[&str]) -> Transcript {
        self.repo.git(["push", "-q"]).args(arguments).transcript()
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> Transcript {
        let refs = || self.server.git(["for-each-ref"]).ok().stdout().to_vec();
        let before = refs();
        let push = self.push(arguments);
        assert_eq!((push.status(), refs()), (Some(1), before), "{push}");
        push
    }
}

#[test]
fn bad_branch_is_refused_at_any_position() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    for good in ["a-good", "z-good"] {
        clone.branch(good);
        clone.repo.commit_file(good, "x\n");
    }
    clone.branch("bad");
    clone.repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    // The branch that is checked out is not pushed.
    clone.branch("here");
    for others in [&["a-good"][..], &["z-good"], &[":old"], &[":old", "a-good", "z-good"]] {
        clone.refuses(&[&["origin", "bad"], others].concat()).says("error[unpinned-uses]");
        clone.refuses(&[&["origin"], others, &["bad"]].concat()).says("error[unpinned-uses]");
    }
    let accepted = clone.push(&["origin", ":old", "a-good", "z-good"]);
    assert_eq!(accepted.status(), Some(0), "{accepted}");
}

#[test]
fn undone_bad_commit_is_still_refused() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    clone.repo.git(["rm", "-q", WORKFLOW]).ok();
    clone.repo.commit("ci: undo");
    clone.refuses(&["origin", "main"]).says("error[unpinned-uses]");
}

#[test]
fn content_only_in_a_merge_is_checked() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    for side in ["left", "right"] {
        clone.branch(side);
        clone.repo.commit_file(side, "x\n");
    }
    clone.repo.git(["merge", "-q", "--no-ff", "--no-commit", "left"]).ok();
    clone.repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    clone.refuses(&["origin", "right"]).says("error[unpinned-uses]");
}

#[test]
fn replace_ref_of_the_clone_hides_nothing() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    clone.branch("clean");
    let clean = clone.repo.commit_file("b", "x\n");
    clone.branch("bad");
    let bad = clone.repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    clone.repo.git(["update-ref", &format!("refs/replace/{bad}"), &clean]).ok();
    clone.refuses(&["origin", "bad"]).says("error[unpinned-uses]");
}

#[test]
fn new_commits_are_relative_to_the_last_fetch() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    let other = sandbox.init("other");
    other.git(["fetch", "-q", "../server.git", "main"]).ok();
    other.git(["checkout", "-q", "-B", "main", "FETCH_HEAD"]).ok();
    other.commit_file("other", "x\n");
    other.git(["push", "-q", "../server.git", "main"]).ok();
    let bad = clone.repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    clone.refuses(&["--force", "origin", "main"]).says(&bad[..12]).says("in 1 ref update, 1 commit,");
}

#[test]
fn credentials_in_a_url_are_not_printed() {
    let sandbox = Sandbox::new();
    let clone = Clone::new(&sandbox);
    let url = "https://ana:s3cr3t-of-ana@example.invalid/x.git";
    let instead = format!("url.{}.pushInsteadOf={url}", clone.server.path().display());
    let push =
        |arguments: &[&str]| clone.repo.git(["-c", &instead, "push", "-q", url]).args(arguments).transcript();
    clone.repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let updates =
        format!("refs/heads/main {} refs/heads/x {}\n", clone.repo.oid("main").unwrap(), "0".repeat(40));
    let hook =
        |input: &str, name: &str| clone.repo.gate(["hook", "pre-push", name, url]).stdin(input).transcript();
    push(&["main"]).says("error[unpinned-uses]").never_says("s3cr3t-of-ana@");
    for name in [url, "origin"] {
        hook(&updates, name).says("error[unpinned-uses]").never_says("s3cr3t");
        hook("garbage\n", name).says("error: ").never_says("s3cr3t");
    }
}
