//! Two-generation cache, limited by bytes.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, in two generations.
///
/// When the younger generation is full, it replaces the older one, which is dropped. Values that are used
/// again therefore stay, and the cache is never empty, as it would be after dropping all values at once.
pub(in crate::git) struct GenerationalCache<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    bytes: usize,
    /// Maximum size of one generation, in bytes.
    room: usize,
}

impl<K: Eq + Hash, V: Clone> GenerationalCache<K, V> {
    /// Creates a cache with up to `room` bytes in each generation.
    pub(in crate::git) fn new(room: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), bytes: 0, room }
    }

    /// Returns the value of a key; a value of the older generation moves to the younger one.
    pub(in crate::git) fn get(&mut self, key: K) -> Option<V> {
        if let Some((value, _)) = self.young.get(&key) {
            return Some(value.clone());
        }
        let (value, bytes) = self.old.remove(&key)?;
        self.put(key, value.clone(), bytes);
        Some(value)
    }

    /// Adds a value and its size in bytes, which may exceed the limit.
    pub(in crate::git) fn put(&mut self, key: K, value: V, bytes: usize) {
        if self.bytes + bytes > self.room {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        let before = self.young.insert(key, (value, bytes));
        self.bytes = self.bytes + bytes - before.map_or(0, |(_, bytes)| bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_values_stay_and_others_are_evicted() {
        let mut recent = GenerationalCache::new(2);
        (0..3).for_each(|key| recent.put(key, key, 1));
        assert_eq!(recent.get(0), Some(0), "it is young again");
        recent.put(3, 3, 1);
        assert_eq!([0, 1, 2, 3].map(|key| recent.get(key)), [Some(0), None, Some(2), Some(3)]);
    }

    #[test]
    fn oversized_value_is_kept_until_others_evict_it() {
        let mut recent = GenerationalCache::new(2);
        recent.put('a', 1, 100);
        assert_eq!(recent.get('a'), Some(1));
        recent.put('b', 2, 2);
        recent.put('c', 3, 2);
        assert_eq!(recent.get('a'), None);
    }
}
