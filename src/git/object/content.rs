//! Content of objects, and errors for that which cannot be read.

use super::kind::ObjectKind;
use crate::error::{Error, ErrorKind};
use crate::git::Oid;

/// An object: its kind and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Kind of the object.
    pub kind: ObjectKind,
    /// Content, without the object header.
    pub data: Vec<u8>,
}

/// Maximum size of an object that is read as a whole, in bytes. A larger blob is read in parts.
pub(crate) const MAX_OBJECT: u64 = 64 << 20;

/// Returns the error for an object that is too large to be read as a whole, by its size or that of a delta
/// base.
pub(in crate::git) fn too_large(oid: Oid, size: u64) -> Error {
    let most = MAX_OBJECT >> 20;
    Error::new(
        ErrorKind::Limit,
        format!("object {oid} needs {size} bytes, more than the {most} MiB that are read at once"),
    )
    .about(oid, None)
}

/// Returns the error for a missing object.
pub(in crate::git) fn missing(oid: Oid) -> Error {
    Error::git(format!("object {oid} is missing")).about(oid, None)
}

/// Returns the error for an object that exists and cannot be read.
pub(in crate::git) fn unreadable(oid: Oid) -> Error {
    Error::git(format!("object {oid} cannot be read")).about(oid, None)
}
