//! Removal of what an early end would leave behind: running git processes, and temporary directories.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};

use tempfile::TempDir;

use super::children;
use crate::env;
use crate::parallel::lock;
use crate::platform;

/// Temporary directories that exist now.
static DIRECTORIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Kills every running git process, and removes the temporary directories. No other process can be started
/// afterwards.
pub(crate) fn end_all() {
    children::end_all();
    // The lock is held meanwhile: of two threads that remove a directory, each stops at what the other has removed.
    for directory in lock(&DIRECTORIES).drain(..) {
        let _ = std::fs::remove_dir_all(directory);
    }
}

/// A temporary directory of the user alone that is removed on drop, and when a signal ends the program.
pub(crate) struct ScratchDirectory(TempDir);

impl ScratchDirectory {
    /// Creates an empty directory: in a push in its quarantine, which git removes whatever happens, else where the
    /// system has its temporary files.
    pub(crate) fn new() -> io::Result<Self> {
        watch_signals();
        let quarantine = env::git_variable("GIT_QUARANTINE_PATH").map(PathBuf::from);
        let mut builder = tempfile::Builder::new();
        platform::for_user_only().into_iter().for_each(|permissions| _ = builder.permissions(permissions));
        let quarantined = quarantine.and_then(|quarantine| builder.tempdir_in(quarantine).ok());
        let directory = quarantined.map_or_else(|| builder.tempdir(), Ok)?;
        lock(&DIRECTORIES).push(directory.path().to_owned());
        Ok(Self(directory))
    }

    /// Returns the path.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for ScratchDirectory {
    fn drop(&mut self) {
        let mut directories = lock(&DIRECTORIES);
        directories.retain(|path| path != self.0.path());
        let _ = std::fs::remove_dir_all(self.0.path());
    }
}

/// Cleans up when the system asks the program to end.
pub(super) fn watch_signals() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| platform::watch_signals(end_all));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::for_tests::mode;

    #[test]
    fn scratch_directory_is_of_the_user_alone() {
        let directory = ScratchDirectory::new().unwrap();
        assert_eq!(mode(directory.path()), 0o700);
    }
}
