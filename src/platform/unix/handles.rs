//! Opened files: how they are opened, read and locked.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};

/// Flags for reading without waiting for anything.
pub(super) const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Opens a file for reading without waiting for anything, as a named pipe would.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    Ok(File::from(openat(CWD, path, READ, Mode::empty())?))
}

/// Creates a file that only its owner can change and all may read.
///
/// # Errors
/// Fails if the path is taken, or the system refuses.
pub(crate) fn create_for_owner(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o644).open(path)
}

/// Returns options that append to a log that only its owner can read and write, without waiting for anything.
pub(crate) fn log_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // Without O_NONBLOCK, opening a named pipe waits for a reader.
    options.append(true).mode(0o600).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    options
}

/// Opens a device, a pipe or an open file for writing.
///
/// A second stream to the file of standard output would begin at its start, and the two would overwrite each
/// other.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn open_stream(path: &Path) -> io::Result<File> {
    let stream: OwnedFd = match path.to_str() {
        Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => io::stdout().as_fd().try_clone_to_owned()?,
        Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => io::stderr().as_fd().try_clone_to_owned()?,
        _ => OpenOptions::new().append(true).open(path)?.into(),
    };
    Ok(stream.into())
}

/// Reads bytes at an offset, and returns their number.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(bytes, offset)
}

/// Reads all of some bytes at an offset.
///
/// # Errors
/// Fails if the file ends before, or the system refuses.
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(bytes, offset)
}

/// Takes the lock of a file (flock(2)), which ends with the process.
///
/// # Errors
/// Fails with `WouldBlock` if another process has it, and otherwise if the file system has no locks.
pub(crate) fn try_lock(file: &File) -> io::Result<()> {
    Ok(flock(file, FlockOperation::NonBlockingLockExclusive)?)
}

/// Gives the lock of a file back.
pub(crate) fn unlock(file: &File) {
    let _ = flock(file, FlockOperation::Unlock);
}
