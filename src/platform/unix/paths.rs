//! Names and paths: every byte string without a null byte is one, valid UTF-8 or not.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

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
