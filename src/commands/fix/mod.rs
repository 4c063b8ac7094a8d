//! `git gate fix`: repairs what can be repaired without guessing. It shows the change, and makes it only when asked.

mod sign_off;
mod workflows;

use crate::ExitStatus;
use crate::cli::FixArgs;
use crate::error::Result;
use crate::output::Ui;

/// Repairs the workflows of the work tree, or the sign-off of the last commit.
pub(crate) fn run(args: &FixArgs, ui: &mut Ui) -> Result<ExitStatus> {
    if args.sign_off { sign_off::run(args, ui) } else { workflows::run(args, ui) }
}
