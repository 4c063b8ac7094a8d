//! Writes the report of a command in the forms that its arguments ask for.

use std::path::Path;

use crate::cli::{Format, ReportArgs};
use crate::error::{ExitStatus, Result};
use crate::output::{self, Palette, Progress, Ui};
use crate::report::Report;

impl ReportArgs {
    /// Returns every format that is asked for.
    pub(super) fn formats(&self) -> impl Iterator<Item = Format> {
        self.output.iter().map(|file| file.format).chain([self.format])
    }
}

/// Writes the report to the requested files, and then to standard output. `top` is the work tree, if there is one.
///
/// # Errors
/// Fails if a file cannot be written, so that a script that relies on it does not go on.
pub(super) fn write(
    report: &Report,
    args: &ReportArgs,
    top: Option<&Path>,
    ui: &mut Ui,
    status: ExitStatus,
) -> Result<()> {
    let progress = Progress::spinner(ui, "writing the report");
    for file in &args.output {
        output::save(&file.path, &output::render(report, file.format, Palette::plain()), top)?;
    }
    if let Some(excess) = args.formats().find_map(|format| output::excess(report, format)) {
        ui.err(&format!("warning: {excess}\n"));
    }
    let palette = ui.out_palette();
    let text = match args.format {
        _ if args.stat => output::stat(report, palette),
        Format::Human => output::scanned(report, args.limit, palette, ui.width()),
        format => output::render(report, format, palette),
    };
    progress.finish();
    match args.stat || args.format == Format::Human {
        true => ui.page(&text, status),
        false => ui.out(&text),
    }
    Ok(())
}
