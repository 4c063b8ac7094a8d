//! Excluded commits that cannot be read: git skips them silently, and lists what only they reach as if it were new.

use super::difference::unread_behind;
use super::excluded::Excluded;
use super::new_commit::ListedCommit;
use super::quarantine::MainStore;
use super::unread::UnreadTip;
use crate::error::Result;
use crate::git::{Oid, Repo};

/// Output of `git rev-list`.
pub(super) struct RevList {
    /// The commits, older ones first.
    pub(super) commits: Vec<ListedCommit>,
    /// True if one of them has no parents.
    pub(super) has_root: bool,
}

/// Returns the objects that could not be read if an excluded commit is among them; then the list is not to be trusted.
///
/// Repeats the walk in this process, which takes time if many refs are excluded. So it is repeated only for the start
/// of a range, and where the list looks like one that is too long: it goes down to a root, or has a commit that the
/// main store had before the push.
pub(super) fn unread_excluded(
    repo: &Repo,
    tips: &[Oid],
    excluded: &Excluded,
    list: &RevList,
) -> Result<Vec<UnreadTip>> {
    let mut oids = [excluded.oids.as_slice(), excluded.values.as_slice()].concat();
    if list.has_root {
        let refs = repo.refs()?.into_iter();
        oids.extend(refs.filter(|(name, _)| excluded.has_ref(name)).map(|(_, oid)| oid));
    } else if !excluded.is_start && !has_stored(repo, &list.commits)? {
        return Ok(Vec::new());
    }
    unread_behind(repo.store(), tips, &oids, list.has_root)
}

/// Returns true if the main store has one of the commits of a push.
fn has_stored(repo: &Repo, commits: &[ListedCommit]) -> Result<bool> {
    // Only libgit2 reads the main store by itself.
    let main = if repo.store().repository().is_some() { MainStore::open()? } else { None };
    let Some(main) = main else { return Ok(false) };
    for commit in commits {
        if main.has(commit.oid)? {
            return Ok(true);
        }
    }
    Ok(false)
}
