//! Merges that git repeats from three trees, without the history of the commits.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::ByteSlice as _;

use super::scratch::ScratchRepo;
use crate::error::{Error, Result};
use crate::git::Oid;

/// A merge with a single merge base that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TreeMerge {
    /// Commands of `git fast-import` that make the tree of the merge base.
    pub(super) base: Arc<[u8]>,
    pub(super) ours: Oid,
    pub(super) theirs: Oid,
}

/// Commits that `git fast-import` makes in the scratch repository.
pub(super) struct NewCommits<'s> {
    scratch: &'s ScratchRepo,
    branch: String,
    stream: Vec<u8>,
    count: usize,
}

/// Number of a new commit.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

/// Returns the command that takes a whole tree.
pub(super) fn whole_tree(tree: Oid) -> Vec<u8> {
    format!("M 040000 {tree} \"\"\n").into_bytes()
}

impl<'s> NewCommits<'s> {
    pub(super) fn new(scratch: &'s ScratchRepo) -> Self {
        Self { scratch, branch: scratch.new_branch(), stream: Vec::new(), count: 0 }
    }

    /// Adds a commit whose tree is that of its parent after some commands of `git fast-import`.
    pub(super) fn add(&mut self, parent: Option<Mark>, commands: &[u8]) -> Mark {
        self.count += 1;
        let (branch, mark) = (&self.branch, self.count);
        let start = format!("reset {branch}\ncommit {branch}\nmark :{mark}\n");
        let from = parent.map(|Mark(parent)| format!("from :{parent}\n")).unwrap_or_default();
        let end = format!("\nget-mark :{mark}\n");
        let who = b"committer git-gate <git-gate> 0 +0000\ndata 0\n";
        for part in [start.as_bytes(), who, from.as_bytes(), commands, end.as_bytes()] {
            self.stream.extend_from_slice(part);
        }
        Mark(self.count)
    }

    /// Makes the commits and returns their oids, in the order in which they were added.
    pub(super) fn make(self) -> Result<Vec<Oid>> {
        // Only the scratch repository changes, which has no quarantine.
        let git =
            self.scratch.git("fast-import").args(["--quiet", "--force"]).env_remove("GIT_QUARANTINE_PATH");
        let commits: Vec<Oid> =
            git.output_with_input(self.stream)?.lines().filter_map(Oid::from_hex).collect();
        match commits.len() == self.count {
            true => Ok(commits),
            false => Err(missing_commit()),
        }
    }
}

/// Makes two commits for each merge, whose only common ancestor has the tree of the merge base.
///
/// git before 2.40 accepts no merge base, and any git searches the history of real commits for it.
///
/// # Errors
/// Fails if git cannot read one of the trees, as in a partial clone.
pub(super) fn commits(scratch: &ScratchRepo, merges: &[&TreeMerge]) -> Result<Vec<[Oid; 2]>> {
    if merges.is_empty() {
        return Ok(Vec::new());
    }
    let (mut new, mut bases, mut pairs) = (NewCommits::new(scratch), HashMap::new(), Vec::new());
    for TreeMerge { base, ours, theirs } in merges {
        // Many merges have the same base, which may be large.
        let base = *bases.entry(Arc::as_ptr(base)).or_insert_with(|| new.add(None, base));
        pairs.push([ours, theirs].map(|tree| new.add(Some(base), &whole_tree(*tree))));
    }
    let made = new.make()?;
    let oid = |Mark(number): Mark| made.get(number - 1).copied().ok_or_else(missing_commit);
    pairs.into_iter().map(|[ours, theirs]| Ok([oid(ours)?, oid(theirs)?])).collect()
}

fn missing_commit() -> Error {
    Error::git("unexpected output of `git fast-import`: a commit is missing")
}
