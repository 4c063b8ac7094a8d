//! Difference of two sets of commits by reachability (`A..B`), computed without git.

use std::collections::{BinaryHeap, HashMap};

use crate::error::Result;
use crate::git::Oid;
use crate::git::object::store::Store;

/// A walk from newer to older commits.
#[derive(Default)]
struct DifferenceWalk {
    queue: BinaryHeap<(u64, Oid)>,
    visits: HashMap<Oid, Visit>,
    /// Number of queued commits not yet reached from an excluded one; the walk ends at 0.
    unreached: usize,
}

#[derive(Debug, Clone, Copy)]
struct Visit {
    date: u64,
    excluded: bool,
    is_queued: bool,
}

/// Returns the commits that the tips reach and the excluded objects do not, with their dates.
///
/// Newer commits come first. No new commit is missing, but if dates run backwards, the order is not exact and
/// the result may contain excluded commits, which are checked again. Excluded objects that are missing or do
/// not peel to a commit are ignored.
pub(super) fn difference(store: &Store, tips: &[Oid], excluded: &[Oid]) -> Result<Vec<(u64, Oid)>> {
    let mut walk = DifferenceWalk::default();
    for oid in excluded {
        if store.find(*oid)?.is_some()
            && let Some(oid) = store.peel_to_commit(*oid)?
        {
            walk.reach(store, oid, true)?;
        }
    }
    for oid in tips {
        walk.reach(store, *oid, false)?;
    }
    let mut new = Vec::new();
    while walk.unreached > 0
        && let Some((date, oid)) = walk.queue.pop()
    {
        let excluded = walk.take(oid);
        let commit = store.commit(oid)?;
        for parent in store.parents(&commit)? {
            walk.reach(store, *parent, excluded)?;
        }
        new.push((date, oid));
    }
    new.retain(|(_, oid)| !walk.is_excluded(*oid));
    Ok(new)
}

impl DifferenceWalk {
    /// Marks a commit as reached.
    ///
    /// A commit that turns out to be excluded is queued again, so that its parents become excluded too.
    fn reach(&mut self, store: &Store, oid: Oid, excluded: bool) -> Result<()> {
        let date = match self.visits.get(&oid) {
            Some(visit) if visit.excluded || !excluded => return Ok(()),
            Some(visit) => visit.date,
            None => store.commit(oid)?.date(),
        };
        let before = self.visits.insert(oid, Visit { date, excluded, is_queued: true });
        if before.is_some_and(|visit| visit.is_queued) {
            self.unreached -= 1;
        } else {
            self.queue.push((date, oid));
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
