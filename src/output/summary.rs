//! What many findings come to: how many of each rule, and where to begin.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Write as _};

use bstr::BString;

use super::palette::paint;
use super::words::{WIDTH, count, wrapped};
use super::{Palette, anchor};
use crate::report::{Finding, Group, Level, Report};
use crate::rules::RULES;
use crate::text::escape;

/// More findings than this are summed up: fewer are seen at a glance.
const FEW: usize = 10;

/// What to begin with: what somebody else can use already comes before what has yet to run.
const ORDER: [Group; 4] = [Group::Token, Group::Ref, Group::Workflow, Group::SignOff];

/// Writes the summary of a report with many findings; nothing for one with few.
pub(super) fn write(out: &mut String, report: &Report, palette: Palette) -> fmt::Result {
    if report.findings.len() <= FEW {
        return Ok(());
    }
    writeln!(out, "{}", paint(palette.strong, "summary:"))?;
    for rule in RULES {
        let own: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.rule.id == rule.meta.id).collect();
        let Some(first) = own.first() else { continue };
        let (label, style) = match first.level {
            Level::Deny => ("error  ", palette.error),
            Level::Warn | Level::Allow => ("warning", palette.warning),
        };
        writeln!(
            out,
            "  {} {:22} {:>6} in {}",
            paint(style, label),
            rule.meta.id,
            own.len(),
            places(&own, rule.meta.group)
        )?;
    }
    writeln!(out, "{}", paint(palette.strong, "what to do first:"))?;
    let begun = ORDER.iter().filter_map(|group| step(*group, report));
    for (number, text) in begun.enumerate() {
        writeln!(out, "  {}. {}", number + 1, wrapped(&text, WIDTH, 5))?;
    }
    writeln!(out)
}

fn places(findings: &[&Finding], group: Group) -> String {
    let places: BTreeSet<BString> = findings.iter().map(|finding| anchor::path(&finding.location)).collect();
    let thing = match group {
        Group::SignOff => "commit",
        Group::Workflow => "file",
        Group::Token => "place",
        Group::Ref => "ref",
    };
    count(places.len() as u64, thing)
}

/// What to do about the findings of a group; none when it has none.
fn step(group: Group, report: &Report) -> Option<String> {
    let own: Vec<&Finding> = report.findings.iter().filter(|finding| finding.rule.group == group).collect();
    if own.is_empty() {
        return None;
    }
    Some(match group {
        Group::Token => {
            "revoke the credentials where they were issued: to delete them from the history takes \
                         them from nobody who has a copy"
                .to_owned()
        }
        Group::Ref => "push without the refs that are named above".to_owned(),
        Group::Workflow => format!(
            "begin with {}; `git gate fix` shows what it can repair in the files at hand",
            most_common_path(&own)
        ),
        Group::SignOff if report.advice.is_empty() => {
            "have the authors sign their commits: `git rebase --signoff` signs one's own".to_owned()
        }
        Group::SignOff => "sign the commits with the commands of the hint".to_owned(),
    })
}

/// The path with the most findings; of several, the first by name.
fn most_common_path(findings: &[&Finding]) -> String {
    let mut counts: HashMap<BString, u64> = HashMap::new();
    for finding in findings {
        *counts.entry(anchor::path(&finding.location)).or_default() += 1;
    }
    let most = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
    most.map_or_else(String::new, |(path, n)| {
        format!("`{}`, which has {}", escape(&path), count(n, "finding"))
    })
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
    fn a_handful_of_findings_needs_no_summary() {
        assert_eq!(summary(&samples::report()), "");
    }

    #[test]
    fn many_findings_are_counted_by_rule_and_credentials_come_first() {
        let mut report = samples::report();
        report.findings.extend((0..8).map(|line| samples::blob("ci.yml", line)));
        let expected = "\
summary:
  error   missing-signoff             1 in 1 commit
  error   unpinned-uses               9 in 2 files
  error   token-in-git-config         1 in 1 place
  warning token-in-content            1 in 1 place
what to do first:
  1. revoke the credentials where they were issued: to delete them from
     the history takes them from nobody who has a copy
  2. begin with `ci.yml`, which has 8 findings; `git gate fix` shows
     what it can repair in the files at hand
  3. sign the commits with the commands of the hint

";
        assert_eq!(summary(&report), expected);
    }
}
