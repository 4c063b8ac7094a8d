//! Report of a push for its pusher: at most as long as a pipe holds.
//!
//! git relays it through a pipe. A hook that writes more waits for the client to read.

use super::{Palette, human, render_gitlab_page};
use crate::report::{Finding, Level, Report};

/// Maximum length, in bytes. A pipe holds 64 KiB.
const MAX_LENGTH: usize = 48 << 10;

/// Length of each of the two parts of a report that is too long: the findings, and all that follows them.
const MAX_PART: usize = MAX_LENGTH / 2;

/// Renders a report for the terminal of the pusher. Of too many findings those that refuse come first.
pub(crate) fn render_for_pusher(report: &Report) -> String {
    let whole = human::render(report, Palette::plain());
    if whole.len() <= MAX_LENGTH {
        return whole;
    }
    let is_denied = |finding: &&Finding| finding.level == Level::Deny;
    let (denied, others): (Vec<_>, Vec<_>) = report.findings.iter().partition(is_denied);
    let findings: Vec<&Finding> = denied.into_iter().chain(others).collect();
    let (mut text, shown) = human::render_findings(&findings, MAX_PART);
    text += &left_out(findings.len() - shown, "findings", report);
    text + &cut(&human::render_end(report, Palette::plain()), report)
}

/// Renders a report for the page of GitLab, which marks each line.
pub(crate) fn render_for_page(report: &Report) -> String {
    let whole = render_gitlab_page(report);
    let mut text = String::new();
    for (number, line) in whole.lines().enumerate() {
        if text.len() + line.len() > MAX_PART {
            return text + &left_out(whole.lines().count() - number, "lines", report);
        }
        text += line;
        text.push('\n');
    }
    text
}

/// Cuts a text before its last line, the verdict, if it is too long.
fn cut(text: &str, report: &Report) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let Some((verdict, lines)) = lines.split_last() else { return String::new() };
    let mut kept = String::new();
    for (number, line) in lines.iter().enumerate() {
        if kept.len() + line.len() > MAX_PART {
            return kept + &left_out(lines.len() - number, "lines", report) + verdict + "\n";
        }
        kept += line;
        kept.push('\n');
    }
    kept + verdict + "\n"
}

/// Returns the line that says how much is left out; empty if that is nothing.
fn left_out(count: usize, what: &str, report: &Report) -> String {
    if count == 0 {
        return String::new();
    }
    let rerun = report.rerun.as_ref();
    let rerun = rerun
        .map_or_else(String::new, |command| format!("; to see those of the new commits, run `{command}`"));
    format!("note: {count} more {what} are not shown here{rerun}\n")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    /// Returns a report with many warnings, then one denial.
    fn many(count: usize) -> Report {
        let findings = (0..count).map(|_| {
            let mut finding = samples::blob("a", 1);
            finding.level = Level::Warn;
            finding
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.extend(
            samples::report().findings.into_iter().filter(|found| found.level == Level::Deny).take(1),
        );
        Report { findings, rerun: Some("git gate scan x".to_owned()), ..Report::default() }
    }

    #[test]
    fn a_long_report_is_cut_and_says_so() {
        let report = many(20_000);
        let text = render_for_pusher(&report);
        assert!(text.len() <= MAX_LENGTH, "{}", text.len());
        assert!(text.starts_with("error["), "what refuses comes first");
        assert!(text.contains(
            " more findings are not shown here; to see those of the new commits, run `git gate scan x`\n"
        ));
        assert!(
            text.trim_end().lines().last().unwrap().starts_with("denied: 1 error, 20000 warnings"),
            "{text}"
        );
        let page = render_for_page(&report);
        assert!(page.len() <= MAX_LENGTH && page.contains(" more lines are not shown here"));
    }

    #[test]
    fn long_remarks_are_cut_before_the_verdict() {
        let unread = samples::unread();
        let remarks = vec!["a remark".to_owned(); 20_000];
        let report = Report { remarks, unread: vec![unread.clone()], ..Report::default() };
        let text = render_for_pusher(&report);
        assert!([&text, &render_for_page(&report)].iter().all(|text| text.contains(&unread.to_string())));
        assert!(
            text.len() <= MAX_LENGTH && text.contains(" more lines are not shown here\n"),
            "{}",
            text.len()
        );
        assert!(text.ends_with("undecided: no findings in 0 new commits\n"));
    }

    #[test]
    fn a_short_report_is_shown_as_it_is() {
        let report = samples::report();
        assert_eq!(render_for_pusher(&report), human::render(&report, Palette::plain()));
        assert_eq!(render_for_page(&report), render_gitlab_page(&report));
    }
}
