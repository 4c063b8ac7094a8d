//! Objects that a search for new commits could not read.

use std::sync::Arc;

use crate::error::Error;
use crate::git::Oid;

/// Object that could not be read while new commits were sought. What only it reaches is not known.
#[derive(Debug, Clone)]
pub(crate) struct UnreadTip {
    /// The object: a commit, or what a ref or a tag points to.
    pub oid: Oid,
    /// Commit that has it as a parent; `None` if a ref or a tag points to it.
    pub child: Option<Oid>,
    /// Reason.
    pub error: Arc<Error>,
}

impl UnreadTip {
    /// Creates the note of a failure to read an object.
    pub(in crate::git) fn new(oid: Oid, child: Option<Oid>, error: Error) -> Self {
        Self { oid, child, error: error.into() }
    }
}
