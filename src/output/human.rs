//! Text for people, in the shape of cargo's and zizmor's: rule, place, line with caret, repair, verdict.

use std::fmt::{self, Write as _};

use super::Palette;
use super::palette::paint;
use crate::error::Error;
use crate::finding::{Checked, Finding, Location, Report, Snippet, Verdict};
use crate::policy::Level;
use crate::text::escape;

/// The whole report.
pub(super) fn render(report: &Report, palette: Palette) -> String {
    let mut writer = Writer { out: String::new(), palette, explained: Vec::new() };
    // A String takes everything: writing to it cannot fail.
    let _ = writer.report(report);
    writer.out
}

/// An error: one line, then its hints.
pub(crate) fn error(error: &Error, palette: Palette) -> String {
    let mut out = format!("{} {error}\n", paint(palette.error, "error:"));
    for hint in error.hints() {
        let _ = writeln!(out, "{} {hint}", paint(palette.help, "hint:"));
    }
    out
}

struct Writer {
    out: String,
    palette: Palette,
    explained: Vec<&'static str>,
}

impl Writer {
    fn report(&mut self, report: &Report) -> fmt::Result {
        for finding in &report.findings {
            self.finding(finding)?;
        }
        for line in &report.advice {
            writeln!(self.out, "{} {line}", paint(self.palette.help, "hint:"))?;
        }
        for remark in &report.remarks {
            writeln!(self.out, "{} {remark}", paint(self.palette.strong, "note:"))?;
        }
        self.verdict(report)
    }

    fn finding(&mut self, finding: &Finding) -> fmt::Result {
        let rule = finding.rule.id;
        let label = match finding.level {
            Level::Deny => paint(self.palette.error, "error"),
            Level::Warn | Level::Allow => paint(self.palette.warning, "warning"),
        };
        writeln!(self.out, "{label}[{rule}]: {}", paint(self.palette.strong, &finding.message))?;
        let margin = margin(finding);
        writeln!(self.out, "{margin}{} {}", paint(self.palette.frame, "-->"), place(&finding.location))?;
        if let Some(snippet) = &finding.snippet {
            self.snippet(snippet, line(&finding.location), &margin)?;
        }
        for note in &finding.notes {
            self.label("note", note, &margin)?;
        }
        if let Some(help) = &finding.help {
            self.label("help", help, &margin)?;
        }
        self.explain(finding, &margin)?;
        writeln!(self.out)
    }

    fn snippet(&mut self, snippet: &Snippet, line: Option<u32>, margin: &str) -> fmt::Result {
        let bar = paint(self.palette.frame, "|");
        let number = line.map_or_else(String::new, |line| line.to_string());
        let number = format!("{number:>width$}", width = margin.len());
        writeln!(self.out, "{margin} {bar}")?;
        writeln!(self.out, "{} {bar} {}", paint(self.palette.frame, &number), snippet.text)?;
        let carets = "^".repeat(snippet.len);
        let caret = paint(self.palette.error, &carets);
        writeln!(self.out, "{margin} {bar} {}{caret}", " ".repeat(snippet.start))
    }

    /// A note or a help; further lines of it stand below its first.
    fn label(&mut self, label: &str, text: &str, margin: &str) -> fmt::Result {
        let equals = paint(self.palette.frame, "=");
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        writeln!(self.out, "{margin} {equals} {}: {first}", paint(self.palette.strong, label))?;
        let indent = " ".repeat(margin.len() + label.len() + 5);
        lines.try_for_each(|line| writeln!(self.out, "{indent}{line}"))
    }

    /// Says why the rule is on: once per rule, as cargo does.
    fn explain(&mut self, finding: &Finding, margin: &str) -> fmt::Result {
        let rule = finding.rule.id;
        if self.explained.contains(&rule) {
            return Ok(());
        }
        self.explained.push(rule);
        let source = escape(finding.source.to_string().as_bytes());
        self.label("note", &format!("`{}` {source}; see `git gate rules {rule}`", finding.level), margin)
    }

    fn verdict(&mut self, report: &Report) -> fmt::Result {
        let (label, style) = match report.verdict() {
            Verdict::Clean => ("clean:", self.palette.good),
            Verdict::Denied => ("denied:", self.palette.error),
        };
        writeln!(self.out, "{} {}", paint(style, label), summary(report))
    }
}

/// What was found in what.
pub(super) fn summary(report: &Report) -> String {
    format!("{} in {}", found(report), checked(&report.checked))
}

/// The blanks before the frame: as wide as the line number.
fn margin(finding: &Finding) -> String {
    " ".repeat(line(&finding.location).map_or(1, |line| line.to_string().len()))
}

fn line(location: &Location) -> Option<u32> {
    match location {
        Location::Blob { line, .. } | Location::Commit { line, .. } | Location::GitConfig { line, .. } => {
            *line
        }
        Location::Ref { .. } => None,
    }
}

/// Where a finding stands, in one line.
pub(super) fn place(location: &Location) -> String {
    match location {
        Location::Blob { commit, path, line, column, .. } => {
            let commit = commit.map_or_else(String::new, |commit| format!("{}:", commit.short()));
            format!("{commit}{}{}{}", escape(path), suffix(*line), suffix(line.and(*column)))
        }
        Location::Commit { commit, subject, line } => {
            let commit = commit.map_or_else(|| "the commit message".to_owned(), |commit| commit.short());
            let line = line.map_or_else(String::new, |line| format!(", line {line} of its message"));
            let subject = if subject.is_empty() { String::new() } else { format!(" \"{subject}\"") };
            format!("{commit}{subject}{line}")
        }
        Location::GitConfig { scope, path, line, key } => {
            format!("{}{} ({scope} git config, key `{key}`)", escape(path), suffix(*line))
        }
        Location::Ref { refname } => escape(refname),
    }
}

fn suffix(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| format!(":{number}"))
}

fn found(report: &Report) -> String {
    match (report.count(Level::Deny), report.count(Level::Warn)) {
        (0, 0) => "no findings".to_owned(),
        (errors, 0) => count(errors as u64, "error"),
        (0, warnings) => count(warnings as u64, "warning"),
        (errors, warnings) => {
            format!("{}, {}", count(errors as u64, "error"), count(warnings as u64, "warning"))
        }
    }
}

/// What was judged; what a run had none of is left out, unless there was nothing at all.
fn checked(checked: &Checked) -> String {
    let counts = [
        (checked.ref_updates, "ref update"),
        (checked.commits, "commit"),
        (checked.workflows, "workflow"),
        (checked.blobs, "blob"),
    ];
    let mut parts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, thing)| count(*n, thing)).collect();
    match checked.config_entries {
        0 => {}
        1 => parts.push("1 entry of git config".to_owned()),
        n => parts.push(format!("{n} entries of git config")),
    }
    if parts.is_empty() { "nothing: no new commits".to_owned() } else { parts.join(", ") }
}

fn count(n: u64, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}
