//! A gate on the way into a Git repository.
//!
//! A run is four hops, each of which hands values to the next and knows nothing of the one after it:
//!
//! 1. **Invocation → subjects.** [`commands`] reads the arguments; [`hook`] turns what git hands to a hook into typed
//!    values; [`git`] finds the commits, files and refs that are new; [`signoff`], [`workflow`], [`config`] and
//!    [`token`] read them.
//! 2. **Subjects → problems.** [`rules`] judge them: pure functions, one file each.
//! 3. **Problems → report.** [`judge`] compares with what was there before and adds levels from the [`policy`].
//! 4. **Report → bytes.** [`output`] writes it. The exit status was decided before.

pub mod config;
pub mod error;
pub mod finding;
pub mod git;
pub mod hook;
pub mod output;
pub mod policy;
pub mod rules;
pub mod signoff;
pub mod text;
pub mod token;
pub mod workflow;

mod cli;
mod commands;
mod env;
mod judge;

use std::ffi::OsString;

/// How a run ended. Any status but the first refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing to refuse.
    Clean,
    /// At least one finding at level deny.
    Denied,
    /// No verdict could be reached.
    Failed,
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        match status {
            ExitStatus::Clean => Self::SUCCESS,
            ExitStatus::Denied => Self::from(1),
            ExitStatus::Failed => Self::from(2),
        }
    }
}

/// Runs git-gate with its arguments, program name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let _ = arguments.into_iter().count();
    ExitStatus::Failed
}
