//! `git gate fleet`: judges many repositories in one run, and merges the reports of many runs.
//!
//! A run is a stream of JSON lines: a header, a block of lines for each repository, and the verdict. A block begins
//! with a line of kind `repository` and ends with one of kind `repository-verdict`. A stream without its last line was
//! not finished.

mod block;
mod blocks;
mod complete;
mod lines;
mod merge;
mod parse;
mod places;
mod pools;
mod report;
mod scan;
mod sink;
mod stream;
mod tally;
mod visit;

use crate::cli::{FleetCommandArgs, FleetTask};
use crate::error::{ExitStatus, Result};
use crate::output::Ui;

/// Runs a task of `git gate fleet`.
pub(crate) fn run(args: &FleetCommandArgs, ui: &mut Ui) -> Result<ExitStatus> {
    match &args.task {
        FleetTask::Scan(args) => scan::run(args, ui),
        FleetTask::Report(args) => report::run(args, ui),
        FleetTask::Visit(args) => visit::run(args, ui),
    }
}
