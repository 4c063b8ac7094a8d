//! Owners of files, and who may read, change and execute them: everything counts as the user's own.

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::Path;

use crate::platform::{Class, EXECUTE, READ, WRITE};

/// Number of the only user that there is here.
const USER: u32 = 0;

/// Returns the number of the user for whom this process acts.
pub(crate) fn user() -> u32 {
    USER
}

/// Returns the number of the user who has started this process.
pub(crate) fn real_user() -> u32 {
    USER
}

/// Returns `None`: the temporary directory is the user's own.
pub(crate) fn for_user_only() -> Option<Permissions> {
    None
}

/// Returns the number of the owner of a file.
pub(crate) fn owner(_: &Metadata) -> u32 {
    USER
}

/// Returns the number of the group of a file.
pub(crate) fn group(_: &Metadata) -> u32 {
    USER
}

/// Returns the rights that a class of users has: all.
pub(crate) fn rights(_: &Metadata, _: Class) -> u32 {
    READ | WRITE | EXECUTE
}

/// Returns false: it is not known whether users other than the owner can write to a file.
pub(crate) fn written_by_others(_: &Metadata) -> bool {
    false
}

/// Returns false: it is not known whether every user can write to a file.
pub(crate) fn written_by_all(_: &Metadata) -> bool {
    false
}

/// Returns false: it is not known whether every user can replace the files in a directory.
pub(crate) fn replaceable_by_all(_: &Metadata) -> bool {
    false
}

/// Returns true: files have no right to be executed that they could lack.
pub(crate) fn is_executable_by_any(_: &Metadata) -> bool {
    true
}

/// Returns whether git would execute a file: any that exists.
pub(crate) fn is_executable(path: &Path) -> bool {
    path.exists()
}

/// Returns whether this process can write to a file or a directory, as far as its attribute says it.
pub(crate) fn is_writable(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_dir() || !found.permissions().readonly())
}

/// Returns `None`: there are no permission bits.
pub(crate) fn permissions(_: u32) -> Option<Permissions> {
    None
}

/// Does nothing: every file can be executed.
///
/// # Errors
/// Never.
pub(crate) fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}
