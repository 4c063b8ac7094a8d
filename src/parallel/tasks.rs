//! Work that all cores share.

use std::thread::Builder;

use super::threads::cores;

/// Has work done by as many cores as there are and as it has parts; each does whatever part nobody has begun.
pub(crate) fn together<W: FnOnce() + Send>(parts: usize, work: impl Fn() -> W) {
    let cores = cores().min(parts);
    std::thread::scope(|scope| {
        for _ in 1..cores {
            // Where no thread can be had, the others do its work.
            let _ = Builder::new().spawn_scoped(scope, work());
        }
        work()();
    });
}

/// How many values are handed over at once.
const MANY: usize = 128;

/// Values that a thread has found, handed over many at a time, the last when this is dropped: where all wait for one lock,
/// none should ask for it often.
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
    /// An empty one.
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
