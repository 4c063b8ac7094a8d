//! Ends of a shallow history, where commits have parents that the repository has not.

use super::difference::difference;
use crate::error::Result;
use crate::git::object::store::Store;
use crate::git::{Commit, Oid, distinct};

/// Parent that a commit names and a shallow history does not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CutParent {
    /// Commit at the end of the history.
    pub commit: Oid,
    /// Its parent.
    pub parent: Oid,
}

/// Returns the parents of a commit that a shallow history does not contain; none for any other commit.
///
/// # Errors
/// Fails when the list of shallow commits cannot be read.
pub(crate) fn cut_parents(store: &Store, commit: &Commit) -> Result<Vec<CutParent>> {
    if !store.shallow_commits()?.contains(&commit.oid) {
        return Ok(Vec::new());
    }
    let parents = distinct(&commit.parents).into_iter();
    Ok(parents.map(|parent| CutParent { commit: commit.oid, parent }).collect())
}

/// Returns the parents that a shallow history lacks among what some commits reach and the tips do not.
///
/// The tips may have the commits behind them, too. Commits that cannot be read are left out.
///
/// # Errors
/// Fails when the list of shallow commits cannot be read.
pub(super) fn cut_before(store: &Store, excluded: &[Oid], tips: &[Oid]) -> Result<Vec<CutParent>> {
    if excluded.is_empty() || store.shallow_commits()?.is_empty() {
        return Ok(Vec::new());
    }
    let mut cut = Vec::new();
    for (_, oid) in difference(store, excluded, tips)?.commits {
        cut.extend(cut_parents(store, &store.commit(oid)?)?);
    }
    Ok(cut)
}

/// Returns the parents that a shallow history lacks among what only some of the commits reach.
///
/// The merge bases of these commits may be behind them.
///
/// # Errors
/// Fails when a commit is missing or cannot be read.
pub(crate) fn cut_between(store: &Store, commits: &[Oid]) -> Result<Vec<CutParent>> {
    let mut cut: Vec<CutParent> = Vec::new();
    if store.shallow_commits()?.is_empty() {
        return Ok(cut);
    }
    for one in commits {
        for other in commits.iter().filter(|other| *other != one) {
            for (_, oid) in difference(store, &[*one], &[*other])?.whole()? {
                let of_commit = cut_parents(store, &store.commit(oid)?)?;
                cut.extend(of_commit.into_iter().filter(|parent| !cut.contains(parent)).collect::<Vec<_>>());
            }
        }
    }
    Ok(cut)
}
