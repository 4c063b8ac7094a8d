//! Server mode: bypass, audit log and deadline.

mod audit;
mod bypass;
mod deadline;
mod gate;
mod time;

pub(crate) use deadline::judge_until;
pub(crate) use gate::Gate;
