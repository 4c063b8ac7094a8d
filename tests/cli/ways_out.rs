//! Ways out of a refusal: each command that a hint names is run, and repairs what it is about.

use crate::advice::{command, follow, hints};
use crate::support::{NAME, Repo, SIGN_OFF, Sandbox, Secrets, UNPINNED_WORKFLOW, WORKFLOW};

/// Clone of a user with a server that has one commit; the hook is in the one or the other.
fn clone<'s>(sandbox: &'s Sandbox, guarded_server: bool) -> (Repo<'s>, Repo<'s>) {
    let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
    repo.git(["config", "user.name", NAME]).ok();
    repo.git(["config", "user.email", "author@example.com"]).ok();
    repo.git(["remote", "add", "origin", "../server.git"]).ok();
    repo.commit_file("a", "a\n");
    repo.git(["push", "-q", "origin", "main"]).ok();
    (if guarded_server { &server } else { &repo }).gate(["install"]).ok();
    (server, repo)
}

/// Runs all git commands of the hints in a clone, as its user.
fn follow_all(sandbox: &Sandbox, repo: &Repo<'_>, hints: &[String]) {
    hints.iter().filter(|hint| hint.starts_with("git ")).for_each(|hint| follow(sandbox, repo.path(), hint));
}

#[test]
fn empty_root_commit_is_signed() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
    server.gate(["install"]).ok();
    repo.git(["config", "user.name", NAME]).ok();
    repo.git(["config", "user.email", "author@example.com"]).ok();
    repo.commit_message("docs: begin\n");
    let refused = repo.git(["push", "-q", "../server.git", "main"]).ends_with(1);
    assert_eq!(command(&refused), "git commit --amend --signoff --no-edit --allow-empty");
    follow(&sandbox, repo.path(), &command(&refused));
    repo.git(["push", "-q", "../server.git", "main"]).ok();
}

const PINNED: &str = "example/action@11bd71901bbe5b1630ceea73d27597364c9af683 # v1.0.0";

/// Adds a fault to a workflow, perhaps another commit, and repairs the fault.
fn repaired_later(repo: &Repo<'_>, has_more: bool) {
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    if has_more {
        repo.commit_file("b", "b\n");
    }
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW.replace("example/action@main", PINNED));
}

#[test]
fn fault_and_its_repair_become_one_commit() {
    for guarded_server in [false, true] {
        for has_more in [false, true] {
            let sandbox = Sandbox::new();
            let (_, repo) = clone(&sandbox, guarded_server);
            repaired_later(&repo, has_more);
            let push = || repo.git(["push", "-q", "origin", "main"]).transcript();
            let refused = push();
            assert_eq!(refused.status(), Some(1), "{refused}");
            refused.says("each commit is judged: combine").says("hint: then push again");
            follow_all(&sandbox, &repo, &hints(&refused));
            assert_eq!(push().status(), Some(0), "{}", push());
            let count = repo.git(["rev-list", "--count", "HEAD"]).ok().line();
            assert_eq!(count, if has_more { "3" } else { "2" });
        }
    }
}

/// Another commit follows the repair: the user moves the lines in the editor.
#[test]
fn repair_below_the_tip_is_moved_in_the_editor() {
    let sandbox = Sandbox::new();
    let (_, repo) = clone(&sandbox, false);
    repaired_later(&repo, true);
    let repair = repo.oid("HEAD").unwrap();
    repo.commit_file("c", "c\n");
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    let hint = hints(&refused)[1].clone();
    let shown = format!("put {} below", &repair[..12]);
    refused.says(&shown);
    let script = "sed -n -e 1p -e 3p \"$1\" | sed '2s/pick/fixup/' >\"$1.new\"; sed -n -e 2p -e '4,$p' \"$1\" >>\"$1.new\"; mv \"$1.new\" \"$1\"\n";
    let editor = format!("sh {}", sandbox.write("editor", script).display());
    let run = sandbox.run("sh").args(["-c", &hint]).dir(repo.path()).env("GIT_SEQUENCE_EDITOR", editor);
    run.env("GIT_EDITOR", ":").ok();
    repo.git(["push", "-q", "origin", "main"]).ok();
}

#[test]
fn file_with_another_fault_is_not_called_repaired() {
    let sandbox = Sandbox::new();
    let (_, repo) = clone(&sandbox, false);
    let checkout = "      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2\n";
    let both = format!("{UNPINNED_WORKFLOW}{checkout}");
    repo.commit_file(WORKFLOW, &both);
    repo.commit_file(WORKFLOW, both.replace("example/action@main", PINNED));
    let refused = repo.git(["push", "-q", "origin", "main"]).ends_with(1);
    refused.says("error[persisted-credentials]").never_says("combine").never_says("push again");
}

#[test]
fn published_fault_is_not_combined() {
    let sandbox = Sandbox::new();
    let (_, repo) = clone(&sandbox, false);
    repaired_later(&repo, false);
    repo.git(["push", "-q", "--no-verify", "origin", "HEAD~1:refs/heads/dev"]).ok();
    repo.git(["fetch", "-q", "origin"]).ok();
    repo.write(".git-gate.yml", "pre-push: {judge: all}\n");
    let push = repo.git(["push", "-q", "origin", "main:other"]).transcript();
    push.never_says("combine");
}

#[test]
fn tag_is_made_again_without_its_token() {
    let sandbox = Sandbox::new();
    let (server, repo) = clone(&sandbox, true);
    server.write("git-gate.yml", "rules: {token-in-content: deny}\n");
    let mut secrets = Secrets::default();
    let token = secrets.github("tag");
    repo.git(["tag", "-a", "it's", "-m", &format!("Release\n\n{token}")]).ok();
    let push = || repo.git(["push", "-q", "origin", "it's"]).transcript();
    let refused = push();
    refused.says("make the tag again").never_says("commit --amend").never_says(&token);
    let said = refused.to_string().replace("\nremote:           ", " ");
    let command = said.split('`').find(|part| part.starts_with("git tag ")).unwrap().to_owned();
    let editor = sandbox.write("editor", "echo Release >\"$1\"\n");
    let run = sandbox.run("sh").args(["-c", &command]).dir(repo.path());
    run.env("GIT_EDITOR", format!("sh {}", editor.display())).ok();
    assert_eq!(push().status(), Some(0), "{}", push());
}

#[test]
fn tag_follows_the_commit_that_is_signed() {
    for guarded_server in [false, true] {
        for (is_annotated, below) in [(false, false), (true, false), (true, true)] {
            let sandbox = Sandbox::new();
            let (_, repo) = clone(&sandbox, guarded_server);
            repo.write("b", "b\n");
            repo.commit_message("docs: unsigned\n");
            let tag: &[&str] = if is_annotated { &["tag", "-a", "v1", "-m", "One"] } else { &["tag", "v1"] };
            repo.git(tag).ok();
            if below {
                repo.commit_file("c", "c\n");
            }
            let push = || repo.git(["push", "-q", "origin", "main", "v1"]).transcript();
            let refused = push();
            assert_eq!(hints(&refused).last().unwrap(), "then push again", "{refused}");
            follow_all(&sandbox, &repo, &hints(&refused));
            assert_eq!(push().status(), Some(0), "{}", push());
            let place = if below { "HEAD~1" } else { "HEAD" };
            assert_eq!(repo.oid("v1^{commit}"), repo.oid(place));
            let signed = repo.git(["log", "-1", "--format=%B", "v1"]).ok();
            signed.says(SIGN_OFF);
        }
    }
}

#[test]
fn section_with_a_credential_in_its_name_is_removed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let mut secrets = Secrets::default();
    let url = format!("https://user:{}@git.corp.example/", secrets.password("header"));
    let url = url.replace("corp.example", "corp.net");
    repo.git(["config", &format!("url.{url}.insteadOf"), "https://git.corp.net/"]).ok();
    repo.git(["config", "branch.main.remote", "origin"]).ok();
    let scan = repo.gate(["scan", "--git-config"]).ends_with(1);
    scan.never_says("delete line");
    let said = scan.to_string();
    let command =
        said.split('`').find(|part| part.starts_with("git config --local --remove-section")).unwrap();
    sandbox.run("sh").args(["-c", command]).dir(repo.path()).ok();
    repo.gate(["scan", "--git-config"]).ok();
    assert_eq!(repo.git(["config", "branch.main.remote"]).ok().line(), "origin");
}

#[test]
fn undecided_scan_advises_no_baseline() {
    let sandbox = Sandbox::new();
    let (_, repo) = clone(&sandbox, false);
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", "docs: unsigned"]).ok();
    repo.git(["push", "-q", "--no-verify", "origin", "main"]).ok();
    let scan = || repo.gate(["scan", "--no-git-config"]).transcript();
    scan().says("published already").says("--write-baseline");
    let blob = repo.oid("HEAD:a").unwrap();
    std::fs::remove_file(repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    scan().says("published already").says("undecided").never_says("--write-baseline");
}

#[test]
fn push_from_a_shallow_clone_is_told_what_it_lacks() {
    let sandbox = Sandbox::new();
    let (origin, server) = (sandbox.init("origin"), sandbox.init_bare("other.git"));
    for content in ["1\n", "2\n", "3\n"] {
        origin.commit_file("a", content);
    }
    server.gate(["install"]).ok();
    let url = format!("file://{}", origin.path().display());
    sandbox.run("git").args(["clone", "-q", "--depth=1", &url, "clone"]).dir(sandbox.path("")).ok();
    let clone = Repo::at(&sandbox, sandbox.path("clone"));
    clone.commit_file("b", "1\n");
    let refused = clone.git(["push", "-q", "../other.git", "main"]).ends_with(1);
    refused.says("hint: if the clone is shallow, `git fetch --unshallow` in it brings the rest");
    clone.git(["fetch", "-q", "--unshallow"]).ok();
    clone.git(["push", "-q", "../other.git", "main"]).ok();
}
