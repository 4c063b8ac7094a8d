//! `merges: conflicts`: a merge may differ from git's own inside paths that conflict, and nowhere else.

use crate::support::{CLEAN_WORKFLOW, Repo, SIGN_OFF, Sandbox, Server, WORKFLOW};

const POLICY: &str = "sign-off: {merges: conflicts}\n";

/// Functions for the scripts below: a long file with one line that is another.
const FUNCTIONS: &str = "set -e
long() { seq 1 30 | sed \"s/^15$/$1/\"; }
";

/// Scripts that make the trees of a merge.
struct Case {
    name: &'static str,
    base: &'static str,
    ours: &'static str,
    theirs: &'static str,
    /// Scripts that are run after `git merge`, each of which makes an acceptable result.
    accepted: &'static [&'static str],
    /// Scripts of results that need a sign-off.
    refused: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "text",
        base: "long base >a; long base >b; mkdir dir; long base >dir/c",
        ours: "long ours >a; echo ours >o",
        theirs: "long theirs >a; long theirs >b; echo theirs >dir/t",
        accepted: &["long both >a", "echo anything >a", "rm -f a", "long both >a; chmod +x a"],
        refused: &[
            "long both >a; echo more >>b",
            "long both >a; echo more >>o",
            "long both >a; echo more >dir/new",
            "long both >a; rm -f dir/t",
            "long both >a; chmod +x b",
            "rm a; ln -s b a",
            "rm a; mkdir a; echo x >a/b",
            "long both >a; mv b c",
            "rm -f a; long both >A",
        ],
    },
    Case {
        name: "added twice",
        base: "echo x >x",
        ours: "mkdir d; echo ours >d/new",
        theirs: "mkdir d; echo theirs >d/new; echo t >d/other",
        accepted: &["echo both >d/new", "rm -f d/new"],
        refused: &["echo both >d/new; echo more >d/more", "echo both >d/new; echo more >d/other"],
    },
    Case {
        name: "changed and deleted",
        base: "long base >a; long base >b",
        ours: "long ours >a",
        theirs: "git rm -q a; long theirs >b",
        accepted: &["rm -f a", "long both >a", "git add a"],
        refused: &["rm -f a; rm -f b", "long ours >a; long base >b"],
    },
    Case {
        name: "renamed to two names",
        base: "long base >a; echo x >x",
        ours: "git mv a one; echo >>x",
        theirs: "git mv a two; echo t >t",
        accepted: &["rm -f a two", "rm -f a one", "rm -f a one two", "rm -f a; echo z >>one"],
        refused: &["rm -f a two; mv one three", "rm -f a two; echo more >>x"],
    },
    Case {
        name: "renamed and deleted",
        base: "long base >a; echo x >x",
        ours: "git mv a b; echo >>x",
        theirs: "git rm -q a; echo t >t",
        accepted: &["rm -f b", "git add b", "echo more >>b"],
        refused: &["rm -f b; long base >a", "rm -f b; rm -f t"],
    },
    Case {
        name: "file and directory",
        base: "echo x >x",
        ours: "echo file >d",
        theirs: "mkdir d; echo one >d/one; echo two >d/two",
        accepted: &["rm -f d~HEAD", "git add d~HEAD", "mv d~HEAD kept; rm -r d; mv kept d"],
        refused: &[
            "rm -f d~HEAD; echo more >d/more",
            "rm -f d~HEAD; echo more >>d/one",
            "rm -f d~HEAD; rm -f d/one",
            "rm -f d~HEAD; rm -r d",
            "rm -f d~HEAD; echo file >e",
            "echo more >>d~HEAD",
            "git add d~HEAD; cp d~HEAD d~more",
            "cp d~HEAD kept; rm -r d; mv kept d",
            "mv d~HEAD kept; rm -r d; mv kept d; echo more >x",
        ],
    },
    Case {
        name: "file and symbolic link",
        base: "echo x >x",
        ours: "echo file >d",
        theirs: "ln -s x d",
        accepted: &["rm -f d; mv d~HEAD d", "rm -f d~HEAD", "git add -A", "rm -f d d~HEAD"],
        refused: &["git add -A; cp d~HEAD d~more", "rm -f d d~HEAD; mkdir d; echo x >d/x"],
    },
    Case {
        name: "file and directory beside a file with a tilde",
        base: "echo x >x; echo keep >d~keep",
        ours: "echo file >d",
        theirs: "mkdir d; echo one >d/one",
        accepted: &[
            "rm -f d~HEAD",
            "git add d~HEAD",
            "mv d~HEAD d~other",
            "mv d~HEAD kept; rm -r d; mv kept d",
        ],
        refused: &[
            "rm -f d~HEAD d~keep",
            "git add d~HEAD; rm -f d~keep",
            "mv d~HEAD d~keep",
            "mv d~HEAD kept; rm -r d; mv kept d; rm -f d~keep",
        ],
    },
    Case {
        name: "file and symbolic link beside a file with a tilde",
        base: "echo x >x; echo keep >A~x",
        ours: "echo file >A",
        theirs: "ln -s x A",
        accepted: &["git add -A", "rm -f A~HEAD", "mv A~HEAD A~other"],
        refused: &["git add -A; rm -f A~x", "rm -f A~HEAD A~x", "mv A~HEAD A~x"],
    },
    Case {
        name: "binary",
        base: "printf 'base\\0' >a; echo x >x",
        ours: "printf 'ours\\0' >a; echo >>x",
        theirs: "printf 'theirs\\0' >a",
        accepted: &["git checkout --theirs a", "git checkout --ours a", "echo >a"],
        refused: &["git checkout --ours a; echo more >>x"],
    },
    Case {
        name: "added to a directory that was renamed",
        base: "mkdir old; for f in 1 2 3; do long $f >old/$f; done",
        ours: "git mv old new",
        theirs: "echo added >old/added",
        accepted: &["git add -A", "mkdir -p old; mv new/added old/added", "rm -f new/added"],
        refused: &[
            "mkdir -p old; cp new/added old/added",
            "mv new/added added",
            "mkdir -p old; mv new/added old/added; echo more >old/more",
        ],
    },
    Case {
        name: "submodule",
        base: "git update-index --add --cacheinfo 160000,1111111111111111111111111111111111111111,sub; echo x >x",
        ours: "git update-index --cacheinfo 160000,2222222222222222222222222222222222222222,sub",
        theirs: "git update-index --cacheinfo 160000,3333333333333333333333333333333333333333,sub",
        accepted: &["git update-index --cacheinfo 160000,4444444444444444444444444444444444444444,sub"],
        refused: &[
            "git update-index --cacheinfo 160000,4444444444444444444444444444444444444444,sub; echo more >x; git add x",
        ],
    },
];

/// Runs a script in the work tree of a repository, and stages what it leaves.
fn script(sandbox: &Sandbox, repo: &Repo<'_>, text: &str) {
    let stage = if text.contains("update-index") { "" } else { "git add -A" };
    let script = format!("{FUNCTIONS}{text}\n{stage}");
    sandbox.run("sh").args(["-c", &script]).dir(repo.path()).ok();
}

fn commit(repo: &Repo<'_>, message: &str) {
    repo.git(["commit", "-q", "--no-verify", "--allow-empty", "-m", message]).ok();
}

/// Makes the branches of a case, and begins to merge them.
fn begin(sandbox: &Sandbox, repo: &Repo<'_>, case: &Case) {
    for (branch, text) in [("main", case.base), ("theirs", case.theirs), ("main", case.ours)] {
        if repo.oid("main").is_some() {
            let from = if branch == "theirs" { "main" } else { branch };
            repo.git(["checkout", "-q", "-f", "-B", branch, from]).ok();
        }
        script(sandbox, repo, text);
        commit(repo, &format!("docs: x\n\n{SIGN_OFF}"));
    }
}

#[test]
fn differences_are_accepted_inside_conflicts_only() {
    for case in CASES {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("repo");
        begin(&sandbox, &repo, case);
        repo.write(".git/info/exclude", ".git-gate.yml\n");
        let results = [(case.accepted, true), (case.refused, false)];
        for (text, accepted) in
            results.iter().flat_map(|(texts, ok)| texts.iter().map(move |text| (text, *ok)))
        {
            repo.git(["checkout", "-q", "-f", "main"]).ok();
            repo.git(["clean", "-qfd"]).ok();
            repo.git(["merge", "-q", "--no-commit", "theirs"]).ends_with(1);
            script(&sandbox, &repo, text);
            repo.write(".git-gate.yml", POLICY);
            let draft = repo.gate(["hook", "commit-msg", ".git/MERGE_MSG"]).transcript();
            commit(&repo, "Merge branch 'theirs'");
            let scan = repo.gate(["scan", "--no-git-config", "HEAD"]).transcript();
            let expected = Some(i32::from(!accepted));
            assert_eq!(scan.status(), expected, "{}: {text}\n{scan}", case.name);
            assert_eq!(draft.status(), expected, "{}: {text}\n{draft}", case.name);
            if accepted {
                scan.says(
                    "1 merge needed no sign-off: it differs from what git merges only in paths that conflict",
                );
            } else {
                scan.says("differs from what git creates by itself, so its author has to sign it off");
            }
            repo.git(["reset", "-q", "--hard", "HEAD~1"]).ok();
        }
    }
}

/// The content of a resolution is judged as ever: only the sign-off is not asked for.
#[test]
fn resolved_workflow_is_judged() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", POLICY);
    let client = &server.client;
    let workflow = |line: &str| format!("{CLEAN_WORKFLOW}      - run: {line}\n");
    for (branch, line) in [("main", "base"), ("theirs", "theirs"), ("main", "ours")] {
        client.git(["checkout", "-q", "-B", branch, if line == "ours" { "main" } else { "HEAD" }]).ok();
        client.commit_file(WORKFLOW, workflow(line));
    }
    let resolve = |content: String| {
        client.git(["reset", "-q", "--hard", "main"]).ok();
        client.git(["checkout", "-q", "-B", "merged", "main"]).ok();
        client.git(["merge", "-q", "theirs"]).ends_with(1);
        client.write(WORKFLOW, content);
        client.commit_message("Merge branch 'theirs'\n");
    };
    resolve(workflow("both") + "      - uses: example/action@main\n");
    server.refuses(["merged"]).says("error[unpinned-uses]").never_says("missing-signoff");
    resolve(workflow("both"));
    server.accepts(["merged"]).says("1 merge needed no sign-off");
}

/// Two branches that merged each other, so that there are two merge bases: a merge with one of them undoes a change.
#[test]
fn merge_with_a_chosen_base_is_explained() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let on = |branch: &str, from: &str, file: &str, content: &str| {
        repo.git(["checkout", "-q", "-B", branch, from]).ok();
        repo.commit_file(file, content)
    };
    let merge = |branch: &str, other: &str| {
        repo.git(["checkout", "-q", branch]).ok();
        repo.git(["merge", "-q", "--no-edit", other]).ok();
    };
    repo.commit_file("x", "x\n");
    let (a, b) = (on("a", "main", "fixed", "yes\n"), on("b", "main", "other", "x\n"));
    merge("a", &b);
    merge("b", &a);
    repo.git(["checkout", "-q", "a"]).ok();
    repo.git(["rm", "-q", "fixed"]).ok();
    repo.commit("docs: reverted");
    on("b", "b", "last", "x\n");
    let automatic = repo.git(["merge-tree", "--write-tree", "a", "b"]).ok().line();
    for base in [&a, &b] {
        // git before 2.40 accepts no merge base.
        let alone = |tree: &str, parent: &[&str]| {
            repo.git(["commit-tree", &format!("{tree}^{{tree}}"), "-m", "x"]).args(parent).ok().line()
        };
        let root = alone(base, &[]);
        let [ours, theirs] = ["a", "b"].map(|side| alone(side, &["-p", &root]));
        let tree = repo.git(["merge-tree", "--write-tree", &ours, &theirs]).transcript();
        if tree.status() != Some(0) || tree.line() == automatic {
            continue;
        }
        let oid = repo.git(["commit-tree", &tree.line(), "-p", "a", "-p", "b", "-m", "Merge"]).ok().line();
        for policy in ["", POLICY] {
            repo.write(".git-gate.yml", policy);
            let scan = repo.gate(["scan", "--no-git-config", &oid]).ends_with(1);
            scan.says(&format!(
                "it equals a merge with one of several merge bases ({}): whoever picks the base can undo a change",
                &base[..12]
            ));
        }
        return;
    }
    panic!("no base gives another tree");
}

/// Writes a tree object as it is: entries of mode, name and object.
fn raw_tree(repo: &Repo<'_>, entries: &[(&str, &str, &str)]) -> String {
    let mut data = Vec::new();
    for (mode, name, oid) in entries {
        data.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        data.extend(data_encoding::HEXLOWER.decode(oid.as_bytes()).unwrap());
    }
    let write = repo.git(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"]);
    write.stdin(data).ok().line()
}

/// Git may check out another entry of such a tree than the one that it compares.
#[test]
fn tree_that_git_does_not_write_is_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    begin(
        &sandbox,
        &repo,
        &Case {
            name: "raw",
            base: "long base >a; echo x >b; mkdir d; long base >d/x",
            ours: "long ours >a; long ours >d/x",
            theirs: "long theirs >a; long theirs >d/x",
            accepted: &[],
            refused: &[],
        },
    );
    let blob = |path: &str| repo.oid(&format!("main:{path}")).unwrap();
    let (a, b, x) = (blob("a"), blob("b"), blob("d/x"));
    let d = raw_tree(&repo, &[("100644", "x", &x)]);
    let empty = raw_tree(&repo, &[]);
    let entry = |mode, name, oid| (mode, name, oid);
    let [ea, eb, ed] = [entry("100644", "a", a.as_str()), ("100644", "b", &b), ("40000", "d", &d)];
    repo.write(".git-gate.yml", POLICY);
    for (tree, accepted) in [
        (vec![ea, eb, ed], true),
        (vec![ea, ea, eb, ed], false),
        (vec![ea, ("100644", "a", &b), eb, ed], false),
        (vec![eb, ea, ed], false),
        (vec![ea, eb], true),
        (vec![ea, eb, ("100644", "d/x", &b)], false),
        (vec![ea, eb, ed, ("100644", "d/x", &b)], false),
        (vec![ea, ("100664", "b", &b), ed], false),
        (vec![ea, eb, ed, ("40000", "e", &empty)], false),
        (vec![ea, eb, ("40000", "d", &empty)], false),
        (vec![("100644", "a", &b), eb, ed, ("40000", "a", &d)], false),
    ] {
        let tree_oid = raw_tree(&repo, &tree);
        let merge = ["commit-tree", &tree_oid, "-p", "main", "-p", "theirs", "-m", "Merge"];
        let scan = repo.gate(["scan", "--no-git-config", &repo.git(merge).ok().line()]).transcript();
        assert_eq!(scan.status(), Some(i32::from(!accepted)), "{tree:?}\n{scan}");
        if tree.last().is_some_and(|(_, name, _)| *name == "e") {
            scan.says("its directories are not as git writes them").never_says("not in conflict");
        }
    }
}

/// A merge of more than two is repeated in steps, whose conflicts are not those of its parents.
#[test]
fn octopus_merge_stays_strict() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file("a", "base\n");
    for branch in ["one", "two", "three"] {
        repo.git(["checkout", "-q", "-B", branch, "main"]).ok();
        repo.commit_file("a", branch);
    }
    repo.write(".git-gate.yml", POLICY);
    let merge = ["commit-tree", "one^{tree}", "-p", "one", "-p", "two", "-p", "three", "-m", "Merge"];
    let octopus = repo.git(merge).ok().line();
    let scan = repo.gate(["scan", "--no-git-config", &octopus]).ends_with(1);
    scan.says("1 error");
    // It was not compared with conflicts, so nothing is said about them.
    scan.says("only a merge of two commits may differ in paths that conflict").never_says("not in conflict");
    // The same parent twice is one parent.
    let merge = ["commit-tree", "one^{tree}", "-p", "one", "-p", "two", "-p", "one", "-m", "Merge"];
    let pair = repo.git(merge).ok().line();
    repo.gate(["scan", "--no-git-config", &pair]).ok();
}

/// The scratch repository is the only judge: nothing that is configured makes a conflict, or hides one.
#[test]
fn drivers_and_attributes_make_no_conflict() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.git(["config", "merge.fails.driver", "false"]).ok();
    repo.write(".git/info/attributes", "* merge=fails\n");
    repo.write(".gitattributes", "* -merge conflict-marker-size=3\n");
    repo.commit_file("a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    repo.git(["checkout", "-q", "-B", "theirs"]).ok();
    repo.commit_file("a", "1\n2\n3\n4\n5\n6\n7\n8\ntheirs\n");
    repo.git(["checkout", "-q", "main"]).ok();
    repo.commit_file("a", "ours\n2\n3\n4\n5\n6\n7\n8\n9\n");
    repo.git(["merge", "-q", "--no-commit", "theirs"]).ends_with(1);
    repo.write("a", "ours\n2\n3\nmore\n5\n6\n7\n8\ntheirs\n");
    repo.commit_message("Merge\n");
    repo.write(".git-gate.yml", POLICY);
    repo.gate(["scan", "--no-git-config"]).ends_with(1).says("`a` differs from what git merges");
}

/// git moves a file out of the way to `d~<branch>`; that makes no such place of another file.
#[test]
fn pushed_merge_changes_no_file_beside_the_conflict() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[("d~keep", "keep\n")]);
    server.bare.write("git-gate.yml", POLICY);
    let client = &server.client;
    client.git(["checkout", "-q", "-B", "theirs", "main"]).ok();
    client.commit_file("d/a", "theirs\n");
    client.git(["checkout", "-q", "main"]).ok();
    client.commit_file("d", "ours\n");
    server.accepts(["main", "theirs"]);
    client.write(".git-gate.yml", POLICY);
    client.write(".git/info/exclude", ".git-gate.yml\n");
    client.gate(["install"]).ok();
    for (resolve, accepted) in [
        ("git rm -q -f d~HEAD d~keep", false),
        ("cp d~HEAD d~keep; git add d~keep; git rm -q -f d~HEAD", false),
        ("git rm -q -f d~HEAD", true),
    ] {
        client.git(["merge", "-q", "theirs"]).ends_with(1);
        sandbox.run("sh").args(["-c", &format!("set -e; {resolve}; git add -A")]).dir(client.path()).ok();
        let outside = "`d~keep` differs from what git merges, and is not in conflict";
        let commit = || client.git(["commit", "-q", "--no-edit"]);
        if accepted {
            commit().ok();
            server.accepts(["main"]).says("1 merge needed no sign-off");
            continue;
        }
        commit().ends_with(1).says(outside);
        commit().arg("--no-verify").ok();
        client.git(["push", "-q", "origin", "main"]).ends_with(1).says(outside).never_says("remote:");
        let push = client.git(["push", "-q", "--no-verify", "origin", "main"]).ends_with(1);
        push.says("remote: error[missing-signoff]").says(outside);
        client.git(["reset", "-q", "--hard", "main~1"]).ok();
    }
}

/// A real merge in a clone and its push, with the hooks.
#[test]
fn resolved_merge_is_made_and_pushed() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    client.write(".git-gate.yml", POLICY);
    client.commit_file("a", "base\n");
    client.git(["checkout", "-q", "-B", "theirs"]).ok();
    client.commit_file("a", "theirs\n");
    client.git(["checkout", "-q", "main"]).ok();
    client.commit_file("a", "ours\n");
    client.gate(["install"]).ok();
    client.git(["merge", "-q", "theirs"]).ends_with(1);
    client.write("a", "both\n");
    client.write("more", "x\n");
    client.git(["add", "a", "more"]).ok();
    client.git(["commit", "-q", "--no-edit"]).ends_with(1).says("`more` differs from what git merges");
    client.git(["rm", "-q", "-f", "more"]).ok();
    client.git(["commit", "-q", "--no-edit"]).ok();
    server.refuses(["main"]).says("error[missing-signoff]");
    server.bare.write("git-gate.yml", POLICY);
    server.accepts(["main"]).says("1 merge needed no sign-off");
}
