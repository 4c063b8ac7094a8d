//! Owners of files, and who may read, change and execute them.

use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Access, access};
use rustix::process::{geteuid, getuid};

use crate::platform::Class;

/// Returns the number of the user for whom this process acts.
pub(crate) fn user() -> u32 {
    geteuid().as_raw()
}

/// Returns the number of the user who has started this process.
pub(crate) fn real_user() -> u32 {
    getuid().as_raw()
}

/// Returns the permissions of a directory into which nobody else gets, whatever the mask of the process is.
pub(crate) fn for_user_only() -> Option<Permissions> {
    Some(Permissions::from_mode(0o700))
}

/// Returns the number of the owner of a file.
pub(crate) fn owner(found: &Metadata) -> u32 {
    found.uid()
}

/// Returns the number of the group of a file.
pub(crate) fn group(found: &Metadata) -> u32 {
    found.gid()
}

/// Returns the rights that a class of users has, as three bits.
pub(crate) fn rights(found: &Metadata, class: Class) -> u32 {
    let shift = match class {
        Class::Owner => 6,
        Class::Group => 3,
        Class::Others => 0,
    };
    found.mode() >> shift & 0o7
}

/// Returns whether users other than the owner can write to a file.
pub(crate) fn written_by_others(found: &Metadata) -> bool {
    found.mode() & 0o022 != 0
}

/// Returns whether every user can write to a file.
pub(crate) fn written_by_all(found: &Metadata) -> bool {
    found.mode() & 0o002 != 0
}

/// Returns whether every user can replace the files in a directory: it has no sticky bit.
pub(crate) fn replaceable_by_all(directory: &Metadata) -> bool {
    directory.mode() & 0o1002 == 0o002
}

/// Returns whether any user can execute a file.
pub(crate) fn is_executable_by_any(found: &Metadata) -> bool {
    found.mode() & 0o111 != 0
}

/// Returns whether git would execute a file. Uses access(2), as git does.
pub(crate) fn is_executable(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}

/// Returns whether this process can write to a file or a directory.
pub(crate) fn is_writable(path: &Path) -> bool {
    access(path, Access::WRITE_OK).is_ok()
}

/// Returns permissions from bits as chmod(1) has them; `None` where the system has no such bits.
pub(crate) fn permissions(bits: u32) -> Option<Permissions> {
    Some(Permissions::from_mode(bits))
}

/// Lets everybody execute a file that only its owner can change.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(0o755))
}
