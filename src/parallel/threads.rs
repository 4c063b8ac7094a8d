//! Worker threads: one for each core except the first.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use super::lock::lock;

/// Number of cores that [`limit`] leaves to this process.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Stack size of a thread, in bytes. Trees may be nested as deep as git allows.
const STACK: usize = 16 << 20;

/// Returns the number of cores that this process may use; 1 where that is unknown.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(LIMIT.load(Ordering::Relaxed))
}

/// Makes this process use no more than this number of cores, because others like it use the rest.
pub(crate) fn limit(cores: NonZeroUsize) {
    LIMIT.store(cores.get(), Ordering::Relaxed);
}

/// Runs `own` on this thread, and `work` on a thread for each context; returns all results, the own one first.
///
/// The threads have to share the work, for example by a counter: a thread that the system does not start is
/// left out.
pub(crate) fn run<C: Send, T: Send>(
    contexts: Vec<C>,
    own: impl FnOnce() -> T,
    work: impl Fn(C) -> T + Sync,
) -> Vec<T> {
    std::thread::scope(|scope| {
        let workers = start(scope, contexts, &work);
        let mut results = vec![own()];
        results.extend(workers.join());
        results
    })
}

/// Starts a worker thread for each context, which the thread then owns.
///
/// A thread that the system does not start is left out, so the work must be shared as for [`run`].
pub(crate) fn start<'scope, C: Send + 'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    contexts: Vec<C>,
    work: impl FnOnce(C) -> T + Copy + Send + 'scope,
) -> Workers<'scope, T> {
    let start = |context| Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(context));
    Workers(contexts.into_iter().filter_map(|context| start(context).ok()).collect())
}

/// Does two things at the same time, or one after the other if the system starts no thread; returns both results.
#[expect(clippy::expect_used, reason = "each of the two threads takes what the other has not")]
pub(crate) fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    let waiting = Mutex::new(Some(one));
    let run = || lock(&waiting).take().map(|one| one());
    std::thread::scope(|scope| {
        let worker = start(scope, vec![()], |()| run());
        let other = other();
        let one = worker.join().pop().flatten().or_else(run);
        (one.expect("this thread runs what the other has not"), other)
    })
}

/// Running worker threads.
pub(crate) struct Workers<'scope, T>(Vec<ScopedJoinHandle<'scope, T>>);

impl<T> Workers<'_, T> {
    /// Waits for all threads and returns their results; resumes the panic of a thread.
    pub(crate) fn join(self) -> Vec<T> {
        let join = |worker: ScopedJoinHandle<'_, T>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        self.0.into_iter().map(join).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_threads_are_returned() {
        let next = AtomicUsize::new(0);
        let work =
            |_| std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < 1000));
        let results = run(vec![(); 3], || work(()).collect::<Vec<_>>(), |()| work(()).collect());
        let mut results = results.concat();
        results.sort_unstable();
        assert!(results.into_iter().eq(0..1000));
    }

    #[test]
    fn both_results_are_returned() {
        assert_eq!(both(|| 1, || 2), (1, 2));
    }

    #[test]
    fn panic_of_a_worker_is_resumed() {
        let run = || run(vec![()], || (), |()| std::panic::resume_unwind(Box::new(7)));
        assert_eq!(std::panic::catch_unwind(run).unwrap_err().downcast_ref(), Some(&7));
    }
}
