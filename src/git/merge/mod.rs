//! Merges: the three-way merge of two trees, and whether a merge commit records exactly that.

pub(super) mod clean;
mod object_stores;
pub(super) mod scratch;
pub(super) mod three_way;
