//! History: the graph of commits, walks over it, and the commits that are new.

pub(super) mod added;
pub(super) mod cut;
pub(super) mod difference;
pub(super) mod excluded;
pub(super) mod graph;
pub(super) mod merge_bases;
pub(super) mod merge_plan;
pub(super) mod new_commit;
pub(super) mod new_commits;
pub(super) mod parent_walk;
pub(super) mod quarantine;
mod trunk;
pub(super) mod unread;
mod unread_excluded;
