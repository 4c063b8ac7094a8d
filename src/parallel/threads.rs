//! Worker threads: one for each core except the first.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::error::{Error, Result};

/// Stack size of a thread, in bytes. Trees may be nested as deep as git allows.
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

/// Memory that a thread with many commits needs soon, in bytes: cached trees and their delta bases.
const MEMORY: usize = 24 << 20;

/// Makes the allocator reserve the memory that a thread will need, and keep it after it is freed.
///
/// glibc requests a few pages at a time from the kernel and returns a few whenever a large tree is freed; two
/// threads then mostly wait for each other in the kernel. glibc adapts to the largest block that was freed
/// (mallopt(3), `M_MMAP_THRESHOLD`).
pub(crate) fn reserve_memory() {
    for size in [MEMORY, MEMORY - (1 << 20)] {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(size)));
    }
}

/// Waits for a thread and returns its result; resumes its panic if it panicked.
pub(crate) fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
