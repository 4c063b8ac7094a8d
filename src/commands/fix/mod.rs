//! `git gate fix`: repairs that break no job. Shows the changes, and makes them only with `--apply`.

mod git_config;
mod left;
mod oids;
mod remedy;
mod resolve;
mod signoff;
mod workflows;

use crate::cli::FixArgs;
use crate::error::{ExitStatus, Result};
use crate::output::Ui;

/// Repairs the workflows of the work tree, the sign-off of the last commit, or the git config.
pub(crate) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    match (args.signoff, args.git_config) {
        (true, _) => signoff::run(args, ui),
        (_, true) => git_config::run(args, ui),
        _ => workflows::run(args, ui),
    }
}
