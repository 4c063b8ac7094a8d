//! Report about many repositories, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::fleet::FleetReport;
use super::outcome::State;
use crate::cli::VisitTask;
use crate::install::Defect;
use crate::text::{count, counted, escape_path};

/// Renders the state of every repository, and the count in the last line.
///
/// Repositories in which nothing was to be done are only counted.
pub(super) fn render(report: &FleetReport) -> String {
    lines(report, |state| state != State::Unchanged && state != State::Absent)
}

/// Renders what was changed and what failed, and the count.
pub(super) fn changes(report: &FleetReport) -> String {
    lines(report, |state| matches!(state, State::Installed | State::Uninstalled | State::Failed))
}

fn lines(report: &FleetReport, is_shown: impl Fn(State) -> bool) -> String {
    let mut text = String::new();
    let shown = || report.repositories.iter().filter(|(_, outcome)| is_shown(outcome.state));
    let mut notes: BTreeMap<&str, usize> = BTreeMap::new();
    for note in shown().flat_map(|(_, outcome)| &outcome.notes) {
        *notes.entry(note).or_default() += 1;
    }
    // Writing to a String cannot fail.
    for (path, outcome) in shown() {
        let _ = writeln!(text, "{}: {}", escape_path(path), outcome.state.words());
        for line in outcome.proofs.iter() {
            let _ = writeln!(text, "    {line}");
        }
        outcome.problems.iter().for_each(|problem| write_problem(&mut text, problem));
        for note in outcome.notes.iter().filter(|note| notes.get(note.as_str()) == Some(&1)) {
            let _ = writeln!(text, "    note: {note}");
        }
    }
    for (note, number) in notes.iter().filter(|(_, number)| **number > 1) {
        let _ = writeln!(text, "note on {number} repositories: {note}");
    }
    for (path, problem) in &report.unsearched {
        let _ = writeln!(text, "{}: not searched", escape_path(path));
        write_problem(&mut text, problem);
    }
    text + &counts(report) + "\n"
}

fn write_problem(text: &mut String, problem: &Defect) {
    let _ = writeln!(text, "    {}", problem.message);
    for repair in &problem.repairs {
        // Repairs are those of one repository; here they are made for all.
        let repair = repair.replace("`git gate install", "`git gate server install DIR");
        let _ = writeln!(text, "    hint: {repair}");
    }
}

/// Returns the last line, for example `300 repositories: 298 guarded, 2 failed`.
fn counts(report: &FleetReport) -> String {
    let usual = match report.task {
        VisitTask::Status => State::Guarded,
        VisitTask::Install => State::Unchanged,
        VisitTask::Uninstall => State::Uninstalled,
    };
    let states = State::ALL.iter().map(|state| (*state, report.count(*state)));
    let counts: Vec<String> = states
        .filter(|(state, number)| *number > 0 || *state == usual)
        .map(|(state, number)| format!("{number} {}", state.words()))
        .collect();
    let repositories = counted(report.repositories.len(), "repository", "repositories");
    let mut text = format!("{repositories}: {}", counts.join(", "));
    if report.excluded > 0 {
        let _ = write!(text, "; {} left out", counted(report.excluded, "directory", "directories"));
    }
    if !report.unsearched.is_empty() {
        let _ = write!(text, "; {} not searched", count(report.unsearched.len(), "place"));
    }
    text
}
