//! Difference of two sets of commits by reachability (`A..B`), computed without git.

use std::collections::{BinaryHeap, HashMap};

use crate::error::Result;
use crate::git::{Oid, Repo};

/// A walk from newer to older commits.
#[derive(Default)]
struct Walk {
    queue: BinaryHeap<(u64, Oid)>,
    seen: HashMap<Oid, Seen>,
    /// Number of queued commits not yet reached from a known one; the walk ends at 0.
    open: usize,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    date: u64,
    known: bool,
    waits: bool,
}

/// Returns the commits that the tips reach and the known objects do not, with their dates.
///
/// Newer commits come first. No new commit is missing, but if dates run backwards, the order is not exact and
/// the result may contain known commits, which are checked again. Known objects that are missing or do not
/// peel to a commit are ignored.
pub(in crate::git) fn difference(repo: &Repo, tips: &[Oid], known: &[Oid]) -> Result<Vec<(u64, Oid)>> {
    let mut walk = Walk::default();
    for oid in known {
        if repo.find(*oid)?.is_some()
            && let Some(oid) = repo.commit_behind(*oid)?
        {
            walk.reach(repo, oid, true)?;
        }
    }
    for oid in tips {
        walk.reach(repo, *oid, false)?;
    }
    let mut new = Vec::new();
    while walk.open > 0
        && let Some((date, oid)) = walk.queue.pop()
    {
        let known = walk.take(oid);
        let commit = repo.commit(oid)?;
        for parent in repo.parents(&commit)? {
            walk.reach(repo, *parent, known)?;
        }
        new.push((date, oid));
    }
    new.retain(|(_, oid)| walk.seen.get(oid).is_some_and(|seen| !seen.known));
    Ok(new)
}

impl Walk {
    /// Marks a commit as reached.
    ///
    /// A commit that turns out to be known is queued again, so that its parents become known too.
    fn reach(&mut self, repo: &Repo, oid: Oid, known: bool) -> Result<()> {
        let date = match self.seen.get(&oid) {
            Some(seen) if seen.known || !known => return Ok(()),
            Some(seen) => seen.date,
            None => repo.commit(oid)?.date(),
        };
        let waits = self.seen.insert(oid, Seen { date, known, waits: true }).is_some_and(|seen| seen.waits);
        if waits {
            self.open -= 1;
        } else {
            self.queue.push((date, oid));
        }
        self.open += usize::from(!known);
        Ok(())
    }

    fn take(&mut self, oid: Oid) -> bool {
        let Some(seen) = self.seen.get_mut(&oid) else { return false };
        seen.waits = false;
        self.open -= usize::from(!seen.known);
        seen.known
    }
}
