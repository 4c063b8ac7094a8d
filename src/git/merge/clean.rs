//! Checks that merges record exactly the result of merging their parents, without content of their own.
//!
//! Most merges can be decided from their trees alone: if only one side changed a path since the merge base,
//! the entry of that side must be the recorded one. If both sides changed a file, git repeats the merge
//! (`git merge-tree`) in a scratch repository, so that nothing is written to the repository or the quarantine,
//! and nothing of their config or attributes counts.
//!
//! Compared with `git merge-tree` on 1,225 merges of git and 3,542 of cargo, spread over their histories, all
//! answers but one were equal; that merge was made by a forge with libgit2, and git sees a conflict in it.
//! libgit2's merge of commits missed two merges that git makes, and took longer. `benches/merges.rs` measures
//! it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use super::scratch::{MergeRequest, ScratchRepo};
use super::three_way::{self, Sides};
use crate::error::{Error, Result};
use crate::git::history::merge_bases::Ancestry;
use crate::git::object::object_cache::ObjectCache;
use crate::git::object::oid::OidSet;
use crate::git::object::store::Store;
use crate::git::{NodeId, Oid, Repo};
use crate::parallel::{self, cores, into_value, lock};

/// Maximum number of merges repeated by one run of git.
///
/// Large enough to make its start cheap, and small enough that its memory and the scratch store stay bounded.
const BATCH: usize = 512;

/// Minimum number of merges that are repeated on several threads.
const FEW: usize = 32;

/// Maximum number of parents of a merge that is repeated.
///
/// Each costs two runs of git.
const MAX_PARENTS: usize = 16;

/// Maximum number of merges that git makes to repeat one, because of several merge bases.
///
/// Of 2,248 merges of git.git with several merge bases, 255 were looked at: none needs more than 128. In a
/// history made for the purpose, the number doubles with every few commits.
const MAX_STEPS: usize = 256;

/// Maximum number of merges that git makes in one run for merges of more than two parents or merge bases.
///
/// For a long history the limit is higher: by [`STEPS_PER_MERGE`] for each unsigned merge.
const MAX_TOTAL: usize = 4096;
const STEPS_PER_MERGE: usize = 4;

/// Checks merges. The commits that it reads are remembered.
#[derive(Default)]
pub struct CleanMerges {
    ancestry: Ancestry,
}

/// Result of checking a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeCheck {
    /// It records exactly what git merges by itself.
    Clean,
    /// It records something else.
    Differs,
    /// It is not repeated, because that would take too long.
    TooCostly,
}

/// A merge that is being checked.
struct Merge {
    /// Index in the list of merges.
    index: usize,
    oid: Oid,
    tree: Oid,
    request: MergeRequest,
    /// Trees that may decide the merge; `None` if git has to repeat it.
    sides: Option<Sides<Oid>>,
    /// Its distinct parents.
    parents: Vec<NodeId>,
}

/// Merges whose trees have been compared.
#[derive(Default)]
struct Compared {
    /// Merges whose trees decide that they are clean.
    clean: OidSet,
    /// Merges that their trees do not decide.
    open: Vec<Merge>,
}

impl CleanMerges {
    /// Creates a checker with a history that has been read.
    pub(crate) fn of(ancestry: Ancestry) -> Self {
        Self { ancestry }
    }

    /// Checks for each commit that it records exactly what git merges by itself; works on all cores.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read, or if git cannot merge.
    pub fn check(&mut self, repo: &Repo, oids: &[Oid]) -> Result<Vec<MergeCheck>> {
        let threads = if oids.len() < FEW { 1 } else { cores() };
        let Compared { mut clean, mut open } = self.compare_trees(repo, oids, threads)?;
        open.sort_unstable_by_key(|merge| merge.index);
        let mut left = MAX_TOTAL.max(STEPS_PER_MERGE.saturating_mul(oids.len()));
        let (mut affordable, mut costly) = (Vec::new(), OidSet::default());
        let mut known: HashMap<MergeRequest, bool> = HashMap::new();
        for merge in open {
            let is_affordable = match known.get(&merge.request) {
                Some(known) => *known,
                None => {
                    // Counting the steps is work too, so it is paid even if they turn out to be too many.
                    let most = MAX_STEPS.min(left);
                    let steps = self.steps(repo.store(), &merge.parents, most)?;
                    left -= steps.min(most);
                    known.insert(merge.request.clone(), steps <= most);
                    steps <= most
                }
            };
            if is_affordable {
                affordable.push(merge);
            } else {
                costly.insert(merge.oid);
            }
        }
        clean.extend(repeat_all(repo, &affordable)?);
        let check = |oid: &Oid| match (clean.contains(oid), costly.contains(oid)) {
            (true, _) => MergeCheck::Clean,
            (false, true) => MergeCheck::TooCostly,
            (false, false) => MergeCheck::Differs,
        };
        Ok(oids.iter().map(check).collect())
    }

    /// Compares the trees of merges.
    ///
    /// This thread finds the merge bases, because that needs the whole history. The comparison of trees takes
    /// far more time and runs on all threads.
    fn compare_trees(&mut self, repo: &Repo, oids: &[Oid], threads: usize) -> Result<Compared> {
        let (send, receive) = mpsc::channel();
        let receive = Mutex::new(receive);
        let others = (1..threads).map(|_| repo.reopen()).collect::<Result<Vec<_>>>()?;
        let own = || {
            let sent = oids.iter().enumerate().try_for_each(|(index, oid)| {
                // The send fails only after all threads have failed; their error is reported below.
                let _ = send.send(self.merge(repo.store(), index, *oid)?);
                Ok(())
            });
            drop(send);
            sent.and_then(|()| compare(repo.store(), &receive))
        };
        let results = parallel::run(others, own, |repo| compare(repo.store(), &receive));
        results.into_iter().try_fold(Compared::default(), |mut all, compared| {
            let Compared { clean, open } = compared?;
            all.clean.extend(clean);
            all.open.extend(open);
            Ok(all)
        })
    }

    /// Finds the merge base of a merge.
    fn merge(&mut self, store: &Store, index: usize, oid: Oid) -> Result<Merge> {
        let node = self.ancestry.read(store, oid)?;
        let parents = distinct(self.ancestry.graph.parents(node));
        let (mut base, mut sides) = (None, None);
        if let [ours, theirs] = *parents.as_slice() {
            let found = self.ancestry.bases(store, ours, theirs)?;
            let graph = &self.ancestry.graph;
            let one = if let [base] = *found { Some(base) } else { None };
            base = one.map(|base| graph.oid(base));
            sides = (found.len() < 2).then(|| Sides {
                base: one.map(|base| graph.tree(base)),
                ours: Some(graph.tree(ours)),
                theirs: Some(graph.tree(theirs)),
                merged: Some(graph.tree(node)),
            });
        }
        let graph = &self.ancestry.graph;
        let commits = parents.iter().map(|parent| graph.oid(*parent)).collect();
        let request = MergeRequest { commits, base };
        Ok(Merge { index, oid, tree: graph.tree(node), request, sides, parents })
    }

    /// Returns the number of merges that git makes to merge commits, besides the last one; more than
    /// `most` if they are too many.
    fn steps(&mut self, store: &Store, commits: &[NodeId], most: usize) -> Result<usize> {
        match *commits {
            [ours, theirs] => Ok(self.ancestry.merge_steps(store, ours, theirs, most + 2)? - 1),
            _ if commits.len() > MAX_PARENTS => Ok(most + 1),
            _ => Ok(2 * commits.len()),
        }
    }
}

/// Returns true if git can repeat a merge of these parents in reasonable time.
///
/// # Errors
/// Fails if a commit cannot be read.
pub(super) fn is_affordable(repo: &Repo, parents: &[Oid]) -> Result<bool> {
    let mut merges = CleanMerges::default();
    let nodes = distinct(parents).into_iter().map(|parent| merges.ancestry.read(repo.store(), parent));
    let nodes = nodes.collect::<Result<Vec<NodeId>>>()?;
    Ok(merges.steps(repo.store(), &nodes, MAX_STEPS)? <= MAX_STEPS)
}

/// Returns true if the index holds what git merges automatically, for a merge that is about to be committed.
///
/// # Errors
/// As [`CleanMerges::check`].
pub(crate) fn is_clean_index(repo: &Repo, parents: &[Oid]) -> Result<bool> {
    let Some(example) = parents.first() else { return Ok(false) };
    if !is_affordable(repo, parents)? {
        return Ok(false);
    }
    let scratch = ScratchRepo::new(repo, *example)?;
    let recorded = scratch.write_index()?;
    Ok(scratch.merge(&distinct(parents))? == Some(recorded))
}

/// Compares merges on one thread until none is left.
fn compare(store: &Store, merges: &Mutex<mpsc::Receiver<Merge>>) -> Result<Compared> {
    let (mut objects, mut compared) = (ObjectCache::new(store), Compared::default());
    let next = || lock(merges).recv();
    while let Ok(merge) = next() {
        let is_trivial = match merge.sides {
            Some(sides) => three_way::is_trivial(&mut objects, sides)?,
            None => false,
        };
        if is_trivial {
            compared.clean.insert(merge.oid);
        } else {
            compared.open.push(merge);
        }
    }
    Ok(compared)
}

/// Lets git repeat merges and returns those that record its result.
fn repeat_all(repo: &Repo, open: &[Merge]) -> Result<Vec<Oid>> {
    let Some(first) = open.first() else { return Ok(Vec::new()) };
    if !repo.has_git() {
        let merge = first.oid.short();
        return Err(Error::git(format!("checking merge {merge} needs `git`, which is not on PATH"))
            .hinted("or sign off the merge: `git commit --amend --signoff --no-edit`"));
    }
    let scratch = ScratchRepo::new(repo, first.oid)?;
    let mut of_request: HashMap<&MergeRequest, Vec<&Merge>> = HashMap::new();
    let mut requests = Vec::new();
    for merge in open {
        let merges = of_request.entry(&merge.request).or_default();
        if merges.is_empty() {
            requests.push(&merge.request);
        }
        merges.push(merge);
    }
    let trees = repeat(&scratch, &requests)?;
    let clean = requests.iter().zip(trees).filter_map(|(request, tree)| {
        let merges = of_request.get(request)?;
        Some(merges.iter().filter(move |merge| Some(merge.tree) == tree).map(|merge| merge.oid))
    });
    Ok(clean.flatten().collect())
}

/// Lets git repeat merges on all cores, and returns their trees; `None` for a conflict.
fn repeat(scratch: &ScratchRepo, requests: &[&MergeRequest]) -> Result<Vec<Option<Oid>>> {
    let baseless: Vec<&MergeRequest> =
        requests.iter().copied().filter(|request| request.base.is_none()).collect();
    if baseless.len() >= FEW {
        scratch.measure_history(&baseless);
    }
    let threads = if requests.len() < FEW { 1 } else { cores() };
    let batches: Vec<&[&MergeRequest]> =
        requests.chunks(requests.len().div_ceil(threads).min(BATCH)).collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        for number in numbers.take_while(|number| *number < batches.len()) {
            let trees = batches.get(number).map(|batch| scratch.merge_all(batch)).transpose()?;
            lock(&done).insert(number, trees.unwrap_or_default());
        }
        Ok(())
    };
    parallel::run(vec![(); threads - 1], work, |()| work()).into_iter().collect::<Result<()>>()?;
    Ok(into_value(done).into_values().flatten().collect())
}

/// Returns the parents without duplicates: repeating a parent does not make a merge.
pub(crate) fn distinct<T: Copy + PartialEq>(parents: &[T]) -> Vec<T> {
    let mut distinct: Vec<T> = Vec::with_capacity(parents.len());
    parents.iter().for_each(|parent| {
        if !distinct.contains(parent) {
            distinct.push(*parent);
        }
    });
    distinct
}
