//! `git gate install`: puts the hooks into a repository.

use crate::ExitStatus;
use crate::cli::InstallArgs;
use crate::error::Result;
use crate::git::Repo;
use crate::install::{self, HooksDirectory, Step};
use crate::output::Ui;

/// Installs, or says what an installation would do.
pub(crate) fn run(args: &InstallArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let repo = Repo::open()?;
    let directory = HooksDirectory::of(&repo)?;
    if directory.is_shared(&repo) && !args.into_shared {
        return Err(directory.shared_error(&repo, "install"));
    }
    let events = install::events(repo.is_bare());
    let steps = install::plan_install(&directory.path, events, &install::own_path()?)?;
    carry_out(&steps, args.dry_run, ui)?;
    if steps.is_empty() {
        ui.out("nothing to do: the hooks are installed\n");
    } else if !args.dry_run {
        let names: Vec<_> = events.iter().map(|event| event.name()).collect();
        ui.out(&format!("installed: {}\n", names.join(", ")));
        ui.out("`git gate status` proves that they refuse\n");
    }
    Ok(ExitStatus::Clean)
}

/// Does the steps and says so, or says them only.
pub(super) fn carry_out(steps: &[Step], dry_run: bool, ui: &mut Ui) -> Result<()> {
    for step in steps {
        if !dry_run {
            step.apply()?;
        }
        ui.out(&format!("{step}\n"));
    }
    if dry_run {
        ui.out("dry run: nothing was changed\n");
    }
    Ok(())
}
