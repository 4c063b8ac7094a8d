//! Rows of commits without merges, which a plain rebase makes anew.

use std::collections::{HashMap, HashSet};

use super::facts::{BadCommit, PushFacts, PushedCommit};
use super::rebase::RebaseBase;
use crate::git::Oid;

/// Commits between the tips and the first merge below each: a rebase of these rewrites no merge.
pub(super) struct LinearHistory<'p> {
    steps: HashMap<Oid, &'p PushedCommit>,
    pub(super) bad: HashSet<Oid>,
    /// Base of the rebase for each commit; `None` if neither it nor a commit below needs a rewrite.
    pub(super) bases: HashMap<Oid, Option<RebaseBase>>,
}

impl<'p> LinearHistory<'p> {
    pub(super) fn new(push: &'p PushFacts, bad: &[&BadCommit]) -> Self {
        Self {
            steps: push.commits.iter().map(|step| (step.oid, step)).collect(),
            bad: bad.iter().map(|bad| bad.oid).collect(),
            bases: HashMap::new(),
        }
    }

    /// Returns the commit on which the push is built, found along first parents.
    pub(super) fn first_base(&self, tip: Option<Oid>) -> RebaseBase {
        let (mut at, mut left) = (tip, self.steps.len());
        while let Some(step) = at.and_then(|oid| self.steps.get(&oid)).filter(|_| left > 0) {
            (at, left) = (step.parent, left - 1);
        }
        RebaseBase::of_parent(at)
    }

    /// Returns the parent of the oldest bad commit of a row; `None` if the row has no bad commit.
    ///
    /// A row runs from `tip` along first parents until a merge or a commit outside the push.
    pub(super) fn base(&mut self, tip: Oid) -> Option<RebaseBase> {
        let (mut row, mut base, mut at) = (Vec::new(), None, Some(tip));
        while let Some(oid) = at {
            if let Some(known) = self.bases.get(&oid) {
                base = *known;
                break;
            }
            let Some(step) = self.steps.get(&oid).filter(|step| step.merged.is_empty()) else { break };
            row.push(*step);
            at = step.parent;
        }
        for step in row.into_iter().rev() {
            base = base.or_else(|| self.bad.contains(&step.oid).then(|| RebaseBase::of_parent(step.parent)));
            self.bases.insert(step.oid, base);
        }
        base
    }
}
