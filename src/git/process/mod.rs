//! Running git: one command with its environment, and the children still running.

pub(super) mod children;
pub(super) mod cleanup;
pub(super) mod command;
mod guards;
