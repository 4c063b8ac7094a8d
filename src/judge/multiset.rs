//! Multisets: the problems that the parents of a commit have, and that so are not new.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Number of occurrences of each key.
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
    /// Removes one occurrence of a key; returns false if there is none left.
    pub(super) fn take<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        let Some(count) = self.0.get_mut(key).filter(|count| **count > 0) else { return false };
        *count -= 1;
        true
    }

    /// Raises each count to the one in another multiset, if that is higher.
    ///
    /// A problem of several parents then counts as often as in the parent that has it most often.
    pub(super) fn raise_to(&mut self, other: Self) {
        for (key, count) in other.0 {
            let own = self.0.entry(key).or_default();
            *own = count.max(*own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_is_the_highest_of_all_parents() {
        let mut known: Multiset<char> = "aab".chars().collect();
        known.raise_to("abbb".chars().collect());
        let added: String = "aaabbbbc".chars().filter(|c| !known.take(c)).collect();
        assert_eq!(added, "abc");
    }
}
