//! `pre-push` judges the work of whoever pushes, not what a fetch has brought from others.

use crate::support::{Repo, SIGN_OFF, Sandbox, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

/// Clone of an upstream whose old history would be refused, and an empty fork of it.
struct Forked<'s> {
    sandbox: &'s Sandbox,
    upstream: Repo<'s>,
    fork: Repo<'s>,
    repo: Repo<'s>,
}

impl<'s> Forked<'s> {
    /// Creates the repositories. The clone has `upstream.git` as the remote `upstream` and no other.
    fn new(sandbox: &'s Sandbox) -> Self {
        let (upstream, fork) = (sandbox.init_bare("upstream.git"), sandbox.init_bare("fork.git"));
        let theirs = sandbox.init("theirs");
        theirs.write(WORKFLOW, UNPINNED_WORKFLOW);
        theirs.commit_message("ci: of others, unsigned\n");
        theirs.commit_message("docs: of others, unsigned\n");
        theirs.git(["push", "-q", "../upstream.git", "main", "main:stable"]).ok();
        let clone = ["clone", "-q", "-o", "upstream", "upstream.git", "repo"];
        sandbox.run("git").args(clone).dir(sandbox.path("")).ok();
        let repo = Repo::at(sandbox, sandbox.path("repo"));
        repo.git(["remote", "add", "fork", "../fork.git"]).ok();
        repo.gate(["install", "--mode", "shim"]).ok();
        repo.git(["checkout", "-q", "-b", "topic"]).ok();
        Self { sandbox, upstream, fork, repo }
    }

    /// Adds an unsigned commit of others to the main branch of the upstream.
    fn go_on(&self) {
        let theirs = Repo::at(self.sandbox, self.sandbox.path("theirs"));
        theirs.write(".github/workflows/other.yml", UNPINNED_WORKFLOW);
        theirs.commit_message("ci: more of others, unsigned\n");
        theirs.git(["push", "-q", "../upstream.git", "main"]).ok();
    }

    fn push(&self, arguments: &[&str]) -> Transcript {
        self.repo.git(["push", "-q"]).args(arguments).transcript()
    }

    #[track_caller]
    fn accepts(&self, arguments: &[&str]) -> Transcript {
        let push = self.push(arguments);
        assert_eq!(push.status(), Some(0), "{push}");
        push
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> Transcript {
        let push = self.push(arguments);
        assert_eq!(push.status(), Some(1), "{push}");
        push
    }
}

#[test]
fn fork_that_was_never_fetched_gets_the_own_work() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    forked.repo.commit_file("mine", "x\n");
    let expected = "\
note: 2 commits came with upstream/main and are not judged here; the
      server decides
note: nothing is known of the remote, so only what no remote-tracking
      ref has is judged: run `git fetch fork` first
clean: no findings in 1 ref update, 1 commit, 1 blob,";
    let push = forked.accepts(&["fork", "topic"]);
    assert!(String::from_utf8_lossy(push.stderr()).starts_with(expected), "{push}");
    forked.repo.git(["fetch", "-q", "fork"]).ok();
    forked.repo.commit_file("more", "x\n");
    assert_eq!(forked.accepts(&["fork", "topic"]).stderr(), b"");
    forked.repo.commit_message("docs: mine, unsigned\n");
    forked.refuses(&["fork", "topic"]).says("in 1 ref update, 1 commit,").never_says("came with");
    assert_eq!(forked.fork.oid("topic"), forked.repo.oid("topic~1"));
}

#[test]
fn merged_upstream_is_not_the_own_work() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    forked.repo.git(["push", "-q", "--no-verify", "fork", "topic"]).ok();
    forked.repo.commit_file("mine", "x\n");
    forked.go_on();
    forked.repo.git(["fetch", "-q", "upstream"]).ok();
    forked.repo.git(["merge", "-q", "--no-edit", "upstream/main"]).ok();
    let note = "note: 1 commit came with upstream/main and is not judged here; the server";
    forked.accepts(&["fork", "topic"]).says(note);
    forked.go_on();
    forked.repo.commit_message("docs: mine, unsigned\n");
    forked.repo.git(["fetch", "-q", "upstream"]).ok();
    forked.repo.git(["merge", "-q", "--no-edit", "upstream/main"]).ok();
    let refused = forked.refuses(&["fork", "topic"]);
    refused.says("error[missing-signoff]").says("mine, unsigned").never_says("of others").says(note);
}

/// A pull of a URL leaves no remote-tracking ref, so nothing tells the commits of others from own ones.
#[test]
fn pull_of_a_url_is_told_how_to_name_the_remote() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    let hint = "hint: if they came from another repository: `git remote add <name> <URL>; git fetch <name>`";
    forked.repo.commit_message("docs: mine, unsigned\n");
    forked.refuses(&["fork", "topic"]).never_says("from another repository");
    forked.repo.git(["reset", "-q", "--hard", "HEAD~"]).ok();
    let theirs = Repo::at(&sandbox, sandbox.path("theirs"));
    crate::advice::commit_as_bo(&theirs, "docs: by bo");
    forked.repo.git(["pull", "-q", "../theirs", "main"]).ok();
    forked.refuses(&["fork", "topic"]).says(hint);
    forked.repo.git(["remote", "add", "bo", "../theirs"]).ok();
    forked.repo.git(["fetch", "-q", "bo"]).ok();
    forked.accepts(&["fork", "topic"]);
}

#[test]
fn policy_may_have_all_judged() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    forked.repo.commit_file(".git-gate.yml", "pre-push: {judge: all}\n");
    let refused = forked.refuses(&["fork", "topic"]);
    refused.says("of others, unsigned").says("error[unpinned-uses]").never_says("came with");
    refused.says("nothing is known of the remote, so its whole history is").says("`git fetch fork`");
    forked.repo.git(["push", "-q", "--no-verify", "fork", "upstream/main:refs/heads/main"]).ok();
    forked.accepts(&["fork", "topic"]);
    forked.repo.write(".git-gate.yml", "pre-push: {judge: own}\n");
    forked.accepts(&["fork", "topic:other"]);
    forked.repo.write(".git-gate.yml", "pre-push: {judge: mine}\n");
    forked.refuses(&["fork", "topic:third"]).says(".git-gate.yml:1:").says("not valid");
}

#[test]
fn tracking_refs_stand_where_the_refspec_says() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    let repo = &forked.repo;
    repo.write(".git-gate.yml", "pre-push: {judge: all}\n");
    repo.commit_file("mine", "x\n");
    let moves_to = |refspecs: &[&str]| {
        repo.git(["remote", "remove", "upstream"]).ok();
        repo.git(["config", "remote.upstream.url", "../upstream.git"]).ok();
        for refspec in refspecs {
            repo.git(["config", "--add", "remote.upstream.fetch", refspec]).ok();
        }
        repo.git(["fetch", "-q", "upstream"]).ok();
    };
    for refspecs in [
        &["+refs/heads/*:refs/upstream/*"][..],
        &["+refs/heads/ma*:refs/up/x-*-y"],
        &["refs/heads/stable:refs/remotes/else/where"],
        &["refs/heads/main:remotes/upstream/main"],
    ] {
        moves_to(refspecs);
        for target in ["upstream", "../upstream.git"] {
            forked.accepts(&["--dry-run", target, "topic"]).never_says("came with");
        }
    }
    // What a negative refspec takes out is no longer fetched.
    repo.git(["config", "--add", "remote.upstream.fetch", "^refs/heads/main"]).ok();
    forked.refuses(&["--dry-run", "upstream", "topic"]).says("of others, unsigned");
    repo.write(".git-gate.yml", "pre-push: {judge: own}\n");
    forked.refuses(&["--dry-run", "upstream", "topic"]).says("of others, unsigned");
}

#[test]
fn remote_is_known_by_any_of_its_urls() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    let repo = &forked.repo;
    repo.write(".git-gate.yml", "pre-push: {judge: all}\n");
    repo.commit_file("mine", "x\n");
    let full = forked.upstream.path().display().to_string();
    let folder = format!("{}/", sandbox.path("").display().to_string().trim_end_matches('/'));
    repo.git(["config", "remote.upstream.url", "up:upstream.git"]).ok();
    repo.git(["config", &format!("url.{folder}.insteadOf"), "up:"]).ok();
    for target in ["upstream", "up:upstream.git", &full] {
        forked.accepts(&["--dry-run", target, "topic"]);
    }
    repo.git(["config", &format!("url.file://{folder}.pushInsteadOf"), "up:"]).ok();
    for target in ["upstream", "up:upstream.git", &full, &format!("file://{full}")] {
        forked.accepts(&["--dry-run", target, "topic"]);
    }
    repo.git(["config", "remote.upstream.pushurl", "../upstream.git"]).ok();
    forked.accepts(&["--dry-run", "../upstream.git", "topic"]);
    // Another repository is not known, however its remote is called.
    for name in ["*", "up*", "a.b"] {
        repo.git(["config", &format!("remote.{name}.url"), &forked.fork.path().display().to_string()]).ok();
        forked.refuses(&["--dry-run", name, "topic"]).says("of others, unsigned").never_says("git fetch");
    }
}

/// A mirror keeps the refs of the remote where the user keeps his own.
#[test]
fn own_branches_and_tags_are_not_taken_for_fetched_ones() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    let repo = &forked.repo;
    repo.commit_message("docs: mine, unsigned\n");
    repo.git(["tag", "v1"]).ok();
    repo.git(["update-ref", "refs/stash", "HEAD"]).ok();
    for refspec in ["+refs/*:refs/*", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "main:topic"]
    {
        repo.git(["config", "--add", "remote.fork.fetch", refspec]).ok();
        forked.refuses(&["fork", "topic", "v1"]).says("mine, unsigned").never_says("of others");
    }
    repo.git(["symbolic-ref", "refs/remotes/fork/HEAD", "refs/heads/topic"]).ok();
    forked.refuses(&["fork", "topic"]).says("mine, unsigned");
}

#[test]
fn pins_that_came_with_others_are_not_the_own_work() {
    let sandbox = Sandbox::new();
    for judge in ["every-commit", "tip"] {
        let forked = Forked::new(&sandbox);
        let policy = sandbox.write("policy", format!("workflows: {{judge: {judge}}}\n"));
        std::fs::copy(policy, forked.repo.file(".git-gate.yml")).unwrap();
        forked.repo.commit("ci: the policy");
        forked.accepts(&["fork", "topic"]);
        forked.go_on();
        forked.repo.git(["fetch", "-q", "--all"]).ok();
        forked.repo.git(["merge", "-q", "--no-edit", "upstream/main"]).ok();
        forked.accepts(&["fork", "topic"]);
        forked.accepts(&["fork", "topic:another"]);
        forked.repo.commit_file(".github/workflows/mine.yml", UNPINNED_WORKFLOW);
        let refused = forked.refuses(&["fork", "topic"]);
        refused.says(".github/workflows/mine.yml:7").says("denied: 1 error ").never_says("other.yml");
        for name in ["upstream.git", "fork.git", "theirs", "repo"] {
            std::fs::remove_dir_all(sandbox.path(name)).unwrap();
        }
    }
}

#[test]
fn forced_push_that_takes_a_repair_back_is_refused() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    forked.repo.git(["rm", "-q", WORKFLOW]).ok();
    forked.repo.commit("ci: repaired");
    forked.accepts(&["upstream", "topic"]);
    let back = ["--force", "upstream", "upstream/main:topic"];
    forked.refuses(&back).says("error[unpinned-uses]").says("takes the repair back");
}

#[test]
fn all_kinds_of_pushes_are_judged_alike() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    let repo = &forked.repo;
    repo.commit_file("mine", "x\n");
    repo.git(["tag", "theirs", "upstream/main"]).ok();
    repo.git(["tag", "-a", "-m", "x", "annotated", "upstream/stable"]).ok();
    repo.git(["tag", "blob", &format!("HEAD:{WORKFLOW}")]).ok();
    repo.git(["tag", "-d", "blob"]).ok();
    for arguments in [&["--all", "fork"][..], &["--tags", "fork"], &["--mirror", "fork"], &["fork", ":topic"]]
    {
        forked.accepts(arguments);
    }
    repo.git(["config", "remote.fork.push", "refs/heads/*:refs/heads/me/*"]).ok();
    forked.accepts(&["fork"]);
    assert_eq!(forked.fork.oid("me/topic"), repo.oid("topic"));
    repo.git(["worktree", "add", "-q", "-b", "elsewhere", "../linked", "topic"]).ok();
    let linked = Repo::at(&sandbox, sandbox.path("linked"));
    linked.git(["push", "-q", "fork", "elsewhere:elsewhere"]).ok();
    linked.commit_message("docs: mine, unsigned\n");
    linked.git(["push", "-q", "fork", "elsewhere:elsewhere"]).ends_with(1).says("1 commit,");
    forked.refuses(&["--all", "fork"]).says("mine, unsigned").never_says("of others");
}

#[test]
fn shallow_clone_and_stale_refs_keep_others_work_apart() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    let url = format!("file://{}", forked.upstream.path().display());
    sandbox.run("git").args(["clone", "-q", "--depth", "1", &url, "shallow"]).dir(sandbox.path("")).ok();
    let shallow = Repo::at(&sandbox, sandbox.path("shallow"));
    shallow.git(["remote", "add", "fork", "../fork.git"]).ok();
    shallow.gate(["install", "--mode", "shim"]).ok();
    shallow.commit_file("mine", "x\n");
    shallow.git(["push", "-q", "--dry-run", "fork", "main"]).ok().says("1 commit came with origin/main");
    shallow.commit_message("docs: mine, unsigned\n");
    shallow.git(["push", "-q", "--dry-run", "fork", "main"]).ends_with(1).never_says("of others");
    // The branch is gone at the remote, and so is the remote itself: what they had is still not the own work.
    forked.upstream.git(["branch", "-q", "-D", "main"]).ok();
    forked.repo.git(["config", "--remove-section", "remote.upstream"]).ok();
    forked.accepts(&["fork", "topic"]).says("2 commits came with upstream/main");
}

#[test]
fn commit_on_several_refs_is_noted_once() {
    let sandbox = Sandbox::new();
    let forked = Forked::new(&sandbox);
    for number in 0..20 {
        let tip = forked.repo.commit_message("docs: of others, unsigned\n");
        forked.repo.git(["update-ref", &format!("refs/remotes/upstream/b{number:02}"), &tip]).ok();
    }
    forked.repo.commit_message(&format!("docs: mine\n\n{SIGN_OFF}\n"));
    let push = forked.accepts(&["fork", "topic"]);
    push.says("note: 22 commits came with upstream/b19 and are not judged here; the").never_says("b18");
}
