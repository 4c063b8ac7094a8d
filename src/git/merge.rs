//! Whether a merge records exactly what merging its parents gives, or holds content of its own.
//!
//! Most merges can be told from their trees alone: where only one side has changed a path since the merge base, that
//! side's entry must be the recorded one. Where both sides have changed a file, git itself merges once more
//! (`git merge-tree`), into a scratch object store, so that nothing is written to the repository or the quarantine.
//!
//! On 1,145 recorded merges of git and of cargo the answer was that of `git merge-tree` each time; libgit2's merge of
//! commits missed two that git makes, and took longer. `benches/merges.rs` measures it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::ancestry::{Ancestry, Base};
use super::scratch::{Request, Scratch};
use super::three_way::{self, Sides};
use super::{Commit, Oid, Repo};
use crate::error::{Error, Result};

/// How many merges one run of git repeats: enough to make its start cheap, few enough that neither its memory nor the
/// scratch store grows with the history.
const BATCH: usize = 512;

/// Fewer merges than this are repeated on one thread.
const FEW: usize = 32;

/// Judges merges. One for all threads; what it learns about history it remembers.
#[derive(Default)]
pub struct Merges {
    ancestry: Mutex<Ancestry>,
    /// Merges that git has to repeat.
    open: Mutex<Vec<Open>>,
    settled: Mutex<HashMap<Oid, bool>>,
}

/// A merge that its trees alone do not decide.
struct Open {
    oid: Oid,
    tree: Oid,
    request: Request,
}

impl Merges {
    /// Whether a commit with several parents records what git merges by itself.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read, or when git cannot merge.
    pub fn is_clean(&self, repo: &Repo, commit: &Commit) -> Result<bool> {
        if let Some(clean) = self.verdict(repo, commit)? {
            return Ok(clean);
        }
        self.settle(repo)?;
        Ok(self.settled(commit.oid) == Some(true))
    }

    /// As [`Merges::is_clean`]; none where git has to repeat the merge, which [`Merges::settle`] does for all of them.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read.
    pub fn verdict(&self, repo: &Repo, commit: &Commit) -> Result<Option<bool>> {
        if let Some(clean) = self.settled(commit.oid) {
            return Ok(Some(clean));
        }
        let commits = distinct(&commit.parents);
        let mut base = None;
        if let [ours, theirs] = commits.as_slice() {
            let found = self.base(repo, *ours, *theirs)?;
            if found.is_trivial(repo, commit, *ours, *theirs)? {
                return Ok(Some(true));
            }
            base = found.one();
        }
        let open = Open { oid: commit.oid, tree: commit.tree, request: Request { commits, base } };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(open);
        Ok(None)
    }

    /// Has git repeat all merges that were left open.
    ///
    /// # Errors
    /// Fails when git cannot merge.
    pub fn settle(&self, repo: &Repo) -> Result<()> {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        if open.is_empty() {
            return Ok(());
        }
        if let Some(open) = open.first().filter(|_| !repo.has_git()) {
            let merge = open.oid.short();
            return Err(Error::git(format!(
                "only git can say what merge {merge} adds, and there is none on PATH"
            ))
            .hinted("sign the merge off: `git commit --amend --signoff --no-edit`"));
        }
        let scratch = Scratch::new(repo)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if open.len() < FEW { 1 } else { threads };
        let batches: Vec<&[Open]> = open.chunks(open.len().div_ceil(threads).min(BATCH)).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.repeat(&scratch, batch)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            others.into_iter().fold(own, |result, other| {
                result.and(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        })
    }

    fn repeat(&self, scratch: &Scratch, batch: &[Open]) -> Result<()> {
        let requests: Vec<&Request> = batch.iter().map(|open| &open.request).collect();
        let trees = scratch.merge_all(&requests)?;
        let verdicts = batch.iter().zip(trees).map(|(open, tree)| (open.oid, tree == Some(open.tree)));
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).extend(verdicts);
        Ok(())
    }

    fn settled(&self, oid: Oid) -> Option<bool> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).get(&oid).copied()
    }

    /// Whether the index holds what git merges by itself: what a merge that is about to be made would record.
    ///
    /// # Errors
    /// As [`Merges::is_clean`].
    pub fn is_clean_index(&self, repo: &Repo, parents: &[Oid]) -> Result<bool> {
        let scratch = Scratch::new(repo)?;
        let recorded = scratch.write_index()?;
        Ok(scratch.merge(&distinct(parents))? == Some(recorded))
    }

    fn base(&self, repo: &Repo, ours: Oid, theirs: Oid) -> Result<Base> {
        self.ancestry.lock().unwrap_or_else(PoisonError::into_inner).base(repo, ours, theirs)
    }
}

impl Base {
    fn one(self) -> Option<Oid> {
        if let Self::One(oid) = self { Some(oid) } else { None }
    }

    /// Whether every path is recorded as the one side that has changed it has it.
    fn is_trivial(self, repo: &Repo, commit: &Commit, ours: Oid, theirs: Oid) -> Result<bool> {
        let base = match self {
            Self::None => None,
            Self::One(oid) => Some(repo.commit(oid)?.tree),
            Self::Several => return Ok(false),
        };
        let (ours, theirs) = (repo.commit(ours)?.tree, repo.commit(theirs)?.tree);
        let sides = Sides { base, ours: Some(ours), theirs: Some(theirs), merged: Some(commit.tree) };
        three_way::is_trivial(repo, sides)
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
