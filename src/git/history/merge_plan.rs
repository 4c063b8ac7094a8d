//! Order in which git merges several merge bases into one, the virtual merge base.

use std::sync::Arc;

use super::graph::NodeId;
use super::merge_bases::Ancestry;
use crate::error::Result;
use crate::git::Oid;
use crate::git::object::store::Store;

/// Merge base of a merge, as trees.
#[derive(Debug, Clone)]
pub(in crate::git) enum Base {
    /// The sides have no common history.
    None,
    /// Tree of the only merge base.
    Tree(Oid),
    /// Several merge bases, merged.
    Merged(Arc<MergedBase>),
}

/// Merge of the older merge bases with the next one.
#[derive(Debug, Clone)]
pub(in crate::git) struct MergedBase {
    pub(in crate::git) base: Base,
    pub(in crate::git) ours: Base,
    pub(in crate::git) theirs: Oid,
    /// True if it is one of three or more merge bases, some of them of the same second: git may have another order.
    pub(in crate::git) is_in_any_order: bool,
}

impl Ancestry {
    /// Returns the merge base of two commits; `None` if that takes more merges than a limit, which is reduced by
    /// those that it takes.
    ///
    /// git merges the oldest merge base with the next one, the result with the one after that, and for each of
    /// these merges again the merge bases. Their number may grow exponentially with the length of the history.
    pub(in crate::git) fn plan(
        &mut self,
        store: &Store,
        ours: NodeId,
        theirs: NodeId,
        left: &mut usize,
    ) -> Result<Option<Base>> {
        self.plan_at(store, &[ours], theirs, left)
    }

    fn plan_at(
        &mut self,
        store: &Store,
        ours: &[NodeId],
        theirs: NodeId,
        left: &mut usize,
    ) -> Result<Option<Base>> {
        let mut bases = self.bases_of_merged(store, ours, theirs)?;
        bases.sort_by_key(|base| self.graph.date(*base));
        let dates: Vec<u64> = bases.iter().map(|base| self.graph.date(*base)).collect();
        let is_in_any_order = dates.len() > 2 && !dates.is_sorted_by(|one, next| one < next);
        let Some(first) = bases.first() else { return Ok(Some(Base::None)) };
        let mut merged = Base::Tree(self.graph.tree(*first));
        for (at, next) in bases.iter().enumerate().skip(1) {
            let Some(fewer) = left.checked_sub(1) else { return Ok(None) };
            *left = fewer;
            let older = bases.get(..at).unwrap_or_default();
            let Some(base) = self.plan_at(store, older, *next, &mut *left)? else { return Ok(None) };
            let theirs = self.graph.tree(*next);
            merged = Base::Merged(MergedBase { base, ours: merged, theirs, is_in_any_order }.into());
        }
        Ok(Some(merged))
    }
}
