//! `git gate server`: installs, proves or removes the hook of many repositories.
//!
//! Each repository is visited by a process of its own, so that one which fails does not stop the others.

mod fleet;
mod human;
mod outcome;
mod prometheus;
mod visit;

use std::time::SystemTime;

use fleet::FleetReport;

use crate::cli::{FleetArgs, FleetFormat, ServerArgs, ServerTask, VisitArgs, VisitTask};
use crate::error::{ExitStatus, Result};
use crate::output::{self, Ui};

/// Runs a task in every repository. The exit status is 0 only if none failed and every place was searched.
pub(crate) fn run(args: &ServerArgs, ui: &mut Ui) -> Result<ExitStatus> {
    super::need_server_system()?;
    let (fleet, visit) = match &args.task {
        ServerTask::Visit(visit) => return Ok(visit::run(visit, ui)),
        ServerTask::Install(args) => (&args.fleet, VisitArgs { task: VisitTask::Install, mode: args.mode }),
        ServerTask::Status(args) => (args, VisitArgs { task: VisitTask::Status, mode: None }),
        ServerTask::Uninstall(args) => (args, VisitArgs { task: VisitTask::Uninstall, mode: None }),
    };
    let report = fleet::visit(fleet, visit)?;
    for file in &fleet.output {
        output::save(&file.path, &render(&report, file.format), None)?;
    }
    if !(fleet.quiet && report.is_quiet()) {
        ui.out(&shown(&report, fleet));
    }
    Ok(if report.is_fine() { ExitStatus::Clean } else { ExitStatus::Denied })
}

fn shown(report: &FleetReport, args: &FleetArgs) -> String {
    match args.format {
        FleetFormat::Human if args.quiet => human::changes(report),
        format => render(report, format),
    }
}

fn render(report: &FleetReport, format: FleetFormat) -> String {
    match format {
        FleetFormat::Human => human::render(report),
        FleetFormat::Json => report.json(),
        FleetFormat::Prometheus => prometheus::render(report, SystemTime::now()),
    }
}
