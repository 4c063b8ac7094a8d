//! What was used a short while ago, up to so many bytes.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, in two generations. When the younger one is full it becomes the older one, which goes: so what is used
/// again and again stays, and there is never nothing, as there would be if all of it were thrown away at once.
pub(in crate::git) struct Recent<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
    bytes: usize,
    /// How many bytes one generation may have.
    room: usize,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Keeps up to so many bytes in each generation.
    pub(in crate::git) fn new(room: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), bytes: 0, room }
    }

    /// What is kept under a key.
    pub(in crate::git) fn get(&mut self, key: K) -> Option<V> {
        if let Some((value, _)) = self.young.get(&key) {
            return Some(value.clone());
        }
        let (value, bytes) = self.old.remove(&key)?;
        self.put(key, value.clone(), bytes);
        Some(value)
    }

    /// Keeps a value of so many bytes.
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
    fn what_is_used_stays_and_the_rest_goes() {
        let mut recent = Recent::new(2);
        (0..3).for_each(|key| recent.put(key, key, 1));
        assert_eq!(recent.get(0), Some(0), "it is young again");
        recent.put(3, 3, 1);
        assert_eq!([0, 1, 2, 3].map(|key| recent.get(key)), [Some(0), None, Some(2), Some(3)]);
    }

    #[test]
    fn what_is_larger_than_the_room_is_kept_until_the_next_comes() {
        let mut recent = Recent::new(2);
        recent.put('a', 1, 100);
        assert_eq!(recent.get('a'), Some(1));
        recent.put('b', 2, 2);
        recent.put('c', 3, 2);
        assert_eq!(recent.get('a'), None);
    }
}
