//! The part of the commit graph that has been read: parents, trees and dates.

use crate::error::Result;
use crate::git::object::commit::CommitLinks;
use crate::git::object::oid::OidMap;
use crate::git::object::store::Store;
use crate::git::{ObjectKind, Oid};

/// Number of a commit in a [`Graph`]. Not valid in any other graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// Returns the number as an index.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    #[expect(clippy::expect_used, reason = "a commit takes more than 100 bytes of memory")]
    fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("there are fewer than 2^32 commits"))
    }
}

/// Commits by number. A commit gets a number before it is read, for example as a parent.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: OidMap<NodeId>,
    ids: Vec<CommitIds>,
    /// `None` for a commit that has not been read.
    links: Vec<Option<NodeLinks>>,
    /// Parents of the commits with more than two.
    many: Vec<Box<[NodeId]>>,
}

#[derive(Debug)]
struct CommitIds {
    oid: Oid,
    /// `None` for a commit that has not been read.
    tree: Option<Oid>,
}

/// Data of a commit that walks need; kept small, because walks visit many commits.
#[derive(Debug, Clone, Copy)]
struct NodeLinks {
    date: u64,
    parents: Parents,
}

#[derive(Debug, Clone, Copy)]
enum Parents {
    None,
    One(NodeId),
    Two([NodeId; 2]),
    /// Index in `many`.
    Many(u32),
}

#[expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a number is made together with the entries that it indexes, and no entry is ever removed"
)]
impl Graph {
    fn ids(&self, node: NodeId) -> &CommitIds {
        &self.ids[node.0 as usize]
    }

    fn links(&self, node: NodeId) -> Option<&NodeLinks> {
        self.links[node.0 as usize].as_ref()
    }

    /// Returns the tree of a commit that has been read.
    pub(in crate::git) fn tree(&self, node: NodeId) -> Oid {
        self.ids(node).tree.expect("the commit has been read")
    }

    /// Returns the date of a commit that has been read, in seconds since 1970.
    pub(in crate::git) fn date(&self, node: NodeId) -> u64 {
        self.links(node).expect("the commit has been read").date
    }

    /// Returns the parents of a commit, in order; empty if it has not been read.
    pub(in crate::git) fn parents(&self, node: NodeId) -> &[NodeId] {
        match self.links(node).map(|links| &links.parents) {
            Some(Parents::One(parent)) => std::slice::from_ref(parent),
            Some(Parents::Two(parents)) => parents,
            Some(Parents::Many(at)) => &self.many[*at as usize],
            Some(Parents::None) | None => &[],
        }
    }

    /// Stores the links of a commit.
    pub(in crate::git) fn set_links(&mut self, node: NodeId, links: &CommitLinks) {
        let parents: Vec<NodeId> = links.parents.iter().map(|parent| self.node(*parent)).collect();
        let parents = match *parents.as_slice() {
            [] => Parents::None,
            [one] => Parents::One(one),
            [one, two] => Parents::Two([one, two]),
            _ => {
                self.many.push(parents.into());
                Parents::Many(NodeId::new(self.many.len() - 1).0)
            }
        };
        self.ids[node.0 as usize].tree = Some(links.tree);
        self.links[node.0 as usize] = Some(NodeLinks { date: links.date, parents });
    }
}

impl Graph {
    /// Returns all numbers, of commits that have been read and of others.
    #[cfg(test)]
    pub(in crate::git) fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..NodeId::new(self.ids.len()).0).map(NodeId)
    }

    /// Returns all commits, each after its parents; `None` if one has not been read.
    pub(super) fn oldest_first(&self) -> Option<Vec<NodeId>> {
        let (mut order, mut stack) = (Vec::with_capacity(self.ids.len()), Vec::new());
        let mut seen = NodeMap::<bool>::default();
        for start in (0..self.ids.len()).map(NodeId::new) {
            stack.push((start, 0));
            while let Some((node, next)) = stack.pop() {
                if next == 0 && std::mem::replace(seen.get_mut(node), true) {
                    continue;
                }
                if !self.is_read(node) {
                    return None;
                }
                match self.parents(node).get(next) {
                    Some(parent) => stack.extend([(node, next + 1), (*parent, 0)]),
                    None => order.push(node),
                }
            }
        }
        Some(order)
    }

    /// Returns the number of a commit, which gets the next free one if it has none.
    pub(in crate::git) fn node(&mut self, oid: Oid) -> NodeId {
        let next = NodeId::new(self.ids.len());
        let node = *self.nodes.entry(oid).or_insert(next);
        if node == next {
            self.ids.push(CommitIds { oid, tree: None });
            self.links.push(None);
        }
        node
    }

    /// Returns the tree of a commit; `None` if it has not been read.
    pub(crate) fn tree_of(&self, commit: Oid) -> Option<Oid> {
        self.ids(*self.nodes.get(&commit)?).tree
    }

    /// Returns the oid of a commit.
    pub(crate) fn oid(&self, node: NodeId) -> Oid {
        self.ids(node).oid
    }

    /// Returns true if a commit has been read.
    pub(in crate::git) fn is_read(&self, node: NodeId) -> bool {
        self.links(node).is_some()
    }

    /// Stores the links of a commit and returns its number.
    pub(crate) fn add(&mut self, oid: Oid, links: &CommitLinks) -> NodeId {
        let node = self.node(oid);
        self.set_links(node, links);
        node
    }

    /// Returns the tree of a commit that has been read and those of its parents.
    ///
    /// `None` if a parent has not been read.
    pub(crate) fn trees(&self, node: NodeId) -> Option<(Oid, impl Iterator<Item = Oid>)> {
        let parents = self.parents(node);
        let read = parents.iter().all(|parent| self.is_read(*parent));
        read.then(|| (self.tree(node), parents.iter().map(|parent| self.tree(*parent))))
    }

    /// Returns true if a commit has several different parents. One that is not read has none.
    pub(crate) fn is_merge(&self, node: NodeId) -> bool {
        self.parents(node)
            .split_first()
            .is_some_and(|(first, others)| others.iter().any(|other| other != first))
    }

    /// Returns the oids of the parents of a commit, in order.
    pub(crate) fn parent_oids(&self, node: NodeId) -> impl Iterator<Item = Oid> {
        self.parents(node).iter().map(|parent| self.oid(*parent))
    }

    /// Reads a commit, unless it has been read.
    pub(in crate::git) fn read(&mut self, store: &Store, node: NodeId) -> Result<()> {
        if self.is_read(node) {
            return Ok(());
        }
        let oid = self.oid(node);
        let links = store.read_with(oid, ObjectKind::Commit, |data| store.parse_links(oid, data))?;
        self.set_links(node, &links);
        Ok(())
    }
}

/// Returns the parents without duplicates: repeating a parent does not make a merge.
pub(crate) fn distinct<T: Copy + PartialEq>(parents: &[T]) -> Vec<T> {
    let mut distinct: Vec<T> = Vec::with_capacity(parents.len());
    parents.iter().for_each(|parent| {
        if !distinct.contains(parent) {
            distinct.push(*parent);
        }
    });
    distinct
}

/// A value for each commit of a graph: the default one until it is set.
#[derive(Debug, Default)]
pub(crate) struct NodeMap<T>(Vec<T>);

impl<T: Copy + Default> NodeMap<T> {
    /// Returns the value of a commit.
    pub(crate) fn get(&self, node: NodeId) -> T {
        self.0.get(node.0 as usize).copied().unwrap_or_default()
    }

    /// Returns the value of a commit, to be changed.
    #[expect(clippy::indexing_slicing, reason = "the lines above make the entry")]
    pub(crate) fn get_mut(&mut self, node: NodeId) -> &mut T {
        let index = node.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, T::default());
        }
        &mut self.0[index]
    }
}
