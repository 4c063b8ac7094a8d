//! Commits on their way from the one thread that reads them to those that judge them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::git::{Found, Oid, Place};

/// How many commits are handed over at a time: neighbours share their trees.
const CHUNK: usize = 64;

/// How many bytes of commits wait at most. Further ones wait by name alone, and are read again.
const WAITING: usize = 8 << 20;

/// Some commits, in the order in which they were read.
#[derive(Default)]
pub(super) struct Batch {
    commits: Vec<(Place, Oid, Option<usize>)>,
    bytes: Vec<u8>,
}

impl Batch {
    fn push(&mut self, found: Found<'_>, keep: bool) {
        let kept = found.data.filter(|_| keep).map(|data| {
            self.bytes.extend_from_slice(data);
            data.len()
        });
        self.commits.push((found.place, found.oid, kept));
    }

    /// The commits, each with its bytes if they were kept.
    pub(super) fn commits(&self) -> impl Iterator<Item = (Place, Oid, Option<&[u8]>)> {
        let mut rest = self.bytes.as_slice();
        self.commits.iter().map(move |(place, oid, kept)| {
            let data = kept.and_then(|length| {
                let (data, after) = rest.split_at_checked(length)?;
                rest = after;
                Some(data)
            });
            (*place, *oid, data)
        })
    }
}

/// What the threads share.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Batch>,
    bytes: usize,
    /// Whether no batch will come any more.
    closed: bool,
    error: Option<Error>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch; none when all have been taken, or when any thread has failed.
    pub(super) fn take(&self) -> Option<Batch> {
        let mut state = self.state();
        loop {
            if let Some(batch) = state.batches.pop_front() {
                state.bytes -= batch.bytes.len();
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says that no batch will come any more.
    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// Notes a failure: then nothing is judged any more.
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

    /// The failure that was noted.
    pub(super) fn result(&self) -> Result<()> {
        self.state().error.take().map_or(Ok(()), Err)
    }
}

/// Puts commits into a queue, and closes it when it goes: also when the thread that reads panics, or the others would wait
/// for ever.
pub(super) struct Feeder<'q> {
    queue: &'q Queue,
    batch: Batch,
    keep: bool,
}

impl<'q> Feeder<'q> {
    pub(super) fn new(queue: &'q Queue) -> Self {
        Self { queue, batch: Batch::default(), keep: true }
    }

    /// Adds a commit. Fails when the judging has failed, so that no more is read in vain.
    pub(super) fn push(&mut self, found: Found<'_>) -> Result<()> {
        self.batch.push(found, self.keep);
        if self.batch.commits.len() < CHUNK { Ok(()) } else { self.flush() }
    }

    /// Hands over what was added.
    pub(super) fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let mut state = self.queue.state();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        state.bytes += batch.bytes.len();
        self.keep = state.bytes < WAITING;
        state.batches.push_back(batch);
        drop(state);
        self.queue.changed.notify_one();
        Ok(())
    }
}

impl Drop for Feeder<'_> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_leaves_nobody_waiting() {
        let queue = Queue::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.take().is_none());
            let reading = scope.spawn(|| {
                let _feeder = Feeder::new(&queue);
                std::panic::resume_unwind(Box::new(()));
            });
            assert!(reading.join().is_err() && waiting.join().unwrap());
        });
    }

    #[test]
    fn a_failure_is_the_result_and_stops_the_reader() {
        let queue = Queue::default();
        let mut feeder = Feeder::new(&queue);
        feeder.flush().unwrap();
        queue.record(Err(Error::git("broken")));
        assert!(queue.take().is_none(), "what waits is not judged any more");
        queue.record(feeder.flush());
        drop(feeder);
        assert!(queue.take().is_none() && queue.result().is_err());
    }
}
