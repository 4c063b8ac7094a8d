//! Subcommands, one file each. Each returns the exit status, or the error that made a verdict impossible.

mod audit;
mod completions;
mod fix;
mod fleet;
mod hook;
mod install;
mod man;
mod obstacles;
mod policy;
mod report;
mod rules;
mod scan;
mod server;
mod status;
mod time;
mod uninstall;

use crate::cli::{Cli, CliCommand};
use crate::error::{Error, ExitStatus, Result};
use crate::output::Ui;
use crate::platform;
use crate::report::{Report, Verdict};
use crate::text::escape_path;

/// Runs a subcommand.
pub(crate) fn run(cli: Cli, ui: &mut Ui) -> Result<ExitStatus> {
    if let Some(directory) = &cli.directory {
        std::env::set_current_dir(directory).map_err(|error| {
            Error::usage(format!("cannot change to the directory {}", escape_path(directory)))
                .caused_by(error)
        })?;
    }
    match cli.command {
        CliCommand::Hook(args) => hook::run(&args, ui),
        CliCommand::Scan(args) => scan::run(&args, ui),
        CliCommand::Rules(args) => rules::run(&args, ui),
        CliCommand::Policy(args) => policy::run(&args, ui),
        CliCommand::Audit(args) => audit::run(&args, ui),
        CliCommand::Install(args) => install::run(&args, ui),
        CliCommand::Uninstall(args) => uninstall::run(&args, ui),
        CliCommand::Status(args) => status::run(&args, ui),
        CliCommand::Server(args) => server::run(&args, ui),
        CliCommand::Completions(args) => Ok(completions::run(&args, ui)),
        CliCommand::Complete(args) => Ok(completions::complete(&args, ui)),
        CliCommand::Man(args) => man::run(&args, ui),
        CliCommand::Fix(args) => fix::run(&args, ui),
        CliCommand::Fleet(args) => fleet::run(&args, ui),
    }
}

/// Fails where git-gate cannot be the gate of a server, which those who push must not be able to change.
///
/// # Errors
/// Always on Windows, and never on Unix.
fn need_server_system() -> Result<()> {
    if platform::RUNS_SERVERS {
        return Ok(());
    }
    Err(Error::usage("server hooks run on Unix only: who may change them is not checked here")
        .hinted("in a clone, `git gate install` guards commits and outgoing pushes"))
}

/// Returns the exit status for a report. It is decided before the report is written.
fn status(report: &Report) -> ExitStatus {
    status_of(report.verdict())
}

/// Returns the exit status for a verdict.
fn status_of(verdict: Verdict) -> ExitStatus {
    match verdict {
        Verdict::Clean => ExitStatus::Clean,
        Verdict::Denied => ExitStatus::Denied,
        Verdict::Undecided => ExitStatus::Failed,
    }
}
