//! Phrases and line wrapping shared by several formats.

use super::lazy::LazyReport;
use crate::report::{Finding, Level, Location, Report, Verdict};
use crate::text::{count, counted, escape};

/// Returns the last line of a report: the verdict, and the numbers of findings and checked objects.
pub(super) fn verdict(report: &Report) -> String {
    verdict_of(&LazyReport::of(report))
}

/// Returns what [`verdict`] does, for a report whose findings are elsewhere.
pub(super) fn verdict_of(lazy: &LazyReport<'_>) -> String {
    let findings = finding_counts(lazy.denied, lazy.findings.count() - lazy.denied);
    format!("{} {findings} in {}", label(lazy.verdict, lazy.report), checked_counts(lazy.report))
}

/// Returns the verdict with a colon.
pub(super) fn verdict_label(report: &Report) -> String {
    label(report.verdict(), report)
}

fn label(verdict: Verdict, report: &Report) -> String {
    match verdict {
        Verdict::Clean if report.findings.iter().any(Finding::would_be_denied) => {
            "accepted under `warn-only`:".to_owned()
        }
        verdict => format!("{}:", verdict.name()),
    }
}

/// Maximum number of unread objects that are named one by one.
pub(super) const MAX_UNREAD: usize = 20;

/// Returns the number of unread objects that are too many to be named; `None` if there are none.
pub(super) fn more_unread(report: &Report) -> Option<String> {
    let more = report.unread.len().checked_sub(MAX_UNREAD).filter(|more| *more > 0)?;
    Some(counted(more, "more object was not read", "more objects were not read"))
}

/// Returns what people call a finding of a level.
pub(super) fn level_word(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn | Level::Allow => "warning",
    }
}

/// Returns the numbers of findings and checked objects.
pub(super) fn counts(report: &Report) -> String {
    let counts = finding_counts(report.count(Level::Deny), report.count(Level::Warn));
    format!("{counts} in {}", checked_counts(report))
}

/// Maximum width of a line of a report, in columns.
///
/// During a push, `remote: ` precedes each line on an 80-column terminal.
pub(super) const WIDTH: usize = 72;

/// Wraps a text to lines of at most `width` columns. All but the first are indented.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    wrapped_after(0, text, width, indent)
}

/// Wraps a text like [`wrapped`], where its first word starts `before` columns after the indent.
pub(super) fn wrapped_after(before: usize, text: &str, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = indent + before;
    for (at, word) in words(text).into_iter().enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// Splits a text into words. Text in backticks is one word, so that users can copy it.
fn words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    })
    .collect()
}

/// Returns the message, the notes and the help of a finding, each on a line of its own.
pub(super) fn body(finding: &Finding) -> String {
    let mut body = finding.message.clone();
    for note in &finding.notes {
        body.push_str("\nnote: ");
        body.push_str(note);
    }
    if let Some(help) = &finding.help {
        body.push_str("\nhelp: ");
        body.push_str(help);
    }
    body
}

/// Returns the line of a location; `None` if it has none.
pub(super) fn line(location: &Location) -> Option<u32> {
    match location {
        Location::Blob { line, .. } | Location::Commit { line, .. } | Location::GitConfig { line, .. } => {
            *line
        }
        Location::Ref { .. } => None,
    }
}

/// Describes the place of a finding, after its repository if there are many.
pub(super) fn place(finding: &Finding) -> String {
    match &finding.repository {
        Some(repository) => format!("{}: {}", escape(repository.as_bytes()), place_inside(&finding.location)),
        None => place_inside(&finding.location),
    }
}

fn place_inside(location: &Location) -> String {
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
        Location::GitConfig { scope, path, line, key } if key.is_empty() => {
            format!("{}{} ({scope} git config)", escape(path), suffix(*line))
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

/// Returns the number of errors and warnings, in words.
fn finding_counts(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "no findings".to_owned(),
        (errors, 0) => count(errors, "error"),
        (0, warnings) => count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// Lists the number of checked objects by kind.
///
/// Kinds without objects are left out.
fn checked_counts(Report { checked, repositories, .. }: &Report) -> String {
    let counts = [
        (checked.ref_updates, "ref update"),
        (checked.commits, "commit"),
        (checked.workflows, "workflow"),
        (checked.blob_count(), "blob"),
    ];
    let mut parts: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, thing)| count(*n, thing)).collect();
    match checked.config_entries {
        0 => {}
        n => parts.push(counted(n, "entry of git config", "entries of git config")),
    }
    match repositories.len() {
        0 => {}
        n => parts.insert(0, counted(n, "repository", "repositories")),
    }
    if parts.is_empty() { "0 new commits".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::{Location, place_inside, wrapped, wrapped_after};

    #[test]
    fn place_without_a_key_names_none() {
        let place = |key: &str| {
            let (path, key) = ("x".into(), key.to_owned());
            place_inside(&Location::GitConfig { scope: "global", path, line: Some(2), key })
        };
        assert_eq!(place(""), "x:2 (global git config)");
        assert_eq!(place("a.b"), "x:2 (global git config, key `a.b`)");
    }

    #[test]
    fn lines_are_wrapped_between_words() {
        for (text, expected) in [
            ("", ""),
            ("one two", "one two"),
            ("one two three", "one two\n  three"),
            ("a-very-long-word one", "a-very-long-word\n  one"),
            ("one `two three` four", "one\n  `two three`\n  four"),
            ("one `two three four", "one\n  `two three four"),
        ] {
            assert_eq!(wrapped(text, 10, 2), expected);
        }
        assert_eq!(wrapped_after(5, "one two", 10, 2), "one\n  two");
    }
}
