//! The part of history that has been read: who is whose parent, and when each commit was made.

use crate::error::Result;
use crate::git::object::commit::Links;
use crate::git::object::oid::OidMap;
use crate::git::{Kind, Oid, Repo};

/// Commits by number. One that has only been named, as a parent, is not read yet.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    numbers: OidMap<u32>,
    names: Vec<Names>,
    nodes: Vec<Node>,
    /// The parents of those that have more than two.
    many: Vec<Box<[u32]>>,
    /// How many have been read.
    read: usize,
}

#[derive(Debug)]
struct Names {
    oid: Oid,
    tree: Oid,
}

/// What a walk looks at: small, because it looks at many.
#[derive(Debug, Clone, Copy)]
struct Node {
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
    /// How many commits have been named.
    pub(in crate::git) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether every commit that has been named has been read, too.
    pub(in crate::git) fn is_complete(&self) -> bool {
        self.read == self.nodes.len()
    }

    /// The number of a commit.
    pub(in crate::git) fn number(&mut self, oid: Oid) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(oid).or_insert(next);
        if number == next {
            self.names.push(Names { oid, tree: Oid::ZERO });
            self.nodes.push(Node { date: 0, parents: Parents::Unread });
        }
        number
    }

    /// The oid of a commit.
    pub(in crate::git) fn oid(&self, number: u32) -> Oid {
        self.names.get(number as usize).map_or(Oid::ZERO, |names| names.oid)
    }

    /// The tree of a commit that has been read.
    pub(in crate::git) fn tree(&self, number: u32) -> Oid {
        self.names.get(number as usize).map_or(Oid::ZERO, |names| names.tree)
    }

    /// When a commit that has been read was made.
    pub(in crate::git) fn date(&self, number: u32) -> u64 {
        self.nodes.get(number as usize).map_or(0, |node| node.date)
    }

    /// Whether a commit has been read.
    pub(in crate::git) fn is_read(&self, number: u32) -> bool {
        self.nodes.get(number as usize).is_some_and(|node| !matches!(node.parents, Parents::Unread))
    }

    /// The parents of a commit, in order.
    pub(in crate::git) fn parents(&self, number: u32) -> &[u32] {
        match self.nodes.get(number as usize).map(|node| &node.parents) {
            Some(Parents::One(parent)) => std::slice::from_ref(parent),
            Some(Parents::Two(parents)) => parents,
            Some(Parents::Many(at)) => self.many.get(*at as usize).map_or(&[], |parents| parents),
            Some(Parents::Unread | Parents::None) | None => &[],
        }
    }

    /// Notes what a commit says.
    pub(in crate::git) fn note(&mut self, number: u32, links: &Links) {
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
            self.read += usize::from(matches!(node.parents, Parents::Unread));
            *node = Node { date: links.date, parents };
        }
    }

    /// Notes what a commit says and returns its number.
    pub(crate) fn learn(&mut self, oid: Oid, links: &Links) -> u32 {
        let number = self.number(oid);
        self.note(number, links);
        number
    }

    /// The tree of a commit that was found, and those of its parents; none while one of these has not been read.
    pub(crate) fn trees(&self, number: u32) -> Option<(Oid, impl Iterator<Item = Oid>)> {
        let parents = self.parents(number);
        let read = parents.iter().all(|parent| self.is_read(*parent));
        read.then(|| (self.tree(number), parents.iter().map(|parent| self.tree(*parent))))
    }

    /// The parents of a commit that was found, by name.
    pub(crate) fn parent_oids(&self, number: u32) -> impl Iterator<Item = Oid> {
        self.parents(number).iter().map(|parent| self.oid(*parent))
    }

    /// Reads a commit, unless it has been read.
    pub(in crate::git) fn read(&mut self, repo: &Repo, number: u32) -> Result<()> {
        if self.is_read(number) {
            return Ok(());
        }
        let oid = self.oid(number);
        let links = repo.look(oid, Kind::Commit, |data| Links::parse(oid, data))?;
        self.note(number, &repo.links_here(oid, links)?);
        Ok(())
    }
}
