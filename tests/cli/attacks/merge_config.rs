//! Config and attributes that would decide a merge, or run a program, while the gate repeats it.

use super::hostile_repository::forge_graph;
use crate::support::{Repo, SIGN_OFF, Sandbox, Server, Transcript};

/// Text whose second line is changed.
fn text(second: &str) -> String {
    format!("one\n{second}\nthree\nfour\nfive\nsix\n")
}

/// Server that has the base of a merge, and a client that has the merge.
struct Merge<'s> {
    sandbox: &'s Sandbox,
    options: Vec<String>,
    server: Server<'s>,
}

impl<'s> Merge<'s> {
    /// Commits files for the base and for both sides of it, then a merge that records the files of `merged`.
    /// A file without a text is removed.
    fn new(sandbox: &'s Sandbox, options: &[&str], files: [&[(&str, &str)]; 4]) -> Self {
        let [base, ours, theirs, merged] = files;
        let server = Server::with_options(sandbox, options, base);
        let client = &server.client;
        let commit = |files: &[(&str, &str)]| {
            for (name, text) in files {
                match text.is_empty() {
                    true => drop(client.git(["rm", "-q", name]).ok()),
                    false => drop(client.write(name, text)),
                }
            }
            client.commit("docs: a side")
        };
        server.branch("theirs", "main");
        commit(theirs);
        server.branch("ours", "main");
        commit(ours);
        server.branch("recorded", "ours");
        commit(merged);
        server.branch("merge", "ours");
        let arguments = ["commit-tree", "recorded^{tree}", "-p", "ours", "-p", "theirs", "-m", "Merge"];
        let merge = client.git(arguments).ok().line();
        client.git(["reset", "-q", "--hard", &merge]).ok();
        client.git(["branch", "-q", "-D", "recorded"]).ok();
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Self { sandbox, options, server }
    }

    /// The same conflict in each test: both sides change the second line.
    fn conflict(sandbox: &'s Sandbox, attributes: &str) -> Self {
        let (ours, theirs, merged) = (text("ours"), text("theirs"), text("made by the driver"));
        let base = [("file", &*text("two")), (".gitattributes", attributes)];
        Self::new(sandbox, &[], [&base, &[("file", &ours)], &[("file", &theirs)], &[("file", &merged)]])
    }

    /// Returns a driver that makes the recorded text and leaves a mark that it has run.
    fn driver(&self) -> String {
        let mark = self.sandbox.path("executed");
        format!(
            "sh -c 'touch {}; sed \"s/ours/made by the driver/\" <%A >%A.new; mv %A.new %A'",
            mark.display()
        )
    }

    fn repos(&self) -> [&Repo<'s>; 2] {
        [&self.server.client, &self.server.bare]
    }

    fn config(&self, key: &str, value: &str) {
        for repo in self.repos() {
            repo.git(["config", key, value]).ok();
        }
    }

    /// Judges the merge in every way; fails unless all of them say the same, and nothing is executed.
    #[track_caller]
    fn is_refused(&self, refused: bool) {
        let Server { client, .. } = &self.server;
        let check = |run: Transcript| {
            assert_eq!(run.contains("error[missing-signoff]"), refused, "{run}");
            assert_eq!(run.status() == Some(0), !refused, "{run}");
            assert!(!self.sandbox.path("executed").exists(), "the driver has run: {run}");
        };
        check(client.gate(["scan", "--no-git-config", "main..merge"]).transcript());
        check(client.gate(["scan", "--no-git-config", "--all"]).transcript());
        let options = self.options.iter().map(String::as_str).chain(["--bare"]);
        let other = self.sandbox.init_with("other.git", &options.collect::<Vec<_>>());
        client.gate(["install"]).ok();
        check(client.git(["push", "-q"]).arg(other.path()).arg("merge").transcript());
        client.gate(["uninstall"]).ok();
        std::fs::remove_dir_all(other.path()).unwrap();
        check(self.server.push(["merge"]));
        self.server.push([":merge"]);
    }
}

#[test]
fn merge_driver_is_never_run() {
    let sandbox = Sandbox::new();
    let merge = Merge::conflict(&sandbox, "* merge=e\n");
    merge.is_refused(true);
    merge.config("merge.e.driver", &merge.driver());
    merge.is_refused(true);
    merge.config("merge.default", "e");
    merge.is_refused(true);
}

#[test]
fn attributes_outside_the_tree_run_no_driver() {
    let sandbox = Sandbox::new();
    let merge = Merge::conflict(&sandbox, "x -text\n");
    let attributes = "* merge=e\n";
    merge.config("merge.e.driver", &merge.driver());
    for repo in merge.repos() {
        sandbox.write(repo.git_dir().join("info/attributes"), attributes);
    }
    merge.is_refused(true);
    sandbox.write("home/.config/git/attributes", attributes);
    merge.is_refused(true);
    let file = sandbox.write("attributes", attributes);
    sandbox.run("git").args(["config", "--global", "core.attributesFile"]).arg(&file).ok();
    sandbox.run("git").args(["config", "--global", "merge.e.driver", &merge.driver()]).ok();
    merge.is_refused(true);
    let scan = merge.server.client.gate(["scan", "--no-git-config", "main..merge"]);
    let scan = scan.env("GIT_CONFIG_COUNT", "2").env("GIT_ATTR_SOURCE", "merge");
    let scan = scan.env("GIT_CONFIG_KEY_0", "merge.e.driver").env("GIT_CONFIG_VALUE_0", merge.driver());
    let scan = scan.env("GIT_CONFIG_KEY_1", "core.attributesFile").env("GIT_CONFIG_VALUE_1", &file);
    scan.ends_with(1).says("error[missing-signoff]");
    assert!(!sandbox.path("executed").exists());
}

#[test]
fn union_of_the_tree_has_no_effect() {
    let sandbox = Sandbox::new();
    let merged = "one\nours\ntheirs\nthree\nfour\nfive\nsix\n";
    let base = [("file", &*text("two")), (".gitattributes", "file merge=union\n")];
    let (ours, theirs) = (text("ours"), text("theirs"));
    let files = [&base[..], &[("file", &*ours)], &[("file", &*theirs)], &[("file", merged)]];
    Merge::new(&sandbox, &[], files).is_refused(true);
}

/// Creates a merge that moves a file on one side and changes it on the other, as git does by itself.
fn merge_of_a_moved_file<'s>(sandbox: &'s Sandbox, options: &[&str]) -> Merge<'s> {
    let (base, theirs) = (text("two"), text("theirs"));
    let files = [
        &[("file", &*base)][..],
        &[("file", ""), ("moved", &*base)],
        &[("file", &*theirs)],
        &[("moved", &*theirs)],
    ];
    Merge::new(sandbox, options, files)
}

#[test]
fn settings_of_merges_have_no_effect() {
    let sandbox = Sandbox::new();
    let merge = merge_of_a_moved_file(&sandbox, &[]);
    for (key, value) in [
        ("merge.renames", "false"),
        ("merge.renameLimit", "1"),
        ("diff.renameLimit", "1"),
        ("diff.renames", "false"),
        ("diff.algorithm", "patience"),
        ("merge.conflictStyle", "zdiff3"),
        ("merge.directoryRenames", "true"),
    ] {
        merge.config(key, value);
        sandbox.run("git").args(["config", "--global", key, value]).ok();
    }
    merge.is_refused(false);
}

/// git by itself asks about a file that one side adds to a directory that the other renames.
#[test]
fn renamed_directory_needs_a_signoff_whatever_the_setting() {
    let sandbox = Sandbox::new();
    let [a, b, c] = ["a", "b", "c"].map(text);
    let files = [
        &[("d/a", &*a), ("d/b", &*b)][..],
        &[("d/a", ""), ("d/b", ""), ("e/a", &*a), ("e/b", &*b)],
        &[("d/c", &*c)],
        &[("e/c", &*c)],
    ];
    let merge = Merge::new(&sandbox, &[], files);
    merge.is_refused(true);
    merge.config("merge.directoryRenames", "true");
    sandbox.run("git").args(["config", "--global", "merge.directoryRenames", "true"]).ok();
    merge.is_refused(true);
}

#[test]
fn merges_are_repeated_in_sha256_too() {
    let sandbox = Sandbox::new();
    merge_of_a_moved_file(&sandbox, &["--object-format=sha256"]).is_refused(false);
}

/// The commit that concludes a merge is judged by its index, which stays as it is.
#[test]
fn commit_of_a_merge_runs_nothing() {
    let sandbox = Sandbox::new();
    let merge = Merge::conflict(&sandbox, "* merge=e\n");
    let client = &merge.server.client;
    client.git(["checkout", "-q", "ours"]).ok();
    client.git(["merge", "-q", "theirs"]).ends_with(1);
    client.write("file", text("made by the driver"));
    client.git(["add", "file"]).ok();
    merge.config("merge.e.driver", &merge.driver());
    let mark = format!("touch {}", sandbox.path("executed").display());
    client.git(["config", "core.fsmonitor", &mark]).ok();
    client.write_executable(".git/hooks/post-index-change", format!("#!/bin/sh\n{mark}\n"));
    let message = sandbox.write("message", "Merge\n");
    let index = std::fs::read(client.file(".git/index")).unwrap();
    let judge = || client.gate(["hook", "commit-msg"]).arg(&message).transcript();
    judge().says("error[missing-signoff]");
    sandbox.write("message", format!("Merge\n\n{SIGN_OFF}\n"));
    assert_eq!(judge().status(), Some(0));
    assert_eq!(std::fs::read(client.file(".git/index")).unwrap(), index);
    assert!(!sandbox.path("executed").exists());
}

#[test]
fn commit_of_a_clean_merge_is_accepted_from_any_index() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[("file", &text("two")), ("d/x y", "x\n")]);
    let client = &server.client;
    server.branch("theirs", "main");
    client.commit_file("file", text("theirs"));
    server.branch("ours", "main");
    client.commit_file("file", text("two") + "seven\n");
    let message = sandbox.write("message", "Merge\n");
    for setting in ["core.splitIndex", "core.untrackedCache", "index.sparse"] {
        client.git(["config", setting, "true"]).ok();
        client.git(["merge", "-q", "--no-commit", "--no-ff", "theirs"]).ok();
        client.git(["update-index", "--refresh"]).ok();
        client.gate(["hook", "commit-msg"]).arg(&message).ok();
        client.git(["hash-object", "-w", "--stdin"]).stdin("x").ok();
        client.git(["rm", "-q", "--cached", "d/x y"]).ok();
        client.gate(["hook", "commit-msg"]).arg(&message).ends_with(1);
        client.git(["reset", "-q", "--hard", "ours"]).ok();
    }
}

/// A merge that takes one side only, where a commit-graph says that this side contains the other.
#[test]
fn commit_graph_decides_no_merge() {
    let sandbox = Sandbox::new();
    let pool = sandbox.init("pool");
    let repo = sandbox.init("repo");
    pool.commit_file("file", text("two"));
    repo.git(["fetch", "-q"]).arg(pool.path()).arg("main:base").ok();
    repo.write(".git/objects/info/alternates", format!("{}\n", pool.file(".git/objects").display()));
    repo.git(["checkout", "-q", "-B", "main", "base"]).ok();
    let on = |branch: &str, at: &str| drop(repo.git(["checkout", "-q", "-B", branch, at]).ok());
    let merge = |branch: &str| {
        let message = format!("Merge\n\n{SIGN_OFF}");
        repo.git(["merge", "-q", "--no-ff", "-m", &message, branch]).ok();
    };
    on("a", "main");
    repo.commit_file("a", "x\n");
    on("b", "main");
    repo.commit_file("b", "x\n");
    on("ours", "a");
    merge("b");
    on("theirs", "b");
    merge("a");
    repo.commit_file("file", text("theirs"));
    let crossed = repo.oid("ours").unwrap();
    on("ours", "ours");
    repo.commit_file("file", text("ours"));
    let arguments = ["commit-tree", "ours^{tree}", "-p", "ours", "-p", "theirs", "-m", "Merge"];
    let taken = repo.git(arguments).ok().line();
    repo.git(["update-ref", "refs/heads/taken", &taken]).ok();
    forge_graph(&repo, &crossed, &repo.oid("theirs").unwrap());
    let merged = repo.git(["merge-tree", "--write-tree", "ours", "theirs"]).transcript();
    assert_eq!(merged.line(), repo.oid("ours^{tree}").unwrap(), "git is deceived");
    repo.gate(["scan", "--no-git-config", "taken"])
        .ends_with(1)
        .says("error[missing-signoff]")
        .says(&taken[..7]);
}
