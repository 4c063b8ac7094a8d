//! Work on all cores: worker threads, and tasks shared among them.

pub(crate) mod tasks;
pub(crate) mod threads;
