//! Refs: listing them, and reading their files where there is no git.

pub(super) mod files;
pub(super) mod list;
pub(super) mod pattern;
