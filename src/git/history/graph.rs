//! The part of the commit graph that has been read: parents, trees and dates.

use crate::error::Result;
use crate::git::object::commit::CommitLinks;
use crate::git::object::oid::OidMap;
use crate::git::{ObjectKind, Oid, Repo};

/// Commits by number. A commit gets a number before it is read, for example as a parent.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    numbers: OidMap<u32>,
    names: Vec<CommitIds>,
    nodes: Vec<GraphNode>,
    /// Parents of the commits with more than two.
    many: Vec<Box<[u32]>>,
}

#[derive(Debug)]
struct CommitIds {
    oid: Oid,
    tree: Oid,
}

/// Data of a commit that walks need; kept small, because walks visit many commits.
#[derive(Debug, Clone, Copy)]
struct GraphNode {
    date: u64,
    parents: Parents,
}

#[derive(Debug, Clone, Copy)]
enum Parents {
    Unread,
    None,
    One(u32),
    Two([u32; 2]),
    Many(u32),
}

impl Graph {
    /// Returns the number of a commit, which gets the next free one if it has none.
    pub(in crate::git) fn number(&mut self, oid: Oid) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(oid).or_insert(next);
        if number == next {
            self.names.push(CommitIds { oid, tree: Oid::ZERO });
            self.nodes.push(GraphNode { date: 0, parents: Parents::Unread });
        }
        number
    }

    /// Returns the oid of a commit.
    pub(in crate::git) fn oid(&self, number: u32) -> Oid {
        self.names.get(number as usize).map_or(Oid::ZERO, |names| names.oid)
    }

    /// Returns the tree of a commit that has been read.
    pub(in crate::git) fn tree(&self, number: u32) -> Oid {
        self.names.get(number as usize).map_or(Oid::ZERO, |names| names.tree)
    }

    /// Returns the date of a commit that has been read, in seconds since 1970.
    pub(in crate::git) fn date(&self, number: u32) -> u64 {
        self.nodes.get(number as usize).map_or(0, |node| node.date)
    }

    /// Returns true if a commit has been read.
    pub(in crate::git) fn is_read(&self, number: u32) -> bool {
        self.nodes.get(number as usize).is_some_and(|node| !matches!(node.parents, Parents::Unread))
    }

    /// Returns the parents of a commit, in order; empty if it has not been read.
    pub(in crate::git) fn parents(&self, number: u32) -> &[u32] {
        match self.nodes.get(number as usize).map(|node| &node.parents) {
            Some(Parents::One(parent)) => std::slice::from_ref(parent),
            Some(Parents::Two(parents)) => parents,
            Some(Parents::Many(at)) => self.many.get(*at as usize).map_or(&[], |parents| parents),
            Some(Parents::Unread | Parents::None) | None => &[],
        }
    }

    /// Stores the links of a commit.
    pub(in crate::git) fn note(&mut self, number: u32, links: &CommitLinks) {
        let parents: Vec<u32> = links.parents.iter().map(|parent| self.number(*parent)).collect();
        let parents = match *parents.as_slice() {
            [] => Parents::None,
            [one] => Parents::One(one),
            [one, two] => Parents::Two([one, two]),
            _ => {
                self.many.push(parents.into());
                Parents::Many(u32::try_from(self.many.len() - 1).unwrap_or(u32::MAX))
            }
        };
        if let (Some(names), Some(node)) =
            (self.names.get_mut(number as usize), self.nodes.get_mut(number as usize))
        {
            names.tree = links.tree;
            *node = GraphNode { date: links.date, parents };
        }
    }

    /// Stores the links of a commit and returns its number.
    pub(crate) fn learn(&mut self, oid: Oid, links: &CommitLinks) -> u32 {
        let number = self.number(oid);
        self.note(number, links);
        number
    }

    /// Returns the tree of a commit that has been read and those of its parents.
    ///
    /// `None` if a parent has not been read.
    pub(crate) fn trees(&self, number: u32) -> Option<(Oid, impl Iterator<Item = Oid>)> {
        let parents = self.parents(number);
        let read = parents.iter().all(|parent| self.is_read(*parent));
        read.then(|| (self.tree(number), parents.iter().map(|parent| self.tree(*parent))))
    }

    /// Returns the oids of the parents of a commit, in order.
    pub(crate) fn parent_oids(&self, number: u32) -> impl Iterator<Item = Oid> {
        self.parents(number).iter().map(|parent| self.oid(*parent))
    }

    /// Reads a commit, unless it has been read.
    pub(in crate::git) fn read(&mut self, repo: &Repo, number: u32) -> Result<()> {
        if self.is_read(number) {
            return Ok(());
        }
        let oid = self.oid(number);
        let links = repo.look(oid, ObjectKind::Commit, |data| CommitLinks::parse(oid, data))?;
        self.note(number, &repo.links_here(oid, links)?);
        Ok(())
    }
}
