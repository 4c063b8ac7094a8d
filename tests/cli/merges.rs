//! Comparison of the merges that need a sign-off with the results of `git merge-tree`, in random histories.
//! Each merge is recorded with three trees.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;

use crate::support::{EMAIL, NAME, Repo, SIGN_OFF, Sandbox};

/// Branches of a history: a base, two sides, and two later sides that merge these and have them as merge bases.
const SIDES: [&str; 5] = ["base", "older", "newer", "ours", "theirs"];

/// Number of histories.
const COUNT: u64 = 120;

/// Pseudo-random numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Files by path: for each of three parts of the text the side that changed it (0 is the base), and true if
/// executable.
type Files = BTreeMap<&'static str, ([u64; 3], bool)>;

fn base(numbers: &mut Numbers) -> Files {
    let paths = ["a", "a.b", "d/a", "d/b", "d/e/f", "x"];
    paths.into_iter().filter(|_| numbers.below(4) > 0).map(|path| (path, ([0; 3], false))).collect()
}

fn change(mut files: Files, side: u64, numbers: &mut Numbers) -> Files {
    for path in ["a", "a.b", "d/a", "d/b", "d/e/f", "m", "d/m", "n", "x"] {
        match numbers.below(16) {
            0 => drop(files.remove(path)),
            1 => drop(files.insert(path, ([side; 3], false))),
            2..5 => {
                let part = numbers.below(3);
                files.entry(path).and_modify(|file| file.0[usize::try_from(part).unwrap()] = side);
            }
            5 => drop(files.entry(path).and_modify(|file| file.1 = true)),
            6 => drop(
                files
                    .remove(path)
                    .map(|file| files.insert(["m", "d/m"][usize::try_from(side % 2).unwrap()], file)),
            ),
            _ => {}
        }
    }
    files
}

/// Begins a commit in a fast-import stream; its files follow.
fn begin(stream: &mut String, name: &str, parents: &[&str], signoff: &str) {
    let message = format!("{name}\n\n{signoff}\n");
    let who = format!("{NAME} <{EMAIL}> 1700000000 +0000");
    let _ = writeln!(
        stream,
        "commit refs/heads/{name}\nauthor {who}\ncommitter {who}\ndata {}\n{message}",
        message.len()
    );
    for (parent, word) in parents.iter().zip(["from", "merge"]) {
        let _ = writeln!(stream, "{word} refs/heads/{parent}");
    }
    let _ = writeln!(stream, "deleteall");
}

/// Appends a commit to a fast-import stream. Anonymous texts omit their path, so that git detects renames.
fn commit(stream: &mut String, name: &str, parents: &[&str], files: &Files, anonymous: bool) {
    begin(stream, name, parents, SIGN_OFF);
    for (path, (parts, executable)) in files {
        let named = if anonymous { "" } else { path };
        let text: String =
            parts.iter().map(|part| format!("{named}\n{part}\n{}", "between\n".repeat(8))).collect();
        let mode = if *executable { "100755" } else { "100644" };
        let _ = writeln!(stream, "M {mode} inline {path}\ndata {}\n{text}", text.len());
    }
}

/// Commits `count` histories; every other pair of them has moved files, and the second half several merge bases.
fn histories(repo: &Repo<'_>, count: u64) {
    let (mut stream, mut numbers) = (String::new(), Numbers(42));
    for history in 0..count {
        let [base_name, older, newer, ours, theirs] = SIDES.map(|side| format!("{side}-{history}"));
        let anonymous = history % 2 == 1;
        let base_files = base(&mut numbers);
        commit(&mut stream, &base_name, &[], &base_files, anonymous);
        let [mut one, mut other] = [1, 2].map(|side| change(base_files.clone(), side, &mut numbers));
        if history < count / 2 {
            commit(&mut stream, &ours, &[&base_name], &one, anonymous);
            commit(&mut stream, &theirs, &[&base_name], &other, anonymous);
            continue;
        }
        commit(&mut stream, &older, &[&base_name], &one, anonymous);
        commit(&mut stream, &newer, &[&base_name], &other, anonymous);
        if numbers.below(2) == 0 {
            other = one.clone();
        }
        (one, other) = (change(one, 3, &mut numbers), change(other, 4, &mut numbers));
        commit(&mut stream, &ours, &[&older, &newer], &one, anonymous);
        commit(&mut stream, &theirs, &[&newer, &older], &other, anonymous);
    }
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
}

#[test]
fn merge_is_exempt_exactly_if_git_merges_the_same() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("repo");
    histories(&repo, COUNT);
    let (mut expected, mut tips, mut clean) = (Vec::new(), Vec::new(), 0_u64);
    for history in 0..COUNT {
        let [.., ours, theirs] = SIDES.map(|side| format!("{side}-{history}"));
        let merged = repo.git(["merge-tree", "--write-tree", "--no-messages", &ours, &theirs]).transcript();
        let automatic = (merged.status() == Some(0)).then(|| merged.line());
        clean += u64::from(automatic.is_some());
        let trees = [
            merged.line(),
            repo.oid(&format!("{ours}^{{tree}}")).unwrap(),
            repo.oid(&format!("{theirs}^{{tree}}")).unwrap(),
        ];
        for tree in trees {
            let oid = repo.git(["commit-tree", &tree, "-p", &ours, "-p", &theirs, "-m", "Merge"]).ok().line();
            if automatic.as_ref() != Some(&tree) {
                expected.push(oid.clone());
            }
            tips.push(oid);
        }
    }
    assert!((COUNT / 4..COUNT - 2).contains(&clean), "{clean} merges without conflict");
    expected.sort_unstable();
    expected.dedup();
    for path in [sandbox.search_path().to_owned(), with_old_git(&sandbox)] {
        let scan = repo.gate(["scan", "--no-git-config", "--format", "json"]).args(&tips).env("PATH", path);
        let report: serde_json::Value = serde_json::from_slice(scan.ends_with(1).stdout()).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let mut refused: Vec<String> =
            findings.map(|finding| finding["location"]["commit"].as_str().unwrap().to_owned()).collect();
        refused.sort_unstable();
        refused.dedup();
        assert_eq!(refused, expected);
    }
    assert!(sandbox.path("refused").exists(), "the old git was not asked");
}

/// Returns a PATH with a git that answers as those before 2.39: it has no `merge-tree --stdin`. Its `fast-import` takes
/// so long that several of them run at the same time.
fn with_old_git(sandbox: &Sandbox) -> OsString {
    let git = sandbox.run("sh").args(["-c", "command -v git"]).ok().line();
    let refused = sandbox.path("refused");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *merge-tree*--stdin*) touch {}; exit 129;;\n\
         *fast-import*) {{ cat; sleep 0.2; }} | {git} \"$@\"; exit;; esac\nexec {git} \"$@\"\n",
        refused.display()
    );
    Repo::at(sandbox, sandbox.path("")).write_executable("old/git", script);
    let mut path = sandbox.path("old").into_os_string();
    path.push(":");
    path.push(sandbox.search_path());
    path
}

/// A text of thirty lines; each edit replaces a line, or removes it.
fn text(edits: &[(usize, Option<&str>)]) -> String {
    let line = |number: usize| {
        let edit = edits.iter().find(|(edited, _)| *edited == number);
        edit.map_or(Some(format!("line {number}\n")), |(_, new)| new.map(|new| format!("{new}\n")))
    };
    (0..30).filter_map(line).collect()
}

/// Appends a commit with these files to a fast-import stream. A text `-> target` is a symbolic link.
fn add(stream: &mut String, name: &str, parents: &[&str], files: &[(&str, &str)]) {
    begin(stream, name, parents, if name.starts_with("recorded") { "" } else { SIGN_OFF });
    for (path, text) in files {
        let (mode, text) = text.strip_prefix("-> ").map_or(("100644", *text), |target| ("120000", target));
        let _ = writeln!(stream, "M {mode} inline {path}\ndata {}\n{text}", text.len());
    }
}

/// Imports commits and checks that the one named `recorded`, which is not signed, is refused.
fn is_refused(sandbox: &Sandbox, name: &str, stream: String) {
    let repo = sandbox.init_bare(name);
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
    let scan = repo.gate(["scan", "--no-git-config", "recorded"]).ends_with(1);
    scan.says("error[missing-signoff]: no sign-off").says("\"recorded\"");
}

/// One merge base has moved a file, the other has removed a line of it, or has moved it elsewhere, too. A signed merge
/// has brought the line back; the merge that is recorded takes the side without it.
#[test]
fn file_that_a_merge_base_has_moved_is_merged_by_git() {
    let sandbox = Sandbox::new();
    let (plain, removed) = (text(&[]), text(&[(20, None)]));
    let (with, without) = (text(&[(3, Some("x"))]), text(&[(3, Some("x")), (20, None)]));
    for (name, place, stays) in [
        ("changed", "x/a", false),
        ("changed-and-kept", "x/a", true),
        ("moved", "y/c", false),
        ("moved-and-kept", "z/c", true),
    ] {
        let mut stream = String::new();
        let (kept, moved, other) = (("x/k", "k\n"), ("y/b", &*with), (place, &*removed));
        let both = if stays { vec![kept, other] } else { vec![kept] };
        let taken = [&[("y/b", &*without)], &*both].concat();
        add(&mut stream, "base", &[], &[("x/a", &plain), kept]);
        add(&mut stream, "older", &["base"], &[moved, kept]);
        add(&mut stream, "newer", &["base"], &[other, kept]);
        add(&mut stream, "ours", &["older", "newer"], &[&[moved], &*both].concat());
        add(&mut stream, "theirs", &["newer", "older"], &taken);
        add(&mut stream, "recorded", &["ours", "theirs"], &taken);
        is_refused(&sandbox, name, stream);
    }
}

#[test]
fn file_that_both_sides_have_moved_is_a_conflict() {
    let sandbox = Sandbox::new();
    let (plain, ours, theirs) = (text(&[]), text(&[(3, Some("x"))]), text(&[(20, None)]));
    let mut stream = String::new();
    let (kept, one, other) = (("x/k", "k\n"), ("y/b", &*ours), ("y/c", &*theirs));
    add(&mut stream, "base", &[], &[("x/a", &plain), kept]);
    add(&mut stream, "ours", &["base"], &[one, kept]);
    add(&mut stream, "theirs", &["base"], &[other, kept]);
    add(&mut stream, "recorded", &["ours", "theirs"], &[one, other, kept]);
    is_refused(&sandbox, "repo", stream);
}

/// The merge bases have merge bases themselves: two commits that edited `e`. One merge base has the text that git makes of
/// them, so it has not changed it; the other has put a link in its place.
#[test]
fn file_that_a_merge_base_has_made_a_link_is_merged_by_git() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_bare("repo");
    let (one, other) = ((1, Some("one")), (9, Some("two")));
    let [plain, first, second, both] = [&[][..], &[one], &[other], &[one, other]].map(text);
    let [edit, end, all] =
        [&[(5, Some("mid"))][..], &[(20, Some("end"))], &[(5, Some("mid")), (20, Some("end"))]]
            .map(|edits| text(&[&[one, other], edits].concat()));
    let (link, gone) = ("-> target", "");
    let (both, edit, end, all) = (&*both, &*edit, &*end, &*all);
    let cases = [
        (both, link, link),
        (link, both, link),
        (edit, both, edit),
        (edit, end, all),
        (edit, both, both),
        (gone, both, gone),
        (both, gone, gone),
    ];
    let append = add;
    let mut stream = String::new();
    let mut names = Vec::new();
    for (number, (ours, theirs, recorded)) in cases.into_iter().enumerate() {
        for is_swapped in [false, true] {
            let case = format!("{number}-{is_swapped}");
            let name = |role: &str| format!("{role}-{case}");
            let mut add = |role: &str, parents: &[&str], content: &str| {
                let parents: Vec<String> = parents.iter().map(|role| name(role)).collect();
                let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
                let files = [("e", content), ("k", &*case)];
                let files = if content.is_empty() { &files[1..] } else { &files[..] };
                append(&mut stream, &name(role), &parents, files);
            };
            add("base", &[], &plain);
            add("older", &["base"], &first);
            add("newer", &["base"], &second);
            add("merged", &["older", "newer"], both);
            add("linked", &["newer", "older"], link);
            let (x, y) = if is_swapped { ("linked", "merged") } else { ("merged", "linked") };
            add("ours", &[x, y], ours);
            add("theirs", &[y, x], theirs);
            add("recorded", &["ours", "theirs"], recorded);
            names.push(name("recorded"));
        }
    }
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
    let all = repo.gate(["scan", "--no-git-config", "--all", "--limit", "0"]).ends_with(1);
    for name in &names {
        all.says(&format!("\"{name}\""));
        repo.gate(["scan", "--no-git-config", name]).ends_with(1).says(&format!("\"{name}\""));
    }
}
