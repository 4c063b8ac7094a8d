//! Server mode: bypass, audit log and deadline.

mod account;
mod audit;
mod bypass;
mod deadline;
mod push;
mod scan_command;

pub(crate) use audit::{AuditTally, Counts, Outcome, Outcomes, TallyError};
pub(crate) use deadline::{JudgedPush, judge_until};
pub(crate) use push::ServerPush;
pub(crate) use scan_command::scan_command;
