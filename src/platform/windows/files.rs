//! Kinds and identities of files.

use std::fs::{FileType, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{OpenOptionsExt as _, symlink_dir, symlink_file};
use std::path::Path;

use super::handles::{ANY_KIND, THE_LINK_ITSELF};

/// Returns false: named pipes are not among the files.
pub(crate) fn is_pipe(_: FileType) -> bool {
    false
}

/// Returns false: devices are not among the files.
pub(crate) fn is_device(_: FileType) -> bool {
    false
}

/// Identity of a file: two names of one file have the same.
pub(crate) type FileId = (u64, u64);

/// Returns the identity of the file at a path that was found there; `None` if the system does not tell it.
pub(crate) fn file_id(path: &Path, found: &Metadata) -> Option<FileId> {
    let flags = if found.is_symlink() { ANY_KIND | THE_LINK_ITSELF } else { ANY_KIND };
    let file = OpenOptions::new().access_mode(0).custom_flags(flags).open(path).ok()?;
    let told = winapi_util::file::information(&file).ok()?;
    Some((told.volume_serial_number(), told.file_index()))
}

/// Numbers that change with the content of a file.
pub(crate) type FileVersion = [i128; 5];

/// Returns `None`: everybody can set the times of a file.
pub(crate) fn file_version(_: &Metadata) -> Option<FileVersion> {
    None
}

/// Creates a symbolic link to a file or a directory.
///
/// # Errors
/// Fails if the system refuses, as it does unless the user is an administrator or a developer.
pub(crate) fn link(target: &Path, name: &Path) -> io::Result<()> {
    let real = name.parent().unwrap_or(Path::new("")).join(target);
    if real.is_dir() { symlink_dir(target, name) } else { symlink_file(target, name) }
}
