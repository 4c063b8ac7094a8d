//! The number of blobs in a report: the distinct blobs that the judged commits bring, however they are stored.

use std::fmt::Write as _;

use crate::support::{Repo, Sandbox, Server};

/// Returns the number of blobs in a report that is written as JSON.
fn reported(repo: &Repo<'_>, revisions: &[&str], by_object: bool) -> usize {
    // git itself fails to repeat some of the random merges.
    let policy = repo.write("policy.yml", "sign-off: {merges: skip}\n");
    let run = repo.gate(["scan", "--no-git-config", "--format", "json", "--policy"]).arg(policy);
    let mut run = run.args(revisions);
    if by_object {
        // With `GIT_OBJECT_DIRECTORY` set, objects are read one by one.
        run = run.env("GIT_OBJECT_DIRECTORY", repo.git_dir().join("objects"));
    }
    let report = run.transcript();
    let text = String::from_utf8(report.stdout().to_vec()).unwrap();
    let (_, rest) = text.split_once("\"blobs\":").unwrap_or_else(|| panic!("no number of blobs in {report}"));
    rest.trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

/// Asserts the number of blobs that a scan reports, with and without a scan of whole packs.
fn counts(repo: &Repo<'_>, revisions: &[&str], expected: usize) {
    for by_object in [false, true] {
        assert_eq!(reported(repo, revisions, by_object), expected, "{revisions:?} {by_object}");
    }
}

/// Returns the number of blobs that git finds in the commits that some refs reach.
fn reachable(repo: &Repo<'_>, refs: &[&str]) -> usize {
    let objects = repo.git(["rev-list", "--objects", "--no-object-names"]).args(refs).ok();
    let kinds = repo.git(["cat-file", "--batch-check=%(objecttype)"]).stdin(objects.stdout()).ok();
    kinds.stdout().split(|byte| *byte == b'\n').filter(|kind| *kind == b"blob").count()
}

fn import(repo: &Repo<'_>, options: &[&str], stream: &str) {
    let run = repo.git(options).args(["fast-import", "--quiet", "--done", "--force"]);
    run.stdin(format!("{stream}done\n")).ok();
}

/// Returns the stream of a commit with one changed file.
fn commit(branch: &str, number: usize, path: &str, text: &str) -> String {
    format!(
        "commit refs/heads/{branch}\ncommitter A <a@b.test> {number} +0000\ndata 1\nx\nM 644 inline {path}\ndata {}\n{text}\n",
        text.len()
    )
}

#[test]
fn unreachable_blobs_of_a_pack_are_not_counted() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    let mut stream = String::new();
    for number in 0..300 {
        stream += &commit("main", number, "f", &format!("{number}\n"));
    }
    stream += "reset refs/heads/other\nfrom refs/heads/main\n\n";
    for number in 300..305 {
        stream += &commit("other", number, "g", &format!("other {number}\n"));
    }
    import(&repo, &["-c", "fastimport.unpackLimit=9999"], &stream);
    let all_ways = || {
        counts(&repo, &["main"], 300);
        counts(&repo, &["other"], 305);
        counts(&repo, &["--all"], 305);
        counts(&repo, &["main", "other~2"], 303);
        counts(&repo, &["main..other"], 5);
        counts(&repo, &["main~10..other"], 15);
    };
    assert!(!repo.git(["count-objects", "-v"]).ok().contains("count: 0"));
    all_ways();
    repo.git(["repack", "-adq"]).ok();
    repo.git(["count-objects", "-v"]).ok().says("count: 0\n").says("packs: 1\n");
    all_ways();
}

/// A range brings the blobs of its commits, also those that an older commit had.
#[test]
fn each_blob_is_counted_once() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    for (name, text) in [("a", "1\n"), ("b", "1\n"), ("a", "2\n"), ("a", "1\n"), ("c", "2\n")] {
        repo.commit_file(name, text);
    }
    counts(&repo, &["HEAD"], 2);
    counts(&repo, &["HEAD~2..HEAD"], 2);
    counts(&repo, &["HEAD~1..HEAD"], 1);
    counts(&repo, &["--tree", "HEAD"], 2);
    repo.git(["update-ref", "refs/tags/blob", &repo.oid("HEAD:a").unwrap()]).ok();
    counts(&repo, &["--all"], 2);
}

#[test]
fn blobs_pushed_to_several_refs_are_counted_once() {
    let sandbox = Sandbox::new();
    let server = Server::with_options(&sandbox, &[], &[]);
    for branch in ["one", "two"] {
        server.branch(branch, "main");
        server.client.commit_file(branch, branch);
        server.client.commit_file("same", "same\n");
        server.client.commit_file("secret", "https://u:Qz7kV755446xW@h.io/a\n");
    }
    server.refuses(["one", "two"]).says("6 commits, 4 blobs");
}

/// Content that occurs in several trees and branches, so that trees are deltas of unreachable ones.
fn branches(repo: &Repo<'_>, seed: u64) {
    let mut state = seed;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut stream = String::new();
    for branch in ["main", "other", "third"] {
        let _ = write!(stream, "reset refs/heads/{branch}\n\n");
    }
    for number in 1..600 {
        let branch = ["main", "main", "other", "third"][random(4)];
        let _ = write!(
            stream,
            "commit refs/heads/{branch}\nmark :{number}\ncommitter A <a@b.test> {number} +0000\ndata 1\nx\n"
        );
        if number > 20 && random(9) == 0 {
            let _ = writeln!(stream, "merge :{}", number - 1 - random(9));
        }
        for _ in 0..random(4) {
            let path = format!("d{}/e{}/f{}", random(3), random(4), random(20));
            let text = match random(4) {
                0 => format!("{}\n", random(50)),
                _ => format!("only {number} {path}\n"),
            };
            let mode = ["100644", "100755", "120000"][random(3)];
            let _ = match random(8) {
                0 => writeln!(stream, "D {path}"),
                1 => writeln!(stream, "D d{}/e{}", random(3), random(4)),
                2 => writeln!(stream, "M 160000 {number:040} {path}"),
                _ => writeln!(stream, "M {mode} inline {path}\ndata {}\n{text}", text.len()),
            };
        }
    }
    import(repo, &[], &stream);
}

#[test]
fn counts_of_branches_equal_those_of_git() {
    for seed in 1..=4 {
        let sandbox = Sandbox::new();
        let repo = sandbox.init("clone");
        branches(&repo, seed);
        repo.git(["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=20"]).ok();
        // Every second history is in two packs, with a loose commit on top.
        if seed % 2 == 0 {
            import(
                &repo,
                &[],
                &commit("third", 700, "d0/e0/new", "new\n")
                    .replace("M 644", "from refs/heads/third^0\nM 644"),
            );
            repo.git(["repack", "-q", "-d"]).ok();
            import(
                &repo,
                &[],
                &commit("main", 701, "d1/e1/new", "loose\n")
                    .replace("M 644", "from refs/heads/main^0\nM 644"),
            );
        }
        for refs in [&["main"][..], &["other"], &["main", "third"], &["--all"]] {
            let expected = reachable(&repo, refs);
            assert!(expected > 100, "{seed} {refs:?}");
            counts(&repo, refs, expected);
        }
    }
}
