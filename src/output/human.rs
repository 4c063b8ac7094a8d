//! Text for a terminal, in the style of cargo and zizmor: rule, place, line with caret, help, verdict.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::excerpt::fitted;
use super::palette::paint;
use super::wording::{
    MAX_UNREAD, WIDTH, counts, line, more_unread, place, verdict_label, wrapped, wrapped_after,
};
use super::{Palette, overview, summary};
use crate::error::Error;
use crate::report::{Finding, Level, Report, Verdict};
use crate::text::{Snippet, escape};
use crate::token::redact_message;

/// Renders the whole report.
pub(super) fn render(report: &Report, palette: Palette) -> String {
    let mut writer = Writer::new(palette, WIDTH);
    // Writing to a String cannot fail.
    let _ = report.findings.iter().try_for_each(|finding| writer.finding(finding));
    let _ = writer.end(report);
    writer.out
}

/// Renders the report of a scan for a terminal of some width, in columns.
///
/// Shows at most `limit` findings, and says how many more there are; 0 shows all. Of many findings the overview comes
/// first: a reader sees the beginning.
pub(crate) fn scanned(report: &Report, limit: usize, palette: Palette, width: usize) -> String {
    let mut writer = Writer::new(palette, width);
    let has_overview = overview::is_first(report);
    // Writing to a String cannot fail.
    if has_overview {
        let _ = writer.overview(report);
    }
    let shown = if limit == 0 { report.findings.len() } else { limit };
    for finding in report.findings.iter().take(shown) {
        let _ = writer.finding(finding);
    }
    if let Some(more) = report.findings.len().checked_sub(shown).filter(|more| *more > 0) {
        let _ = writeln!(writer.out, "{more} more not shown: `--limit 0` shows all\n");
    }
    let _ = match has_overview {
        true => writer.remarks(report).and_then(|()| writer.verdict(report)),
        false => writer.end(report),
    };
    writer.out
}

/// Renders findings up to a length in bytes; returns the text, and the number of findings in it.
pub(super) fn render_findings(findings: &[&Finding], max_length: usize) -> (String, usize) {
    let mut writer = Writer::new(Palette::plain(), WIDTH);
    for (shown, finding) in findings.iter().enumerate() {
        let before = writer.out.len();
        let _ = writer.finding(finding);
        if writer.out.len() > max_length {
            writer.out.truncate(before);
            return (writer.out, shown);
        }
    }
    (writer.out, findings.len())
}

/// Renders what follows the findings; the last line is the verdict.
pub(super) fn render_end(report: &Report, palette: Palette) -> String {
    let mut writer = Writer::new(palette, WIDTH);
    let _ = writer.end(report);
    writer.out
}

/// Renders an error: one line, then its hints.
pub(crate) fn error(error: &Error, palette: Palette) -> String {
    failure(&error.to_string(), error.hints(), palette)
}

/// Renders a failure: its message on one line, then its hints.
pub(crate) fn failure(message: &str, hints: &[String], palette: Palette) -> String {
    // The message may quote a line that could not be parsed, which may contain a credential.
    let message = redact_message(message.to_owned());
    let mut out = format!("{} {message}\n", paint(palette.error, "error:"));
    for hint in hints.iter().cloned().map(redact_message) {
        let _ = writeln!(out, "{} {hint}", paint(palette.help, "hint:"));
    }
    out
}

/// Indent of the second and later lines of a message, in columns.
const INDENT: usize = 2;

struct Writer {
    out: String,
    palette: Palette,
    /// Maximum width of a line, in columns.
    width: usize,
    explained: Vec<&'static str>,
}

impl Writer {
    fn new(palette: Palette, width: usize) -> Self {
        Self { out: String::new(), palette, width, explained: Vec::new() }
    }

    /// Writes what comes before many findings: the verdict, what could not be read, and the overview with the advice.
    fn overview(&mut self, report: &Report) -> fmt::Result {
        self.verdict(report)?;
        self.unread(report)?;
        writeln!(self.out)?;
        overview::write_table(&mut self.out, report, self.palette, self.width)?;
        self.advice(report)?;
        writeln!(self.out)?;
        overview::write_groups(&mut self.out, report, self.palette, self.width)
    }

    /// Writes what follows the findings. The reasons to refuse come first: a long text is cut at its end.
    fn end(&mut self, report: &Report) -> fmt::Result {
        self.unread(report)?;
        summary::write(&mut self.out, report, self.palette)?;
        self.advice(report)?;
        self.remarks(report)?;
        self.verdict(report)
    }

    /// Writes the commands that repair the whole push, each on one line: they are copied.
    fn advice(&mut self, report: &Report) -> fmt::Result {
        let mut lines = report.advice.iter();
        lines.try_for_each(|line| writeln!(self.out, "{} {line}", paint(self.palette.help, "hint:")))
    }

    /// Writes the remarks, and the text of the house.
    fn remarks(&mut self, report: &Report) -> fmt::Result {
        for remark in &report.remarks {
            let remark = wrapped(remark, self.width, "note: ".len());
            writeln!(self.out, "{} {remark}", paint(self.palette.strong, "note:"))?;
        }
        match &report.message {
            Some(message) => {
                writeln!(self.out, "{}", paint(self.palette.strong, &wrapped(message, self.width, 0)))
            }
            None => Ok(()),
        }
    }

    /// Writes what could not be read, and each way to repair it once.
    fn unread(&mut self, report: &Report) -> fmt::Result {
        for unread in report.unread.iter().take(MAX_UNREAD) {
            writeln!(self.out, "{} {unread}", paint(self.palette.error, "error:"))?;
        }
        if let Some(more) = more_unread(report) {
            let more = format!("{more}; `--format json` names all of them");
            writeln!(self.out, "{} {more}", paint(self.palette.error, "error:"))?;
        }
        let hints: BTreeSet<&str> = report.unread.iter().map(|unread| unread.hint.as_str()).collect();
        for hint in hints.iter().filter(|hint| !hint.is_empty()) {
            writeln!(self.out, "{} {hint}", paint(self.palette.help, "hint:"))?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding) -> fmt::Result {
        let rule = finding.rule.id;
        let (label, style) = match finding.level {
            Level::Deny => ("error", self.palette.error),
            Level::Warn | Level::Allow => ("warning", self.palette.warning),
        };
        let before = label.len() + rule.len() + "[]: ".len() - INDENT;
        let message = wrapped_after(before, &finding.message, self.width, INDENT);
        writeln!(self.out, "{}[{rule}]: {}", paint(style, label), paint(self.palette.strong, &message))?;
        let margin = margin(finding);
        writeln!(self.out, "{margin}{} {}", paint(self.palette.frame, "-->"), place(finding))?;
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
        let snippet = fitted(snippet, self.width.saturating_sub(margin.len() + " | ".len()));
        let number = line.map_or_else(String::new, |line| line.to_string());
        let number = format!("{number:>width$}", width = margin.len());
        writeln!(self.out, "{margin} {bar}")?;
        writeln!(self.out, "{} {bar} {}", paint(self.palette.frame, &number), snippet.text)?;
        let carets = "^".repeat(snippet.len);
        let caret = paint(self.palette.error, &carets);
        writeln!(self.out, "{margin} {bar} {}{caret}", " ".repeat(snippet.start))
    }

    /// Writes a note or a help text. Its further lines are indented below the first.
    fn label(&mut self, label: &str, text: &str, margin: &str) -> fmt::Result {
        let indent = margin.len() + label.len() + " = : ".len();
        let lines: Vec<String> = text.lines().map(|line| wrapped(line, self.width, indent)).collect();
        let text = lines.join(&format!("\n{}", " ".repeat(indent)));
        let equals = paint(self.palette.frame, "=");
        writeln!(self.out, "{margin} {equals} {}: {text}", paint(self.palette.strong, label))
    }

    /// Writes the source of a rule's level as a note, once per rule, as cargo does.
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
        let style = match report.verdict() {
            Verdict::Clean => self.palette.good,
            Verdict::Denied | Verdict::Undecided => self.palette.error,
        };
        let label = verdict_label(report);
        let rest = wrapped_after(label.len() + 1 - INDENT, &counts(report), self.width, INDENT);
        writeln!(self.out, "{} {rest}", paint(style, &label))
    }
}

/// Returns the blanks before the frame, as wide as the line number.
fn margin(finding: &Finding) -> String {
    " ".repeat(line(&finding.location).map_or(1, |line| line.to_string().len()))
}
