//! `git gate uninstall`: takes the hooks out of a repository, and puts back what was there before.

use super::install::carry_out;
use crate::ExitStatus;
use crate::cli::UninstallArgs;
use crate::error::{ErrorKind, Result};
use crate::git::Repo;
use crate::install::{self, HooksDirectory};
use crate::output::Ui;

/// Uninstalls, or says what that would do.
///
/// Both places are looked at: where git looks now, and where it looked if `core.hooksPath` was set after the installation.
pub(crate) fn run(args: &UninstallArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let inside = HooksDirectory::inside(&repo);
    let mut steps = install::plan_uninstall(&inside.path)?;
    match HooksDirectory::of(&repo) {
        Ok(directory) if !directory.is(&inside) => {
            let more = install::plan_uninstall(&directory.path)?;
            if !more.is_empty() && directory.is_shared(&repo) && !args.into_shared {
                return Err(directory.shared_error(&repo, "uninstall"));
            }
            steps.extend(more);
        }
        // Where git runs no hook at all, there is no second place.
        Err(error) if error.kind() != ErrorKind::Usage => return Err(error),
        _ => {}
    }
    carry_out(&steps, args.dry_run, ui)?;
    if steps.is_empty() {
        ui.out("nothing to do: no hook of git-gate is installed\n");
    } else if !args.dry_run {
        ui.out("uninstalled\n");
    }
    Ok(ExitStatus::Clean)
}
