//! The engine: decides which texts must be read, and reads each of them by its format.

mod candidate_checker;
pub(super) mod candidates;
pub(super) mod clean;
mod encoding;
mod joined_ranges;
pub(super) mod parts;
pub(super) mod path;
pub(super) mod path_kind;
pub(super) mod prefilter;
pub(super) mod scan;
