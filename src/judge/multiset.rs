//! Multisets: the problems that older versions have, and that so are not new.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use crate::git::{OfBase, Older};

/// Number of occurrences of each key.
#[derive(Debug)]
pub(super) struct Multiset<K>(HashMap<K, usize>);

impl<K> Default for Multiset<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> FromIterator<K> for Multiset<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut counts = HashMap::new();
        keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
        Self(counts)
    }
}

impl<K: Eq + Hash> Multiset<K> {
    /// Adds one occurrence of a key.
    pub(super) fn add(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    /// Removes one occurrence of a key; returns false if there is none left.
    pub(super) fn take<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        let Some(count) = self.0.get_mut(key).filter(|count| **count > 0) else { return false };
        *count -= 1;
        true
    }

    fn count(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }
}

/// Occurrences that are known from older versions, and those that a repair has removed.
pub(super) struct Known<K> {
    known: Multiset<K>,
    /// Occurrences that a parent has, but another parent has repaired.
    repaired: Multiset<K>,
}

/// Novelty of an occurrence in the newest version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Novelty {
    /// An older version has it.
    Known,
    /// A parent has it, but another parent has repaired it: the newest version takes the repair back.
    TakenBack,
    /// No parent has it.
    New,
}

impl Novelty {
    /// Returns the note on a finding that a merge takes back a repair.
    pub(super) fn note(self) -> Option<String> {
        (self == Self::TakenBack).then(|| TAKEN_BACK.to_owned())
    }
}

/// Note on a finding that a merge takes back a repair.
pub(super) const TAKEN_BACK: &str =
    "a parent of this merge has repaired this, and the merge takes the repair back";

impl<K: Eq + Hash + Clone> Known<K> {
    /// Finds out what is known.
    ///
    /// An occurrence is known if the parent with most of its key has it, unless another parent has repaired it
    /// since their merge base and that parent has not.
    pub(super) fn of(older: &Older<Multiset<K>>) -> Self {
        let (mut known, mut repaired) = (Multiset::default(), Multiset::default());
        for key in older.parents().iter().flat_map(|parent| parent.0.keys()) {
            if known.0.contains_key(key) {
                continue;
            }
            let counts = older.map(|version| version.count(key));
            let most = counts.parents().iter().copied().max().unwrap_or_default();
            let count = known_count(&counts);
            known.0.insert(key.clone(), count);
            repaired.0.insert(key.clone(), most.saturating_sub(count));
        }
        Self { known, repaired }
    }

    /// Takes one occurrence of a key and returns its novelty.
    pub(super) fn take<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Novelty
    where
        K: Borrow<Q>,
    {
        if self.known.take(key) {
            Novelty::Known
        } else if self.repaired.take(key) {
            Novelty::TakenBack
        } else {
            Novelty::New
        }
    }
}

/// Returns how many occurrences of a key are known from older versions that have the given numbers of it.
///
/// Each parent counts as often as it has the key, less what another parent has repaired since a merge base of
/// the two, as far as the parent itself has not.
fn known_count(older: &Older<usize>) -> usize {
    let parents = older.parents();
    if older.needs_every_parent() {
        return parents.iter().copied().min().unwrap_or_default();
    }
    let counts = parents.iter().enumerate().map(|(at, own)| {
        let undone = older.bases().filter_map(|OfBase { pair, value: base }| {
            let partner = parents.get(pair.partner(at)?)?;
            Some(base.saturating_sub(*partner).saturating_sub(base.saturating_sub(*own)))
        });
        own.saturating_sub(undone.max().unwrap_or_default())
    });
    counts.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::ParentPair;

    fn base<T>(one: usize, other: usize, value: T) -> OfBase<T> {
        OfBase { pair: ParentPair { one, other }, value }
    }

    fn known(parents: &[usize], bases: &[(usize, usize, usize)]) -> usize {
        let bases = bases.iter().map(|(one, other, count)| base(*one, *other, *count));
        known_count(&Older::of_merge(parents.to_vec(), bases.collect()))
    }

    #[test]
    fn a_repair_of_one_parent_is_not_undone_by_another() {
        for (parents, base, expected) in [
            // Added by one side, by both, or old.
            ([0, 1], 0, 1),
            ([1, 1], 0, 1),
            ([1, 2], 0, 2),
            ([1, 1], 1, 1),
            ([2, 1], 1, 2),
            // Repaired by one side, by both, and once by each.
            ([0, 1], 1, 0),
            ([1, 0], 1, 0),
            ([0, 0], 1, 0),
            ([1, 1], 2, 1),
            ([1, 3], 3, 1),
            // Repaired by one side, and another one added by the other.
            ([0, 2], 1, 1),
            ([1, 4], 3, 2),
        ] {
            assert_eq!(known(&parents, &[(0, 1, base)]), expected, "{parents:?} {base}");
        }
        assert_eq!(known(&[], &[]), 0);
        assert_eq!(known(&[3], &[]), 3);
        assert_eq!(known(&[1, 2], &[]), 2);
    }

    #[test]
    fn every_merge_base_and_every_pair_counts() {
        assert_eq!(known(&[0, 1], &[(0, 1, 0), (0, 1, 1)]), 0);
        assert_eq!(known(&[0, 1, 1], &[(0, 1, 1), (0, 2, 1), (1, 2, 1)]), 0);
        assert_eq!(known(&[0, 1, 1], &[(0, 1, 1), (0, 2, 0), (1, 2, 0)]), 1);
    }

    #[test]
    fn novelty_is_that_of_each_occurrence() {
        let counts = |text: &str| text.chars().collect::<Multiset<char>>();
        let parents = || vec![counts("aab"), counts("ac")];
        let novelty = |older: Older<Multiset<char>>| {
            let mut known = Known::of(&older);
            "aaabcd".chars().map(|key| known.take(&key)).collect::<Vec<_>>()
        };
        use Novelty::{Known as Old, New, TakenBack};
        let merge = Older::of_merge(parents(), vec![base(0, 1, counts("b"))]);
        assert_eq!(novelty(merge), [Old, Old, New, TakenBack, Old, New]);
        let every = Older::of_every(parents());
        assert_eq!(novelty(every), [Old, TakenBack, New, TakenBack, TakenBack, New]);
    }
}
