//! Older versions that a tree, or something in it, is compared with, and which of them speak for it.

use std::sync::Arc;

use super::Oid;

/// Tree of a commit, with the older trees that it is compared with.
#[derive(Debug, Clone)]
pub(crate) struct CommitTree {
    /// The commit.
    pub commit: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Trees of its parents, and of their merge bases.
    pub older: Older<Oid>,
}

/// A value for each older version: each parent, and each merge base of two parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Older<T> {
    /// Values of the parents in order, then those of the merge bases.
    values: Vec<T>,
    shape: Arc<Shape>,
}

/// The older versions that there are.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    /// Number of parents.
    parents: usize,
    /// Parents of each merge base.
    bases: Vec<ParentPair>,
    /// True if the merge bases are not known.
    needs_every_parent: bool,
}

/// Two different parents of a merge, by their indices in the list of parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ParentPair {
    /// Index of the first one.
    pub one: usize,
    /// Index of the second one.
    pub other: usize,
}

impl ParentPair {
    /// Returns all pairs of a number of parents.
    pub(crate) fn all(parents: usize) -> impl Iterator<Item = Self> {
        (0..parents).flat_map(move |other| (0..other).map(move |one| Self { one, other }))
    }

    /// Returns the partner of a parent; `None` if the parent is not one of the two.
    pub(crate) fn partner(self, parent: usize) -> Option<usize> {
        match self {
            Self { one, other } if one == parent => Some(other),
            Self { one, other } if other == parent => Some(one),
            _ => None,
        }
    }
}

/// A value of a merge base of two parents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfBase<T> {
    /// The two parents.
    pub pair: ParentPair,
    /// The value.
    pub value: T,
}

impl<T> Default for Older<T> {
    fn default() -> Self {
        Self::of_parents(Vec::new())
    }
}

impl<T> Older<T> {
    /// Creates the values of the parents of something that is no merge.
    pub(crate) fn of_parents(parents: Vec<T>) -> Self {
        Self::of_merge(parents, Vec::new())
    }

    /// Creates the values of the parents of a merge, and of their merge bases.
    pub(crate) fn of_merge(parents: Vec<T>, bases: Vec<OfBase<T>>) -> Self {
        let pairs = bases.iter().map(|base| base.pair).collect();
        let shape = Shape { parents: parents.len(), bases: pairs, needs_every_parent: false };
        let values = parents.into_iter().chain(bases.into_iter().map(|base| base.value)).collect();
        Self { values, shape: shape.into() }
    }

    /// Creates the values of the parents of a merge whose merge bases are not known.
    ///
    /// Only what every parent has was known before.
    pub(crate) fn of_every(parents: Vec<T>) -> Self {
        let shape = Shape { parents: parents.len(), bases: Vec::new(), needs_every_parent: true };
        Self { values: parents, shape: shape.into() }
    }

    /// Returns true if only what every parent has was known before.
    pub(crate) fn needs_every_parent(&self) -> bool {
        self.shape.needs_every_parent
    }

    /// Returns true if there are parents that are compared with each other.
    pub(crate) fn is_of_merge(&self) -> bool {
        self.shape.needs_every_parent || !self.shape.bases.is_empty()
    }

    /// Returns the values of the parents, in order.
    pub(crate) fn parents(&self) -> &[T] {
        self.values.get(..self.shape.parents).unwrap_or_default()
    }

    /// Returns the values of the merge bases.
    pub(crate) fn bases(&self) -> impl Iterator<Item = OfBase<&T>> {
        let values = self.values.iter().skip(self.shape.parents);
        self.shape.bases.iter().zip(values).map(|(pair, value)| OfBase { pair: *pair, value })
    }

    /// Returns all values, to be changed.
    pub(in crate::git) fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Returns the values that a function gives for these.
    pub(crate) fn map<'a, U>(&'a self, f: impl FnMut(&'a T) -> U) -> Older<U> {
        Older { values: self.values.iter().map(f).collect(), shape: Arc::clone(&self.shape) }
    }

    /// Returns the values that a function gives for these, which it may change.
    pub(crate) fn map_mut<U>(&mut self, f: impl FnMut(&mut T) -> U) -> Older<U> {
        Older { values: self.values.iter_mut().map(f).collect(), shape: Arc::clone(&self.shape) }
    }

    /// Returns the values that a function gives for these, or its first error.
    pub(crate) fn try_map<'a, U, E>(&'a self, f: impl FnMut(&'a T) -> Result<U, E>) -> Result<Older<U>, E> {
        let values = self.values.iter().map(f).collect::<Result<_, E>>()?;
        Ok(Older { values, shape: Arc::clone(&self.shape) })
    }

    /// Returns the values that a function gives for the number of each version: the parents come first.
    pub(in crate::git) fn numbered<U>(&self, f: impl FnMut(usize) -> U) -> Older<U> {
        Older { values: (0..self.values.len()).map(f).collect(), shape: Arc::clone(&self.shape) }
    }

    /// Returns pairs of these values and those of another list for the same versions.
    pub(crate) fn zip<'a, U>(&'a self, other: &'a Older<U>) -> Older<(&'a T, &'a U)> {
        Older { values: self.values.iter().zip(&other.values).collect(), shape: Arc::clone(&self.shape) }
    }
}

impl<T: PartialEq> Older<Option<T>> {
    /// Returns true if a parent vouches for an entry: the entry was known before.
    ///
    /// A parent vouches if it has the same entry, unless that undoes a change which another parent made since
    /// their merge base: a merge then takes back what may have been a repair. This is the case if both the base
    /// and the parent have another entry than the other parent.
    pub(crate) fn vouch(&self, now: &T) -> bool {
        let parents = self.parents();
        let mut same = parents.iter().map(|entry| entry.as_ref() == Some(now));
        if self.shape.needs_every_parent {
            return !parents.is_empty() && same.all(|same| same);
        }
        same.enumerate().any(|(own, same)| same && !self.undoes(own))
    }

    fn undoes(&self, own: usize) -> bool {
        let parents = self.parents();
        self.bases().any(|OfBase { pair, value: base }| {
            let partner = pair.partner(own).and_then(|partner| parents.get(partner));
            base.is_some()
                && partner.is_some_and(|partner| partner != base && Some(partner) != parents.get(own))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_vouches_unless_it_undoes_a_change_of_another() {
        let entry = |name: char| Some(name).filter(|name| *name != '-');
        // Entries of the two parents, of the base, and of the merge.
        for (entries, vouched) in [
            ("aaaa", true),
            ("abaa", false),
            ("abab", true),
            ("baaa", false),
            ("baab", true),
            ("abca", false),
            ("abcb", false),
            ("abcc", false),
            ("ab-a", true),
            ("a-aa", false),
            ("-aaa", false),
            ("a--a", true),
            ("aaba", true),
            ("--aa", false),
        ] {
            let entries: Vec<Option<char>> = entries.chars().map(entry).collect();
            let [one, other, base, now] = *entries.as_slice() else { panic!("four entries") };
            let base = OfBase { pair: ParentPair { one: 0, other: 1 }, value: base };
            let older = Older::of_merge(vec![one, other], vec![base]);
            assert_eq!(older.vouch(&now.unwrap()), vouched, "{entries:?}");
        }
        let parents = |entries: &str| entries.chars().map(Some).collect::<Vec<_>>();
        assert!(Older::of_parents(parents("ab")).vouch(&'b'));
        assert!(!Older::of_parents(parents("")).vouch(&'b'));
        assert!(Older::of_every(parents("bb")).vouch(&'b'));
        assert!(!Older::of_every(parents("ab")).vouch(&'b'));
        assert!(!Older::of_every(parents("")).vouch(&'b'));
    }

    #[test]
    fn all_pairs_of_parents_are_found() {
        let pairs: Vec<(usize, usize)> = ParentPair::all(3).map(|pair| (pair.one, pair.other)).collect();
        assert_eq!(pairs, [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(ParentPair { one: 0, other: 2 }.partner(2), Some(0));
        assert_eq!(ParentPair { one: 0, other: 2 }.partner(1), None);
    }
}
