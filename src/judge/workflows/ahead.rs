//! Reads and judges many files of one tree on all cores, before they are needed one by one.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::reading::{Key, Reader, Reading, Wanted};
use crate::error::Result;
use crate::git::Repo;
use crate::parallel::threads;

/// Minimum number of files for which threads are started.
const FEW: usize = 32;

/// Reads and judges files on all cores; returns nothing if there are only a few.
///
/// # Errors
/// Fails when a file cannot be read, or when a thread cannot be started.
pub(super) fn read(repo: &Repo, reader: Reader<'_>, wanted: &[Wanted<'_>]) -> Result<Vec<(Key, Reading)>> {
    if wanted.len() < FEW {
        return Ok(Vec::new());
    }
    let next = AtomicUsize::new(0);
    let work = |repo: &Repo| {
        let files = std::iter::from_fn(|| wanted.get(next.fetch_add(1, Ordering::Relaxed)));
        files.map(|file| reader.read_all(repo, *file)).collect::<Result<Vec<_>>>()
    };
    let work = &work;
    std::thread::scope(|scope| {
        let others = threads::start(scope, repo.reopen_for_workers()?, move |repo| work(&repo))?;
        let mut all = work(repo)?;
        for other in others {
            all.extend(threads::end(other)?);
        }
        Ok(all)
    })
}
