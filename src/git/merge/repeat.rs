//! Merges that git repeats because they are not decided otherwise.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::scratch::{MergeRequest, ScratchRepo};
use super::texts::FileMerge;
use crate::error::{Error, Result};
use crate::git::{Oid, Repo};
use crate::parallel::{self, cores, into_value, lock};

/// Maximum number of merges repeated by one run of git.
///
/// Large enough to make its start cheap, and small enough that its memory and the scratch store stay bounded.
const BATCH: usize = 512;

/// Minimum number of merges that are checked on several threads.
pub(super) const FEW: usize = 32;

/// A merge about which git is asked.
pub(super) struct Open {
    /// Index in the list of merges.
    pub(super) index: usize,
    pub(super) oid: Oid,
    pub(super) tree: Oid,
    pub(super) request: MergeRequest,
    /// Files that decide the merge; if there are none, git repeats all of it.
    pub(super) files: Vec<FileMerge>,
    /// Commands of `git fast-import` that make the virtual merge base, if it is known.
    pub(super) base: Option<Arc<[u8]>>,
}

/// Lets git repeat merges and returns the indexes of those that record its result.
pub(super) fn repeat(repo: &Repo, open: &[Open]) -> Result<Vec<usize>> {
    let Some(first) = open.first() else { return Ok(Vec::new()) };
    if !repo.has_git() {
        let merge = first.oid.short();
        return Err(Error::git(format!("checking merge {merge} needs `git`, which is not on PATH"))
            .hinted("or sign off the merge: `git commit --amend --signoff --no-edit`"));
    }
    let scratch = ScratchRepo::new(repo, first.oid)?;
    let (by_files, whole): (Vec<&Open>, Vec<&Open>) = open.iter().partition(|merge| !merge.files.is_empty());
    let requests = with_bases(&scratch, &whole)?;
    let different = once(requests.iter());
    let files: Vec<FileMerge> = once(by_files.iter().flat_map(|merge| merge.files.iter().copied()));
    let (trees, files) = (merges(&scratch, &different)?, clean_files(&scratch, &files)?);
    let trees: HashMap<&MergeRequest, Option<Oid>> = different.into_iter().zip(trees).collect();
    let whole: HashSet<usize> = whole
        .iter()
        .zip(&requests)
        .filter(|(merge, request)| trees.get(request) == Some(&Some(merge.tree)))
        .map(|(merge, _)| merge.index)
        .collect();
    let is_clean = |merge: &Open| match merge.files.as_slice() {
        [] => whole.contains(&merge.index),
        own => own.iter().all(|file| files.contains(file)),
    };
    Ok(open.iter().filter(|merge| is_clean(merge)).map(|merge| merge.index).collect())
}

/// Returns the requests for merges, with the virtual merge bases that are known as their only ones.
fn with_bases(scratch: &ScratchRepo, merges: &[&Open]) -> Result<Vec<MergeRequest>> {
    let known: Vec<&[u8]> = once(merges.iter().filter_map(|merge| merge.base.as_deref()));
    // They only save git work: if git cannot make one, as in a partial clone, it merges all merge bases by itself.
    let made = scratch.make_commits(&known).unwrap_or_default();
    let made: HashMap<&[u8], Oid> = known.into_iter().zip(made).collect();
    let request = |merge: &&Open| {
        let base = merge.base.as_deref().and_then(|base| made.get(base).copied()).or(merge.request.base);
        MergeRequest { base, ..merge.request.clone() }
    };
    Ok(merges.iter().map(request).collect())
}

/// Lets git repeat merges on all cores, and returns their trees; `None` for a conflict.
fn merges(scratch: &ScratchRepo, requests: &[&MergeRequest]) -> Result<Vec<Option<Oid>>> {
    let baseless: Vec<&MergeRequest> =
        requests.iter().copied().filter(|request| request.base.is_none()).collect();
    if baseless.len() >= FEW {
        scratch.measure_history(&baseless);
    }
    on_all_cores(requests, |batch| scratch.merge_all(batch))
}

/// Lets git merge files, and returns those that it merges as recorded.
fn clean_files(scratch: &ScratchRepo, files: &[FileMerge]) -> Result<HashSet<FileMerge>> {
    let merged = on_all_cores(files, |batch| scratch.merge_files(batch))?;
    let merged = files.iter().zip(merged);
    Ok(merged.filter(|(file, merged)| *merged == Some(file.merged)).map(|(file, _)| *file).collect())
}

/// Answers questions in batches, and returns the answers in the order of the questions.
fn on_all_cores<Q: Sync, A: Send>(
    questions: &[Q],
    answer: impl Fn(&[Q]) -> Result<Vec<A>> + Sync,
) -> Result<Vec<A>> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let threads = if questions.len() < FEW { 1 } else { cores() };
    let batches: Vec<&[Q]> = questions.chunks(questions.len().div_ceil(threads).min(BATCH)).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        for number in numbers.take_while(|number| *number < batches.len()) {
            let answers = batches.get(number).map(|batch| answer(batch)).transpose()?;
            lock(&done).insert(number, answers.unwrap_or_default());
        }
        Ok(())
    };
    parallel::run(vec![(); threads - 1], work, |()| work()).into_iter().collect::<Result<()>>()?;
    Ok(into_value(done).into_values().flatten().collect())
}

/// Returns values without those that have occurred before.
fn once<T: Copy + Eq + Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(*value)).collect()
}
