//! Commits on their way from the one thread that reads them to those that judge them.

use std::collections::BTreeMap;
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
    /// Those that wait, by their number.
    batches: BTreeMap<usize, Batch>,
    /// How many have been handed over.
    number: usize,
    bytes: usize,
    /// Whether no batch will come any more.
    closed: bool,
    error: Option<Error>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A batch for a thread, with its number; none when all have been taken, or when any thread has failed.
    ///
    /// It is the one behind the `last` that this thread took, where that waits: the thread then knows most of the trees of
    /// the parents, which would otherwise be read by two threads.
    pub(super) fn take(&self, last: Option<usize>) -> Option<(usize, Batch)> {
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

impl State {
    /// Which batch a thread takes: the one behind its last one, else the first where none has been taken, else one in the
    /// middle of those that wait in a row, so that as many as can be are left behind it and before it.
    fn next(&self, last: Option<usize>) -> Option<usize> {
        if let Some(number) = last.map(|last| last + 1).filter(|number| self.batches.contains_key(number)) {
            return Some(number);
        }
        if self.batches.len() == self.number {
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
        let number = state.number;
        state.number += 1;
        state.batches.insert(number, batch);
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
            let waiting = scope.spawn(|| queue.take(None).is_none());
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
        assert!(queue.take(None).is_none(), "what waits is not judged any more");
        queue.record(feeder.flush());
        drop(feeder);
        assert!(queue.take(None).is_none() && queue.result().is_err());
    }

    #[test]
    fn each_thread_goes_on_where_it_is_and_begins_far_from_the_others() {
        let queue = Queue::default();
        let mut feeder = Feeder::new(&queue);
        (0..9).for_each(|_| feeder.flush().unwrap());
        drop(feeder);
        let take = |last| queue.take(last).map(|(number, _)| number);
        assert_eq!([take(None), take(Some(0)), take(None), take(Some(5))], [0, 1, 5, 6].map(Some));
        assert_eq!([take(Some(1)), take(Some(6)), take(Some(7)), take(Some(8))], [2, 7, 8, 4].map(Some));
        assert_eq!([take(Some(2)), take(Some(3)), take(Some(4))], [Some(3), None, None]);
    }
}
