//! Merges: the three-way merge of two trees, and whether a merge commit records exactly that.

pub(super) mod clean;
mod conflicts;
pub(super) mod deviation;
mod difference;
mod lines;
mod object_stores;
mod objects;
mod places;
mod repeat;
mod scratch;
mod sides;
mod texts;
mod three_way;
