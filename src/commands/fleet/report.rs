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
    if args.output.is_empty() && !args.stat && matches!(args.format, Format::Json | Format::Jsonl) {
        write(&merged, args.format)?;
    } else {
        report::write(&merged.whole()?, args, None, ui, status)?;
    }
    Ok(status)
}

/// Writes findings as they are read.
fn write(merged: &Merged, format: Format) -> Result<()> {
    let report = LazyReport {
        verdict: merged.verdict(),
        report: &merged.report,
        findings: &merged.blocks.findings(),
        exempted: &merged.blocks.exempted(),
    };
    let written = match format {
        Format::Jsonl => output::write_json_lines(&report, StandardOutput::default()),
        _ => output::write_json(&report, StandardOutput::default()),
    };
    written.map_err(|error| Error::io("the report cannot be written", error))
}
