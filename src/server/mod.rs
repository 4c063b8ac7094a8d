//! Server mode: bypass, audit log and deadline.

mod audit;
mod bypass;
mod deadline;
mod push;

pub(crate) use deadline::{JudgedPush, judge_until};
pub(crate) use push::ServerPush;
