//! Visit to one repository, in a process of its own.

use super::super::{install, uninstall};
use super::outcome::{Outcome, State};
use crate::cli::{InstallArgs, PlaceArgs, VisitArgs, VisitTask};
use crate::error::{Error, ExitStatus, Result};
use crate::git::Repo;
use crate::install::{Defect, InstallStep, check_config_hooks, examine, own_path};
use crate::output::Ui;
use crate::text::escape_path;

/// Does a task in the current directory, a bare repository, and prints the outcome as JSON.
pub(super) fn run(args: &VisitArgs, ui: &mut Ui) -> ExitStatus {
    let outcome = visit(args).unwrap_or_else(Outcome::from);
    #[expect(clippy::expect_used, reason = "an outcome consists of texts")]
    let text = serde_json::to_string(&outcome).expect("an outcome can be written as JSON");
    ui.out(&text);
    ExitStatus::Clean
}

fn visit(args: &VisitArgs) -> Result<Outcome> {
    let here =
        std::env::current_dir().map_err(|error| Error::io("cannot find the current directory", error))?;
    let repo = Repo::open()?;
    if !repo.is_bare() || repo.common_dir() != here {
        let message = format!("{} is not a bare repository", escape_path(&here));
        return Ok(Outcome::failed(with_work_tree(message)));
    }
    match args.task {
        VisitTask::Install => {
            let args = InstallArgs { place: PlaceArgs::default(), edit_tracked: false, mode: args.mode };
            let steps = install::plan(&args, &repo, &own_path()?)?;
            let outcome = changed(&steps, State::Installed, State::Unchanged)?;
            check_config_hooks(&repo)?;
            Ok(outcome)
        }
        VisitTask::Uninstall => changed(&uninstall::plan(&repo, false)?, State::Uninstalled, State::Absent),
        VisitTask::Status => {
            let examined = examine(&repo)?;
            let state = match (examined.defects.is_empty(), examined.warns_only) {
                (false, _) => State::Failed,
                (true, true) => State::WarnsOnly,
                (true, false) => State::Guarded,
            };
            Ok(Outcome { state, proofs: examined.proofs, problems: examined.defects, notes: examined.notes })
        }
    }
}

/// Returns the defect of a repository with a work tree, whose pushes are not judged.
pub(super) fn with_work_tree(message: String) -> Defect {
    Defect::new(
        format!("{message}, so pushes into it are not judged"),
        "move it to another directory, or leave it out with `--exclude`",
    )
}

fn changed(steps: &[InstallStep], some: State, none: State) -> Result<Outcome> {
    for step in steps {
        step.apply()?;
    }
    Ok(Outcome::new(if steps.is_empty() { none } else { some }))
}
