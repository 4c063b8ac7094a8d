//! Refs: listing them with git, or with libgit2 where there is no git.

pub(super) mod libgit2;
pub(super) mod list;
pub(super) mod pattern;
pub(super) mod revisions;
pub(super) mod symbolic;
