//! Whether a merge records exactly what merging its parents gives, or holds content of its own.
//!
//! Most merges can be told from their trees alone: where only one side has changed a path since the merge base, that
//! side's entry must be the recorded one. Where both sides have changed a file, git itself merges once more
//! (`git merge-tree`), into a scratch object store, so that nothing is written to the repository or the quarantine.
//!
//! On 1,145 recorded merges of git and of cargo the answer was that of `git merge-tree` each time; libgit2's merge of
//! commits missed two that git makes, and took longer. `benches/merges.rs` measures it.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bstr::ByteSlice as _;
use tempfile::TempDir;

use super::ancestry::{Ancestry, Base};
use super::three_way::{self, Sides};
use super::{Commit, Git, Oid, Repo};
use crate::env;
use crate::error::{Error, Result};

/// Judges merges. One for all threads; what it learns about history it remembers.
#[derive(Default)]
pub struct Merges {
    ancestry: Mutex<Ancestry>,
    scratch: Mutex<Option<TempDir>>,
}

impl Merges {
    /// Whether a commit with several parents records what git merges by itself.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read, or when git cannot merge.
    pub fn is_clean(&self, repo: &Repo, commit: &Commit) -> Result<bool> {
        let parents = distinct(&commit.parents);
        if let [ours, theirs] = parents.as_slice()
            && self.is_trivial(repo, commit, *ours, *theirs)?
        {
            return Ok(true);
        }
        let scratch = self.scratch(repo)?;
        Ok(scratch.merge(&parents)? == Some(commit.tree))
    }

    /// Whether the index holds what git merges by itself: what a merge that is about to be made would record.
    ///
    /// # Errors
    /// As [`Merges::is_clean`].
    pub fn is_clean_index(&self, repo: &Repo, parents: &[Oid]) -> Result<bool> {
        let scratch = self.scratch(repo)?;
        let recorded = first_oid("write-tree", &scratch.git("write-tree").output()?)?;
        Ok(scratch.merge(&distinct(parents))? == Some(recorded))
    }

    /// Whether every path is recorded as the one side that has changed it has it.
    fn is_trivial(&self, repo: &Repo, commit: &Commit, ours: Oid, theirs: Oid) -> Result<bool> {
        let base = self.ancestry.lock().unwrap_or_else(PoisonError::into_inner).base(repo, ours, theirs)?;
        let base = match base {
            Base::None => None,
            Base::One(oid) => Some(repo.commit(oid)?.tree),
            Base::Several => return Ok(false),
        };
        let (ours, theirs) = (repo.commit(ours)?.tree, repo.commit(theirs)?.tree);
        let sides = Sides { base, ours: Some(ours), theirs: Some(theirs), merged: Some(commit.tree) };
        three_way::is_trivial(repo, sides)
    }

    fn scratch(&self, repo: &Repo) -> Result<Scratch> {
        let mut directory = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = match &mut *directory {
            Some(directory) => directory,
            none => none.insert(
                tempfile::tempdir()
                    .map_err(|error| Error::io("cannot make a scratch object store", error))?,
            ),
        };
        Scratch::new(repo, directory.path())
    }
}

/// The parents without repetition: naming one twice makes no merge.
pub fn distinct(parents: &[Oid]) -> Vec<Oid> {
    let mut distinct: Vec<Oid> = Vec::with_capacity(parents.len());
    parents.iter().for_each(|oid| {
        if !distinct.contains(oid) {
            distinct.push(*oid);
        }
    });
    distinct
}

/// An object store that reads from the repository and its quarantine, and writes elsewhere.
struct Scratch {
    objects: OsString,
    alternates: OsString,
}

impl Scratch {
    fn new(repo: &Repo, directory: &Path) -> Result<Self> {
        let objects = env::git_variable("GIT_OBJECT_DIRECTORY")
            .unwrap_or_else(|| repo.common_dir().join("objects").into_os_string());
        let objects = std::path::absolute(objects)
            .map_err(|error| Error::io("the object store cannot be found", error))?;
        let mut alternates = quoted(&objects);
        if let Some(others) = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            alternates.push(":");
            alternates.push(others);
        }
        Ok(Self { objects: directory.as_os_str().to_owned(), alternates })
    }

    /// The tree that git makes of commits by itself; none where it cannot. More than two are merged one after the
    /// other.
    fn merge(&self, commits: &[Oid]) -> Result<Option<Oid>> {
        let Some((first, others)) = commits.split_first() else { return Ok(None) };
        let (mut merged, mut tree) = (*first, None);
        for (number, other) in others.iter().enumerate() {
            if number > 0
                && let Some(tree) = tree
            {
                merged = self.commit(tree, commits.get(..=number).unwrap_or_default())?;
            }
            tree = self.merge_two(merged, *other)?;
            if tree.is_none() {
                return Ok(None);
            }
        }
        Ok(tree)
    }

    fn merge_two(&self, ours: Oid, theirs: Oid) -> Result<Option<Oid>> {
        let git =
            self.git("merge-tree").args(["--write-tree", "--no-messages", "--allow-unrelated-histories"]);
        let answer = git.arg(ours.to_string()).arg(theirs.to_string()).answer()?;
        match answer.code {
            Some(0) => Ok(Some(first_oid("merge-tree", &answer.stdout)?)),
            Some(1) => Ok(None),
            _ => Err(answer.refusal("merge-tree").hinted(
                "to judge merges, git 2.38 or newer is needed; \
                 with `merges: require` or `merges: skip` in the policy no merge has to be repeated",
            )),
        }
    }

    /// A commit that stands for what has been merged so far.
    fn commit(&self, tree: Oid, parents: &[Oid]) -> Result<Oid> {
        let mut git = self.git("commit-tree").arg(tree.to_string()).args(["-m", "merge"]);
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            git = git.env(name, "git-gate");
        }
        for parent in parents {
            git = git.arg("-p").arg(parent.to_string());
        }
        first_oid("commit-tree", &git.output()?)
    }

    fn git(&self, subcommand: &str) -> Git {
        Git::new(subcommand)
            .env("GIT_OBJECT_DIRECTORY", &self.objects)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.alternates)
    }
}

/// A path as an element of a list that colons part (git(1), `GIT_ALTERNATE_OBJECT_DIRECTORIES`).
fn quoted(path: &Path) -> OsString {
    let text = path.to_string_lossy();
    if !text.contains([':', '"', '\\']) {
        return path.as_os_str().to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")).into()
}

fn first_oid(name: &str, output: &[u8]) -> Result<Oid> {
    let line = output.lines().next().unwrap_or_default();
    Oid::from_hex(line).ok_or_else(|| Error::git(format!("`git {name}` said something else than an oid")))
}
