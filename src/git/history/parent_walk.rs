//! Walks from tips to all their ancestors.

use std::cmp::Reverse;

use super::graph::{Graph, NodeId, NodeMap};
use super::new_commit::{CommitOrder, NewCommit, Visitor};
use crate::error::Result;
use crate::git::object::store::Store;
use crate::git::{ObjectKind, Oid};

/// Calls `visit` for every commit that the tips reach.
pub(in crate::git) fn walk(store: &Store, tips: &[Oid], graph: &mut Graph, visit: Visitor<'_>) -> Result<()> {
    let mut descent = Descent::from(tips, graph);
    let mut found = 0;
    while let Some(node) = descent.next() {
        let order = |date| CommitOrder::Walked { date, found: Reverse(found) };
        let oid = graph.oid(node);
        if graph.is_read(node) {
            let order = order(graph.date(node));
            visit(graph, NewCommit { oid, node, order, data: None })?;
        } else {
            store.read_with(oid, ObjectKind::Commit, |data| {
                let links = store.parse_links(oid, data)?;
                graph.set_links(node, &links);
                visit(graph, NewCommit { oid, node, order: order(links.date), data: Some(data) })
            })?;
        }
        found += 1;
        descent.enter(graph.parents(node));
    }
    Ok(())
}

/// Returns true if the tips reach at least `least` commits. Adds the commits that it reads to the graph.
pub(in crate::git) fn reaches(store: &Store, tips: &[Oid], graph: &mut Graph, least: usize) -> Result<bool> {
    let mut descent = Descent::from(tips, graph);
    for _ in 0..least {
        let Some(node) = descent.next() else { return Ok(false) };
        graph.read(store, node)?;
        descent.enter(graph.parents(node));
    }
    Ok(true)
}

/// Returns the commits that the tips reach in the graph, children first.
pub(in crate::git) fn reached(tips: &[Oid], graph: &mut Graph) -> Vec<NodeId> {
    let (mut descent, mut reached) = (Descent::from(tips, graph), Vec::new());
    while let Some(node) = descent.next() {
        descent.enter(graph.parents(node));
        reached.push(node);
    }
    reached
}

/// Depth-first walk from children to parents that visits each commit once.
///
/// The first parent comes first, because its tree is likely to be similar.
struct Descent {
    stack: Vec<NodeId>,
    visited: NodeMap<bool>,
}

impl Descent {
    fn from(tips: &[Oid], graph: &mut Graph) -> Self {
        Self { stack: tips.iter().map(|oid| graph.node(*oid)).collect(), visited: NodeMap::default() }
    }

    fn next(&mut self) -> Option<NodeId> {
        let mut nodes = std::iter::from_fn(|| self.stack.pop());
        nodes.find(|node| !std::mem::replace(self.visited.get_mut(*node), true))
    }

    fn enter(&mut self, parents: &[NodeId]) {
        self.stack.extend(parents.iter().rev().filter(|parent| !self.visited.get(**parent)));
    }
}
