//! Remotes of a clone, their remote-tracking refs, and the commits that came with these.

pub(super) mod came_with;
pub(super) mod default_branch;
pub(super) mod refspec;
pub(super) mod remotes;
pub(super) mod tracking;
