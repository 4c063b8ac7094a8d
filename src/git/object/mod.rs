//! Objects: ids, commits, trees, and the store that reads them.

pub(super) mod arrived;
pub(super) mod cache;
pub(super) mod commit;
pub(super) mod generations;
pub(super) mod oid;
pub(super) mod store;
pub(super) mod tree;
