//! Walks from tips to all their ancestors.

use std::cmp::Reverse;

use super::graph::{Graph, NodeId, NodeMap};
use super::new_commit::{CommitOrder, NewCommit, Visitor};
use super::unread::UnreadTip;
use crate::error::Result;
use crate::git::object::store::Store;
use crate::git::{ObjectKind, Oid};

/// Calls `visit` for every commit that the tips reach. Returns the commits that cannot be read.
pub(in crate::git) fn walk(
    store: &Store,
    tips: &[Oid],
    graph: &mut Graph,
    visit: Visitor<'_>,
) -> Result<Vec<UnreadTip>> {
    let mut descent = Descent::from(tips, graph);
    let (mut found, mut unread) = (0, Vec::new());
    while let Some((node, child)) = descent.next() {
        let order = |date| CommitOrder::Walked { date, found: Reverse(found) };
        let oid = graph.oid(node);
        if graph.is_read(node) {
            let order = order(graph.date(node));
            visit(graph, NewCommit { oid, node, order, data: None })?;
        } else {
            let read = store.read_with(oid, ObjectKind::Commit, |data| {
                let links = store.parse_links(oid, data)?;
                graph.set_links(node, &links);
                visit(graph, NewCommit { oid, node, order: order(links.date), data: Some(data) })
            });
            match read {
                Err(error) if error.object().is_some() => {
                    unread.push(UnreadTip::new(oid, child.map(|child| graph.oid(child)), error));
                    continue;
                }
                read => read?,
            }
        }
        found += 1;
        descent.enter(node, graph.parents(node));
    }
    Ok(unread)
}

/// Returns true if the tips reach at least `least` commits. Adds the commits that it reads to the graph.
pub(in crate::git) fn reaches(store: &Store, tips: &[Oid], graph: &mut Graph, least: usize) -> Result<bool> {
    let mut descent = Descent::from(tips, graph);
    for _ in 0..least {
        let Some((node, _)) = descent.next() else { return Ok(false) };
        graph.read(store, node)?;
        descent.enter(node, graph.parents(node));
    }
    Ok(true)
}

/// Returns the commits that the tips reach in the graph, children first.
pub(in crate::git) fn reached(tips: &[Oid], graph: &mut Graph) -> Vec<NodeId> {
    let (mut descent, mut reached) = (Descent::from(tips, graph), Vec::new());
    while let Some((node, _)) = descent.next() {
        descent.enter(node, graph.parents(node));
        reached.push(node);
    }
    reached
}

/// Returns the commits that the tips reach; `None` if the graph lacks one of them.
pub(in crate::git) fn reached_if_known(tips: &[Oid], graph: &mut Graph) -> Option<Vec<NodeId>> {
    let nodes = reached(tips, graph);
    nodes.iter().all(|node| graph.is_read(*node)).then_some(nodes)
}

/// Depth-first walk from children to parents that visits each commit once.
///
/// The first parent comes first, because its tree is likely to be similar.
struct Descent {
    /// Commits to visit, each with the child from which it was reached.
    stack: Vec<(NodeId, Option<NodeId>)>,
    visited: NodeMap<bool>,
}

impl Descent {
    fn from(tips: &[Oid], graph: &mut Graph) -> Self {
        Self { stack: tips.iter().map(|oid| (graph.node(*oid), None)).collect(), visited: NodeMap::default() }
    }

    fn next(&mut self) -> Option<(NodeId, Option<NodeId>)> {
        let mut nodes = std::iter::from_fn(|| self.stack.pop());
        nodes.find(|(node, _)| !std::mem::replace(self.visited.get_mut(*node), true))
    }

    fn enter(&mut self, child: NodeId, parents: &[NodeId]) {
        let new = parents.iter().rev().filter(|parent| !self.visited.get(**parent));
        self.stack.extend(new.map(|parent| (*parent, Some(child))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::object::commit::CommitLinks;

    #[test]
    fn history_is_known_only_if_all_of_it_has_been_read() {
        let oid = |byte: u8| Oid::from_bytes(&[byte; 20]).unwrap();
        let links = |parents: &[u8]| CommitLinks {
            tree: oid(0),
            parents: parents.iter().map(|parent| oid(*parent)).collect(),
            date: 0,
        };
        let mut graph = Graph::default();
        graph.add(oid(4), &links(&[3, 2]));
        graph.add(oid(3), &links(&[1]));
        graph.add(oid(1), &links(&[]));
        let of = |graph: &mut Graph, tips: &[u8]| {
            let tips: Vec<Oid> = tips.iter().map(|tip| oid(*tip)).collect();
            let nodes = reached_if_known(&tips, graph)?;
            Some(nodes.into_iter().map(|node| graph.oid(node)).collect::<Vec<Oid>>())
        };
        assert_eq!(of(&mut graph, &[3]), Some(vec![oid(3), oid(1)]));
        assert_eq!(of(&mut graph, &[3, 4]), None, "a parent is missing");
        assert_eq!(of(&mut graph, &[9]), None, "the tip is missing");
        graph.add(oid(2), &links(&[1]));
        assert_eq!(of(&mut graph, &[4, 3]).map(|all| all.len()), Some(4));
    }
}
