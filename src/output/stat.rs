//! Bar charts of findings by rule and by year, as an overview of a long history.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::palette::paint;
use super::{Palette, wording};
use crate::report::{Finding, Level, Report};
use crate::rules::RULES;
use crate::text::{self, date};

/// Maximum width of a line, in columns.
const WIDTH: usize = 79;

/// Number of years from which years without findings are left out. Odd dates make the span that long.
const MAX_YEARS: i16 = 60;

/// Renders the report as bar charts.
///
/// The commits of the findings must be known.
pub(crate) fn stat(report: &Report, palette: Palette) -> String {
    let mut out = String::new();
    if !report.findings.is_empty() {
        chart(&mut out, "findings by rule:", &by_rule(report), palette);
        chart(&mut out, "findings by year of the commit:", &by_year(report), palette);
        let (errors, warnings) = (paint(palette.error, "#"), paint(palette.warning, "-"));
        let _ = writeln!(out, "{errors} error  {warnings} warning\n");
    }
    for unread in &report.unread {
        let _ = writeln!(out, "error: {unread}\nhint: {}", unread.hint);
    }
    out.push_str(&wording::wrapped(&wording::verdict(report), WIDTH, 2));
    out.push('\n');
    out
}

/// Number of authors that are shown one by one.
const MAX_AUTHORS: usize = 10;

/// Renders what a policy would have refused, by rule and by author, on one screen.
///
/// The commits of the findings must be known.
pub(crate) fn refused(report: &Report, palette: Palette) -> String {
    let mut out = String::new();
    let refuses = |finding: &&Finding| finding.level == Level::Deny || finding.would_be_denied();
    let refused: Vec<&Finding> = report.findings.iter().filter(refuses).collect();
    if !refused.is_empty() {
        out.push('\n');
        chart(
            &mut out,
            "it would have refused, by rule:",
            &counted(&refused, |it| it.rule.id.to_owned(), usize::MAX),
            palette,
        );
        let author = |finding: &Finding| match &finding.commit {
            Some(commit) => commit.author.chars().take(MAX_NAME).collect(),
            None => "no commit".to_owned(),
        };
        chart(&mut out, "by author of the commit:", &counted(&refused, author, MAX_AUTHORS), palette);
    }
    for unread in &report.unread {
        let _ = writeln!(out, "error: {unread}\nhint: {}", unread.hint);
    }
    let verdict = if refused.is_empty() && report.unread.is_empty() {
        "nothing would have been refused:"
    } else {
        "against that:"
    };
    if report.baselined > 0 {
        let old = text::counted(report.baselined, "old finding is", "old findings are");
        let _ = writeln!(out, "note: {old} in the baseline of the policy");
    }
    out.push_str(&wording::wrapped(&format!("{verdict} {}", wording::counts(report)), WIDTH, 2));
    out.push('\n');
    out
}

/// Maximum length of the name of an author, in characters.
const MAX_NAME: usize = 40;

/// Counts findings by a name, the most frequent first; of more than `max` names the others together.
fn counted(findings: &[&Finding], name: impl Fn(&Finding) -> String, max: usize) -> Rows {
    let mut counts: BTreeMap<String, LevelCounts> = BTreeMap::new();
    findings.iter().for_each(|finding| counts.entry(name(finding)).or_default().errors += 1);
    let mut rows: Rows = counts.into_iter().collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.errors));
    if rows.len() > max {
        let others = rows.split_off(max);
        let errors = others.iter().map(|(_, counts)| counts.errors).sum();
        rows.push((format!("{} others", others.len()), LevelCounts { errors, warnings: 0 }));
    }
    rows
}

/// Number of findings, by level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct LevelCounts {
    errors: usize,
    warnings: usize,
}

impl LevelCounts {
    fn add(&mut self, finding: &Finding) {
        match finding.level {
            Level::Deny => self.errors += 1,
            Level::Warn | Level::Allow => self.warnings += 1,
        }
    }

    fn sum(self) -> usize {
        self.errors + self.warnings
    }
}

type Rows = Vec<(String, LevelCounts)>;

fn by_rule(report: &Report) -> Rows {
    let mut rows = Rows::new();
    for rule in RULES {
        let mut counts = LevelCounts::default();
        report
            .findings
            .iter()
            .filter(|finding| finding.rule.id == rule.meta.id)
            .for_each(|it| counts.add(it));
        if counts.sum() > 0 {
            rows.push((rule.meta.id.to_owned(), counts));
        }
    }
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.sum()));
    rows
}

fn by_year(report: &Report) -> Rows {
    let (mut years, mut undated) = (BTreeMap::<i16, LevelCounts>::new(), LevelCounts::default());
    for finding in &report.findings {
        match finding.commit.as_ref().map(|commit| &commit.date) {
            Some(date) => years.entry(date::year(*date)).or_default().add(finding),
            None => undated.add(finding),
        }
    }
    let ends = years.keys().next().copied().zip(years.keys().next_back().copied());
    if let Some((first, last)) = ends.filter(|(first, last)| last - first < MAX_YEARS) {
        for year in first..=last {
            years.entry(year).or_default();
        }
    }
    let mut rows: Rows = years.into_iter().map(|(year, counts)| (year.to_string(), counts)).collect();
    if undated.sum() > 0 {
        rows.push(("no commit".to_owned(), undated));
    }
    rows
}

/// Row of a bar chart, with a bar of two parts.
#[derive(Debug)]
pub(crate) struct BarRow {
    /// Name of the row.
    pub(crate) label: String,
    /// Number that the first part stands for, `#`.
    pub(crate) first: u64,
    /// Number that the second part stands for, `-`.
    pub(crate) second: u64,
}

/// Writes a bar chart and an empty line; nothing if there are no rows.
pub(crate) fn bars(out: &mut String, title: &str, rows: &[BarRow], palette: Palette) {
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let counts = |row: &BarRow| LevelCounts { errors: number(row.first), warnings: number(row.second) };
    let rows: Rows = rows.iter().map(|row| (row.label.clone(), counts(row))).collect();
    if !rows.is_empty() {
        chart(out, title, &rows, palette);
    }
}

fn chart(out: &mut String, title: &str, rows: &Rows, palette: Palette) {
    let label_width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
    let most = rows.iter().map(|(_, counts)| counts.sum()).max().unwrap_or_default().max(1);
    let count_width = most.to_string().len();
    let room = WIDTH.saturating_sub(label_width + count_width + 6);
    let _ = writeln!(out, "{}", paint(palette.strong, title));
    for (label, counts) in rows {
        let (errors, warnings) = cells(*counts, most, room);
        let (errors, warnings) = ("#".repeat(errors), "-".repeat(warnings));
        let bar = format!("{}{}", paint(palette.error, &errors), paint(palette.warning, &warnings));
        let row = format!("  {label:label_width$}  {:>count_width$}  {bar}", counts.sum());
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out.push('\n');
}

/// Returns the lengths of the two parts of a bar. A part that is not 0 has at least one cell.
fn cells(counts: LevelCounts, most: usize, room: usize) -> (usize, usize) {
    let cells = |n: usize| (n.saturating_mul(room) / most).max(usize::from(n > 0));
    let all = cells(counts.sum());
    match (counts.errors, counts.warnings) {
        (_, 0) => (all, 0),
        (0, _) => (0, all),
        (errors, _) => {
            let errors = cells(errors);
            (errors, all.saturating_sub(errors).max(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::report::CommitFacts;

    /// Dates all findings that have a commit.
    fn date(report: &mut Report, date: u64) {
        let facts = CommitFacts { author: String::new(), date, subject: String::new() };
        for finding in report.findings.iter_mut().filter(|finding| finding.location.commit().is_some()) {
            finding.commit = Some(facts.clone().into());
        }
    }

    #[test]
    fn bars_are_proportional_and_fit_the_width() {
        let mut report = samples::report();
        report.findings.extend((0..300).map(|line| samples::blob("ci.yml", line)));
        date(&mut report, 1_700_000_000);
        let text = stat(&report, Palette::plain());
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        let expected = format!(
            "  unpinned-uses        301  {}\n  missing-signoff        1  #\n  token-in-git-config    1  #\n  \
             token-in-content       1  -\n",
            "#".repeat(51)
        );
        assert!(text.contains(&expected), "{text}");
        assert!(
            text.contains(&format!("  2023       302  {}\n  no commit    2  #-\n", "#".repeat(61))),
            "{text}"
        );
    }

    #[test]
    fn empty_years_are_listed_except_for_odd_dates() {
        let mut report = samples::report();
        for (seconds, rows) in [(1_700_000_000, 2), (u64::MAX, 2)] {
            date(&mut report, seconds);
            assert_eq!(by_year(&report).len(), rows);
        }
    }

    #[test]
    fn no_findings_give_only_the_verdict() {
        let text = stat(&Report::default(), Palette::plain());
        assert_eq!(text, "clean: no findings in 0 new commits\n");
    }
}
