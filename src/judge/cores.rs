//! More threads than the first one: as many as there are cores.

use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::error::{Error, Result};
use crate::git::Repo;

/// The stack of a thread. A tree may be nested as deep as git allows.
const STACK: usize = 16 << 20;

/// Starts a thread for each further core. Each has the repository for itself.
pub(super) fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    repo: &Repo,
    work: impl FnOnce(Repo) -> T + Copy + Send + 'scope,
) -> Result<Vec<ScopedJoinHandle<'scope, T>>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let repos = (1..cores).map(|_| repo.reopen()).collect::<Result<Vec<_>>>()?;
    let started = repos.into_iter().map(|repo| {
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
            reserve_memory();
            work(repo)
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
pub(super) fn reserve_memory() {
    for size in [MEMORY, MEMORY - (1 << 20)] {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(size)));
    }
}

/// What a thread has come to.
pub(super) fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
