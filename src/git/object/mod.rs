//! Objects: ids, commits, trees, and the store that reads them.

pub(super) mod cat_file;
pub(super) mod commit;
pub(super) mod content;
pub(super) mod database;
pub(super) mod entry_lookup;
pub(super) mod generational_cache;
pub(super) mod kind;
pub(super) mod loose;
pub(super) mod object_cache;
pub(super) mod oid;
mod options;
pub(super) mod packed;
pub(super) mod store;
pub(super) mod stores;
pub(super) mod tree;
