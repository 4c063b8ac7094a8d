//! Work that a run has done for a repository, counted by all its threads together.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use super::object::stores::{own_store, with_alternates};
use super::{Oid, OidSet};
use crate::env;
use crate::parallel::{Permits, lock};

/// Maximum number of large files that are searched at a time.
const PERMITS: usize = 2;

/// Number of changed files and directories that any push may bring.
const CHANGED: u64 = 5_000_000;

/// Number of stored bytes for each further one. A version of a file takes more, unless it is moved only.
const BYTES_PER_CHANGE: u64 = 16;

/// Counters of costly work, and the size of what is stored, to which the limits are proportional.
pub(crate) struct Work {
    common_dir: PathBuf,
    stored: OnceLock<u64>,
    /// Permits for reading large files and archives, each of which may need two hundred megabytes.
    pub(crate) large_files: Permits,
    /// Work of opening archives, in bytes.
    unpacked: AtomicU64,
    /// Size of the findings and remarks about files, in bytes.
    reported: AtomicU64,
    /// Number of changed files and directories that were visited, once for each commit.
    changed: AtomicU64,
    /// Maximum number of these; `None` for the default.
    most_changed: OnceLock<Option<u64>>,
    /// Archives whose work is counted once for each kind of path.
    counted: Mutex<HashSet<(Oid, u8)>>,
    /// Commits whose signature is verified.
    verified: Mutex<OidSet>,
}

impl Work {
    /// Creates the counters of a repository with a common git directory.
    pub(in crate::git) fn new(common_dir: PathBuf) -> Self {
        Self {
            common_dir,
            stored: OnceLock::new(),
            large_files: Permits::new(PERMITS),
            unpacked: AtomicU64::new(0),
            reported: AtomicU64::new(0),
            changed: AtomicU64::new(0),
            most_changed: OnceLock::new(),
            counted: Mutex::default(),
            verified: Mutex::default(),
        }
    }

    /// Sets the maximum number of changed files and directories, unless it was set before.
    pub(crate) fn limit_changed(&self, most: Option<u64>) {
        self.most_changed.get_or_init(|| most);
    }

    /// Adds visited files and directories. Returns the limit if there are more of them now.
    pub(in crate::git) fn add_changed(&self, number: u64) -> Option<u64> {
        let sum = self.changed.fetch_add(number, Ordering::Relaxed).saturating_add(number);
        let limit = match self.most_changed.get().copied().flatten() {
            Some(most) => most,
            // The size of what is stored is measured only if it matters.
            None if sum <= CHANGED => return None,
            None => CHANGED + self.stored() / BYTES_PER_CHANGE,
        };
        (sum > limit).then_some(limit)
    }

    /// Adds the size of findings and remarks in bytes, and returns the sum.
    pub(crate) fn add_reported(&self, bytes: usize) -> u64 {
        let bytes = bytes as u64;
        self.reported.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
    }

    /// Takes the size of a finding off again that has been written, and is not held any more.
    pub(crate) fn release_reported(&self, bytes: usize) {
        let less = |sum: u64| Some(sum.saturating_sub(bytes as u64));
        // The closure never refuses.
        let _ = self.reported.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Adds the work of opening an archive, and returns the sum of such work.
    pub(crate) fn add_unpacked(&self, bytes: u64) -> u64 {
        self.unpacked.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
    }

    /// Does the same as [`Work::add_unpacked`] for an archive that no thread opens again, which is counted once
    /// even if several threads have opened it.
    pub(crate) fn add_unpacked_once(&self, archive: (Oid, u8), bytes: u64) -> u64 {
        let is_first = lock(&self.counted).insert(archive);
        self.add_unpacked(if is_first { bytes } else { 0 })
    }

    /// Returns whether the signature of a commit may be verified: it is among the first ones, up to a limit.
    ///
    /// A commit counts once, however often it is judged.
    pub(crate) fn may_verify(&self, commit: Oid, limit: u64) -> bool {
        let mut verified = lock(&self.verified);
        let is_full = verified.len() as u64 >= limit;
        if !is_full {
            verified.insert(commit);
        }
        !is_full || verified.contains(&commit)
    }

    /// Returns the size of the object files in bytes: in a push those that it brings, else all of them.
    pub(crate) fn stored(&self) -> u64 {
        *self.stored.get_or_init(|| {
            let own = own_store(&self.common_dir);
            if env::git_variable("GIT_QUARANTINE_PATH").is_some() {
                return size_of(&own);
            }
            // A list of stores that cannot be read adds nothing to the limits.
            let stores = with_alternates(own.clone()).unwrap_or_else(|_| vec![own]);
            stores.iter().map(|store| size_of(store)).sum()
        })
    }
}

/// Returns the size of the files in the folders of an object directory; what cannot be read has none.
fn size_of(objects: &Path) -> u64 {
    let entries = |directory: &Path| fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries(objects).flat_map(|folder| entries(&folder.path()).collect::<Vec<_>>());
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_counted_once() {
        let work = Work::new(PathBuf::new());
        let may = |digit: u8| work.may_verify(Oid::from_hex(&[digit; 40]).unwrap(), 2);
        assert_eq!(
            [b'1', b'1', b'2', b'3', b'1', b'3', b'2'].map(may),
            [true, true, true, false, true, false, true]
        );
    }

    #[test]
    fn archive_is_counted_once() {
        let work = Work::new(PathBuf::new());
        let oid = |digit: u8| Oid::from_hex(&[digit; 40]).unwrap();
        assert_eq!(work.add_unpacked_once((oid(b'1'), 1), 5), 5);
        assert_eq!(work.add_unpacked_once((oid(b'1'), 1), 5), 5);
        assert_eq!(work.add_unpacked_once((oid(b'1'), 0), 5), 10);
        assert_eq!(work.add_unpacked_once((oid(b'2'), 1), 5), 15);
    }
}
