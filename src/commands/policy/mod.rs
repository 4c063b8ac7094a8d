//! `git gate policy`: writes, checks and shows policies.

mod check;
mod init;

use crate::cli::{PolicyArgs, PolicyFormat, PolicyShowArgs, PolicyTask};
use crate::error::{Error, ExitStatus, Result};
use crate::git::Repo;
use crate::output::{Ui, reference, show, show_json};
use crate::policy;

/// Runs a task about policies.
pub(crate) fn run(args: &PolicyArgs, ui: &mut Ui) -> Result<ExitStatus> {
    match &args.task {
        PolicyTask::Init(args) => init::run(args, ui),
        PolicyTask::Check(args) => check::run(args, ui),
        PolicyTask::Show(args) => show_in_force(args, ui),
        PolicyTask::Schema => print_schema(ui),
        PolicyTask::Reference => {
            ui.out(&reference());
            Ok(ExitStatus::Clean)
        }
    }
}

/// Writes the values in force to standard output.
fn show_in_force(args: &PolicyShowArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let policy = match Repo::open_if_any()? {
        Some(repo) => policy::in_force(&repo)?,
        None => policy::Policy::default(),
    };
    let settings = policy::settings(&policy);
    ui.out(&match args.format {
        PolicyFormat::Human => show(&settings, policy.path.as_deref()),
        PolicyFormat::Json => show_json(&settings, policy.path.as_deref()),
    });
    Ok(ExitStatus::Clean)
}

fn print_schema(ui: &mut Ui) -> Result<ExitStatus> {
    let text = serde_json::to_string_pretty(&policy::schema());
    let text = text.map_err(|error| Error::usage("the schema cannot be written").caused_by(error))?;
    ui.out(&(text + "\n"));
    Ok(ExitStatus::Clean)
}
