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
    pub(in crate::git) order: BaseOrder,
}

/// Knowledge of the order in which git merges merge bases: by their dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::git) enum BaseOrder {
    Known,
    /// Two merge bases of the same second. Either may be ours, which only conflicts show.
    EitherFirst,
    /// Three or more merge bases, some of them of the same second.
    Unknown,
}

impl BaseOrder {
    fn of(sorted_dates: &[u64]) -> Self {
        match sorted_dates {
            dates if dates.is_sorted_by(|one, next| one < next) => Self::Known,
            [_, _] => Self::EitherFirst,
            _ => Self::Unknown,
        }
    }
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
        let order = BaseOrder::of(&dates);
        let Some(first) = bases.first() else { return Ok(Some(Base::None)) };
        let mut merged = Base::Tree(self.graph.tree(*first));
        for (at, next) in bases.iter().enumerate().skip(1) {
            let Some(fewer) = left.checked_sub(1) else { return Ok(None) };
            *left = fewer;
            let older = bases.get(..at).unwrap_or_default();
            let Some(base) = self.plan_at(store, older, *next, &mut *left)? else { return Ok(None) };
            let theirs = self.graph.tree(*next);
            merged = Base::Merged(MergedBase { base, ours: merged, theirs, order }.into());
        }
        Ok(Some(merged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::history::graph::Graph;
    use crate::git::object::commit::CommitLinks;
    use crate::git::object::database::Database;

    /// Returns what the plan for a merge with merge bases of these dates says about their order.
    fn order(dates: &[u64]) -> BaseOrder {
        let folder = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init_bare(folder.path()).unwrap();
        let store = Store::new(Database::from(repository), folder.path().to_owned());
        let mut graph = Graph::default();
        let oid = |number: usize| Oid::from_bytes(&[u8::try_from(number).unwrap() + 1; 20]).unwrap();
        let mut add = |number: usize, parents: Vec<Oid>, date| {
            graph.add(oid(number), &CommitLinks { tree: oid(number), parents, date })
        };
        add(0, Vec::new(), 0);
        let bases: Vec<Oid> = (1..=dates.len()).map(oid).collect();
        for (number, date) in (1..).zip(dates) {
            add(number, vec![oid(0)], *date);
        }
        let [ours, theirs] = [10, 11].map(|number| add(number, bases.clone(), 99));
        let mut left = 99;
        match Ancestry::new(graph).plan(&store, ours, theirs, &mut left).unwrap().unwrap() {
            Base::Merged(merged) => merged.order,
            Base::None | Base::Tree(_) => panic!("one merge base"),
        }
    }

    #[test]
    fn order_of_bases_of_one_second_is_not_known() {
        for (dates, expected) in [
            (&[1, 2][..], BaseOrder::Known),
            (&[2, 2], BaseOrder::EitherFirst),
            (&[3, 1, 2], BaseOrder::Known),
            (&[1, 2, 2], BaseOrder::Unknown),
            (&[2, 1, 2, 3], BaseOrder::Unknown),
        ] {
            assert_eq!(order(dates), expected, "{dates:?}");
        }
    }
}
