//! Report about many repositories as metrics, in the text format of Prometheus.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use bstr::ByteSlice as _;

use super::fleet::FleetReport;
use super::outcome::State;
use crate::cli::VisitTask;
use crate::output::metric_label;
use crate::text::escape;

/// Renders the metrics.
pub(super) fn render(report: &FleetReport, now: SystemTime) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut text, report, now);
    text
}

fn write(text: &mut String, report: &FleetReport, now: SystemTime) -> fmt::Result {
    let mut metric = |name: &str, help: &str, lines: Vec<String>| {
        writeln!(text, "# HELP git_gate_{name} {help}\n# TYPE git_gate_{name} gauge")?;
        lines.iter().try_for_each(|line| writeln!(text, "git_gate_{name}{line}"))
    };
    let counts =
        State::ALL.iter().map(|state| format!("{{state=\"{}\"}} {}", state.name(), report.count(*state)));
    metric("repositories", "Repositories by state.", counts.collect())?;
    let unsearched = vec![format!(" {}", report.unsearched.len())];
    metric("unsearched_places", "Places that could not be searched for repositories.", unsearched)?;
    if report.task == VisitTask::Status {
        let guarded = report.repositories.iter().map(|(path, outcome)| {
            let guarded = u8::from(outcome.state == State::Guarded);
            format!("{{repository=\"{}\"}} {guarded}", metric_label(&repository(path)))
        });
        metric("repository_guarded", "1 if a push proved that the hook refuses.", guarded.collect())?;
    }
    metric(
        "run_success",
        "1 if no repository failed and every place was searched.",
        vec![format!(" {}", u8::from(report.is_fine()))],
    )?;
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    metric("run_timestamp_seconds", "Time of the run.", vec![format!(" {seconds}")])
}

/// Returns a text for a path that no other path has.
fn repository(path: &Path) -> String {
    escape(&path.as_os_str().as_encoded_bytes().replace(r"\", r"\\"))
}
