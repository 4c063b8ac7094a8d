//! Text for a web page that shows it line by line: the verdict first, then each finding on one line.

use std::fmt::Write as _;

use super::wording::{place, verdict};
use crate::report::{Finding, Level, Report};

/// Renders the whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut text = verdict(report);
    text.push('\n');
    for unread in &report.unread {
        let _ = writeln!(text, "error: {unread}; {}", unread.hint);
    }
    for finding in &report.findings {
        let _ = writeln!(text, "{}", line(finding));
    }
    let advice = report.advice.iter().map(|line| ("hint", line));
    for (label, line) in advice.chain(report.remarks.iter().map(|line| ("note", line))) {
        let _ = writeln!(text, "{label}: {}", joined(line));
    }
    if let Some(message) = &report.message {
        let _ = writeln!(text, "{}", joined(message));
    }
    text
}

fn line(finding: &Finding) -> String {
    let label = match finding.level {
        Level::Deny => "error",
        Level::Warn | Level::Allow => "warning",
    };
    let place = place(finding);
    let mut line = format!("{label}[{}]: {} ({place})", finding.rule.id, joined(&finding.message));
    for more in finding.notes.iter().chain(&finding.help) {
        let _ = write!(line, "; {}", joined(more));
    }
    line
}

/// Joins the lines of a text into one.
fn joined(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
