//! What threads find out, handed over many values at a time: where all wait for one lock, none should ask for it often.

/// How many values are handed over at once.
const MANY: usize = 128;

/// Values on the way to what takes them, which is given the last of them when this is dropped. Each thread has its own.
pub(in crate::git) struct Batch<'t, T> {
    values: Vec<T>,
    take: &'t (dyn Fn(Vec<T>) + Sync),
}

impl<'t, T> Batch<'t, T> {
    pub(in crate::git) fn new(take: &'t (dyn Fn(Vec<T>) + Sync)) -> Self {
        Self { values: Vec::new(), take }
    }

    pub(in crate::git) fn add(&mut self, value: T) {
        self.values.push(value);
        if self.values.len() >= MANY {
            (self.take)(std::mem::take(&mut self.values));
        }
    }
}

impl<T> Clone for Batch<'_, T> {
    /// An empty one.
    fn clone(&self) -> Self {
        Self::new(self.take)
    }
}

impl<T> Drop for Batch<'_, T> {
    fn drop(&mut self) {
        (self.take)(std::mem::take(&mut self.values));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn every_value_is_taken_once() {
        let taken = Mutex::new(Vec::new());
        let take = |mut values: Vec<usize>| taken.lock().unwrap().append(&mut values);
        let mut first = Batch::new(&take);
        (0..2 * MANY + 1).for_each(|value| first.add(value));
        let mut second = first.clone();
        second.add(2 * MANY + 1);
        drop((second, first));
        let mut taken = taken.into_inner().unwrap();
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..2 * MANY + 2));
    }
}
