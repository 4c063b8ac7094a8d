//! Work on all cores: worker threads, batches of their results, and locks.

mod batches;
mod lock;
mod threads;

pub(crate) use batches::Batches;
pub(crate) use lock::{into_value, lock, wait};
pub(crate) use threads::{Workers, cores, run, start};
