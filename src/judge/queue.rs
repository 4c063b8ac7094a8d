//! Queue of commits between the thread that reads them and the threads that judge them.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::git::{CommitOrder, NewCommit, Oid};
use crate::parallel::{lock, wait};

/// Number of commits in a batch. Neighbouring commits share most of their trees.
const BATCH: usize = 64;

/// Maximum size of the waiting commits, in bytes. Further ones are queued by oid only and read again.
const MAX_WAITING: usize = 8 << 20;

/// Batch of commits, in the order in which they were read.
#[derive(Default)]
pub(super) struct CommitBatch {
    /// Commits, each with the length of its bytes if they were kept.
    commits: Vec<Waiting>,
    /// Kept bytes of the commits, in the same order.
    bytes: Vec<u8>,
}

struct Waiting {
    order: CommitOrder,
    oid: Oid,
    has_old_files: bool,
    kept: Option<usize>,
}

impl CommitBatch {
    fn push(&mut self, commit: NewCommit<'_>, has_old_files: bool, keep: bool) {
        let kept = commit.data.filter(|_| keep).map(|data| {
            self.bytes.extend_from_slice(data);
            data.len()
        });
        let NewCommit { order, oid, .. } = commit;
        self.commits.push(Waiting { order, oid, has_old_files, kept });
    }

    /// Returns the commits, each with its bytes if they were kept.
    pub(super) fn commits(&self) -> impl Iterator<Item = QueuedCommit<'_>> {
        let mut rest = self.bytes.as_slice();
        self.commits.iter().map(move |waiting| {
            let data = waiting.kept.and_then(|length| {
                let (data, after) = rest.split_at_checked(length)?;
                rest = after;
                Some(data)
            });
            let Waiting { order, oid, has_old_files, .. } = *waiting;
            QueuedCommit { order, oid, has_old_files, data }
        })
    }
}

/// Commit in a batch.
pub(super) struct QueuedCommit<'b> {
    /// Position among the new commits.
    pub(super) order: CommitOrder,
    /// Oid of the commit.
    pub(super) oid: Oid,
    /// True if each parent is known to have all its files that matter.
    pub(super) has_old_files: bool,
    /// Bytes of the commit; `None` if they were not kept and have to be read.
    pub(super) data: Option<&'b [u8]>,
}

/// Queue of batches, shared by all threads.
#[derive(Default)]
pub(super) struct CommitQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    /// Waiting batches, by their number.
    batches: BTreeMap<usize, CommitBatch>,
    /// Number of batches added so far.
    number: usize,
    /// Kept bytes in all waiting batches.
    bytes: usize,
    /// Set if the batches are taken in their order.
    in_order: bool,
    /// Set if no further batch will be added.
    closed: bool,
    error: Option<Error>,
}

impl CommitQueue {
    /// Creates a queue whose batches are taken in their order, so that none keeps many later ones waiting.
    pub(super) fn in_order() -> Self {
        Self { state: QueueState { in_order: true, ..QueueState::default() }.into(), ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        lock(&self.state)
    }

    /// Returns a batch with its number; `None` if all have been taken, or if any thread has failed.
    ///
    /// Blocks while the queue is empty and not closed. Prefers the batch after `last`, the one that this
    /// thread took before: the thread has most of the parents' trees in its cache, and another thread would
    /// read them again.
    pub(super) fn take(&self, last: Option<usize>) -> Option<(usize, CommitBatch)> {
        let mut state = self.state();
        loop {
            let number = state.next(last);
            if let Some(batch) = number.and_then(|number| state.batches.remove_entry(&number)) {
                state.bytes -= batch.1.bytes.len();
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = wait(&self.changed, state);
        }
    }

    /// Closes the queue: no further batch will be added.
    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// Records a failure: drops all waiting batches and closes the queue. Keeps the first error.
    pub(super) fn record(&self, result: Result<()>) {
        if let Err(error) = result {
            let mut state = self.state();
            state.error.get_or_insert(error);
            state.batches.clear();
            state.bytes = 0;
            drop(state);
            self.close();
        }
    }

    /// Returns the recorded error, if any.
    pub(super) fn result(&self) -> Result<()> {
        self.state().error.take().map_or(Ok(()), Err)
    }
}

impl QueueState {
    /// Returns the number of the batch that a thread takes next.
    ///
    /// This is the batch after its last one; else the first, if none has been taken yet; else the middle of
    /// the longest run of consecutive batches, so that long runs remain before and after it.
    fn next(&self, last: Option<usize>) -> Option<usize> {
        if let Some(number) = last.map(|last| last + 1).filter(|number| self.batches.contains_key(number)) {
            return Some(number);
        }
        if self.in_order || self.batches.len() == self.number {
            return self.batches.keys().next().copied();
        }
        let (mut run, mut longest) = (0..0, 0..0);
        for number in self.batches.keys().copied() {
            run = if number == run.end { run.start..number + 1 } else { number..number + 1 };
            if run.len() > longest.len() {
                longest = run.clone();
            }
        }
        (!longest.is_empty()).then(|| longest.start + longest.len() / 2)
    }
}

/// Sender that adds commits to a queue, and closes it when dropped.
///
/// A panic of the reading thread closes it too, else the other threads would wait forever.
pub(super) struct QueueFeeder<'q> {
    queue: &'q CommitQueue,
    batch: CommitBatch,
    keep: bool,
}

impl<'q> QueueFeeder<'q> {
    pub(super) fn new(queue: &'q CommitQueue) -> Self {
        Self { queue, batch: CommitBatch::default(), keep: true }
    }

    /// Adds a commit; `has_old_files` if each parent is known to have all its files that matter.
    ///
    /// # Errors
    /// Fails when judging has failed, so that no further commits are read in vain.
    pub(super) fn push(&mut self, commit: NewCommit<'_>, has_old_files: bool) -> Result<()> {
        self.batch.push(commit, has_old_files, self.keep);
        if self.batch.commits.len() < BATCH { Ok(()) } else { self.flush() }
    }

    /// Adds the collected commits to the queue as a batch.
    ///
    /// # Errors
    /// As [`QueueFeeder::push`].
    pub(super) fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let mut state = self.queue.state();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        state.bytes += batch.bytes.len();
        self.keep = state.bytes < MAX_WAITING;
        let number = state.number;
        state.number += 1;
        state.batches.insert(number, batch);
        drop(state);
        self.queue.changed.notify_one();
        Ok(())
    }
}

impl Drop for QueueFeeder<'_> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_of_the_reader_wakes_waiting_threads() {
        let queue = CommitQueue::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.take(None).is_none());
            let reading = scope.spawn(|| {
                let _feeder = QueueFeeder::new(&queue);
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(reading.join().is_err() && waiting.join().unwrap());
        });
    }

    #[test]
    fn failure_stops_the_reader_and_is_returned() {
        let queue = CommitQueue::default();
        let mut feeder = QueueFeeder::new(&queue);
        feeder.flush().unwrap();
        queue.record(Err(Error::git("broken")));
        assert!(queue.take(None).is_none(), "what waits is not judged any more");
        queue.record(feeder.flush());
        drop(feeder);
        assert!(queue.take(None).is_none() && queue.result().is_err());
    }

    #[test]
    fn threads_prefer_the_next_batch_and_spread_out() {
        let queue = CommitQueue::default();
        let mut feeder = QueueFeeder::new(&queue);
        (0..9).for_each(|_| feeder.flush().unwrap());
        drop(feeder);
        let take = |last| queue.take(last).map(|(number, _)| number);
        assert_eq!([take(None), take(Some(0)), take(None), take(Some(5))], [0, 1, 5, 6].map(Some));
        assert_eq!([take(Some(1)), take(Some(6)), take(Some(7)), take(Some(8))], [2, 7, 8, 4].map(Some));
        assert_eq!([take(Some(2)), take(Some(3)), take(Some(4))], [Some(3), None, None]);
    }
}
