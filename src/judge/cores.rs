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
        let thread = Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(repo));
        thread.map_err(|error| Error::io("cannot start a thread", error))
    });
    started.collect()
}

/// What a thread has come to.
pub(super) fn end<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
