//! Summary of many findings: their number by rule, and the first steps to take.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use bstr::BString;

use super::Palette;
use super::palette::paint;
use super::wording::{WIDTH, level_word, wrapped};
use crate::report::{Finding, Group, Level, Report};
use crate::rules::RULES;
use crate::text::{count, counted, escape};

/// Maximum number of findings without a summary.
const FEW: usize = 10;

/// Maximum number of repositories that are listed.
const MOST: usize = 10;

/// Order of the steps: a leaked credential can be used already, a workflow has yet to run.
const ORDER: [Group; 4] = [Group::Token, Group::Ref, Group::Workflow, Group::Signoff];

/// Writes the summary of a report with many findings, and nothing for one with few.
pub(super) fn write(out: &mut String, report: &Report, palette: Palette) -> fmt::Result {
    if !is_long(report) {
        return Ok(());
    }
    writeln!(out, "{}", paint(palette.strong, "summary:"))?;
    for rule in RULES {
        let own: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.rule.id == rule.meta.id).collect();
        let Some(first) = own.first() else { continue };
        let style = if first.level == Level::Deny { palette.error } else { palette.warning };
        writeln!(
            out,
            "  {} {:22} {:>6} in {}",
            paint(style, &format!("{:7}", level_word(first.level))),
            rule.meta.id,
            own.len(),
            places(&own, rule.meta.group)
        )?;
    }
    write_rest(out, report, palette)?;
    writeln!(out)
}

/// Returns true if a report has so many findings that it needs a summary.
pub(super) fn is_long(report: &Report) -> bool {
    report.findings.len() > FEW
}

/// Writes what a summary says besides the numbers by rule.
pub(super) fn write_rest(out: &mut String, report: &Report, palette: Palette) -> fmt::Result {
    write_repositories(out, report, palette)?;
    write_causes(out, report, palette, WIDTH)?;
    write_steps(out, report, palette, WIDTH)
}

/// Writes the first steps to take, in their order; nothing if there is nothing to do.
pub(super) fn write_steps(out: &mut String, report: &Report, palette: Palette, width: usize) -> fmt::Result {
    let mut steps: Vec<String> = ORDER.iter().filter_map(|group| step(*group, report)).collect();
    steps.extend(step_of_history(report));
    if !steps.is_empty() {
        writeln!(out, "{}", paint(palette.strong, "what to fix first:"))?;
    }
    for (number, text) in steps.iter().enumerate() {
        writeln!(out, "  {}. {}", number + 1, wrapped(text, width, 5))?;
    }
    Ok(())
}

/// Writes the repositories with most errors, and of those with equally many the ones with most warnings.
fn write_repositories(out: &mut String, report: &Report, palette: Palette) -> fmt::Result {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for finding in &report.findings {
        let Some(repository) = finding.repository.as_deref() else { return Ok(()) };
        let (errors, warnings) = counts.entry(repository).or_default();
        *if finding.level == Level::Deny { errors } else { warnings } += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, counts)| Reverse(*counts));
    writeln!(out, "{}", paint(palette.strong, "repositories with most errors:"))?;
    for (repository, (errors, warnings)) in counts.iter().take(MOST) {
        let counted = [count(*errors as u64, "error"), count(*warnings as u64, "warning")].join(", ");
        writeln!(out, "  {}: {counted}", escape(repository.as_bytes()))?;
    }
    match counts.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => {
            let more = counted(more, "more repository has", "more repositories have");
            writeln!(out, "  {more} findings")
        }
    }
}

/// Writes how many commits each cause has, the most frequent one first.
pub(super) fn write_causes(out: &mut String, report: &Report, palette: Palette, width: usize) -> fmt::Result {
    let counts = most_common(report.findings.iter().filter_map(|finding| finding.cause));
    if counts.is_empty() {
        return Ok(());
    }
    let title = "commits by cause, with the keys of `sign-off` in the policy that settle it:";
    writeln!(out, "{}", paint(palette.strong, title))?;
    for (cause, count) in counts {
        writeln!(out, "  {}", wrapped(&format!("{count:>6} {cause}"), width, 9))?;
    }
    Ok(())
}

/// Returns the number of different places of some findings, in words.
pub(super) fn places(findings: &[&Finding], group: Group) -> String {
    let places: BTreeSet<BString> = findings.iter().map(|finding| finding.location.file_path()).collect();
    let thing = match group {
        Group::Signoff => "commit",
        Group::Workflow => "file",
        Group::Token => "place",
        Group::Ref => "ref",
    };
    count(places.len(), thing)
}

/// Returns the step for the findings of a group; `None` if it has none, or nothing has to be done about them.
fn step(group: Group, report: &Report) -> Option<String> {
    let is_own = |finding: &&Finding| finding.rule.group == group && !is_only_in_history(finding);
    let own: Vec<&Finding> = report.findings.iter().filter(is_own).collect();
    if own.is_empty() {
        return None;
    }
    Some(match group {
        Group::Token => {
            "revoke the credentials where they were issued: deleting them from the history does not \
                         make them invalid"
                .to_owned()
        }
        Group::Ref => "leave the refs listed above out of the push".to_owned(),
        Group::Workflow => format!(
            "start with {}; `git gate fix` shows what it can fix in the work tree",
            most_common_path(&own)
        ),
        // The commits are signed, under another name.
        Group::Signoff if own.iter().all(|finding| is_accepted(finding)) => return None,
        Group::Signoff if report.advice.is_empty() => {
            "ask the authors to sign off their own commits".to_owned()
        }
        Group::Signoff => "do about the sign-offs what the hints below say".to_owned(),
    })
}

/// Returns the step for the faults of workflows that are only in the history; `None` if there are none.
///
/// A baseline needs a scan that has read everything.
fn step_of_history(report: &Report) -> Option<String> {
    let old = report.findings.iter().filter(|finding| is_only_in_history(finding)).count();
    (old > 0 && report.unread.is_empty()).then(|| {
        let findings = counted(old, "finding in workflows is", "findings in workflows are");
        format!("{findings} not in HEAD any more: `--write-baseline FILE` with the same arguments lets old findings through")
    })
}

/// Returns true for a fault of a workflow that HEAD has not: there is nothing to repair. A credential is to be revoked
/// wherever it is.
fn is_only_in_history(finding: &Finding) -> bool {
    finding.rule.group == Group::Workflow && finding.in_head == Some(false)
}

/// Returns whether a finding is about a sign-off that counts.
fn is_accepted(finding: &Finding) -> bool {
    finding.level != Level::Deny && finding.rule.id == "misnamed-signoff"
}

/// Returns the path with the most findings and their number; on a tie, the first path by name.
fn most_common_path(findings: &[&Finding]) -> String {
    let most = most_common(findings.iter().map(|finding| finding.location.file_path())).into_iter().next();
    most.map_or_else(String::new, |(path, n)| format!("`{}` ({})", escape(&path), count(n, "finding")))
}

/// Returns the different values with their numbers, the most frequent first; equally frequent ones in their order.
pub(super) fn most_common<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let mut counts = Vec::from_iter(counts);
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn summary(report: &Report) -> String {
        let mut out = String::new();
        write(&mut out, report, Palette::plain()).unwrap();
        out
    }

    #[test]
    fn few_findings_need_no_summary() {
        assert_eq!(summary(&samples::report()), "");
    }

    #[test]
    fn signoffs_that_count_ask_for_no_step() {
        let report = |level: Level| Report {
            findings: (0..11).map(|_| Finding { level, ..samples::misnamed() }).collect(),
            ..Report::default()
        };
        assert!(!summary(&report(Level::Warn)).contains("what to fix first"));
        assert!(summary(&report(Level::Deny)).contains("ask the authors"));
    }

    #[test]
    fn summary_counts_by_rule_and_starts_with_credentials() {
        let mut report = samples::report();
        report.findings.extend((0..8).map(|line| samples::blob("ci.yml", line)));
        let expected = "\
summary:
  error   missing-signoff             1 in 1 commit
  error   unpinned-uses               9 in 2 files
  error   token-in-git-config         1 in 1 place
  warning token-in-content            1 in 1 place
what to fix first:
  1. revoke the credentials where they were issued: deleting them from
     the history does not make them invalid
  2. start with `ci.yml` (8 findings); `git gate fix` shows what it can
     fix in the work tree
  3. do about the sign-offs what the hints below say

";
        assert_eq!(summary(&report), expected);
    }
}
