//! Agreement of git-gate with `git merge-tree` on the merges of a repository, and the time of both.
//!
//! `cargo bench --bench merges -- <git directory> [<count> [<step>]]` checks the `count` newest merges of two
//! parents (all of them without a count), or with a step every `step`-th of them. Then it replaces the tree of
//! each clean merge by trees that are none, whole or in one file, and counts those that pass. Prints results and
//! asserts nothing.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops"
)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use git_gate::internals::{CleanMerges, MergeCheck, Oid, Repo};

/// Number of merges that git repeats in one process.
const BATCH: usize = 256;

/// Maximum number of files of one merge that are exchanged.
const FILES: usize = 3;

/// Commits of a merge and its tree.
struct Merge {
    oid: Oid,
    parents: [Oid; 2],
    tree: git2::Oid,
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let Some(directory) = arguments.first() else { return };
    let directory = std::fs::canonicalize(directory).unwrap();
    let number = |at: usize, default| arguments.get(at).map_or(default, |number| number.parse().unwrap());
    let (count, step): (usize, usize) = (number(1, usize::MAX), number(2, 1));
    // Nothing of the config and the attributes of the repository counts.
    let scratch = tempfile::tempdir().unwrap();
    git(scratch.path(), &["init", "-q", "--bare", "."], String::new());
    let objects = git2::Repository::open(&directory).unwrap().commondir().join("objects");
    let alternates = scratch.path().join("objects/info/alternates");
    std::fs::write(alternates, format!("{}\n", objects.to_str().unwrap())).unwrap();
    let list = git(
        &directory,
        &["log", "--all", "--min-parents=2", "--max-parents=2", "--format=%H %P %T"],
        String::new(),
    );
    let merges: Vec<Merge> = list.lines().step_by(step).take(count).map(merge).collect();
    std::env::set_current_dir(scratch.path()).unwrap();
    let oids: Vec<Oid> = merges.iter().map(|merge| merge.oid).collect();
    let start = Instant::now();
    let checks = CleanMerges::default().check(&Repo::open().unwrap(), &oids).unwrap();
    println!("git-gate: {} merges in {:.1?}", merges.len(), start.elapsed());
    let clean: Vec<&Merge> = merges
        .iter()
        .zip(&checks)
        .filter(|(_, check)| **check == MergeCheck::Clean)
        .map(|(merge, _)| merge)
        .collect();
    exchange(scratch.path(), &clean);
    let start = Instant::now();
    let trees = by_git(scratch.path(), &merges);
    println!("git: {:.1?}", start.elapsed());
    let mut table = BTreeMap::<[&str; 2], usize>::new();
    for ((merge, check), tree) in merges.iter().zip(&checks).zip(&trees) {
        let gate = match check {
            MergeCheck::Clean => "yes",
            MergeCheck::Differs => "no",
            MergeCheck::TooCostly => "too costly",
        };
        let git = match tree {
            Some(tree) if *tree == merge.tree => "the same",
            Some(_) => "another tree",
            None => "conflict",
        };
        *table.entry([gate, git]).or_default() += 1;
        if (gate == "yes") != (git == "the same") {
            println!("{} {gate}, git: {git}", merge.oid);
        }
    }
    table.iter().for_each(|([gate, git], count)| println!("{gate:>10}, git: {git:12} {count:>8}"));
}

fn merge(line: &str) -> Merge {
    let fields: Vec<Oid> = line.split(' ').map(|hex| Oid::from_hex(hex.as_bytes()).unwrap()).collect();
    Merge { oid: fields[0], parents: [fields[1], fields[2]], tree: library(fields[3]) }
}

fn library(oid: Oid) -> git2::Oid {
    git2::Oid::from_bytes(oid.as_bytes()).unwrap()
}

fn git(directory: &Path, arguments: &[&str], input: String) -> String {
    let mut child = Command::new("git")
        .args(["-c", "merge.renames=true", "-c", "merge.renameLimit=1000"])
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap().stdout;
    let _ = writer.join();
    String::from_utf8_lossy(&output).into_owned()
}

/// Lets git merge all parents again, on two threads.
fn by_git(scratch: &Path, merges: &[Merge]) -> Vec<Option<git2::Oid>> {
    let input = merges.iter().map(|merge| format!("{}\n", merge.oid)).collect();
    git(scratch, &["commit-graph", "write", "--stdin-commits"], input);
    let (next, trees) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        let batches = numbers.map_while(|number| Some((number, merges.chunks(BATCH).nth(number)?)));
        for (number, batch) in batches {
            let input = batch.iter().map(|merge| format!("{} {}\n", merge.parents[0], merge.parents[1]));
            let arguments = ["merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories"];
            let arguments = [&arguments[..], &["--name-only", "--stdin", "-z"]].concat();
            let output = git(scratch, &arguments, input.collect());
            let mut fields = output.split('\0');
            for (at, _) in batch.iter().enumerate() {
                let (status, tree) = (fields.next().unwrap(), fields.next().unwrap_or_default());
                let tree = (status == "1").then(|| git2::Oid::from_str(tree).unwrap());
                trees.lock().unwrap().insert(number * BATCH + at, tree);
                fields.by_ref().take_while(|path| !path.is_empty()).for_each(drop);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    trees.into_inner().unwrap().into_values().collect()
}

/// Checks merges that record another tree than the clean one, and prints those that pass.
fn exchange(scratch: &Path, clean: &[&Merge]) {
    let library = git2::Repository::open(scratch).unwrap();
    let (mut stream, mut kinds) = (String::new(), Vec::new());
    for (at, merge) in clean.iter().enumerate() {
        let neighbour = clean.get(at + 1).map(|other| other.tree);
        let mut add = |kind: &'static str, tree: git2::Oid, file: Option<Exchanged>| {
            kinds.push((kind, merge.oid));
            let _ = write!(
                stream,
                "commit refs/heads/x\nmark :{}\ncommitter A <a@x.test> 1 +0000\ndata 0\nfrom {}\nmerge {}\nM 040000 {tree} \"\"\n",
                kinds.len(),
                merge.parents[0],
                merge.parents[1],
            );
            if let Some(Exchanged { mode, blob, path }) = file {
                let _ = writeln!(stream, "M {mode:o} {blob} {path}");
            }
        };
        let versions = versions(&library, merge);
        for (kind, tree) in &versions {
            if *tree != merge.tree {
                add(kind, *tree, None);
            }
        }
        if let Some(tree) =
            neighbour.filter(|tree| versions.iter().all(|(_, own)| own != tree) && *tree != merge.tree)
        {
            add("neighbour", tree, None);
        }
        for (kind, tree) in &versions {
            for file in changed_files(&library, merge.tree, *tree) {
                add(kind, merge.tree, Some(file));
            }
        }
    }
    let marks = scratch.join("marks");
    let export = format!("--export-marks={}", marks.to_str().unwrap());
    git(scratch, &["fast-import", "--quiet", "--force", &export], stream);
    let text = std::fs::read_to_string(marks).unwrap();
    let marks: HashMap<usize, Oid> = text
        .lines()
        .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
        .map(|(mark, oid)| (mark.parse().unwrap(), Oid::from_hex(oid.as_bytes()).unwrap()))
        .collect();
    let oids: Vec<Oid> = (1..=kinds.len()).map(|mark| marks[&mark]).collect();
    let start = Instant::now();
    let checks = CleanMerges::default().check(&Repo::open().unwrap(), &oids).unwrap();
    let passed = checks.iter().filter(|check| **check == MergeCheck::Clean).count();
    println!("exchanged: {} tries in {:.1?}, {passed} passed", oids.len(), start.elapsed());
    for (((kind, merge), oid), check) in kinds.iter().zip(&oids).zip(&checks) {
        if *check == MergeCheck::Clean {
            println!("passed: {merge} with {kind}: {oid}");
        }
    }
}

/// Returns the trees of the parents and of a merge base.
fn versions(library: &git2::Repository, merge: &Merge) -> Vec<(&'static str, git2::Oid)> {
    let [ours, theirs] = merge.parents.map(self::library);
    let base = library.merge_base(ours, theirs).ok();
    [("ours", Some(ours)), ("theirs", Some(theirs)), ("base", base)]
        .into_iter()
        .filter_map(|(kind, commit)| Some((kind, library.find_commit(commit?).ok()?.tree_id())))
        .collect()
}

/// A file with the content of another version.
struct Exchanged {
    mode: i32,
    blob: git2::Oid,
    path: String,
}

/// Returns the first files of a tree that are others in another tree, with the versions there.
fn changed_files(library: &git2::Repository, tree: git2::Oid, other: git2::Oid) -> Vec<Exchanged> {
    let [tree, other] = [tree, other].map(|tree| library.find_tree(tree).unwrap());
    let diff = library.diff_tree_to_tree(Some(&tree), Some(&other), None).unwrap();
    let files = diff.deltas().filter(|delta| delta.status() == git2::Delta::Modified);
    let exchanged = files.filter_map(|delta| {
        let path = delta.new_file().path()?.to_str()?.to_owned();
        let mode = i32::from(delta.new_file().mode());
        (!path.contains(['"', '\n', '\\'])).then(|| Exchanged { mode, blob: delta.new_file().id(), path })
    });
    exchanged.take(FILES).collect()
}
