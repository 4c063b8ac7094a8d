//! Opened files: how they are opened, read and locked.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Flag that opens directories, too (`FILE_FLAG_BACKUP_SEMANTICS`).
pub(super) const ANY_KIND: u32 = 0x0200_0000;

/// Flag that opens a link, not what it leads to (`FILE_FLAG_OPEN_REPARSE_POINT`).
pub(super) const THE_LINK_ITSELF: u32 = 0x0020_0000;

/// Opens a file or a directory for reading.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(ANY_KIND).open(path)
}

/// Creates a file.
///
/// # Errors
/// Fails if the path is taken, or the system refuses.
pub(crate) fn create_for_owner(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Returns options that append to a log.
pub(crate) fn log_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true);
    options
}

/// Opens a device or a pipe for writing.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn open_stream(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

/// Reads bytes at an offset, and returns their number. Moves the position of the file.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(bytes, offset)
}

/// Reads all of some bytes at an offset. Moves the position of the file.
///
/// # Errors
/// Fails if the file ends before, or the system refuses.
pub(crate) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_read(bytes, offset) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes = bytes.get_mut(read..).unwrap_or_default();
                offset += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fails: a lock would keep everybody from reading the file.
///
/// # Errors
/// Always, as on a file system that has no locks.
pub(crate) fn try_lock(_: &File) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Does nothing, as there are no locks.
pub(crate) fn unlock(_: &File) {}
