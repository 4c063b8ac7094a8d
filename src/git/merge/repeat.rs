//! Merges that git repeats because they are not decided otherwise.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::file_merges;
use super::scratch::ScratchRepo;
use super::texts::FileMerge;
use super::tree_merges::{self, TreeMerge};
use crate::error::{Error, Result};
use crate::git::{Oid, Repo};
use crate::parallel::{self, cores, into_value, lock};

/// Maximum number of merges repeated by one run of git.
///
/// Large enough to make its start cheap, and small enough that its memory and the scratch store stay bounded.
const BATCH: usize = 512;

/// Number of batches for each thread, if there are many questions: some take far longer than others.
const BATCHES: usize = 4;

/// Minimum number of merges that are checked on several threads.
pub(super) const FEW: usize = 32;

/// A merge about which git is asked.
pub(super) struct Open {
    /// Index in the list of merges.
    pub(super) index: usize,
    pub(super) oid: Oid,
    pub(super) tree: Oid,
    /// Commits to merge, one after the other.
    pub(super) commits: Vec<Oid>,
    /// Trees to merge in place of the commits, if the merge base is known.
    pub(super) trees: Option<TreeMerge>,
    /// Files that decide the merge; if there are none, git repeats all of it.
    pub(super) files: Vec<FileMerge>,
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
    let known = known_bases(&scratch, &whole);
    let (fast, slow): (Vec<&Open>, Vec<&Open>) =
        whole.iter().partition(|merge| known.contains_key(&merge.index));
    let slow = once(slow.into_iter().map(|merge| merge.commits.as_slice()));
    let fast = once(fast.into_iter().filter_map(|merge| Some(known.get(&merge.index)?.as_slice())));
    let files: Vec<FileMerge> = once(by_files.iter().flat_map(|merge| merge.files.iter().copied()));
    // All at the same time, because few questions of a kind go to one process.
    let (slow_trees, (fast_trees, files)) = parallel::both(
        || merges_with_history(&scratch, &slow),
        || parallel::both(|| merges(&scratch, &fast), || clean_files(&scratch, &files)),
    );
    let files = files?;
    let trees = slow.into_iter().zip(slow_trees?).chain(fast.into_iter().zip(fast_trees?));
    let trees: HashMap<&[Oid], Option<Oid>> = trees.collect();
    let is_clean = |merge: &&Open| match merge.files.as_slice() {
        [] => {
            let commits = known.get(&merge.index).map_or(merge.commits.as_slice(), <[Oid; 2]>::as_slice);
            trees.get(commits) == Some(&Some(merge.tree))
        }
        own => own.iter().all(|file| files.contains(file)),
    };
    Ok(open.iter().filter(is_clean).map(|merge| merge.index).collect())
}

/// Makes the commits that git merges in place of the parents of each merge whose merge base is known, and returns them
/// by the index of the merge.
fn known_bases(scratch: &ScratchRepo, merges: &[&Open]) -> HashMap<usize, [Oid; 2]> {
    let known: Vec<&TreeMerge> = once(merges.iter().filter_map(|merge| merge.trees.as_ref()));
    // They only save git work: if it cannot make one, as in a partial clone, it finds all merge bases by itself.
    let made = tree_merges::commits(scratch, &known).unwrap_or_default();
    let made: HashMap<&TreeMerge, [Oid; 2]> = known.into_iter().zip(made).collect();
    let pair = |merge: &&Open| Some((merge.index, *made.get(merge.trees.as_ref()?)?));
    merges.iter().filter_map(pair).collect()
}

/// Lets git repeat merges whose merge bases it has to find.
fn merges_with_history(scratch: &ScratchRepo, commits: &[&[Oid]]) -> Result<Vec<Option<Oid>>> {
    if commits.len() >= FEW {
        scratch.measure_history(commits);
    }
    merges(scratch, commits)
}

/// Lets git repeat merges on all cores, and returns their trees; `None` for a conflict.
fn merges(scratch: &ScratchRepo, commits: &[&[Oid]]) -> Result<Vec<Option<Oid>>> {
    on_all_cores(commits, |batch| scratch.merge_all(batch))
}

/// Lets git merge files, and returns those that it merges as recorded.
fn clean_files(scratch: &ScratchRepo, files: &[FileMerge]) -> Result<HashSet<FileMerge>> {
    let merged = on_all_cores(files, |batch| file_merges::merge(scratch, batch))?;
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
    let size = questions.len().div_ceil(threads * BATCHES).max(FEW.min(questions.len().div_ceil(threads)));
    let batches: Vec<&[Q]> = questions.chunks(size.min(BATCH)).collect();
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
