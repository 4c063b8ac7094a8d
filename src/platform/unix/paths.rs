//! Names and paths: every byte string without a null byte is one, valid UTF-8 or not.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// Returns the bytes of a name or a path, as git has them.
pub(crate) fn bytes_of(name: &(impl AsRef<OsStr> + ?Sized)) -> &[u8] {
    name.as_ref().as_bytes()
}

/// Returns bytes, such as a refname, as a name for the system.
pub(crate) fn os_str(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// Returns bytes as an owned name for the system.
pub(crate) fn os_string(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

/// Returns a path as git and the shell take it, and as people read it.
pub(crate) fn path_bytes(path: &Path) -> Cow<'_, [u8]> {
    Cow::Borrowed(path.as_os_str().as_bytes())
}

/// Returns the absolute path to which a path leads, without links, in the form that git uses.
///
/// # Errors
/// Fails if nothing is there, or the system refuses.
pub(crate) fn real_path(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}

/// Returns the home directory where `HOME` is not set: git knows none then.
pub(crate) fn default_home(_: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    None
}
