//! More threads than the first one: as many as there are cores.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::error::{Error, Result};

/// The stack of a thread. A tree may be nested as deep as git allows.
const STACK: usize = 16 << 20;

/// Returns the number of cores that this process may use; 1 where that is unknown.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Starts a worker thread for each context, which the thread then owns.
///
/// # Errors
/// Fails when the system does not start a thread.
pub(crate) fn start<'scope, C: Send + 'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    contexts: Vec<C>,
    work: impl FnOnce(C) -> T + Copy + Send + 'scope,
) -> Result<Vec<ScopedJoinHandle<'scope, T>>> {
    let started = contexts.into_iter().map(|context| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
            reserve_memory();
            work(context)
        });
        thread.map_err(|error| Error::io("cannot start a thread", error))
    });
    started.collect()
}

/// How much memory a thread that judges many commits soon needs: trees that are kept, and what they are made from.
const MEMORY: usize = 24 << 20;

/// Has the allocator take the memory that a thread will need at once, and keep what is given back. glibc's asks the kernel for
/// a few pages at a time, and gives a few back each time that a large tree goes: two threads then mostly wait for each other
/// in the kernel. It learns from the largest block that was given back (mallopt(3), `M_MMAP_THRESHOLD`).
pub(crate) fn reserve_memory() {
    for size in [MEMORY, MEMORY - (1 << 20)] {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(size)));
    }
}

/// What a thread has come to.
pub(crate) fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
