//! A closer look at merges that record something else than git merges by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::BString;

use super::clean::{CleanMerges, is_affordable};
use super::conflicts::{Comparison, compare};
use super::scratch::ScratchRepo;
use super::tree_merges::{TreeMerge, commits, whole_tree};
use crate::error::Result;
use crate::git::{Oid, Repo, distinct};
use crate::parallel::{self, cores, into_value, lock};
use crate::text::{escape, head};

/// Maximum number of merges that are explained in one run: each takes several processes.
const MAX_EXPLAINED: usize = 16;

/// Maximum number of merge bases with which a merge is repeated for an explanation.
const MAX_BASES: usize = 8;

/// Maximum length of a path that is shown, in bytes.
const MAX_SHOWN: usize = 200;

/// Way in which a merge differs from what git merges by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deviation {
    /// Only inside paths in conflict.
    InConflicts,
    /// At a path, among others, that is not in conflict.
    Outside(BString),
    /// It is a merge with one of several merge bases.
    OneBase(Oid),
    /// It is a merge of more than two commits, which is not compared with conflicts.
    SeveralParents,
    /// Only inside paths in conflict, but git does not write such trees.
    OddTree,
    /// It has not been found out.
    Unknown,
}

impl Deviation {
    /// Returns a note for the person whose merge is refused.
    pub(crate) fn note(&self) -> Option<String> {
        match self {
            Self::InConflicts | Self::Unknown => None,
            Self::SeveralParents => {
                Some("only a merge of two commits may differ in paths that conflict".to_owned())
            }
            Self::OddTree => Some("its directories are not as git writes them".to_owned()),
            Self::Outside(path) => Some(format!(
                "`{}` differs from what git merges, and is not in conflict",
                escape(head(path, MAX_SHOWN))
            )),
            Self::OneBase(base) => Some(format!(
                "it equals a merge with one of several merge bases ({}): whoever picks the base can undo a change",
                base.short()
            )),
        }
    }
}

/// Looks at merges of one repository.
#[derive(Clone, Copy)]
pub(crate) struct Deviations<'r> {
    /// Repository with the merges.
    pub(crate) repo: &'r Repo,
    /// True if it matters whether the differences are inside paths in conflict.
    pub(crate) with_conflicts: bool,
}

/// A merge of two commits, and what it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct TwoParentMerge {
    parents: [Oid; 2],
    recorded: Oid,
}

impl Deviations<'_> {
    /// Returns the deviation of each merge; all of them differ from what git merges. `history` has checked them.
    ///
    /// # Errors
    /// Fails if git cannot repeat a merge and the answer decides whether it is accepted.
    pub(crate) fn of(self, history: &mut CleanMerges, merges: &[Oid]) -> Result<Vec<Deviation>> {
        let Some(first) = merges.first().filter(|_| self.with_conflicts || self.repo.has_git()) else {
            return Ok(vec![Deviation::Unknown; merges.len()]);
        };
        let read = |oid: &Oid| {
            let commit = self.repo.store().commit(*oid)?;
            let parents = distinct(self.repo.store().parents(&commit)?);
            // A merge of more than two is repeated in steps, which leave no list of conflicts.
            let pair = <[Oid; 2]>::try_from(parents).ok();
            Ok(pair.map(|parents| TwoParentMerge { parents, recorded: commit.tree }))
        };
        let merges = merges.iter().map(read).collect::<Result<Vec<_>>>()?;
        let scratch = ScratchRepo::new(self.repo, *first)?;
        let compared = if self.with_conflicts { compare_all(&scratch, &merges)? } else { Vec::new() };
        let compared = compared
            .into_iter()
            .map(|compared| compared.map(|compared| self.deviation(compared)).transpose());
        let mut known = compared.collect::<Result<Vec<Option<Deviation>>>>()?;
        known.resize(merges.len(), None);
        let explained =
            known.iter().zip(&merges).filter(|(known, _)| **known != Some(Deviation::InConflicts));
        let explained: Vec<TwoParentMerge> =
            explained.filter_map(|(_, merge)| *merge).take(MAX_EXPLAINED).collect();
        // A failure here leaves the merges refused.
        let bases = self.only_bases(history, &scratch, &explained).unwrap_or_default();
        let each = merges.into_iter().zip(known).map(|(merge, known)| {
            let base = merge.and_then(|merge| bases.get(&merge).copied()).map(Deviation::OneBase);
            let several = (merge.is_none() && self.with_conflicts).then_some(Deviation::SeveralParents);
            base.or(known).or(several).unwrap_or(Deviation::Unknown)
        });
        Ok(each.collect())
    }

    /// Returns the merge base with which git merges what each merge records, for those with several.
    fn only_bases(
        self,
        history: &mut CleanMerges,
        scratch: &ScratchRepo,
        merges: &[TwoParentMerge],
    ) -> Result<HashMap<TwoParentMerge, Oid>> {
        let store = self.repo.store();
        let tree = |oid| Ok(store.commit(oid)?.tree);
        let mut tries_of = |merge: &TwoParentMerge| -> Result<Vec<(TwoParentMerge, Oid, TreeMerge)>> {
            let bases = history.bases(store, merge.parents)?;
            let [ours, theirs] = merge.parents;
            let (ours, theirs) = (tree(ours)?, tree(theirs)?);
            let with = |base: &Oid| {
                let trees = TreeMerge { base: whole_tree(tree(*base)?).into(), ours, theirs };
                Ok((*merge, *base, trees))
            };
            bases.iter().take(MAX_BASES).filter(|_| bases.len() > 1).map(with).collect()
        };
        let tries: Vec<_> = merges.iter().flat_map(|merge| tries_of(merge).unwrap_or_default()).collect();
        let trees: Vec<&TreeMerge> = tries.iter().map(|(_, _, trees)| trees).collect();
        let pairs = commits(scratch, &trees)?;
        let pairs: Vec<&[Oid]> = pairs.iter().map(<[Oid; 2]>::as_slice).collect();
        let merged = scratch.merge_all(&pairs)?;
        let mut only = HashMap::new();
        for ((merge, base, _), merged) in tries.iter().zip(merged) {
            if merged == Some(merge.recorded) {
                only.entry(*merge).or_insert(*base);
            }
        }
        Ok(only)
    }

    fn deviation(self, compared: Comparison) -> Result<Deviation> {
        match compared {
            Comparison::Outside(path) => Ok(Deviation::Outside(path.into())),
            Comparison::Inside { root, directories } => {
                let root_is_fine = self.repo.store().tree(root)?.is_as_git_writes();
                let is_fine = |oid: &Oid| {
                    let tree = self.repo.store().tree(*oid)?;
                    Ok(tree.size() > 0 && tree.is_as_git_writes())
                };
                let fine = directories.iter().map(is_fine).collect::<Result<Vec<bool>>>()?;
                let is_fine = root_is_fine && fine.into_iter().all(|fine| fine);
                Ok(if is_fine { Deviation::InConflicts } else { Deviation::OddTree })
            }
        }
    }
}

/// Returns the deviation of what is in the index, for a merge that is about to be committed.
///
/// # Errors
/// As [`Deviations::of`].
pub(crate) fn deviation_of_index(repo: &Repo, parents: &[Oid]) -> Result<Deviation> {
    let Ok(parents) = <[Oid; 2]>::try_from(distinct(parents)) else {
        return Ok(Deviation::SeveralParents);
    };
    if !is_affordable(repo, &parents)? {
        return Ok(Deviation::Unknown);
    }
    let scratch = ScratchRepo::new(repo, parents[0])?;
    Ok(match compare(&scratch, parents, scratch.write_index()?)? {
        // git has just written its directories.
        Comparison::Inside { .. } => Deviation::InConflicts,
        Comparison::Outside(path) => Deviation::Outside(path.into()),
    })
}

/// Compares merges on all cores; `None` where there is no merge of two commits.
fn compare_all(scratch: &ScratchRepo, merges: &[Option<TwoParentMerge>]) -> Result<Vec<Option<Comparison>>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        for (number, merge) in numbers.map_while(|number| Some((number, merges.get(number)?))) {
            let compared = merge.map(|merge| compare(scratch, merge.parents, merge.recorded)).transpose()?;
            lock(&done).insert(number, compared);
        }
        Ok(())
    };
    let threads = cores().min(merges.len()).max(1);
    parallel::run(vec![(); threads - 1], work, |()| work()).into_iter().collect::<Result<()>>()?;
    Ok(into_value(done).into_values().collect())
}
