//! Checks that merges record exactly the result of merging their parents, without content of their own.
//!
//! Nearly all merges are decided here, from the trees: if only one side changed a path since the merge base, the
//! entry of that side must be the recorded one, and a file that both sides changed must be the merge of its lines.
//! Several merge bases are merged first, as git does it, but only at the paths where that matters. What is left is
//! asked of git (`git merge-tree`) in a scratch repository, so that nothing is written to the repository or the
//! quarantine, and nothing of their config or attributes counts: about single files, all in one merge of trees
//! that contain nothing else, or about whole merges, of commits made from the three trees if the merge base is known.
//!
//! A merge is clean if it is a three-way merge by lines of what its parents and merge bases contain. One is
//! refused without git only if no such merge gives what it records. `benches/merges.rs` compares that with git.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{self, TrySendError};
use std::sync::{Arc, Mutex};

use super::base_for_git;
use super::objects::MergeObjects;
use super::repeat::{FEW, Open, repeat};
use super::scratch::ScratchRepo;
use super::texts::TextChecks;
use super::three_way::{self, MergedTrees, TreeCheck};
use super::tree_merges::TreeMerge;
use crate::error::Result;
use crate::git::history::graph::{Graph, distinct};
use crate::git::history::merge_bases::Ancestry;
use crate::git::history::merge_plan::Base;
use crate::git::object::packed::PackedObjects;
use crate::git::object::store::Store;
use crate::git::{NodeId, Oid, Repo};
use crate::parallel::{self, cores, lock};

/// Minimum number of merges for which the whole history is indexed first.
const MANY: usize = 256;

/// Maximum number of parents of a merge that is repeated.
///
/// Each costs two runs of git.
const MAX_PARENTS: usize = 16;

/// Maximum number of merges that repeat one, because of several merge bases.
///
/// Of 2,248 merges of git.git with several merge bases, 255 were looked at: none needs more than 128. In a
/// history made for the purpose, the number doubles with every few commits.
const MAX_STEPS: usize = 256;

/// Maximum number of merges that are made in one run for merges of more than two parents or merge bases.
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
    /// It records exactly what a three-way merge of its parents gives.
    Clean,
    /// It records something else.
    Differs,
    /// It is not repeated, because that would take too long.
    TooCostly,
}

/// A merge that is being checked.
struct Merge {
    /// Question to git, for the case that the trees do not decide.
    open: Open,
    /// Trees that may decide the merge; `None` if git has to repeat it.
    trees: Option<MergedTrees>,
}

/// Steps that may still be made, and how the merges that need some are repeated.
struct Budget {
    left: usize,
    plans: HashMap<Vec<NodeId>, Plan>,
}

/// Way to repeat a merge.
#[derive(Debug, Clone)]
enum Plan {
    /// Two commits, with their merge base.
    Pair(Base),
    /// By git, one parent after the other.
    Octopus,
    TooCostly,
}

/// Number of merges that a thread compares before it takes others.
///
/// Neighbours in history share most of their trees, so the caches of a thread serve one part of the history.
const PART: usize = 64;

/// Maximum number of parts that wait for a thread.
const MAX_WAITING: usize = 4;

/// Access to the objects of the repository for another thread.
struct Reader {
    repo: Repo,
    packs: Option<PackedObjects>,
}

/// Comparison of merges on one thread.
struct Comparer<'s> {
    objects: MergeObjects<'s>,
    texts: &'s TextChecks,
    compared: Compared,
    /// Virtual merge bases for git; many merges have the same one.
    bases: HashSet<Arc<[u8]>>,
    /// Number of bytes of virtual merge bases that may still be kept.
    left: usize,
}

/// Merges whose trees have been compared.
#[derive(Default)]
struct Compared {
    decided: Vec<Decided>,
    /// Merges that their trees do not decide.
    open: Vec<Open>,
}

/// A merge that is decided.
struct Decided {
    index: usize,
    check: MergeCheck,
}

impl CleanMerges {
    /// Creates a checker with a history that has been read.
    pub(crate) fn of(ancestry: Ancestry) -> Self {
        Self { ancestry }
    }

    /// Returns the merge bases of two commits, newer ones first.
    ///
    /// # Errors
    /// Fails if a commit is missing or cannot be read.
    pub(super) fn bases(&mut self, store: &Store, commits: [Oid; 2]) -> Result<Vec<Oid>> {
        let [ours, theirs] = commits;
        let (ours, theirs) = (self.ancestry.read(store, ours)?, self.ancestry.read(store, theirs)?);
        let mut bases = self.ancestry.bases(store, ours, theirs)?.to_vec();
        let graph = &self.ancestry.graph;
        bases.sort_by_key(|base| (Reverse(graph.date(*base)), graph.oid(*base)));
        Ok(bases.into_iter().map(|base| graph.oid(base)).collect())
    }

    /// Returns the history that has been read.
    pub(crate) fn into_graph(self) -> Graph {
        self.ancestry.graph
    }

    /// Checks for each commit that it records exactly what a merge gives by itself; works on all cores.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read, or if git cannot merge.
    pub fn check(&mut self, repo: &Repo, oids: &[Oid]) -> Result<Vec<MergeCheck>> {
        let threads = if oids.len() < FEW { 1 } else { cores() };
        if oids.len() >= MANY {
            self.ancestry.index_trunk();
        }
        let Compared { decided, mut open } = self.compare_trees(repo, oids, threads)?;
        open.sort_unstable_by_key(|merge| merge.index);
        let mut checks = vec![MergeCheck::Differs; oids.len()];
        let repeated =
            repeat(repo, &open)?.into_iter().map(|index| Decided { index, check: MergeCheck::Clean });
        for Decided { index, check } in decided.into_iter().chain(repeated) {
            if let Some(own) = checks.get_mut(index) {
                *own = check;
            }
        }
        Ok(checks)
    }

    /// Compares the trees of merges.
    ///
    /// This thread finds the merge bases, because that needs the whole history. The comparison of trees takes
    /// far more time and runs on all threads.
    fn compare_trees(&mut self, repo: &Repo, oids: &[Oid], threads: usize) -> Result<Compared> {
        let (send, receive) = mpsc::sync_channel(MAX_WAITING);
        let (receive, texts) = (Mutex::new(receive), TextChecks::new());
        let packs = if threads > 1 { repo.packed_objects() } else { None };
        let reopen = || Ok(Reader { repo: repo.reopen()?, packs: packs.as_ref().map(PackedObjects::reopen) });
        let others = (1..threads).map(|_| reopen()).collect::<Result<Vec<_>>>()?;
        let left = MAX_TOTAL.max(STEPS_PER_MERGE.saturating_mul(oids.len()));
        let mut budget = Budget { left, plans: HashMap::new() };
        let own = || {
            let mut comparer = Comparer::new(MergeObjects::new(repo.store(), packs), &texts);
            for (number, some) in oids.chunks(PART).enumerate() {
                let mut part = Vec::with_capacity(PART);
                for (index, oid) in (number * PART..).zip(some) {
                    match self.merge(repo.store(), index, *oid, &mut budget)? {
                        Some(merge) => part.push(merge),
                        None => comparer.decide(index, MergeCheck::TooCostly),
                    }
                }
                // If all others are busy, or have failed or not started, this thread does it.
                if let Err(TrySendError::Full(part) | TrySendError::Disconnected(part)) = send.try_send(part)
                {
                    comparer.compare(part)?;
                }
            }
            drop(send);
            comparer.compare_rest(&receive)
        };
        let results = parallel::run(others, own, |Reader { repo, packs }| {
            Comparer::new(MergeObjects::new(repo.store(), packs), &texts).compare_rest(&receive)
        });
        results.into_iter().try_fold(Compared::default(), |mut all, compared| {
            let Compared { decided, open } = compared?;
            all.decided.extend(decided);
            all.open.extend(open);
            Ok(all)
        })
    }

    /// Finds the merge base of a merge; `None` if repeating it takes too long.
    fn merge(&mut self, store: &Store, index: usize, oid: Oid, budget: &mut Budget) -> Result<Option<Merge>> {
        let node = self.ancestry.read(store, oid)?;
        let parents = distinct(self.ancestry.graph.parents(node));
        let plan = self.plan(store, &parents, budget)?;
        let graph = &self.ancestry.graph;
        let commits = parents.iter().map(|parent| graph.oid(*parent)).collect();
        let tree = graph.tree(node);
        let trees = match (plan, parents.as_slice()) {
            (Plan::TooCostly, _) => return Ok(None),
            (Plan::Pair(base), [ours, theirs]) => {
                let (ours, theirs) = (graph.tree(*ours), graph.tree(*theirs));
                Some(MergedTrees { base, ours, theirs, merged: tree })
            }
            _ => None,
        };
        Ok(Some(Merge { trees, open: Open { index, oid, tree, files: Vec::new(), commits, trees: None } }))
    }

    /// Plans how commits are merged again, and pays for it if that takes several merges.
    fn plan(&mut self, store: &Store, parents: &[NodeId], budget: &mut Budget) -> Result<Plan> {
        if let [ours, theirs] = *parents {
            let found = self.ancestry.bases(store, ours, theirs)?;
            let graph = &self.ancestry.graph;
            match *found {
                [] => return Ok(Plan::Pair(Base::None)),
                [base] => return Ok(Plan::Pair(Base::Tree(graph.tree(base)))),
                _ => {}
            }
        }
        if let Some(known) = budget.plans.get(parents) {
            return Ok(known.clone());
        }
        let most = MAX_STEPS.min(budget.left);
        let mut left = most;
        let plan = match *parents {
            [ours, theirs] => {
                let base = self.ancestry.plan(store, ours, theirs, &mut left)?;
                base.map(Plan::Pair)
            }
            _ if parents.len() > MAX_PARENTS => None,
            _ => left.checked_sub(2 * parents.len()).map(|fewer| {
                left = fewer;
                Plan::Octopus
            }),
        };
        // Counting the steps is work too, so it is paid even if they turn out to be too many.
        budget.left -= most - if plan.is_some() { left } else { 0 };
        let plan = plan.unwrap_or(Plan::TooCostly);
        budget.plans.insert(parents.to_vec(), plan.clone());
        Ok(plan)
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
    let mut budget = Budget { left: MAX_STEPS, plans: HashMap::new() };
    let plan = merges.plan(repo.store(), &distinct(&nodes), &mut budget)?;
    Ok(!matches!(plan, Plan::TooCostly))
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

/// Maximum size of all merge bases that a thread keeps for git, in bytes. Without one, git finds and makes it once more.
const MAX_BASES: usize = 16 << 20;

impl<'s> Comparer<'s> {
    fn new(objects: MergeObjects<'s>, texts: &'s TextChecks) -> Self {
        Self { objects, texts, compared: Compared::default(), bases: HashSet::new(), left: MAX_BASES }
    }

    /// Compares merges until none is left.
    fn compare_rest(mut self, parts: &Mutex<mpsc::Receiver<Vec<Merge>>>) -> Result<Compared> {
        let next = || lock(parts).recv();
        while let Ok(part) = next() {
            self.compare(part)?;
        }
        Ok(self.compared)
    }

    fn decide(&mut self, index: usize, check: MergeCheck) {
        self.compared.decided.push(Decided { index, check });
    }

    fn compare(&mut self, part: Vec<Merge>) -> Result<()> {
        for Merge { mut open, trees } in part {
            let check = match &trees {
                Some(trees) => three_way::check(&mut self.objects, self.texts, trees)?,
                None => TreeCheck::Unknown,
            };
            match check {
                TreeCheck::Clean => self.decide(open.index, MergeCheck::Clean),
                TreeCheck::Differs => self.decide(open.index, MergeCheck::Differs),
                TreeCheck::Files(files) => {
                    open.files = files;
                    self.compared.open.push(open);
                }
                TreeCheck::Unknown => {
                    if let Some(MergedTrees { base, ours, theirs, .. }) = trees
                        && let Some(base) = base_for_git::commands(&mut self.objects, &base)?
                    {
                        open.trees = self.kept(base).map(|base| TreeMerge { base, ours, theirs });
                    }
                    self.compared.open.push(open);
                }
            }
        }
        Ok(())
    }

    /// Keeps a merge base for git, if there is room.
    fn kept(&mut self, base: Vec<u8>) -> Option<Arc<[u8]>> {
        if let Some(known) = self.bases.get(base.as_slice()) {
            return Some(Arc::clone(known));
        }
        self.left = self.left.checked_sub(base.len())?;
        let base: Arc<[u8]> = base.into();
        self.bases.insert(Arc::clone(&base));
        Some(base)
    }
}
