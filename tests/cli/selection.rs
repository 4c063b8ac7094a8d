//! Revisions and filters of a scan: arguments mean what they say.

use serde_json::Value;

use crate::support::{Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// Returns the number of commits that a scan judges.
fn judged(repo: &Repo<'_>, arguments: &[&str]) -> Value {
    let scan = repo.gate(["scan", "--no-git-config", "--format", "json"]).args(arguments).ok();
    let report: Value = serde_json::from_slice(scan.stdout()).unwrap();
    report["checked"]["commits"].clone()
}

/// Creates two commits on main and one on each of two branches, with a tag on the first commit.
fn history(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("repo");
    repo.commit_file("a", "1\n");
    repo.git(["tag", "v1"]).ok();
    repo.commit_file("a", "2\n");
    for branch in ["one", "two"] {
        repo.git(["checkout", "-q", "-b", branch, "main"]).ok();
        repo.commit_file(branch, "x\n");
    }
    repo
}

#[test]
fn options_for_revisions_need_no_dashes_before() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    for (arguments, commits) in [
        (&["main"][..], 2),
        (&["--branches"], 4),
        (&["--branches=o*"], 3),
        (&["--exclude=o*", "--branches"], 3),
        (&["--tags"], 1),
        (&["--glob=refs/heads/t*"], 3),
        (&["--all"], 4),
        (&["one", "--not", "main"], 1),
        (&["--not", "main", "--not", "one"], 1),
        (&["--branches", "--not", "--tags"], 3),
        (&["--", "--branches", "--not", "--tags"], 3),
        (&["one", "^main", "--format", "json"], 1),
        (&["--since", "1999-01-01", "main"], 2),
        (&["--since=1999-01-01", "--until=2.days", "main"], 2),
    ] {
        if arguments.contains(&"--format") {
            repo.gate(["scan", "--no-git-config"]).args(arguments).ok().says("\"commits\": 1");
        } else {
            assert_eq!(judged(&repo, arguments), commits, "{arguments:?}");
        }
    }
}

#[test]
fn pattern_without_a_ref_is_an_error() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    for arguments in [
        &["--remotes=nosuch"][..],
        &["--glob=refs/x*"],
        &["main", "--branches=nosuch"],
        &["--remotes"],
        &["--", "--remotes=nosuch"],
    ] {
        let scan = repo.gate(["scan"]).args(arguments).ends_with(2);
        scan.says("matches no ref").says("hint: `git for-each-ref` lists the refs");
    }
    assert_eq!(judged(&repo, &["main", "--remotes"]), 2);
    repo.gate(["scan", "--no-git-config", "main..main"]).ok();
    for arguments in [&["--not", "main"][..], &["^main"], &["--not"]] {
        repo.gate(["scan", "--no-git-config"]).args(arguments).ends_with(2).says("no revision is named");
    }
}

/// The name of a ref holds a token, and is judged where the ref is scanned.
#[test]
fn names_of_excluded_refs_are_not_judged() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let name = format!("one-{}", crate::tokens::token());
    repo.git(["branch", &name, "one"]).ok();
    let excluded = format!("--exclude={name}");
    for (arguments, is_judged) in [
        (&["--branches"][..], true),
        (&["main", &name], true),
        (&["--exclude=t*", "--branches"], true),
        (&[&excluded, "--branches=t*", "--branches"], true),
        (&["--not", "--not", "--branches"], true),
        (&["--exclude=one-*", "--branches"], false),
        (&[&excluded, "--branches=o*"], false),
        (&["--exclude=refs/heads/one-*", "--all"], false),
        (&["--exclude=refs/heads/one-*", "--glob=refs/heads/*"], false),
        (&["two", "--not", "--branches=o*"], false),
        (&["--all", "--not", "--branches=one-*"], false),
        (&["two", "--not", &name], false),
        (&["main", &excluded, "--branches=one-*"], false),
    ] {
        let scan = repo.gate(["scan", "--no-git-config", "--format", "json"]).args(arguments).ok();
        let report: Value = serde_json::from_slice(scan.stdout()).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let named = findings.iter().any(|finding| finding["location"]["kind"] == "ref");
        assert_eq!(named, is_judged, "{arguments:?}");
    }
}

#[test]
fn arguments_that_contradict_each_other_are_an_error() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    for arguments in [
        &["--git-config", "--all"][..],
        &["--git-config", "--branches"],
        &["--tree", "main", "--all"],
        &["--tree", "main", "--not", "one"],
        &["--tree", "main", "one"],
    ] {
        repo.gate(["scan"]).args(arguments).ends_with(2).says("cannot be used with");
    }
    let limit = repo.gate(["scan", "--", "--since=2.days"]).ends_with(2);
    limit.says("`--since=2.days` is not a revision").says("come before `--`").never_says("max-age");
}

#[test]
fn fingerprint_does_not_depend_on_the_filters() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for day in [1_u64, 2] {
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", "docs: the same"]);
        commit.env("GIT_COMMITTER_DATE", format!("{} +0000", 1_700_000_000 + day * 86_400)).ok();
    }
    let fingerprints = |arguments: &[&str]| {
        let scan = repo.gate(["scan", "--no-git-config", "--format", "json"]).args(arguments).ends_with(1);
        let report: Value = serde_json::from_slice(scan.stdout()).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = fingerprints(&[]);
    assert!(all[0].ends_with(":1") && all[1].ends_with(":2"), "{all:?}");
    assert_eq!(fingerprints(&["--since=1700150000"]), all[1..]);
}

/// Scans with a `git` that notes what it is asked for, and returns the notes. It also reads the objects: those of SHA-256.
fn asked(sandbox: &Sandbox, repo: &Repo<'_>, format: &str) -> String {
    let log = sandbox.path("asked");
    let _ = std::fs::remove_file(&log);
    let script = "#!/bin/sh\nPATH=${PATH#*:}\necho \"$*\" >>LOG\n\
                  if [ \"$1 $2\" != 'cat-file --batch' ]; then exec git \"$@\"; fi\n\
                  tee /dev/fd/3 3>&1 >>LOG | git \"$@\"\n";
    let wrapper = Repo::at(sandbox, sandbox.path("noting"));
    wrapper.write_executable("git", script.replace("LOG", &log.display().to_string()));
    let mut path = wrapper.path().as_os_str().to_owned();
    path.push(":");
    path.push(sandbox.search_path());
    repo.gate(["scan", "--no-git-config", "--format", format]).env("PATH", path).ends_with(1);
    std::fs::read_to_string(log).unwrap()
}

#[test]
fn head_is_asked_only_if_it_is_told_and_its_object_is_read_once() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("repo", &["--object-format=sha256"]);
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let blob = repo.oid(&format!("HEAD:{WORKFLOW}")).unwrap();
    for (format, tells) in
        [("json", true), ("html", true), ("sarif", true), ("human", false), ("gitlab", false)]
    {
        let asked = asked(&sandbox, &repo, format);
        // One question is that for the default branch.
        let heads = asked.matches("HEAD^{commit}").count();
        assert_eq!(heads, 1 + usize::from(tells), "{format}:\n{asked}");
        assert_eq!(asked.lines().filter(|line| *line == blob).count(), 1, "{format}:\n{asked}");
    }
}

#[test]
fn in_head_leaves_out_what_later_commits_have_replaced() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for version in ["v2", "v3", "v4"] {
        for file in ["one", "two"] {
            let path = format!(".github/workflows/{file}.yml");
            repo.write(&path, UNPINNED_WORKFLOW.replace("main", version));
        }
        repo.commit("ci: newer");
    }
    let scan = |arguments: &[&str]| {
        let scan = repo.gate(["scan", "--no-git-config", "--rule", "unpinned-uses", "--format", "json"]);
        let report: Value = serde_json::from_slice(scan.args(arguments).ends_with(1).stdout()).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let facts = |it: &Value| (it["message"].to_string().contains("@v4"), it["in_head"].clone());
        findings.map(facts).collect::<Vec<_>>()
    };
    let (head, old) = ((true, Value::from(true)), (false, Value::from(false)));
    assert_eq!(scan(&["--in-head"]), [head.clone(), head.clone()]);
    assert_eq!(scan(&[]), [old.clone(), old.clone(), old.clone(), old, head.clone(), head]);
    // Of what HEAD has, this range has nothing: a problem of the range may be one of those in other words.
    let unknown = (false, Value::Null);
    assert_eq!(scan(&["--in-head", "HEAD~2..HEAD~1"]), [unknown.clone(), unknown]);
}
