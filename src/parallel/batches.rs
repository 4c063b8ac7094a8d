//! Values that threads hand over in batches, so that they do not wait for a shared lock at every value.

/// Number of values handed over at once.
const BATCH: usize = 128;

/// Values of one thread. Every full batch is handed over, and the last one on drop.
pub(crate) struct Batches<'t, T> {
    values: Vec<T>,
    take: &'t (dyn Fn(Vec<T>) + Sync),
}

impl<'t, T> Batches<'t, T> {
    pub(crate) fn new(take: &'t (dyn Fn(Vec<T>) + Sync)) -> Self {
        Self { values: Vec::new(), take }
    }

    pub(crate) fn add(&mut self, value: T) {
        self.values.push(value);
        if self.values.len() >= BATCH {
            (self.take)(std::mem::take(&mut self.values));
        }
    }
}

impl<T> Clone for Batches<'_, T> {
    /// Creates an empty batch with the same receiver.
    fn clone(&self) -> Self {
        Self::new(self.take)
    }
}

impl<T> Drop for Batches<'_, T> {
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
        let mut first = Batches::new(&take);
        (0..2 * BATCH + 1).for_each(|value| first.add(value));
        let mut second = first.clone();
        second.add(2 * BATCH + 1);
        drop((second, first));
        let mut taken = taken.into_inner().unwrap();
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..2 * BATCH + 2));
    }
}
