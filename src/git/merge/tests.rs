//! Comparison with the merges of git: of files, and of histories with several merge bases.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use bstr::ByteSlice as _;

use super::base_for_git;
use super::objects::MergeObjects;
use super::texts::TextChecks;
use super::three_way::{MergedTrees, TreeCheck, check};
use crate::git::history::merge_bases::Ancestry;
use crate::git::history::merge_plan::Base;
use crate::git::object::database::Database;
use crate::git::object::store::Store;
use crate::git::{Git, Oid};

/// Numbers that look random, and are the same in each run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    pub(super) fn text(&mut self, words: usize) -> Vec<usize> {
        let length = self.below(24);
        (0..length).map(|_| self.below(words)).collect()
    }

    pub(super) fn edited(&mut self, text: &[usize], words: usize) -> Vec<usize> {
        let mut edited = text.to_vec();
        for _ in 0..=self.below(3) {
            let start = self.below(edited.len() + 1);
            let end = (start + self.below(3)).min(edited.len());
            let new: Vec<usize> = (0..self.below(3)).map(|_| self.below(words)).collect();
            edited.splice(start..end, new);
        }
        edited
    }
}

/// Returns a text with a line for each number.
pub(super) fn lines(numbers: &[usize]) -> String {
    numbers.iter().map(|number| format!("line {number}\n")).collect()
}

fn git(directory: &Path, arguments: &[&str], input: String) -> Vec<u8> {
    let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(directory);
    git.answer_with_input(input.into_bytes()).unwrap().stdout
}

/// Returns the major and minor version of git.
pub(super) fn git_version() -> (u32, u32) {
    let said = git(Path::new("/"), &["version"], String::new());
    let mut numbers = said.strip_prefix(b"git version ").unwrap().split(|byte| *byte == b'.');
    let mut number = || numbers.next().unwrap().to_str().unwrap().parse().unwrap();
    (number(), number())
}

/// Lets git merge files, all at once, and returns the merged texts.
pub(super) fn git_merges(files: &[[String; 3]]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], input: String| git(folder.path(), arguments, input);
    git(&["init", "-q", "--bare", "."], String::new());
    let mut stream = String::new();
    for (at, name) in ["base", "ours", "theirs"].into_iter().enumerate() {
        stream += &format!("commit refs/heads/{name}\ncommitter A <a@x.test> 1 +0000\ndata 1\nm\n");
        stream += if at == 0 { "" } else { "from refs/heads/base\n" };
        for (number, versions) in files.iter().enumerate() {
            let text = &versions[at];
            stream += &format!("M 644 inline {number}\ndata {}\n{text}\n", text.len());
        }
    }
    git(&["fast-import", "--quiet"], stream);
    let answer = git(&["merge-tree", "--write-tree", "--no-messages", "ours", "theirs"], String::new());
    let tree = answer.lines().next().unwrap().to_str().unwrap();
    let names = (0..files.len()).map(|number| format!("{tree}:{number}\n")).collect();
    let mut rest = git(&["cat-file", "--batch=%(objectsize)"], names);
    let mut texts = Vec::new();
    while let Some((size, after)) = rest.split_once_str("\n") {
        let size: usize = size.to_str().unwrap().parse().unwrap();
        texts.push(after[..size].to_vec());
        rest = after[size + 1..].to_vec();
    }
    texts
}

/// Files of a commit: the numbers of their lines.
type Files = BTreeMap<&'static str, Vec<usize>>;

const NAMES: [&str; 8] = ["a", "d/a", "d/b", "b", "d/c", "e", "f/a", LINK];

/// Name of a symbolic link.
const LINK: &str = "l";

/// Changes, adds, deletes or moves files, or moves a directory.
fn edited(numbers: &mut Numbers, files: &Files) -> Files {
    const WORDS: usize = 60;
    let mut files = files.clone();
    if numbers.below(10) == 0 {
        for (from, to) in [("d/a", "f/a"), ("d/b", "f/b"), ("d/c", "f/c")] {
            let moved = files.remove(from);
            files.extend(moved.map(|text| (to, text)));
        }
    }
    if numbers.below(4) == 0 {
        let (from, to) = (NAMES[numbers.below(NAMES.len())], ["c", "d/d", "f/c"][numbers.below(3)]);
        let moved = files.remove(from);
        files.extend(moved.map(|text| (to, text)));
    }
    for _ in 0..=numbers.below(3) {
        let name = NAMES[numbers.below(NAMES.len())];
        match files.get(name) {
            Some(_) if numbers.below(6) == 0 => drop(files.remove(name)),
            Some(text) => drop(files.insert(name, numbers.edited(text, WORDS))),
            None => drop(files.insert(name, numbers.text(WORDS))),
        }
    }
    files
}

/// Histories in which each two lines of development merge each other, some of them twice.
struct Histories {
    stream: String,
    marks: usize,
    /// Pairs of commits to be merged.
    tips: Vec<[usize; 2]>,
}

impl Histories {
    fn commit(&mut self, files: &Files, parents: &[usize]) -> usize {
        self.marks += 1;
        let (mark, date) = (self.marks, self.marks);
        let _ = write!(
            self.stream,
            "commit refs/heads/c{mark}\nmark :{mark}\ncommitter A <a@x.test> {date} +0000\ndata 1\nm\n"
        );
        for (at, parent) in parents.iter().enumerate() {
            let _ = writeln!(self.stream, "{} :{parent}", if at == 0 { "from" } else { "merge" });
        }
        self.stream += "deleteall\n";
        for (name, text) in files {
            let text = lines(text);
            let mode = if *name == LINK { "120000" } else { "644" };
            let _ = writeln!(self.stream, "M {mode} inline {name}\ndata {}\n{text}", text.len());
        }
        mark
    }

    fn add(&mut self, numbers: &mut Numbers) {
        let first: Files = NAMES.into_iter().take(3).map(|name| (name, numbers.text(60))).collect();
        let root = self.commit(&first, &[]);
        let mut files = [edited(numbers, &first), edited(numbers, &first)];
        let mut tips = [self.commit(&files[0], &[root]), self.commit(&files[1], &[root])];
        for _ in 0..=numbers.below(2) {
            // Each side resolves the conflicts in its own way.
            let mixed = |numbers: &mut Numbers, [one, other]: [&Files; 2]| -> Files {
                let mut mixed = one.clone();
                mixed.extend(
                    other.iter().filter(|_| numbers.below(2) == 0).map(|(name, text)| (*name, text.clone())),
                );
                edited(numbers, &mixed)
            };
            let [one, other] = &files;
            let next = [mixed(numbers, [one, other]), mixed(numbers, [other, one])];
            let [one, other] = tips;
            tips = [self.commit(&next[0], &[one, other]), self.commit(&next[1], &[other, one])];
            files = next;
        }
        self.tips.push(tips);
    }
}

/// A merge that git has made.
struct GitMerge {
    tree: Oid,
    is_clean: bool,
    /// Oids of the versions of paths in the virtual merge base, as far as they conflict.
    bases: Vec<(String, String)>,
}

/// Lets git merge commits, given as the input of `git merge-tree`.
fn merged(directory: &Path, requests: &[String]) -> Vec<GitMerge> {
    let arguments = ["merge-tree", "--write-tree", "--no-messages", "--stdin", "-z"];
    let output = git(directory, &arguments, requests.concat()).to_str().unwrap().to_owned();
    let mut fields = output.split('\0');
    let mut merges = Vec::new();
    for _ in requests {
        let is_clean = fields.next().unwrap() == "1";
        let tree = Oid::from_hex(fields.next().unwrap().as_bytes()).unwrap();
        let mut bases = Vec::new();
        for stage in fields.by_ref().take_while(|field| !field.is_empty()) {
            let (facts, path) = stage.split_once('\t').unwrap();
            if let [_, oid, "1"] = facts.split(' ').collect::<Vec<_>>()[..] {
                bases.push((path.to_owned(), oid.to_owned()));
            }
        }
        merges.push(GitMerge { tree, is_clean, bases });
    }
    merges
}

#[test]
fn merges_with_several_bases_equal_those_of_git() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "--bare", "."], String::new());
    let mut numbers = Numbers(7);
    let mut histories = Histories { stream: String::new(), marks: 0, tips: Vec::new() };
    for _ in 0..400 {
        histories.add(&mut numbers);
    }
    let marks = folder.path().join("marks");
    let export = format!("--export-marks={}", marks.to_str().unwrap());
    git(folder.path(), &["fast-import", "--quiet", &export], histories.stream);
    let marks = std::fs::read_to_string(marks).unwrap();
    let marks: BTreeMap<&str, Oid> = marks
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(mark, oid)| (mark, Oid::from_hex(oid.as_bytes()).unwrap()))
        .collect();
    let tips: Vec<[Oid; 2]> =
        histories.tips.iter().map(|pair| pair.map(|mark| marks[format!(":{mark}").as_str()])).collect();
    let requests: Vec<String> = tips.iter().map(|[ours, theirs]| format!("{ours} {theirs}\n")).collect();
    let merges = merged(folder.path(), &requests);
    let repository = git2::Repository::init_bare(folder.path()).unwrap();
    let store = Store::new(Database::from(repository), folder.path().to_owned());
    let mut objects = MergeObjects::new(&store, None);
    let mut counts = BTreeMap::<String, usize>::new();
    let mut made = Vec::new();
    for (pair, merge) in tips.iter().zip(&merges) {
        let mut ancestry = Ancestry::default();
        let [ours, theirs] = pair.map(|oid| ancestry.read(&store, oid).unwrap());
        let base = ancestry.plan(&store, ours, theirs, &mut 256).unwrap().unwrap();
        assert!(matches!(base, Base::Merged(_)));
        let [ours, theirs] = pair.map(|oid| store.commit(oid).unwrap().tree);
        for recorded in [merge.tree, ours, theirs] {
            let is_clean = merge.is_clean && recorded == merge.tree;
            let trees = MergedTrees { base: base.clone(), ours, theirs, merged: recorded };
            let own = check(&mut objects, &TextChecks::new(), &trees).unwrap();
            let message = format!("{pair:?} as {recorded}, clean for git: {is_clean}");
            match own {
                TreeCheck::Clean => assert!(is_clean, "{message}"),
                TreeCheck::Differs => assert!(!is_clean, "{message}"),
                TreeCheck::Files(_) | TreeCheck::Unknown => {}
            }
            let own = format!("{own:?}");
            *counts.entry(format!("{} {is_clean}", own.split('(').next().unwrap())).or_default() += 1;
        }
        made.extend(
            base_for_git::commands(&mut objects, &base).unwrap().map(|commands| (*pair, commands, merge)),
        );
        for (path, oid) in &merge.bases {
            if let Some(text) = objects.text_in_base(&base, path) {
                let blob = git(folder.path(), &["cat-file", "blob", oid], String::new());
                assert_eq!(text.as_bstr(), blob.as_bstr(), "{pair:?} {path}");
                *counts.entry("base".to_owned()).or_default() += 1;
            }
        }
    }
    let count = |kind: &str| counts.get(kind).copied().unwrap_or(0);
    assert!(count("Clean true") > 20 && count("Differs false") > 400 && count("base") > 100, "{counts:?}");
    assert!(made.len() > 200, "{}", made.len());
    if git_version() < (2, 40) {
        println!("NOT TESTED: merges with a merge base of our making, which this git does not accept");
        return;
    }
    for ((_, commands, merge), with_base) in made.iter().zip(with_bases(folder.path(), &made)) {
        assert_eq!(
            (with_base.tree, with_base.is_clean),
            (merge.tree, merge.is_clean),
            "{}",
            commands.as_bstr()
        );
    }
}

/// Lets git merge commits again, with merge bases that commands make.
fn with_bases(directory: &Path, made: &[([Oid; 2], Vec<u8>, &GitMerge)]) -> Vec<GitMerge> {
    let mut stream = Vec::new();
    for (mark, (_, commands, _)) in (1..).zip(made) {
        let start =
            format!("commit refs/heads/b{mark}\nmark :{mark}\ncommitter A <a@x.test> 1 +0000\ndata 0\n");
        stream.extend([start.as_bytes(), commands, format!("get-mark :{mark}\n").as_bytes()].concat());
    }
    let commits = git(directory, &["fast-import", "--quiet"], String::from_utf8(stream).unwrap());
    let bases = commits.to_str().unwrap().lines().map(str::to_owned);
    let pairs = bases.zip(made).map(|(base, ([ours, theirs], ..))| format!("{base} -- {ours} {theirs}\n"));
    merged(directory, &pairs.collect::<Vec<_>>())
}
