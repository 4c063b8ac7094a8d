//! Partial clones: what is missing is said, and nothing is fetched.

use crate::support::{Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// Creates a server with some commits, and a clone of it without blobs; returns the clone and its URL.
fn partial<'s>(sandbox: &'s Sandbox) -> (Repo<'s>, String) {
    let (server, full) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
    for content in ["x\n", "y\n", "z\n"] {
        full.commit_file("a", content);
    }
    full.git(["push", "-q", "../server.git", "main"]).ok();
    server.git(["config", "uploadpack.allowFilter", "true"]).ok();
    let url = format!("file://{}", server.path().display());
    let made = ["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "partial"];
    sandbox.run("git").args(made).dir(sandbox.path("")).ok();
    (Repo::at(sandbox, sandbox.path("partial")), url)
}

#[test]
fn partial_clone_error_names_the_fetch_command() {
    let sandbox = Sandbox::new();
    let (repo, _) = partial(&sandbox);
    let scan = || repo.gate(["scan", "--no-git-config", "HEAD"]);
    let fix = "git fetch --refetch --no-filter";
    scan()
        .ends_with(2)
        .says(" is missing")
        .says(&format!("hint: in a partial clone, fetch the missing objects: `{fix}`"));
    repo.git(fix.split(' ').skip(1)).ok();
    scan().ok();
}

/// git 2.24 and older write the extension into the config of each partial clone.
#[test]
fn extension_that_libgit2_does_not_know_is_accepted() {
    let sandbox = Sandbox::new();
    let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    for place in [&server, &repo] {
        place.git(["config", "core.repositoryFormatVersion", "1"]).ok();
        place.git(["config", "extensions.partialClone", "origin"]).ok();
    }
    repo.gate(["scan", "--no-git-config"]).ends_with(1).says("error[unpinned-uses]");
    server.gate(["install"]).ok();
    let refused = repo.git(["push", "-q", "../server.git", "main"]).ends_with(1);
    refused.says("error[unpinned-uses]");
}

#[test]
fn partial_clone_is_checked_without_network() {
    let sandbox = Sandbox::new();
    let (repo, url) = partial(&sandbox);
    let blobs = || {
        repo.git(["cat-file", "--batch-all-objects", "--batch-check"])
            .ok()
            .to_string()
            .matches(" blob ")
            .count()
    };
    assert_eq!(blobs(), 0);
    repo.gate(["install", "--mode", "shim"]).ok();
    // The remote can no longer be reached.
    std::fs::rename(sandbox.path("server.git"), sandbox.path("gone.git")).unwrap();
    let blob = repo.git(["hash-object", "-w", "--stdin"]).stdin(UNPINNED_WORKFLOW).ok().line();
    repo.git(["read-tree", "HEAD"]).ok();
    let entry = format!("100644,{blob},{WORKFLOW}");
    repo.git(["update-index", "--add", "--cacheinfo", &entry]).ok();
    let tree = repo.git(["write-tree", "--missing-ok"]).ok().line();
    let message = "ci: bad\n\nSigned-off-by: A U Thor <author@example.com>\n";
    let bad = repo.git(["commit-tree", "-p", "HEAD", &tree]).stdin(message).ok().line();
    let zero = "0".repeat(40);
    let hook = |oid: &str| {
        let input = format!("refs/heads/x {oid} refs/heads/x {zero}\n");
        repo.gate(["hook", "pre-push", "origin", &url]).stdin(input)
    };
    hook(&bad).ends_with(1).says("error[unpinned-uses]");
    hook(&repo.oid("HEAD").unwrap()).ok();
    assert_eq!(blobs(), 1, "something was fetched");
}

/// Git detects a rename to repeat the merge, so it is git that lacks a blob.
#[test]
fn merge_in_a_partial_clone_names_the_fetch_command() {
    let sandbox = Sandbox::new();
    let full = sandbox.init("server.git");
    let lines = |third: &str, last: &str| format!("1\n2\n{third}\n4\n5\n6\n7\n8\n{last}\n");
    full.commit_file("a", lines("3", "9"));
    full.git(["checkout", "-q", "-b", "side"]).ok();
    full.git(["mv", "a", "b"]).ok();
    full.commit_file("b", lines("side", "9"));
    full.git(["checkout", "-q", "main"]).ok();
    full.commit_file("a", lines("3", "main"));
    full.git(["merge", "-q", "--no-edit", "side"]).ok();
    full.git(["config", "uploadpack.allowFilter", "true"]).ok();
    let url = format!("file://{}", full.path().display());
    let made = ["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "partial"];
    sandbox.run("git").args(made).dir(sandbox.path("")).ok();
    let repo = Repo::at(&sandbox, sandbox.path("partial"));
    for merges in ["clean", "conflicts"] {
        let rules = "rules: {token-in-content: allow, token-in-git-config: allow}";
        repo.write(".git-gate.yml", format!("sign-off: {{merges: {merges}}}\n{rules}\n"));
        let scan = repo.gate(["scan", "--no-git-config", "HEAD"]).ends_with(2);
        scan.says(" is missing")
            .says("hint: in a partial clone, fetch the missing objects")
            .never_says("2.38");
    }
}
