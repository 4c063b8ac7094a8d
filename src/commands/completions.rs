//! `git gate completions`: completion scripts for shells.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::ExitStatus;
use crate::output::Ui;

/// Writes the completion script of a shell to standard output.
pub(crate) fn run(args: &CompletionsArgs, ui: &mut Ui) -> ExitStatus {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "git-gate", &mut script);
    ui.out(&String::from_utf8_lossy(&script));
    ExitStatus::Clean
}
