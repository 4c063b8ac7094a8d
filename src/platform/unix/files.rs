//! Kinds and identities of files.

use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink};
use std::path::Path;

/// Returns whether a file is a named pipe.
pub(crate) fn is_pipe(kind: FileType) -> bool {
    kind.is_fifo()
}

/// Returns whether a file is a device.
pub(crate) fn is_device(kind: FileType) -> bool {
    kind.is_block_device() || kind.is_char_device()
}

/// Identity of a file: two names of one file have the same.
pub(crate) type FileId = (u64, u64);

/// Returns the identity of the file at a path that was found there; `None` if the system does not tell it.
pub(crate) fn file_id(_: &Path, found: &Metadata) -> Option<FileId> {
    Some((found.dev(), found.ino()))
}

/// Numbers that change with the content of a file: device, inode, size in bytes, and time of its last change (`st_ctime`)
/// in seconds and nanoseconds, which nobody can set.
pub(crate) type FileVersion = [i128; 5];

/// Returns the numbers that change with the content of a file; `None` if the system does not tell them.
pub(crate) fn file_version(found: &Metadata) -> Option<FileVersion> {
    let numbers = [found.dev(), found.ino(), found.size()].map(i128::from);
    let [device, inode, size] = numbers;
    Some([device, inode, size, found.ctime().into(), found.ctime_nsec().into()])
}

/// Creates a symbolic link to a file or a directory.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn link(target: &Path, name: &Path) -> io::Result<()> {
    symlink(target, name)
}
