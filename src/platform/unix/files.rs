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

/// Creates a symbolic link to a file or a directory.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn link(target: &Path, name: &Path) -> io::Result<()> {
    symlink(target, name)
}
