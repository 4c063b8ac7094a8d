//! Work on all cores: worker threads, batches of their results, and locks.

mod batches;
mod lock;
mod permits;
mod threads;

pub(crate) use batches::Batches;
pub(crate) use lock::{into_value, lock, wait};
pub(crate) use permits::Permits;
pub(crate) use threads::{Workers, both, cores, limit, run, start};
