//! Report formats, one file each. Only this module writes to the standard streams.

mod excerpt;
mod file_position;
mod github;
mod github_summary;
mod gitlab;
mod gitlab_page;
mod html;
mod human;
mod json;
mod lazy;
mod markdown;
mod metrics;
mod overview;
mod pager;
mod palette;
mod policy;
mod progress;
mod report_file;
#[cfg(test)]
mod samples;
mod sarif;
mod server_report;
mod stat;
mod stream;
mod summary;
mod ui;
mod wording;

use std::io::{self, Write};

use crate::cli::Format;
use crate::report::{Report, Selection};

use gitlab_page::render as render_gitlab_page;
pub(crate) use human::{error, failure, scanned};
pub(crate) use json::{finding_line, first_line, last_lines};
pub(crate) use lazy::{FindingSource, LazyReport};
pub(crate) use markdown::{painted, reflowed};
pub(crate) use metrics::metric_label;
pub(crate) use palette::{Palette, paint};
pub(crate) use policy::{Template, man_page, reference, show, show_json, template};
pub(crate) use progress::Progress;
pub(crate) use report_file::{save, save_baseline};
pub(crate) use server_report::{render_for_page, render_for_pusher};
pub(crate) use stat::{BarRow, bars, refused, stat};
pub(crate) use stream::StandardOutput;
pub(crate) use ui::Ui;
pub(crate) use wording::wrapped;

/// Returns the facts about the findings that a format shows, or from which it makes fingerprints.
pub(crate) fn needs(report: &Report, format: Format) -> Selection {
    let (commits, in_head) = match format {
        Format::Human => (overview::is_first(report), overview::is_first(report)),
        Format::Json | Format::Jsonl | Format::Html | Format::Sarif => (true, true),
        Format::Gitlab => (true, false),
        Format::Github | Format::GithubSummary => (false, false),
    };
    Selection { commits, in_head }
}

/// Returns a warning if a report in a format is larger than its readers take; `None` if it is not.
pub(crate) fn excess(report: &Report, format: Format) -> Option<String> {
    excess_of(&LazyReport::of(report), format)
}

/// Returns what [`excess`] does, for a report whose findings are elsewhere.
pub(crate) fn excess_of(lazy: &LazyReport<'_>, format: Format) -> Option<String> {
    if format == Format::Sarif { sarif::excess(lazy) } else { None }
}

/// Writes a report whose findings are elsewhere; `None` if the format needs all of them at once.
pub(crate) fn write(lazy: &LazyReport<'_>, format: Format, out: impl Write) -> Option<io::Result<()>> {
    match format {
        Format::Json => Some(json::write(lazy, out)),
        Format::Jsonl => Some(json::write_lines(lazy, out)),
        Format::Sarif => Some(sarif::write(lazy, out)),
        Format::Gitlab => Some(gitlab::write(lazy, out)),
        Format::Human | Format::Html | Format::Github | Format::GithubSummary => None,
    }
}

/// Renders a report in a format.
pub(crate) fn render(report: &Report, format: Format, palette: Palette) -> String {
    match format {
        Format::Human => human::render(report, palette),
        Format::Json => json::render(report),
        Format::Jsonl => json::render_lines(report),
        Format::Html => html::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::GithubSummary => github_summary::render(report),
        Format::Gitlab => gitlab::render(report),
    }
}
