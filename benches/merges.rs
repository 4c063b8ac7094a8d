//! Agreement of git, libgit2 and git-gate with the recorded merges of a repository, and the time of each.
//!
//! `cargo bench --bench merges -- <git directory> [<count> [<step>]]` repeats the `count` newest merges of
//! two parents, or with a step every `step`-th of them. Prints results and asserts nothing.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops"
)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use git_gate::internals::{CleanMerges, Commit, MergeCheck, Oid, Repo};

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let Some(directory) = arguments.first() else { return };
    std::env::set_current_dir(directory).unwrap();
    let number = |at: usize, default| arguments.get(at).map_or(default, |number| number.parse().unwrap());
    let (count, step): (usize, usize) = (number(1, 2000), number(2, 1));
    let list = std::process::Command::new("git")
        .args(["rev-list", "--all", "--min-parents=2", "--max-parents=2"])
        .output()
        .unwrap()
        .stdout;
    let scratch = tempfile::tempdir().unwrap();
    let repo = Repo::open().unwrap();
    let library = git2::Repository::open_from_env().unwrap();
    let odb = library.odb().unwrap();
    let in_memory = odb.add_new_mempack_backend(1000).unwrap();
    let merges = RefCell::new(CleanMerges::default());
    let (mut table, mut times) = (BTreeMap::<[bool; 3], usize>::new(), [Duration::ZERO; 3]);
    let lines = list.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    for line in lines.step_by(step).take(count) {
        let commit = repo.store().commit(Oid::from_hex(line).unwrap()).unwrap();
        let methods: [&dyn Fn() -> bool; 3] =
            [&|| by_git(&commit, scratch.path()), &|| by_library(&library, &commit), &|| {
                merges.borrow_mut().check(&repo, &[commit.oid]).unwrap()[0] == MergeCheck::Clean
            }];
        let mut verdicts = [false; 3];
        for ((method, verdict), time) in methods.iter().zip(&mut verdicts).zip(&mut times) {
            let start = Instant::now();
            *verdict = method();
            *time += start.elapsed();
        }
        *table.entry(verdicts).or_default() += 1;
        in_memory.reset().unwrap();
        if verdicts[0] != verdicts[2] || verdicts[0] != verdicts[1] {
            println!("{} git {} libgit2 {} git-gate {}", commit.oid, verdicts[0], verdicts[1], verdicts[2]);
        }
    }
    println!("records what git merges / what libgit2 merges / git-gate calls it clean: merges");
    table
        .iter()
        .for_each(|([git, library, gate], count)| println!("{git:5} / {library:5} / {gate:5}: {count}"));
    println!("git {:.1?}, libgit2 {:.1?}, git-gate {:.1?}", times[0], times[1], times[2]);
}

fn by_git(commit: &Commit, scratch: &std::path::Path) -> bool {
    let objects = std::env::current_dir().unwrap().join("objects");
    let answer = std::process::Command::new("git")
        .args(["merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories"])
        .args(commit.parents.iter().map(Oid::to_string))
        .env("GIT_OBJECT_DIRECTORY", scratch)
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects)
        .output()
        .unwrap();
    answer.status.code() == Some(0) && answer.stdout.trim_ascii_end() == commit.tree.to_string().as_bytes()
}

fn by_library(library: &git2::Repository, commit: &Commit) -> bool {
    let parent = |oid: &Oid| library.find_commit(git2::Oid::from_bytes(oid.as_bytes()).unwrap()).unwrap();
    let [ours, theirs] = commit.parents.as_slice() else { return false };
    let Ok(mut index) = library.merge_commits(&parent(ours), &parent(theirs), None) else { return false };
    if index.has_conflicts() {
        return false;
    }
    index.write_tree_to(library).is_ok_and(|tree| tree.as_bytes() == commit.tree.as_bytes())
}
