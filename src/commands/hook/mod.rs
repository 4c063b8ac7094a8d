//! `git gate hook`: what the installed hooks call.

mod pre_push;
mod pre_receive;

use crate::ExitStatus;
use crate::cli::HookArgs;
use crate::error::{Error, Result};
use crate::output::Ui;

/// Acts as a hook.
pub(crate) fn run(_: &HookArgs, _: &mut Ui) -> Result<ExitStatus> {
    Err(Error::usage("not there yet"))
}
