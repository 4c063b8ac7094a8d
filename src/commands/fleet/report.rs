//! `git gate fleet report`: merges streams, and writes the report in any format.

use super::merge::Merged;
use crate::cli::{FleetReportArgs, Format};
use crate::commands::{report, status_of};
use crate::error::{Error, ExitStatus, Result};
use crate::output::{self, LazyReport, StandardOutput, Ui};

/// Merges the streams, and writes the report about all their repositories.
pub(super) fn run(args: &FleetReportArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let merged = Merged::of(&args.streams)?;
    let status = status_of(merged.verdict());
    let args = &args.report;
    let is_streamed = args.output.is_empty() && !args.stat;
    if !is_streamed || !write(&merged, args.format, ui)? {
        report::write(&merged.whole()?, args, None, ui, status)?;
    }
    Ok(status)
}

/// Writes findings as they are read; returns false if the format needs all of them at once.
fn write(merged: &Merged, format: Format, ui: &mut Ui) -> Result<bool> {
    let report = LazyReport {
        verdict: merged.verdict(),
        denied: merged.denied,
        report: &merged.report,
        findings: &merged.blocks.findings(),
        exempted: &merged.blocks.exempted(),
    };
    let Some(written) = output::write(&report, format, StandardOutput::default()) else { return Ok(false) };
    written.map_err(|error| Error::io("the report cannot be written", error))?;
    if let Some(excess) = output::excess_of(&report, format) {
        ui.err(&format!("warning: {excess}\n"));
    }
    Ok(true)
}
