//! A server's manners: who may bypass the gate, and what is written down of it.

mod audit;
mod bypass;
mod gate;
mod time;

pub(crate) use gate::Gate;
