//! Overview of a scan with many findings.
//!
//! A line for each rule says how many there are, where, and how many HEAD still has; then come the people, the files and
//! the time of each.

use std::fmt::{self, Write as _};

use super::Palette;
use super::palette::paint;
use super::summary::{most_common, places, write_causes, write_steps};
use super::wording::{level_word, wrapped};
use crate::report::{CommitFacts, Finding, Group, Level, Report};
use crate::rules::RULES;
use crate::text::{counted, date, escape};

/// Maximum number of findings that need no overview: they fill few screens.
const FEW: usize = 20;

/// Maximum number of people and of files that are named for each rule.
const SHOWN: usize = 3;

/// Indent of the lines about a rule, in columns.
const INDENT: usize = 10;

/// Returns true if a report begins with an overview.
///
/// The commits of its findings have to be known then, and which of them HEAD still has.
pub(super) fn is_first(report: &Report) -> bool {
    report.findings.len() > FEW
}

/// Writes a line for each rule, the causes of those on sign-offs, and the first steps to take.
pub(super) fn write_table(out: &mut String, report: &Report, palette: Palette, width: usize) -> fmt::Result {
    let title = format!("  {:7} {:22} {:>8} {:>8}  where", "level", "rule", "findings", "in HEAD");
    writeln!(out, "{}", paint(palette.strong, &title))?;
    for RuleRow { level, rule, number, in_head, places } in rows(report) {
        let style = if level == Level::Deny { palette.error } else { palette.warning };
        let label = format!("{:7}", level_word(level));
        let label = paint(style, &label);
        writeln!(out, "  {label} {rule:22} {number:>8} {in_head:>8}  {places}")?;
    }
    write_causes(out, report, palette, width)?;
    write_steps(out, report, palette, width)
}

/// Numbers about the findings of one rule.
pub(super) struct RuleRow {
    pub(super) level: Level,
    pub(super) rule: &'static str,
    pub(super) number: usize,
    /// Number of those that HEAD still has, in words.
    pub(super) in_head: String,
    /// Number of different places, in words.
    pub(super) places: String,
}

/// Returns the rules that have findings, in the order of the list of rules.
pub(super) fn rows(report: &Report) -> impl Iterator<Item = RuleRow> {
    rules(report).filter_map(|(group, findings)| {
        let first = findings.first()?;
        let (in_head, places) = (in_head(&findings), places(&findings, group));
        Some(RuleRow { level: first.level, rule: first.rule.id, number: findings.len(), in_head, places })
    })
}

/// Writes the people, the files and the time of the findings of each rule.
pub(super) fn write_groups(out: &mut String, report: &Report, palette: Palette, width: usize) -> fmt::Result {
    for (group, findings) in rules(report) {
        let Some(first) = findings.first() else { continue };
        writeln!(out, "{}", paint(palette.strong, &format!("{}:", first.rule.id)))?;
        let mut line =
            |label: &str, text: &str| writeln!(out, "  {label:7} {}", wrapped(text, width, INDENT));
        let facts = || findings.iter().filter_map(|finding| finding.commit.as_deref());
        let people = most_common(facts().map(|commit| commit.author.trim().to_owned()));
        if !people.is_empty() {
            line("people", &listed(&people))?;
        }
        if group != Group::Signoff {
            let files = most_common(findings.iter().map(|finding| escape(&finding.location.file_path())));
            line("files", &listed(&files))?;
        }
        if let Some((first, last)) = first_and_last(&findings) {
            line("first", &first)?;
            line("last", &last)?;
        }
    }
    writeln!(out)
}

/// Returns the rules that have findings, in the order of the list of rules, with their groups.
fn rules(report: &Report) -> impl Iterator<Item = (Group, Vec<&Finding>)> {
    let of_rule = |id: &str| report.findings.iter().filter(|finding| finding.rule.id == id).collect();
    RULES.iter().map(move |rule| (rule.meta.group, of_rule(rule.meta.id)))
}

/// Returns how many of some findings HEAD still has: with a plus if that is not known of all, `-` if of none.
fn in_head(findings: &[&Finding]) -> String {
    let known = findings.iter().filter_map(|finding| finding.in_head);
    let (known, present) = known.fold((0, 0), |(known, present), is| (known + 1, present + usize::from(is)));
    match known {
        0 => "-".to_owned(),
        known if known == findings.len() => present.to_string(),
        _ => format!("{present}+"),
    }
}

/// Returns the most frequent values with their numbers, and how many others there are.
fn listed(values: &[(String, usize)]) -> String {
    let shown: Vec<String> =
        values.iter().take(SHOWN).map(|(value, number)| format!("{value} ({number})")).collect();
    match values.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {}", shown.join(", "), counted(more, "other", "others")),
    }
}

/// Returns the oldest and the newest commit of some findings, by date; `None` if none of them is in a commit.
fn first_and_last(findings: &[&Finding]) -> Option<(String, String)> {
    let dated = || {
        findings.iter().filter_map(|finding| Some((finding.location.commit()?, finding.commit.as_deref()?)))
    };
    let first = dated().min_by_key(|(_, commit)| commit.date)?;
    let last = dated().max_by_key(|(_, commit)| commit.date)?;
    let shown = |(oid, CommitFacts { date, subject, .. }): (crate::git::Oid, &CommitFacts)| {
        let day: String = date::of_seconds(*date).chars().take("2026-01-31".len()).collect();
        format!("{day} {} {subject}", oid.short())
    };
    Some((shown(first), shown(last)))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn overview_says_who_where_when_and_what_is_left() {
        let mut report = samples::report();
        report.findings.extend((0..20).map(|line| samples::blob("ci.yml", line)));
        for (number, finding) in report.findings.iter_mut().enumerate() {
            if finding.location.commit().is_some() {
                let author = if number % 2 == 0 { "Ana <ana@example.org>" } else { "Bo <bo@example.org>" };
                let date = 1_700_000_000 + 86_400 * number as u64;
                let subject = format!("ci: {number}");
                finding.commit = Some(CommitFacts { author: author.to_owned(), date, subject }.into());
            }
            finding.in_head = match number {
                0 => Some(true),
                1 => None,
                _ => Some(false),
            };
        }
        let mut out = String::new();
        write_table(&mut out, &report, Palette::plain(), 72).unwrap();
        write_groups(&mut out, &report, Palette::plain(), 72).unwrap();
        let expected = "  level   rule                   findings  in HEAD  where
  error   missing-signoff               1        -  1 commit
  error   unpinned-uses                21        1  2 files
  error   token-in-git-config           1        0  1 place
  warning token-in-content              1        0  1 place
what to fix first:
  1. revoke the credentials where they were issued: deleting them from
     the history does not make them invalid
  2. start with `.github/workflows/c i.yml` (1 finding); `git gate fix`
     shows what it can fix in the work tree
  3. do about the sign-offs what the hints below say
  4. 20 findings in workflows are not in HEAD any more:
     `--write-baseline FILE` with the same arguments lets old findings
     through
missing-signoff:
  people  Bo <bo@example.org> (1)
  first   2023-11-15 111111111111 ci: 1
  last    2023-11-15 111111111111 ci: 1
unpinned-uses:
  people  Ana <ana@example.org> (11), Bo <bo@example.org> (10)
  files   ci.yml (20), .github/workflows/c i.yml (1)
  first   2023-11-14 111111111111 ci: 0
  last    2023-12-07 111111111111 ci: 23
token-in-git-config:
  files   .git/config (1)
token-in-content:
  files   refs/heads/x (1)

";
        assert_eq!(out, expected);
    }
}
