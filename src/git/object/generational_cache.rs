//! Two-generation cache, limited by bytes.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Values by key, in two generations.
///
/// When the younger generation is full, it replaces the older one, which is dropped. Values that are used
/// again therefore stay, and the cache is never empty, as it would be after dropping all values at once.
pub(in crate::git) struct GenerationalCache<K, V> {
    young: Generation<K, V>,
    old: Generation<K, V>,
    bytes: usize,
    /// Maximum size of one generation, in bytes.
    room: usize,
}

/// Values with their sizes in bytes.
type Generation<K, V> = HashMap<K, (V, usize), BuildHasherDefault<KeyHasher>>;

/// Hasher for oids and offsets in packs, faster than the default one.
///
/// Whoever finds many keys with one hash gains little: a cache is small.
#[derive(Debug, Clone, Copy, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        /// An odd number without a pattern: the fraction of the golden ratio.
        const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15;
        let product = u128::from(self.0.rotate_left(23) ^ value) * FACTOR;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.cast_unsigned() as u64);
    }
}

impl<K: Eq + Hash, V: Clone> GenerationalCache<K, V> {
    /// Creates a cache with up to `room` bytes in each generation.
    pub(in crate::git) fn new(room: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), bytes: 0, room }
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
