//! Permits for work that needs much memory.

use std::sync::{Condvar, Mutex};

use super::{lock, wait};

/// A number of permits, which threads take and give back.
pub(crate) struct Permits {
    left: Mutex<usize>,
    returned: Condvar,
}

impl Permits {
    pub(crate) fn new(number: usize) -> Self {
        Self { left: Mutex::new(number), returned: Condvar::new() }
    }

    /// Waits for a permit, which is given back when the returned value is dropped.
    pub(crate) fn take(&self) -> Permit<'_> {
        let mut left = lock(&self.left);
        while *left == 0 {
            left = wait(&self.returned, left);
        }
        *left -= 1;
        Permit(self)
    }
}

/// A permit that was taken.
pub(crate) struct Permit<'p>(&'p Permits);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *lock(&self.0.left) += 1;
        self.0.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_threads_work_than_there_are_permits() {
        let (permits, working) = (Permits::new(2), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _permit = permits.take();
                    assert!(working.fetch_add(1, Ordering::SeqCst) < 2);
                    std::thread::yield_now();
                    working.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(*lock(&permits.left), 2);
    }
}
