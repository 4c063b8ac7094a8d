//! Report about audit logs, for people.

use std::fmt::Write as _;

use crate::output::{BarRow, Palette, bars, paint, wrapped};
use crate::server::{AuditTally, Outcome, Outcomes};
use crate::text::{counted, escape};

/// Number of rows of a table.
const ROWS: usize = 10;

/// Width of a line, in columns.
const WIDTH: usize = 79;

/// Maximum length of a name or a reason, in characters.
const MAX_NAME: usize = 60;

/// Words for one row of a table, and for several.
type Nouns = [&'static str; 2];

const RULES: Nouns = ["rule", "rules"];
const REPOSITORIES: Nouns = ["repository", "repositories"];
const PEOPLE: Nouns = ["person", "people"];
const REASONS: Nouns = ["reason", "reasons"];

/// Renders tables with bars, and the numbers of pushes in the last line.
pub(super) fn render(tally: &AuditTally, palette: Palette) -> String {
    let mut text = String::new();
    let tables = [
        ("pushes by rule:", RULES, &tally.rules),
        ("pushes by repository:", REPOSITORIES, &tally.repositories),
        ("pushes by person:", PEOPLE, &tally.people),
    ];
    for (title, nouns, counts) in tables {
        let is_listed = |outcomes: &Outcomes| outcomes.total() - outcomes.of(Outcome::Passed);
        let mut rows = counts.sorted(is_listed);
        rows.retain(|(_, outcomes)| is_listed(outcomes) > 0);
        let shown = rows.iter().take(ROWS).map(|(name, outcomes)| BarRow {
            label: shown_name(name),
            first: outcomes.of(Outcome::Refused),
            second: is_listed(outcomes) - outcomes.of(Outcome::Refused),
        });
        bars(&mut text, title, &shown.collect::<Vec<_>>(), palette);
        more(&mut text, rows.len(), nouns, counts.left_out);
    }
    if !text.is_empty() {
        let (first, second) = (paint(palette.error, "#"), paint(palette.warning, "-"));
        let _ = writeln!(text, "{first} refused  {second} only warned, bypassed or exempted\n");
    }
    let reasons = tally.reasons.sorted(|count| *count);
    if !reasons.is_empty() {
        text.push_str("reasons:\n");
    }
    for ((kind, reason), count) in reasons.iter().take(ROWS) {
        let reason = if reason.is_empty() { "(none given)".to_owned() } else { shown_name(reason) };
        let _ = writeln!(text, "{}", wrapped(&format!("  {count:>6}  {}: {reason}", kind.name()), WIDTH, 10));
    }
    more(&mut text, reasons.len(), REASONS, tally.reasons.left_out);
    text + &last_line(tally) + "\n"
}

/// Ends a table: says how many rows are not shown, and how many names were not counted one by one.
fn more(text: &mut String, rows: usize, [one, several]: Nouns, left_out: u64) {
    if text.ends_with("\n\n") {
        text.pop();
    }
    if let Some(more) = rows.checked_sub(ROWS).filter(|more| *more > 0) {
        let more = counted(more, &format!("more {one}"), &format!("more {several}"));
        let _ = writeln!(text, "  {more}: `--format json` lists all");
    }
    if left_out > 0 {
        let pushes = counted(left_out, "push is", "pushes are");
        let _ = writeln!(text, "  {pushes} not listed here: there are too many {several}");
    }
    if rows > 0 || left_out > 0 {
        text.push('\n');
    }
}

/// Returns a name or a reason, escaped and cut.
fn shown_name(name: &str) -> String {
    let name = if name.is_empty() { "(unknown)" } else { name };
    let shown = escape(name.as_bytes());
    match shown.char_indices().nth(MAX_NAME) {
        Some((at, _)) => format!("{}...", shown.get(..at).unwrap_or_default()),
        None => shown,
    }
}

fn last_line(tally: &AuditTally) -> String {
    if tally.all.total() == 0 {
        return match tally.older {
            0 => "no pushes".to_owned(),
            older => format!("no pushes in this time, and {older} before it"),
        };
    }
    let of = |outcome| tally.all.of(outcome);
    let counts = [
        (of(Outcome::Refused), "refused"),
        (of(Outcome::WarnOnly), "only warned (would be refused without `warn-only`)"),
        (of(Outcome::Bypassed), "bypassed"),
        (of(Outcome::Exempted), "exempted"),
        (tally.warned, "passed with warnings"),
        (of(Outcome::Passed) - tally.warned, "clean"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let (pushes, counts) = (counted(tally.all.total(), "push", "pushes"), counts.join(", "));
    let (first, last) = (escape(tally.first.as_bytes()), escape(tally.last.as_bytes()));
    wrapped(&format!("{pushes} from {first} to {last}: {counts}"), WIDTH, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_of_a_table_is_singular_or_plural() {
        let said = |rows, left_out| {
            let mut text = String::new();
            more(&mut text, rows, REPOSITORIES, left_out);
            text
        };
        assert_eq!(said(0, 0) + &said(ROWS, 0), "\n");
        assert_eq!(said(ROWS + 1, 0), "  1 more repository: `--format json` lists all\n\n");
        assert_eq!(said(ROWS + 2, 0), "  2 more repositories: `--format json` lists all\n\n");
        let end = "not listed here: there are too many repositories\n\n";
        assert_eq!(said(0, 1), format!("  1 push is {end}"));
        assert_eq!(said(0, 2), format!("  2 pushes are {end}"));
    }
}
