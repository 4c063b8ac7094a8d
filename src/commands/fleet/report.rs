//! `git gate fleet report`: merges streams, and writes the report in any format.

use super::merge;
use crate::cli::{FleetReportArgs, Format};
use crate::commands::status;
use crate::error::{ExitStatus, Result};
use crate::output::{self, Palette, Ui};

/// Merges the streams, and writes the report about all their repositories.
pub(super) fn run(args: &FleetReportArgs, ui: &mut Ui) -> Result<ExitStatus> {
    let report = merge::merged(&args.streams)?;
    let status = status(&report);
    for file in &args.output {
        output::save(&file.path, &output::render(&report, file.format, Palette::plain()), None)?;
    }
    let palette = ui.out_palette();
    let text = match args.format {
        _ if args.stat => output::stat(&report, palette),
        Format::Human => output::scanned(&report, args.limit, palette, ui.width()),
        format => output::render(&report, format, palette),
    };
    ui.out(&text);
    Ok(status)
}
