//! Index of a whole history along its trunk, the longest chain of first parents.
//!
//! Most commits are merged into the trunk sooner or later. So nearly all that two commits have in common is what
//! one trunk commit reaches, and a search for merge bases can end at the commits that this one reaches.

use super::graph::{Graph, NodeId, NodeMap};

/// Maximum number of commits that are visited for one search.
const MAX_VISITED: usize = 1 << 14;

/// Positions of all commits relative to the trunk. Positions count from 1, at the root.
#[derive(Debug)]
pub(super) struct Trunk {
    commits: Vec<NodeId>,
    /// Position of the last trunk commit that a commit is or reaches; 0 if there is none.
    reached: NodeMap<u32>,
    /// Position of the first trunk commit that is or reaches a commit; 0 if there is none.
    reached_by: NodeMap<u32>,
    /// Number of commits in the index.
    count: usize,
    marks: NodeMap<u8>,
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;
/// Set for a common ancestor.
const COMMON: u8 = 4;
/// Set for one that another one reaches.
const REACHED: u8 = 8;

impl Trunk {
    /// Makes the index; `None` if a commit of the history has not been read, or there is none.
    pub(super) fn of(graph: &Graph) -> Option<Self> {
        let order = graph.oldest_first()?;
        let (mut length, mut tip) = (NodeMap::<u32>::default(), *order.first()?);
        for node in &order {
            let before = graph.parents(*node).first().map_or(0, |parent| length.get(*parent));
            *length.get_mut(*node) = before + 1;
            if length.get(tip) <= before {
                tip = *node;
            }
        }
        let mut commits: Vec<NodeId> =
            std::iter::successors(Some(tip), |node| graph.parents(*node).first().copied()).collect();
        commits.reverse();
        let (mut reached, mut reached_by) = (NodeMap::<u32>::default(), NodeMap::<u32>::default());
        let mut stack = Vec::new();
        for (position, commit) in (1_u32..).zip(&commits) {
            *reached.get_mut(*commit) = position;
            stack.push(*commit);
            while let Some(node) = stack.pop() {
                if reached_by.get(node) == 0 {
                    *reached_by.get_mut(node) = position;
                    stack.extend(graph.parents(node));
                }
            }
        }
        for node in &order {
            let parents = graph.parents(*node).iter().map(|parent| reached.get(*parent)).max();
            let own = reached.get_mut(*node);
            *own = parents.unwrap_or(0).max(*own);
        }
        Some(Self { commits, reached, reached_by, count: order.len(), marks: NodeMap::default() })
    }

    /// Returns the best common ancestors of the merge of some commits and another one, in no order.
    ///
    /// `None` if that takes long, or if a commit is not in the index.
    pub(super) fn common(&mut self, graph: &Graph, ours: &[NodeId], theirs: NodeId) -> Option<Vec<NodeId>> {
        if ours.iter().chain([&theirs]).any(|node| node.index() >= self.count) {
            return None;
        }
        let (mut far, mut near) = (ours, std::slice::from_ref(&theirs));
        if self.last_reached(far) < self.last_reached(near) {
            (far, near) = (near, far);
        }
        let (far_end, near_end) = (self.last_reached(far), self.last_reached(near));
        let mut visited = Vec::new();
        let is_done = self.mark(graph, far, Search { end: far_end, mark: OURS, visited: &mut visited })
            && self.mark(graph, near, Search { end: near_end, mark: THEIRS, visited: &mut visited });
        let found = is_done.then(|| self.best(graph, &visited, Ends { far: far_end, near: near_end }));
        for node in visited {
            *self.marks.get_mut(node) = 0;
        }
        found
    }

    fn last_reached(&self, commits: &[NodeId]) -> u32 {
        commits.iter().map(|node| self.reached.get(*node)).max().unwrap_or(0)
    }

    /// Marks what commits reach, without what the trunk reaches up to an end. Returns false if that takes long.
    fn mark(&mut self, graph: &Graph, commits: &[NodeId], search: Search<'_>) -> bool {
        let Search { end, mark, visited } = search;
        let (mut stack, most) = (commits.to_vec(), visited.len() + MAX_VISITED);
        while let Some(node) = stack.pop() {
            let marks = self.marks.get_mut(node);
            if *marks & mark != 0 || (1..=end).contains(&self.reached_by.get(node)) {
                continue;
            }
            *marks |= mark;
            visited.push(node);
            if visited.len() > most {
                return false;
            }
            stack.extend(graph.parents(node));
        }
        true
    }

    /// Returns the common ancestors that no other one reaches.
    ///
    /// All that the trunk reaches up to the near end is common, and none of it is better than that trunk commit.
    fn best(&mut self, graph: &Graph, visited: &[NodeId], ends: Ends) -> Vec<NodeId> {
        let mut common = Vec::new();
        for node in visited {
            let is_far = (1..=ends.far).contains(&self.reached_by.get(*node));
            let marks = self.marks.get_mut(*node);
            // A commit is visited from both sides.
            if *marks & (THEIRS | COMMON) == THEIRS && (*marks & OURS != 0 || is_far) {
                *marks |= COMMON;
                common.push(*node);
            }
        }
        // What a common ancestor reaches is common, so one that is reached is the parent of one.
        for parent in common.iter().flat_map(|node| graph.parents(*node)) {
            let marks = self.marks.get_mut(*parent);
            if *marks & COMMON != 0 {
                *marks |= REACHED;
            }
        }
        common.retain(|node| self.marks.get(*node) & REACHED == 0);
        let trunk = (ends.near as usize).checked_sub(1).and_then(|at| self.commits.get(at));
        if !common.iter().any(|node| self.reached.get(*node) == ends.near) {
            common.extend(trunk);
        }
        common
    }
}

/// Last positions of the trunk that the two sides of a merge reach.
#[derive(Debug, Clone, Copy)]
struct Ends {
    far: u32,
    near: u32,
}

/// A search from one side of a merge.
struct Search<'v> {
    end: u32,
    mark: u8,
    visited: &'v mut Vec<NodeId>,
}
