//! Server mode: bypass, audit log and deadline.

mod audit;
mod bypass;
mod deadline;
mod gate;

pub(crate) use deadline::judge_until;
pub(crate) use gate::Gate;
