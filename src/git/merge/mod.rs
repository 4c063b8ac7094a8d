//! Merges: the three-way merge of two trees, and whether a merge commit records exactly that.

pub(super) mod clean;
mod conflicts;
pub(super) mod deviation;
mod difference;
mod object_stores;
pub(super) mod scratch;
pub(super) mod three_way;
