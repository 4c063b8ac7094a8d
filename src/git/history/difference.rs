//! Difference of two sets of commits by reachability (`A..B`), computed without git.

use std::collections::{BinaryHeap, HashMap};

use super::unread::UnreadTip;
use crate::error::{Error, Result};
use crate::git::Oid;
use crate::git::object::store::Store;

/// A walk from newer to older commits.
#[derive(Default)]
struct DifferenceWalk {
    /// Of commits with one date, excluded ones come first: what they reach is excluded, too.
    queue: BinaryHeap<(u64, bool, Oid)>,
    visits: HashMap<Oid, Visit>,
    /// Number of queued commits not yet reached from an excluded one; the walk ends at 0.
    unreached: usize,
    unread: Vec<UnreadTip>,
    /// True if one of the unread commits is excluded.
    is_cut: bool,
}

/// Commits that some tips reach and excluded objects do not.
#[derive(Debug)]
pub(super) struct Difference {
    /// The commits with their dates, newer ones first.
    pub(super) commits: Vec<(u64, Oid)>,
    /// Commits that could not be read.
    pub(super) unread: Vec<UnreadTip>,
}

impl Difference {
    /// Returns the commits.
    ///
    /// # Errors
    /// Fails when one of the commits on the way could not be read.
    pub(super) fn whole(self) -> Result<Vec<(u64, Oid)>> {
        match self.unread.first() {
            Some(UnreadTip { oid, error, .. }) => {
                Err(Error::git(error.to_string()).about(oid, Some("commit")))
            }
            None => Ok(self.commits),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Visit {
    date: u64,
    excluded: bool,
    is_queued: bool,
}

/// Returns the commits that the tips reach and the excluded objects do not.
///
/// No new commit is missing, unless only an unread one reaches it. If an excluded one cannot be read, it is not known
/// which others are excluded, so none is returned. But if dates run backwards, the order is not exact and
/// the result may contain excluded commits, which are checked again. Excluded objects that are missing or do
/// not peel to a commit are ignored.
pub(super) fn difference(store: &Store, tips: &[Oid], excluded: &[Oid]) -> Result<Difference> {
    let (walk, mut new) = DifferenceWalk::run(store, tips, excluded, false)?;
    new.retain(|(_, oid)| !walk.is_cut && !walk.is_excluded(*oid));
    Ok(Difference { commits: new, unread: walk.unread })
}

/// Returns the commits that cannot be read if an excluded one is among them; with `is_whole`, of all that are excluded.
///
/// Otherwise only those are read that are newer than the oldest commit of the difference.
pub(super) fn unread_behind(
    store: &Store,
    tips: &[Oid],
    excluded: &[Oid],
    is_whole: bool,
) -> Result<Vec<UnreadTip>> {
    let (walk, _) = DifferenceWalk::run(store, tips, excluded, is_whole)?;
    Ok(if walk.is_cut { walk.unread } else { Vec::new() })
}

/// A commit as the walk reaches it.
struct Reached {
    oid: Oid,
    child: Option<Oid>,
    excluded: bool,
}

impl DifferenceWalk {
    /// Walks until all commits that are left are excluded, or none is left; returns those that it has visited, too.
    fn run(store: &Store, tips: &[Oid], excluded: &[Oid], is_whole: bool) -> Result<(Self, Vec<(u64, Oid)>)> {
        let (mut walk, mut visited) = (Self::default(), Vec::new());
        for oid in excluded {
            if store.find(*oid)?.is_some()
                && let Some(oid) = store.peel_to_commit(*oid)?
            {
                walk.reach(store, Reached { oid, child: None, excluded: true })?;
            }
        }
        for oid in tips {
            walk.reach(store, Reached { oid: *oid, child: None, excluded: false })?;
        }
        while (walk.unreached > 0 || is_whole)
            && let Some((date, _, oid)) = walk.queue.pop()
        {
            let excluded = walk.take(oid);
            let commit = store.commit(oid)?;
            for parent in store.parents(&commit)? {
                walk.reach(store, Reached { oid: *parent, child: Some(oid), excluded })?;
            }
            visited.push((date, oid));
        }
        Ok((walk, visited))
    }

    /// Marks a commit as reached.
    ///
    /// A commit that turns out to be excluded is queued again, so that its parents become excluded too.
    fn reach(&mut self, store: &Store, Reached { oid, child, excluded }: Reached) -> Result<()> {
        let date = match self.visits.get(&oid) {
            Some(visit) if visit.excluded || !excluded => return Ok(()),
            Some(visit) => visit.date,
            None if self.unread.iter().any(|unread| unread.oid == oid) => {
                self.is_cut |= excluded;
                return Ok(());
            }
            None => match store.commit(oid) {
                Err(error) if error.object().is_some() => {
                    self.unread.push(UnreadTip::new(oid, child, error));
                    self.is_cut |= excluded;
                    return Ok(());
                }
                commit => commit?.date(),
            },
        };
        let before = self.visits.insert(oid, Visit { date, excluded, is_queued: true });
        if before.is_some_and(|visit| visit.is_queued) {
            self.unreached -= 1;
        } else {
            self.queue.push((date, excluded, oid));
        }
        self.unreached += usize::from(!excluded);
        Ok(())
    }

    /// Marks a commit as taken from the queue; returns true if it is excluded.
    fn take(&mut self, oid: Oid) -> bool {
        let Some(visit) = self.visits.get_mut(&oid).filter(|visit| visit.is_queued) else { return false };
        visit.is_queued = false;
        self.unreached -= usize::from(!visit.excluded);
        visit.excluded
    }

    fn is_excluded(&self, oid: Oid) -> bool {
        self.visits.get(&oid).is_some_and(|visit| visit.excluded)
    }
}
