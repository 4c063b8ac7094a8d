//! A new commit as the walks pass it on, and lists of new commits.

use std::cmp::Reverse;

use super::graph::{Graph, NodeId};
use crate::error::Result;
use crate::git::Oid;

/// A new commit, as passed to the visitor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewCommit<'a> {
    /// Object id.
    pub oid: Oid,
    /// Number in the graph, which has the parents of the commit.
    pub node: NodeId,
    /// Sort key among the new commits.
    pub order: CommitOrder,
    /// Content of the commit object; `None` if the graph had the commit already.
    pub data: Option<&'a [u8]>,
}

/// A new commit that has been found and is judged later, with its bytes if they were kept.
#[derive(Debug)]
pub(crate) struct FoundCommit {
    /// Sort key among the new commits.
    pub(crate) order: CommitOrder,
    oid: Oid,
    node: NodeId,
    data: Option<Box<[u8]>>,
}

impl FoundCommit {
    /// Keeps a commit, and its bytes as long as those of all that are kept stay below a limit.
    pub(crate) fn of(commit: NewCommit<'_>, bytes: &mut usize) -> Self {
        let NewCommit { oid, node, order, data } = commit;
        let data = data.filter(|data| *bytes + data.len() <= MAX_KEPT);
        *bytes += data.map_or(0, <[u8]>::len);
        Self { order, oid, node, data: data.map(Into::into) }
    }

    /// Returns the commit as a walk passes it on.
    pub(crate) fn as_new(&self) -> NewCommit<'_> {
        let Self { order, oid, node, data } = self;
        NewCommit { oid: *oid, node: *node, order: *order, data: data.as_deref() }
    }
}

/// Callback for each new commit.
pub(crate) type Visitor<'e> = &'e mut dyn FnMut(&Graph, NewCommit<'_>) -> Result<()>;

/// Sort key of new commits: older ones first, and normally parents before children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CommitOrder {
    /// By date. At equal dates, the commit found first counts as the younger one.
    Walked {
        /// Committer date, in seconds since 1970.
        date: u64,
        /// Number of commits found before.
        found: Reverse<usize>,
    },
    /// By the index in a list that is in this order already.
    Listed(usize),
}

/// Maximum size of commits kept between the search and the check, in bytes. The others are read again.
const MAX_KEPT: usize = 32 << 20;

/// A commit of a list, and its bytes if they were kept.
#[derive(Debug, Clone)]
pub(crate) struct ListedCommit {
    pub(super) oid: Oid,
    pub(super) data: Option<Box<[u8]>>,
}

/// Commits that a walk has found, children first, with their bytes up to a limit.
#[derive(Default)]
pub(super) struct CommitList {
    commits: Vec<(CommitOrder, ListedCommit)>,
    bytes: usize,
}

impl CommitList {
    /// Adds the commit that the walk has found next. Its date is in seconds since 1970.
    pub(super) fn add(&mut self, oid: Oid, date: u64, data: Option<&[u8]>) {
        let data = data.filter(|data| self.bytes + data.len() <= MAX_KEPT);
        self.bytes += data.map_or(0, <[u8]>::len);
        let order = CommitOrder::Walked { date, found: Reverse(self.commits.len()) };
        self.commits.push((order, ListedCommit { oid, data: data.map(Into::into) }));
    }

    /// Returns the commits, older ones first.
    pub(super) fn oldest_first(mut self) -> Vec<ListedCommit> {
        self.commits.sort_unstable_by_key(|(order, _)| *order);
        self.commits.into_iter().map(|(_, commit)| commit).collect()
    }
}
