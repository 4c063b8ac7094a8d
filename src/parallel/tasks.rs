//! Distribution of work over all cores.

use std::thread::Builder;

use super::threads::cores;

/// Runs one closure of `work` per core, at most `parts` of them, and waits for all.
///
/// Each closure takes the next free part of the work until none is left.
pub(crate) fn together<W: FnOnce() + Send>(parts: usize, work: impl Fn() -> W) {
    let cores = cores().min(parts);
    std::thread::scope(|scope| {
        for _ in 1..cores {
            // If a thread cannot be started, the others do its share.
            let _ = Builder::new().spawn_scoped(scope, work());
        }
        work()();
    });
}

/// Number of values handed over at once.
const MANY: usize = 128;

/// Batch of values that one thread has found. Full batches are handed over, the last one on drop.
///
/// Batches keep the threads from waiting for a shared lock at every value.
pub(crate) struct Gathered<'t, T> {
    values: Vec<T>,
    take: &'t (dyn Fn(Vec<T>) + Sync),
}

impl<'t, T> Gathered<'t, T> {
    pub(crate) fn new(take: &'t (dyn Fn(Vec<T>) + Sync)) -> Self {
        Self { values: Vec::new(), take }
    }

    pub(crate) fn add(&mut self, value: T) {
        self.values.push(value);
        if self.values.len() >= MANY {
            (self.take)(std::mem::take(&mut self.values));
        }
    }
}

impl<T> Clone for Gathered<'_, T> {
    /// Creates an empty batch with the same receiver.
    fn clone(&self) -> Self {
        Self::new(self.take)
    }
}

impl<T> Drop for Gathered<'_, T> {
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
        let mut first = Gathered::new(&take);
        (0..2 * MANY + 1).for_each(|value| first.add(value));
        let mut second = first.clone();
        second.add(2 * MANY + 1);
        drop((second, first));
        let mut taken = taken.into_inner().unwrap();
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..2 * MANY + 2));
    }
}
