//! Merges: the three-way merge of two trees, and whether a merge commit records exactly that.

mod base_for_git;
pub(super) mod clean;
mod conflicts;
pub(super) mod deviation;
mod difference;
mod file_merges;
mod lines;
mod numbered_lines;
mod object_stores;
mod objects;
mod places;
mod renames;
mod repeat;
mod scratch;
mod sides;
mod similarity;
#[cfg(test)]
mod tests;
mod texts;
mod three_way;
mod touched;
mod tree_merges;
mod xdiff;
