//! `git gate uninstall`: removes the hooks, and restores the earlier ones.

use super::install::{InstallTarget, carry_out};
use crate::cli::UninstallArgs;
use crate::error::{ExitStatus, Result};
use crate::git::Repo;
use crate::hook::HookEvent;
use crate::install::{self, ConfigTarget, HooksDirectory, InstallStep};
use crate::output::Ui;

/// Uninstalls the hooks, or with `--dry-run` prints the steps.
pub(crate) fn run(args: &UninstallArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let steps = match InstallTarget::of(&args.place) {
        InstallTarget::Repository => plan(&Repo::open()?, args.place.into_shared)?,
        InstallTarget::Config(file) => install::plan_unconfigure(file, &HookEvent::ALL)?,
        InstallTarget::Template(hooks) => install::plan_uninstall(&hooks, &HookEvent::ALL)?,
    };
    carry_out(&steps, args.place.dry_run, ui)?;
    if steps.is_empty() {
        ui.out("nothing to do: the hooks are not installed\n");
    } else if !args.place.dry_run {
        ui.out("uninstalled\n");
    }
    Ok(ExitStatus::Clean)
}

/// Plans a removal from a repository.
pub(super) fn plan(repo: &Repo, into_shared: bool) -> Result<Vec<InstallStep>> {
    let mut steps = install::plan_unconfigure(ConfigTarget::Local, &HookEvent::ALL)?;
    steps.extend(install::plan_unconfigure_included(repo)?);
    for directory in HooksDirectory::all(repo)? {
        let more = install::plan_uninstall(&directory.path, &HookEvent::ALL)?;
        if !more.is_empty() && directory.is_shared(repo) && !into_shared {
            return Err(directory.shared_error(repo, "uninstall"));
        }
        steps.extend(more);
    }
    Ok(steps)
}
