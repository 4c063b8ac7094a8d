//! A server's manners: who may bypass the gate, and what is written down of it.

mod audit;
mod bypass;
mod deadline;
mod gate;
mod time;

pub(crate) use deadline::judge_until;
pub(crate) use gate::Gate;
