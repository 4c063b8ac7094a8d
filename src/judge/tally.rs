//! Numbers of commits found and checked so far, for whoever waits for a judgement.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Tally of the commits of a push, shared by the threads that judge them.
#[derive(Debug, Default)]
pub(crate) struct CommitTally {
    found: AtomicUsize,
    checked: AtomicUsize,
}

impl CommitTally {
    /// Counts one more commit that has to be checked.
    pub(super) fn add_found(&self) {
        self.found.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one more commit that has been checked.
    pub(super) fn add_checked(&self) {
        self.checked.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of commits found so far.
    pub(crate) fn found(&self) -> usize {
        self.found.load(Ordering::Relaxed)
    }

    /// Returns the number of commits checked so far.
    pub(crate) fn checked(&self) -> usize {
        self.checked.load(Ordering::Relaxed)
    }
}
