//! Walks from tips to all their ancestors.

use super::graph::Graph;
use super::new_commits::{CommitOrder, NewCommit, Visitor};
use crate::error::Result;
use crate::git::object::commit::CommitLinks;
use crate::git::{ObjectKind, Oid, Repo};

/// Calls `each` for every commit that the tips reach.
pub(in crate::git) fn walk(repo: &Repo, tips: &[Oid], graph: &mut Graph, each: Visitor<'_>) -> Result<()> {
    let mut descent = Descent::from(tips, graph);
    let mut left = u32::MAX;
    while let Some(number) = descent.next() {
        // At equal dates, the commit found first counts as the younger one.
        left -= 1;
        let oid = graph.oid(number);
        if graph.is_read(number) {
            let order = CommitOrder(graph.date(number), left);
            each(graph, NewCommit { oid, number, order, data: None })?;
        } else {
            repo.look(oid, ObjectKind::Commit, |data| {
                let links = repo.links_here(oid, CommitLinks::parse(oid, data)?)?;
                graph.note(number, &links);
                each(graph, NewCommit { oid, number, order: CommitOrder(links.date, left), data: Some(data) })
            })?;
        }
        descent.enter(graph.parents(number));
    }
    Ok(())
}

/// Returns true if the tips reach at least `least` commits. Adds the commits that it reads to the graph.
pub(in crate::git) fn reaches(repo: &Repo, tips: &[Oid], graph: &mut Graph, least: usize) -> Result<bool> {
    let mut descent = Descent::from(tips, graph);
    for _ in 0..least {
        let Some(number) = descent.next() else { return Ok(false) };
        graph.read(repo, number)?;
        descent.enter(graph.parents(number));
    }
    Ok(true)
}

/// Depth-first walk from children to parents that visits each commit once.
///
/// The first parent comes first, because its tree is likely to be similar.
pub(in crate::git) struct Descent {
    stack: Vec<u32>,
    visited: Visited,
}

impl Descent {
    pub(in crate::git) fn from(tips: &[Oid], graph: &mut Graph) -> Self {
        Self { stack: tips.iter().map(|oid| graph.number(*oid)).collect(), visited: Visited::default() }
    }

    pub(in crate::git) fn next(&mut self) -> Option<u32> {
        std::iter::from_fn(|| self.stack.pop()).find(|number| self.visited.add(*number))
    }

    pub(in crate::git) fn enter(&mut self, parents: &[u32]) {
        self.stack.extend(parents.iter().rev().filter(|parent| !self.visited.has(**parent)));
    }
}

/// Set of visited commits, by number.
#[derive(Default)]
struct Visited(Vec<bool>);

impl Visited {
    fn has(&self, number: u32) -> bool {
        self.0.get(number as usize).copied().unwrap_or(false)
    }

    /// Adds a commit; returns false if it is in the set already.
    fn add(&mut self, number: u32) -> bool {
        let number = number as usize;
        if self.0.len() <= number {
            self.0.resize(number + 1, false);
        }
        self.0.get_mut(number).is_some_and(|visited| !std::mem::replace(visited, true))
    }
}
