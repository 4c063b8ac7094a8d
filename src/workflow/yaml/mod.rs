//! YAML as the forges read it, with spans.

pub(super) mod anchors;
pub(super) mod events;
pub(super) mod fault;
pub(super) mod fold;
pub(super) mod merge_keys;
pub(super) mod node;
pub(super) mod source;
pub(super) mod tree;
