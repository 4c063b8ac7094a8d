//! The engine: finds candidates in a text and decides which of them are credentials.

pub(super) mod candidates;
pub(super) mod detect_format;
pub(super) mod find;
pub(super) mod formats;
pub(super) mod matches;
pub(super) mod scan;
