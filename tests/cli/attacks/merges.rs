//! Merges that bring back what the history had repaired.

use crate::support::{
    CLEAN_WORKFLOW, Repo, SIGN_OFF, Sandbox, Secrets, Server, Transcript, UNPINNED_WORKFLOW, WORKFLOW,
};

/// Server that accepted problems before it got the gate, and whose `main` has repaired them since.
struct Repaired<'s> {
    sandbox: &'s Sandbox,
    server: Server<'s>,
}

/// State of the files before the repair.
const OLD: &str = "old";

impl<'s> Repaired<'s> {
    /// Accepts `bad` in the branches `main` and `side`, which differ in other files; then repairs it in `main`.
    fn new(sandbox: &'s Sandbox, options: &[&str], bad: &[(&str, &str)], repair: impl Fn(&Repo<'s>)) -> Self {
        let server = Server::with_options(sandbox, options, bad);
        let client = &server.client;
        client.git(["tag", OLD]).ok();
        server.branch("side", "main");
        client.commit_file("side", "x\n");
        server.branch("main", "main");
        client.commit_file("main", "x\n");
        repair(client);
        client.commit("ci: repair");
        server.accepts(["main"]);
        Self { sandbox, server }
    }

    /// The usual case: an unpinned action is pinned.
    fn pinned(sandbox: &'s Sandbox) -> Self {
        Self::new(sandbox, &[], &[(WORKFLOW, UNPINNED_WORKFLOW)], |client| {
            client.write(WORKFLOW, CLEAN_WORKFLOW);
        })
    }

    /// Makes a signed merge with the tree of a revision.
    fn merge(&self, tree: &str, parents: &[&str]) -> String {
        let parents = parents.iter().flat_map(|parent| ["-p", parent]);
        let run = self.server.client.git(["commit-tree", &format!("{tree}^{{tree}}")]).args(parents);
        run.stdin(format!("Merge\n\n{SIGN_OFF}\n")).ok().line()
    }

    /// Makes a merge with the files of a branch into which some have been written.
    fn merge_with(&self, files: &[(&str, &str)], from: &str, parents: &[&str]) -> String {
        self.server.branch("recorded", from);
        for (name, text) in files {
            self.server.client.write(name, text);
        }
        self.server.client.commit("ci: record");
        self.merge("recorded", parents)
    }

    /// Pushes a commit to `main` with the gate in each place; fails unless each refuses it with the rule.
    #[track_caller]
    fn is_refused(&self, commit: &str, rule: &str) {
        let (said, client) = (format!("error[{rule}]"), &self.server.client);
        self.server.refuses([&format!("+{commit}:main")]).says(&said);
        let scan = ["scan", "--no-git-config", &format!("origin/main..{commit}")];
        client.gate(scan).ends_with(1).says(&said);
        self.scans_whole(commit).says(&said);
        client.gate(["install"]).ok();
        client.git(["push", "-q", "origin", &format!("+{commit}:main")]).ends_with(1).says(&said);
        client.gate(["uninstall"]).ok();
        self.without_git(commit, Some(&said));
    }

    /// Fails unless a commit is refused because it takes the repair back.
    #[track_caller]
    fn is_taken_back(&self, commit: &str, rule: &str) {
        self.is_refused(commit, rule);
        let scan = self.server.client.gate(["scan", "--no-git-config", &format!("origin/main..{commit}")]);
        scan.ends_with(1).says("a parent of this merge has repaired this");
    }

    /// Pushes a commit to `main` with the gate in each place; fails unless each accepts it.
    #[track_caller]
    fn is_accepted(&self, commit: &str) {
        let client = &self.server.client;
        client.gate(["scan", "--no-git-config", &format!("origin/main..{commit}")]).ok();
        self.without_git(commit, None);
        client.gate(["install"]).ok();
        self.server.accepts([&format!("{commit}:main")]);
        client.gate(["uninstall"]).ok();
    }

    /// Scans all that a commit reaches but the accepted problems.
    fn scans_whole(&self, commit: &str) -> Transcript {
        let client = &self.server.client;
        client.gate(["scan", "--no-git-config", commit, &format!("^{OLD}")]).transcript()
    }

    /// Pushes to a copy of the server whose hook finds no git.
    #[track_caller]
    fn without_git(&self, commit: &str, said: Option<&str>) {
        let copy = Repo::at(self.sandbox, self.sandbox.path("copy.git"));
        self.sandbox.run("cp").args(["-r"]).arg(self.server.bare.path()).arg(copy.path()).ok();
        std::fs::create_dir_all(self.sandbox.path("nothing")).unwrap();
        let (gate, path) = (self.sandbox.path("bin/git-gate"), self.sandbox.path("nothing"));
        let hook =
            format!("#!/bin/sh\nPATH='{}' exec '{}' hook pre-receive\n", path.display(), gate.display());
        copy.write_executable("hooks/pre-receive", hook);
        let push = self.server.client.git(["push", "-q"]).arg(copy.path());
        let push = push.arg(format!("+{commit}:main")).transcript();
        match said {
            Some(said) => drop(push.says(said).says("pre-receive hook declined")),
            None => assert_eq!(push.status(), Some(0), "{push}"),
        }
        std::fs::remove_dir_all(copy.path()).unwrap();
    }
}

#[test]
fn old_parent_brings_nothing_back() {
    let sandbox = Sandbox::new();
    let repaired = Repaired::pinned(&sandbox);
    for parents in [
        &["main", OLD][..],
        &[OLD, "main"],
        &["main", "side"],
        &["side", "main"],
        &["main", "side", OLD],
        &[OLD, "side", "main"],
        &["main", "main", OLD],
        &[OLD, "main", OLD, "main"],
        &["main", "main~1"],
    ] {
        let refuses = |merge: &str| {
            let said = repaired.server.refuses([&format!("{merge}:main")]);
            said.says("error[unpinned-uses]").says("a parent of this merge has repaired this");
        };
        refuses(&repaired.merge(OLD, parents));
        // The rest of the tree does not matter.
        refuses(&repaired.merge_with(&[(WORKFLOW, UNPINNED_WORKFLOW)], "main", parents));
        let new = format!("{UNPINNED_WORKFLOW}# another blob\n");
        refuses(&repaired.merge_with(&[(WORKFLOW, &new)], "main", parents));
    }
    repaired.is_taken_back(&repaired.merge(OLD, &["main", OLD]), "unpinned-uses");
    repaired.is_taken_back(&repaired.merge("side", &["side", "main", OLD]), "unpinned-uses");
}

#[test]
fn deleted_file_does_not_come_back() {
    let sandbox = Sandbox::new();
    let repaired = Repaired::new(&sandbox, &[], &[(WORKFLOW, UNPINNED_WORKFLOW)], |client| {
        client.git(["rm", "-q", WORKFLOW]).ok();
    });
    repaired.is_taken_back(&repaired.merge(OLD, &["main", OLD]), "unpinned-uses");
    repaired.is_taken_back(&repaired.merge("side", &["side", "main"]), "unpinned-uses");
}

#[test]
fn link_and_unreadable_file_do_not_come_back() {
    let sandbox = Sandbox::new();
    for bad in ["on: [push\n", "on: push\njobs: *missing\n"] {
        let sandbox = Sandbox::new();
        let repaired = Repaired::new(&sandbox, &[], &[(WORKFLOW, bad)], |client| {
            client.write(WORKFLOW, CLEAN_WORKFLOW);
        });
        repaired.is_taken_back(&repaired.merge("side", &["main", "side"]), "unreadable-workflow");
    }
    let repaired = Repaired::new(&sandbox, &[], &[("elsewhere.yml", CLEAN_WORKFLOW)], |_| {});
    let client = &repaired.server.client;
    repaired.server.bare.gate(["uninstall"]).ok();
    repaired.server.branch("linked", OLD);
    std::fs::create_dir_all(client.file(".github/workflows")).unwrap();
    std::os::unix::fs::symlink("../../elsewhere.yml", client.file(WORKFLOW)).unwrap();
    client.commit("ci: a link");
    client.git(["checkout", "-q", "-B", "main", "main"]).ok();
    client.git(["merge", "-q", "-m", &format!("Merge\n\n{SIGN_OFF}"), "linked"]).ok();
    client.git(["push", "-q", "origin", "main"]).ok();
    repaired.server.bare.gate(["install"]).ok();
    client.git(["rm", "-q", WORKFLOW]).ok();
    client.commit("ci: no link");
    repaired.server.accepts(["main"]);
    repaired.is_taken_back(&repaired.merge("linked", &["main", "linked"]), "unreadable-workflow");
}

#[test]
fn credential_does_not_come_back() {
    let sandbox = Sandbox::new();
    let secret = Secrets::default().url("the submodule");
    let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = {secret}\n");
    for name in [".gitmodules", "vendor/.gitconfig"] {
        let sandbox = Sandbox::new();
        let repaired = Repaired::new(&sandbox, &[], &[(name, &modules)], |client| {
            client.write(name, "# nothing\n");
        });
        for parents in [["main", "side"], ["side", "main"], ["main", OLD]] {
            repaired.is_taken_back(&repaired.merge(OLD, &parents), "token-in-git-config");
            let more = format!("# more\n{modules}");
            let restored = repaired.merge_with(&[(name, &more)], "main", &parents);
            repaired.is_taken_back(&restored, "token-in-git-config");
        }
    }
    let repaired = Repaired::new(&sandbox, &[], &[(".gitmodules", &modules)], |client| {
        client.git(["rm", "-q", ".gitmodules"]).ok();
    });
    repaired.is_taken_back(&repaired.merge(OLD, &["main", "side"]), "token-in-git-config");
}

#[test]
fn each_of_two_merges_brings_nothing_back() {
    let sandbox = Sandbox::new();
    let other = ".github/workflows/other.yml";
    let bad = [(WORKFLOW, UNPINNED_WORKFLOW), (other, UNPINNED_WORKFLOW)];
    let repaired = Repaired::new(&sandbox, &[], &bad, |client| {
        client.write(WORKFLOW, CLEAN_WORKFLOW);
        client.write(other, CLEAN_WORKFLOW);
    });
    let half = repaired.merge_with(&[(WORKFLOW, UNPINNED_WORKFLOW)], "main", &["main", "side"]);
    repaired.is_taken_back(&half, "unpinned-uses");
    let whole = repaired.merge_with(&bad, "main", &[&half, "side"]);
    let said = repaired.server.refuses([&format!("{whole}:main")]);
    said.says("denied: 2 errors");
}

/// A repair on either side, and one in the same push.
#[test]
fn repair_of_a_branch_is_not_lost() {
    let sandbox = Sandbox::new();
    let repaired = Repaired::pinned(&sandbox);
    let other = ".github/workflows/other.yml";
    repaired.server.branch("second", "main");
    repaired.server.client.commit_file(other, CLEAN_WORKFLOW);
    repaired.is_taken_back(
        &repaired.merge_with(&[(WORKFLOW, UNPINNED_WORKFLOW)], "second", &["second", "side"]),
        "unpinned-uses",
    );
    repaired.server.branch("fixed-side", "side");
    repaired.server.client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    repaired.is_taken_back(&repaired.merge("side", &["fixed-side", "side"]), "unpinned-uses");
}

#[test]
fn several_merge_bases_hide_no_repair() {
    let sandbox = Sandbox::new();
    let repaired = Repaired::pinned(&sandbox);
    // Both cross merges are what git makes of their parents, so each has the repair. The last has none.
    let one = repaired.merge_with(&[("side", "x\n")], "main", &["main", "side"]);
    let two = repaired.merge_with(&[("side", "x\n"), ("two", "x\n")], "main", &["side", "main"]);
    repaired.is_refused(&repaired.merge("side", &[&one, &two]), "unpinned-uses");
    // Here one of the two bases has the problem, and the other has not.
    let old = repaired.merge_with(&[("a", "x\n")], "main", &["main", "side"]);
    repaired.is_taken_back(
        &repaired.merge_with(&[(WORKFLOW, UNPINNED_WORKFLOW)], "main", &[&old, "side"]),
        "unpinned-uses",
    );
}

#[test]
fn other_storages_bring_nothing_back() {
    for options in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::new();
        if sandbox.run("git").args(["init", "-q"]).args(options).arg("try").transcript().status() != Some(0) {
            continue;
        }
        let repaired = Repaired::new(&sandbox, options, &[(WORKFLOW, UNPINNED_WORKFLOW)], |client| {
            client.write(WORKFLOW, CLEAN_WORKFLOW);
        });
        let said = "error[unpinned-uses]";
        for parents in [["main", OLD], ["side", "main"]] {
            let merge = repaired.merge(OLD, &parents);
            repaired.server.refuses([&format!("+{merge}:main")]).says(said);
            repaired.scans_whole(&merge).says("unpinned-uses");
        }
    }
}

/// One branch has moved the file, and the other has repaired it where it was.
#[test]
fn moved_file_does_not_lose_its_repair() {
    let secret = Secrets::default().url("the submodule");
    let modules = format!("[submodule \"x\"]\n\tpath = x\n\turl = {secret}\n");
    let action = "runs:\n  using: composite\n  steps:\n    - uses: example/action@main\n";
    let harmless = "runs:\n  using: composite\n  steps: []\n";
    for (from, to, bad, good, rule) in [
        (WORKFLOW, ".github/workflows/other.yml", UNPINNED_WORKFLOW, CLEAN_WORKFLOW, "unpinned-uses"),
        (".github/actions/a/action.yml", "actions/b/action.yml", action, harmless, "unpinned-uses"),
        ("vendor/.gitconfig", "third/party/.gitconfig", &modules, "# nothing\n", "token-in-git-config"),
        ("vendor/.gitconfig", "vendor/x/old.gitconfig", &modules, "# nothing\n", "token-in-git-config"),
    ] {
        let sandbox = Sandbox::new();
        let server = Server::new(&sandbox, &[(from, bad)]);
        let client = &server.client;
        server.bare.gate(["uninstall"]).ok();
        server.branch("side", "main");
        client.git(["rm", "-q", from]).ok();
        client.write(to, bad);
        client.commit("ci: move");
        server.accepts(["side"]);
        server.bare.gate(["install"]).ok();
        for deleted in [false, true] {
            server.branch("main", "origin/main");
            if deleted {
                client.git(["rm", "-q", from]).ok();
            } else {
                client.write(from, good);
            }
            client.commit("ci: repair");
            let merge = |parents: [&str; 2], tree: &str| {
                let tree = format!("{tree}^{{tree}}");
                let run = client.git(["commit-tree", &tree, "-p", parents[0], "-p", parents[1]]);
                run.stdin(format!("Merge\n\n{SIGN_OFF}\n")).ok().line()
            };
            let said = format!("error[{rule}]");
            for parents in [["main", "side"], ["side", "main"]] {
                server.refuses([&format!("{}:main", merge(parents, "side"))]).says(&said);
                server.branch("both", "main");
                client.write(to, format!("# also\n{bad}"));
                client.commit("ci: both");
                server.refuses([&format!("{}:main", merge(parents, "both"))]).says(&said);
            }
            // With the repair where the file is now.
            server.branch("repaired", "side");
            client.write(to, good);
            client.commit("ci: repaired");
            client
                .gate(["scan", "--no-git-config", &merge(["main", "side"], "repaired"), "^main", "^side"])
                .ok();
        }
    }
}

/// Merges of honest people.
#[test]
fn merges_that_take_nothing_back_are_accepted() {
    let sandbox = Sandbox::new();
    let bad = format!("{UNPINNED_WORKFLOW}      - uses: example/other@main\n");
    let repaired = Repaired::new(&sandbox, &[], &[(WORKFLOW, &bad)], |client| {
        client.write(WORKFLOW, UNPINNED_WORKFLOW);
    });
    let (server, client) = (&repaired.server, &repaired.server.client);
    let merge = |branch: &str| {
        server.branch("main", "main");
        client.git(["merge", "-q", "--no-ff", "-m", &format!("Merge\n\n{SIGN_OFF}"), branch]).ok();
        repaired.is_accepted("main");
    };
    // The old branch has not touched the workflow.
    merge("side");
    // A branch with another old problem in a file that only it changes.
    server.branch("topic", "main");
    client.commit_file(WORKFLOW, format!("# comment\n{UNPINNED_WORKFLOW}"));
    server.branch("main", "main");
    client.commit_file("file", "x\n");
    merge("topic");
    // The old problem in a moved job, and the other side deletes another file.
    server.branch("topic", "main");
    client.git(["rm", "-q", "README"]).ok();
    client.commit("docs: no readme");
    server.branch("main", "main");
    client.commit_file(WORKFLOW, format!("{UNPINNED_WORKFLOW}# comment\n"));
    merge("topic");
}
