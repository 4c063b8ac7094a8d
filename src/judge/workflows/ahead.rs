//! Reads and judges many files of one tree on all cores, before they are needed one by one.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::reading::{Key, Reader, Reading, Wanted};
use crate::error::Result;
use crate::git::Repo;
use crate::parallel;

/// Minimum number of files for which threads are started.
const FEW: usize = 32;

/// Reads and judges files on all cores; returns nothing if there are only a few.
///
/// # Errors
/// Fails when a file cannot be read.
pub(super) fn read(repo: &Repo, reader: Reader<'_>, wanted: &[Wanted<'_>]) -> Result<Vec<(Key, Reading)>> {
    if wanted.len() < FEW {
        return Ok(Vec::new());
    }
    let next = AtomicUsize::new(0);
    let work = |repo: &Repo| {
        let files = std::iter::from_fn(|| wanted.get(next.fetch_add(1, Ordering::Relaxed)));
        files.map(|file| reader.read_all(repo, *file)).collect::<Result<Vec<_>>>()
    };
    let results = parallel::run(repo.reopen_for_workers()?, || work(repo), |repo| work(&repo));
    let results = results.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(results.into_iter().flatten().collect())
}
