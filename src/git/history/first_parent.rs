//! Merge bases along chains of first parents.
//!
//! The ancestors of one commit are ancestors of all later commits in its chain, so each is marked only once.

use super::graph::Graph;
use super::merge_bases::MergeBase;

/// Groups commits into chains of first parents, each from the oldest commit to the newest.
///
/// Each commit is paired with its index in `commits`.
pub(in crate::git) fn of(graph: &Graph, commits: &[u32]) -> Vec<Vec<(usize, u32)>> {
    let mut chain_of: Vec<Option<(u32, u32)>> = vec![None; graph.len()];
    let mut chains = 0;
    for start in 0..graph.len() {
        let (mut next, mut depth) = (u32::try_from(start).ok(), 0);
        while let Some(number) = next
            && let Some(place @ None) = chain_of.get_mut(number as usize)
        {
            *place = Some((chains, u32::MAX - depth));
            depth += 1;
            next = graph.parents(number).first().copied();
        }
        chains += u32::from(depth > 0);
    }
    let place = |(at, number): (usize, &u32)| {
        let (chain, age) = chain_of.get(*number as usize).copied().flatten().unwrap_or_default();
        (chain, age, at, *number)
    };
    let mut placed: Vec<(u32, u32, usize, u32)> = commits.iter().enumerate().map(place).collect();
    placed.sort_unstable();
    let chains = placed.chunk_by(|(one, ..), (other, ..)| one == other);
    chains.map(|chain| chain.iter().map(|(.., at, number)| (*at, *number)).collect()).collect()
}

/// Set of all commits that the added commits reach, including themselves.
#[derive(Debug, Default)]
pub(in crate::git) struct AncestorSet {
    marks: Vec<Mark>,
    stack: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    No,
    Below,
    /// Reached from another commit, outside of the set.
    Beside,
}

impl AncestorSet {
    /// Adds a commit and everything it reaches.
    pub(in crate::git) fn extend(&mut self, graph: &Graph, commit: u32) {
        self.marks.resize(graph.len(), Mark::No);
        self.walk(graph, commit, Mark::Below, |_| {});
    }

    /// Returns the best common ancestor of the set and another commit; `None` if there may be several.
    ///
    /// Every common ancestor is a commit at which a walk from the other commit enters the set, or an ancestor
    /// of such a commit. If the walk enters at one commit only, that one is the best.
    pub(in crate::git) fn base(&mut self, graph: &Graph, other: u32) -> Option<MergeBase> {
        let mut entered = Vec::new();
        let beside = self.walk(graph, other, Mark::Beside, |number| entered.push(number));
        for number in beside {
            if let Some(mark) = self.marks.get_mut(number as usize) {
                *mark = Mark::No;
            }
        }
        entered.sort_unstable();
        entered.dedup();
        match *entered.as_slice() {
            [] => Some(MergeBase::None),
            [one] => Some(MergeBase::One(one)),
            _ => None,
        }
    }

    /// Marks the unmarked commits that a commit reaches and returns them.
    ///
    /// Calls `enter` for each commit of the set that the walk meets.
    fn walk(&mut self, graph: &Graph, from: u32, as_what: Mark, mut enter: impl FnMut(u32)) -> Vec<u32> {
        let mut marked = Vec::new();
        self.stack.push(from);
        while let Some(number) = self.stack.pop() {
            match self.marks.get_mut(number as usize) {
                Some(mark @ Mark::No) => {
                    *mark = as_what;
                    marked.push(number);
                    self.stack.extend(graph.parents(number));
                }
                Some(Mark::Below) => enter(number),
                Some(Mark::Beside) | None => {}
            }
        }
        marked
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::git::Oid;
    use crate::git::object::commit::CommitLinks;

    /// Builds a graph in which the parents of each commit are some of the commits before it.
    fn graph(parents: &[Vec<usize>]) -> Graph {
        let oid = |at: usize| Oid::from_bytes(&[&[1; 12][..], &at.to_le_bytes()].concat()).unwrap();
        let mut graph = Graph::default();
        for (at, parents) in parents.iter().enumerate().rev() {
            let number = graph.number(oid(at));
            let parents = parents.iter().map(|parent| oid(parent % at.max(1))).filter(|_| at > 0).collect();
            graph.note(number, &CommitLinks { tree: oid(at), parents, date: 0 });
        }
        graph
    }

    fn ancestors(graph: &Graph, of: u32) -> BTreeSet<u32> {
        let (mut all, mut stack) = (BTreeSet::new(), vec![of]);
        while let Some(number) = stack.pop() {
            if all.insert(number) {
                stack.extend(graph.parents(number));
            }
        }
        all
    }

    /// Returns the common ancestors that no other common ancestor reaches.
    fn best(graph: &Graph, ours: u32, theirs: u32) -> Vec<u32> {
        let common: BTreeSet<u32> = &ancestors(graph, ours) & &ancestors(graph, theirs);
        let below =
            |number: &u32| common.iter().any(|o| o != number && ancestors(graph, *o).contains(number));
        common.iter().copied().filter(|number| !below(number)).collect()
    }

    proptest! {
        #[test]
        fn chain_marks_give_the_best_common_ancestors(
            parents in proptest::collection::vec(proptest::collection::vec(0_usize..40, 0..3), 1..40),
        ) {
            let graph = graph(&parents);
            let all: Vec<u32> = (0..u32::try_from(graph.len()).unwrap()).collect();
            let chains = of(&graph, &all);
            prop_assert_eq!(chains.iter().map(Vec::len).sum::<usize>(), graph.len());
            for chain in chains {
                let mut below = AncestorSet::default();
                for (_, ours) in chain {
                    below.extend(&graph, ours);
                    for theirs in &all {
                        let best = best(&graph, ours, *theirs);
                        match below.base(&graph, *theirs) {
                            Some(MergeBase::None) => prop_assert_eq!(best.len(), 0),
                            Some(MergeBase::One(one)) => prop_assert_eq!(best, [one]),
                            Some(MergeBase::Several) | None => prop_assert!(!best.is_empty()),
                        }
                    }
                }
            }
        }
    }
}
