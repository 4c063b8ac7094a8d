//! What some commits reach and others do not, found without git.

use std::collections::{BinaryHeap, HashMap};

use crate::error::Result;
use crate::git::{Oid, Repo};

/// A walk from the newest commit to older ones.
#[derive(Default)]
struct Walk {
    queue: BinaryHeap<(u64, Oid)>,
    seen: HashMap<Oid, Seen>,
    /// How many commits wait that nothing known has reached yet. The walk ends when there are none.
    open: usize,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    date: u64,
    known: bool,
    waits: bool,
}

/// The commits that the tips reach and the known objects do not, with their dates, children before parents as far as
/// dates say it.
///
/// None that is new is left out. Where dates run backwards, one that is known may be among them: it is judged again.
/// Known objects that are missing, or are no commits in the end, hide nothing.
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
    /// Notes that a commit is reached. One that turns out to be known is walked again, so that its parents are, too.
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
