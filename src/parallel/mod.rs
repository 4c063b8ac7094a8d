//! Work on all cores: worker threads, tasks shared among them, and locks.

mod lock;
pub(crate) mod tasks;
pub(crate) mod threads;

pub(crate) use lock::{into_value, lock, wait};
