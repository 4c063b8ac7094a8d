//! Objects that cannot be read: everything else is judged, they are named, and nothing is decided.

use std::collections::BTreeSet;
use std::fs;

use git_gate::internals::{Group, RULES};
use serde_json::Value;

use crate::support::{Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

const UNSIGNED: &str = "docs: x\n\nno trailer\n";

/// Creates a history with several kinds of findings, and a merge.
fn history(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("repo");
    repo.commit_file("a", "1\n2\n3\n");
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    repo.commit_message(UNSIGNED);
    repo.git(["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    repo.commit_file("src/deep/b", "x\n");
    repo.git(["checkout", "-q", "main"]).ok();
    repo.commit_file("a", "1\n2\n3\n4\n");
    repo.git(["merge", "-q", "--no-ff", "-m", "Merge side", "side"]).ok();
    repo.commit_file(".github/workflows/cd.yml", UNPINNED_WORKFLOW.replace("v4", "v3"));
    repo
}

fn report(output: &[u8]) -> Value {
    serde_json::from_slice(output).unwrap()
}

/// Returns the findings of a report, each as its rule and its location.
fn findings(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| format!("{} {}", finding["rule"], finding["location"])).collect()
}

fn unread(report: &Value) -> Vec<&str> {
    let unread = report["unread"].as_array().map_or(&[][..], Vec::as_slice).iter();
    unread.map(|unread| unread["oid"].as_str().unwrap()).collect()
}

/// Returns all objects of a repository without packs.
fn objects(repo: &Repo<'_>) -> Vec<String> {
    let all = repo.git(["rev-list", "--objects", "--no-object-names", "--all"]).ok();
    String::from_utf8(all.stdout().to_vec()).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_missing_or_damaged_object_is_named_and_the_rest_is_judged() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let scan = || repo.gate(["scan", "--all", "--no-git-config", "--format", "json"]);
    let whole = report(scan().ends_with(1).stdout());
    for (number, oid) in objects(&repo).iter().enumerate() {
        let file = repo.git_dir().join("objects").join(&oid[..2]).join(&oid[2..]);
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        if number % 2 == 0 {
            fs::write(&file, b"not an object").unwrap();
        }
        let scan = scan().ends_with(2);
        let part = report(scan.stdout());
        assert_eq!(part["verdict"], "undecided", "{oid}");
        assert_eq!(unread(&part), [oid], "{oid}");
        assert!(findings(&part).is_subset(&findings(&whole)), "{oid}");
        fs::remove_file(&file).ok();
        fs::write(&file, content).unwrap();
    }
    assert_eq!(findings(&report(scan().ends_with(1).stdout())), findings(&whole));
}

/// Without its parent, its older version or its merge base nothing can be compared, but everything is read.
#[test]
fn objects_are_named_that_are_not_compared_because_of_others() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file("d/a", "1\n");
    repo.commit_file("d/b", "2\n");
    repo.git(["checkout", "-q", "-b", "side", "HEAD~1"]).ok();
    repo.commit_file("d/a", "3\n");
    repo.git(["checkout", "-q", "main"]).ok();
    repo.git(["merge", "-q", "--no-ff", "--no-commit", "side"]).ok();
    repo.commit_file("d/e/merged", "4\n");
    for gone in [
        &["main~2^{tree}", "main~1:d/b"][..],
        &["main~2:d", "main~1:d/b", "side:d/a"],
        &["main~2", "main~1:d/b"],
        &["main~2:d/a", "side:d/a"],
        &["main~2", "main:d/e/merged"],
        &["main~1^{tree}", "main:d/e"],
        &["side:d", "main:d/e/merged"],
        &["side", "main:d/e/merged"],
    ] {
        let oids: BTreeSet<String> = gone.iter().map(|name| repo.oid(name).unwrap()).collect();
        let files = oids.iter().map(|oid| repo.git_dir().join("objects").join(&oid[..2]).join(&oid[2..]));
        let kept: Vec<_> = files.map(|file| (fs::read(&file).unwrap(), file)).collect();
        kept.iter().for_each(|(_, file)| fs::remove_file(file).unwrap());
        for format in ["json", "human"] {
            let scan = repo.gate(["scan", "--all", "--no-git-config", "--format", format]).ends_with(2);
            for oid in &oids {
                scan.says(&format!("object {oid} is missing"));
            }
            if format == "json" {
                let part = report(scan.stdout());
                assert_eq!(
                    unread(&part).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
                    oids,
                    "{gone:?}"
                );
            }
        }
        kept.iter().for_each(|(content, file)| fs::write(file, content).unwrap());
    }
    let tree = repo.oid("main:d").unwrap();
    spoil(&repo, &tree, false);
    let scan = repo.gate(["scan"]).ends_with(2);
    scan.says(&format!("object {tree} is missing, so what is in it was not judged (`d/` in "));
    spoil(&repo, &repo.oid("main").unwrap(), false);
    repo.gate(["scan"]).ends_with(2).says("is missing, so neither it nor what only it leads to was judged");
}

#[test]
fn findings_come_before_what_was_not_read_and_every_file_is_written() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let blob = repo.oid("main:src/deep/b").unwrap();
    let commit = repo.oid("side").unwrap();
    fs::remove_file(repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let outputs = ["--output", "json=o.json", "--output", "sarif=o.sarif", "--output", "jsonl=o.jsonl"];
    let baseline = ["--write-baseline", "old.json"];
    let scan = repo.gate(["scan", "--all", "--no-git-config"]).args(outputs).args(baseline).ends_with(2);
    let text = scan.to_string();
    let place = format!("error: object {blob} is missing (`src/deep/b` in {})\n", &commit[..12]);
    let (finding, named) = (text.find("error[missing-signoff]"), text.find(&place));
    assert!(finding.is_some() && finding < named, "{text}");
    scan.says("hint: `git fsck` names what is missing or damaged").says("undecided: 3 errors");
    scan.says("no baseline was written: not everything could be read");
    assert!(!repo.file("old.json").exists());
    let read = |name| fs::read_to_string(repo.file(name)).unwrap();
    let part = report(read("o.json").as_bytes());
    let named = &part["unread"][0];
    assert_eq!([&named["kind"], &named["path"], &named["commit"]], ["blob", "src/deep/b", &commit]);
    let sarif = report(read("o.sarif").as_bytes());
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
    let lines = read("o.jsonl");
    let (first, last) = (lines.lines().next().unwrap(), lines.lines().next_back().unwrap());
    assert_eq!(report(first.as_bytes())["kind"], "header");
    assert_eq!(
        [&report(last.as_bytes())["kind"], &report(last.as_bytes())["verdict"]],
        ["verdict", "undecided"]
    );
}

/// The policy of a bare repository rests on its default branch.
#[test]
fn default_branch_of_a_bare_repository_that_cannot_be_read_is_named() {
    for damaged in [false, true] {
        let sandbox = Sandbox::new();
        let (repo, bare) = (history(&sandbox), sandbox.init_bare("bare.git"));
        repo.git(["push", "-q", "../bare.git", "main", "side"]).ok();
        let tip = repo.oid("main").unwrap();
        spoil(&bare, &tip, damaged);
        let scan = bare.gate(["scan", "--all", "--format", "json", "--output", "sarif=o.sarif"]).ends_with(2);
        let part = report(scan.stdout());
        assert_eq!((part["verdict"].as_str(), unread(&part)), (Some("undecided"), vec![tip.as_str()]));
        assert!(bare.file("o.sarif").exists());
        bare.gate(["scan", "--all", "--format", "jsonl"]).ends_with(2).says(&tip).says("undecided");
    }
}

#[test]
fn secret_in_the_path_of_an_unread_object_is_not_shown() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    let secret = crate::tokens::token();
    repo.commit_file(&format!("d/{secret}.txt"), "x\n");
    let blob = repo.oid(&format!("HEAD:d/{secret}.txt")).unwrap();
    fs::remove_file(repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    for format in ["human", "json", "jsonl", "html", "sarif", "github", "gitlab", "github-summary"] {
        let scan = repo.gate(["scan", "--no-git-config", "--format", format]).ends_with(2);
        scan.says(&blob[..12]).never_says(&secret);
    }
}

#[test]
fn filters_hide_no_problem_that_head_may_have() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let scan = |arguments: &[&str]| repo.gate(["scan", "--no-git-config"]).args(arguments);
    scan(&["--in-head"]).ends_with(1).says("error[unpinned-uses]");
    scan(&["--rule", "missing-signoff"]).ok().says("left out by the filters");
    scan(&["--since", "1999-01-01", "--author", "author@"]).ends_with(1);
    scan(&["--until", "1999-01-01"]).ok();
    for mistake in ["lastyeer", ""] {
        scan(&["--since", mistake]).ends_with(2).says("is not a time");
    }
    scan(&["--rule", "unpined-uses"]).ends_with(2).says("did you mean `unpinned-uses`?");
    repo.git(["rm", "-q", WORKFLOW]).ok();
    repo.commit("ci: none");
    scan(&["--in-head"]).ok();
    repo.git(["checkout", "-q", "--orphan", "new"]).ok();
    scan(&["--all", "--in-head"]).ends_with(1);
}

#[test]
fn range_whose_start_is_cut_off_is_undecided() {
    let sandbox = Sandbox::new();
    let origin = sandbox.init("origin");
    origin.commit_message(UNSIGNED);
    origin.commit_file("a", "1\n");
    let url = format!("file://{}", origin.path().display());
    sandbox.run("git").args(["clone", "-q", &url, "clone"]).dir(sandbox.path("")).ok();
    let clone = Repo::at(&sandbox, sandbox.path("clone"));
    clone.git(["checkout", "-q", "-b", "topic"]).ok();
    clone.commit_file("b", "1\n");
    origin.commit_file("a", "2\n");
    clone.git(["fetch", "-q", "--depth=1", "origin", "main"]).ok();
    let scan = clone.gate(["scan", "FETCH_HEAD..HEAD", "--no-git-config"]).ends_with(2);
    scan.says("error: the history is cut off at ").never_says("missing-signoff");
}

/// Takes the file of an object away; with `damaged`, puts another one in its place.
fn spoil(repo: &Repo<'_>, oid: &str, damaged: bool) {
    let file = repo.git_dir().join("objects").join(&oid[..2]).join(&oid[2..]);
    fs::remove_file(&file).unwrap();
    if damaged {
        fs::write(&file, b"not an object").unwrap();
    }
}

/// Creates old commits without sign-offs, one after another; returns all of them.
fn unsigned(repo: &Repo<'_>, count: usize) -> Vec<String> {
    (0..count).map(|number| repo.commit_message(&format!("docs: old {number}\n"))).collect()
}

/// Git goes on silently where an excluded commit cannot be read, and takes all behind it for new.
#[test]
fn old_commits_are_not_judged_where_the_start_of_a_range_is_damaged() {
    for damaged in [false, true] {
        for has_tag in [false, true] {
            let sandbox = Sandbox::new();
            let repo = sandbox.init("repo");
            let old = unsigned(&repo, 4);
            if has_tag {
                repo.git(["tag", "v1", &old[0]]).ok();
            }
            repo.git(["branch", "topic", &old[1]]).ok();
            repo.git(["checkout", "-q", "topic"]).ok();
            repo.commit_file("new", "x\n");
            spoil(&repo, &old[2], damaged);
            // The first start is that on which a range rests.
            let start = [format!("^{}", old[3]), "topic".to_owned()];
            let tag = has_tag.then_some("^v1");
            let scan = repo.gate(["scan", "--no-git-config", "--format", "json"]).args(tag).args(&start);
            let scan = scan.ends_with(2);
            let part = report(scan.stdout());
            assert_eq!(part["verdict"], "undecided", "{scan}");
            assert_eq!(unread(&part), [&old[2]], "{scan}");
            assert!(findings(&part).is_empty(), "{scan}");
        }
    }
}

#[test]
fn old_commits_are_not_judged_where_a_branch_of_the_server_is_damaged() {
    for has_tag in [false, true] {
        let sandbox = Sandbox::new();
        let (server, repo) = (sandbox.init_bare("server.git"), sandbox.init("repo"));
        let old = unsigned(&repo, 4);
        repo.git(["push", "-q", "../server.git", "main"]).ok();
        if has_tag {
            repo.git(["push", "-q", "../server.git", &format!("{}:refs/tags/v1", old[0])]).ok();
        }
        repo.git(["checkout", "-q", "-b", "topic", &old[1]]).ok();
        repo.commit_file("new", "x\n");
        server.gate(["install"]).ok();
        spoil(&server, &old[2], false);
        let refused = repo.git(["push", "-q", "../server.git", "topic"]).ends_with(1);
        refused.never_says("missing-signoff").says(&old[2]).says("undecided:");
    }
}

#[test]
fn shallow_history_is_undecided_at_its_end_and_decided_above() {
    let sandbox = Sandbox::new();
    let full = history(&sandbox);
    let url = format!("file://{}", full.path().display());
    sandbox.run("git").args(["clone", "-q", "--depth=2", &url, "shallow"]).dir(sandbox.path("")).ok();
    let shallow = Repo::at(&sandbox, sandbox.path("shallow"));
    let scan = |range| shallow.gate(["scan", range, "--no-git-config", "--format", "json"]);
    let all = scan("HEAD").ends_with(2);
    let part = report(all.stdout());
    let cut = [full.oid("main^^1").unwrap(), full.oid("main^^2").unwrap()];
    assert_eq!(unread(&part).into_iter().collect::<BTreeSet<_>>(), cut.iter().map(String::as_str).collect());
    let whole =
        report(full.gate(["scan", "HEAD", "--no-git-config", "--format", "json"]).ends_with(1).stdout());
    assert!(findings(&part).is_subset(&findings(&whole)), "{part}");
    shallow
        .gate(["scan", "HEAD", "--no-git-config"])
        .ends_with(2)
        .says("error: the history is cut off at ")
        .says("hint: `git fetch --unshallow` in the clone brings the rest of the history");
    let above = report(scan("HEAD^..HEAD").ends_with(1).stdout());
    assert!(unread(&above).is_empty() && findings(&above).len() == 1, "{above}");
    shallow.git(["fetch", "-q", "--unshallow"]).ok();
    assert_eq!(findings(&report(scan("HEAD").ends_with(1).stdout())), findings(&whole));
}

/// Where no rule reads files, the sign-off of the merge alone depends on what is cut off.
#[test]
fn merge_is_undecided_if_its_base_is_cut_off() {
    let sandbox = Sandbox::new();
    let url = format!("file://{}", history(&sandbox).path().display());
    sandbox.run("git").args(["clone", "-q", "--depth=3", &url, "shallow"]).dir(sandbox.path("")).ok();
    let shallow = Repo::at(&sandbox, sandbox.path("shallow"));
    let others = RULES.iter().filter(|rule| rule.meta.group != Group::Signoff);
    let levels: String = others.map(|rule| format!("  {}: allow\n", rule.meta.id)).collect();
    shallow.write("../policy.yml", format!("rules:\n{levels}"));
    let scan = ["scan", "--no-git-config", "--policy", "../policy.yml", "HEAD^", "^HEAD^^1", "^HEAD^^2"];
    shallow.gate(scan).ends_with(2).says("error: the history is cut off at ");
    shallow.git(["fetch", "-q", "--unshallow"]).ok();
    shallow.gate(scan).ok();
}

/// A ref or a tag that leads nowhere takes no other finding away.
#[test]
fn tip_that_cannot_be_read_is_named_and_the_others_are_judged() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let scan =
        |arguments: &[&str]| repo.gate(["scan", "--no-git-config", "--format", "json"]).args(arguments);
    let whole = findings(&report(scan(&["--all"]).ends_with(1).stdout()));
    let range = findings(&report(scan(&["--branches", "^HEAD~1"]).ends_with(1).stdout()));
    let missing = "1".repeat(40);
    let blob = repo.git(["hash-object", "-w", "--stdin"]).stdin("gone\n").ok().line();
    repo.git(["tag", "-a", "-m", "x", "of-blob", &blob]).ok();
    repo.git(["tag", "-a", "-m", "x", "of-nothing", "HEAD"]).ok();
    let tag = repo.oid("of-nothing").unwrap();
    for oid in [&blob, &tag] {
        spoil(&repo, oid, false);
    }
    let broken = repo.git_dir().join("refs/heads/broken");
    fs::write(&broken, format!("{missing}\n")).unwrap();
    let part = report(scan(&["--all"]).ends_with(2).stdout());
    let named: BTreeSet<&str> = unread(&part).into_iter().collect();
    assert_eq!(named, [missing.as_str(), &blob, &tag].into());
    assert_eq!(findings(&part), whole);
    let part = report(scan(&["--branches", "^HEAD~1"]).ends_with(2).stdout());
    assert_eq!((unread(&part), findings(&part)), (vec![missing.as_str()], range));
}

#[test]
fn ref_without_an_oid_is_no_missing_object() {
    let sandbox = Sandbox::new();
    let repo = history(&sandbox);
    let scan = || repo.gate(["scan", "--branches", "--no-git-config", "--format", "json"]);
    let whole = findings(&report(scan().ends_with(1).stdout()));
    let broken = repo.git_dir().join("refs/heads/broken");
    fs::write(&broken, "no oid\n").unwrap();
    let part = report(scan().ends_with(2).stdout());
    assert_eq!(part["unread"][0]["oid"], Value::Null);
    assert_eq!((part["unread"].as_array().unwrap().len(), findings(&part)), (1, whole));
    let human = repo.gate(["scan", "--branches", "--no-git-config"]).ends_with(2);
    human.says("error: 1 ref holds no object id").says("hint: `git for-each-ref` warns").never_says("000000");
    repo.git(["for-each-ref"]).ok().says("refs/heads/broken");
    let excluded = repo.gate(["scan", "HEAD", "--not", "--branches", "--no-git-config"]).ends_with(2);
    excluded.says("a ref to be excluded holds no object id").never_says("000000");
    fs::remove_file(&broken).unwrap();
    scan().ends_with(1);
}
