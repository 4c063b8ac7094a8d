//! Summary of a job in GitHub Actions: Markdown for `$GITHUB_STEP_SUMMARY`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::wording;
use crate::report::{Level, Report};

/// Maximum number of findings that are listed; GitHub cuts a summary at 1 MiB.
const MAX_LISTED: usize = 100;

/// Renders the verdict, the number of findings by rule, and the first findings.
pub(super) fn render(report: &Report) -> String {
    let mut out = format!("## git-gate: {}\n", plain(&wording::verdict(report)));
    for unread in report.unread.iter().take(wording::MAX_UNREAD) {
        let _ = writeln!(out, "\n- **not read**: {}; {}", plain(&unread.to_string()), plain(&unread.hint));
    }
    if let Some(more) = wording::more_unread(report) {
        let _ = writeln!(out, "\n- {more}");
    }
    if !report.findings.is_empty() {
        table(&mut out, report);
        list(&mut out, report);
    }
    for line in report.advice.iter().chain(&report.remarks) {
        let _ = writeln!(out, "\n> {}", plain(line));
    }
    out
}

fn table(out: &mut String, report: &Report) {
    let mut counts: BTreeMap<(std::cmp::Reverse<Level>, &str), usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry((std::cmp::Reverse(finding.level), finding.rule.id)).or_default() += 1;
    }
    out.push_str("\n| level | rule | findings |\n|---|---|---:|\n");
    for ((level, rule), count) in counts {
        let _ = writeln!(out, "| {} | {rule} | {count} |", label(level.0));
    }
}

fn list(out: &mut String, report: &Report) {
    // The errors first, each level in the order of the report.
    let mut findings: Vec<_> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let shown = findings.len().min(MAX_LISTED);
    let _ = writeln!(out, "\n<details><summary>{} of {} findings</summary>\n", shown, findings.len());
    for finding in findings.iter().take(shown) {
        let (level, rule) = (label(finding.level), finding.rule.id);
        let place = plain(&wording::place(finding));
        let _ = writeln!(out, "- **{level}** {rule}: {place}: {}", plain(&finding.message));
        if let Some(help) = &finding.help {
            let _ = writeln!(out, "  - {}", plain(help));
        }
    }
    out.push_str("\n</details>\n");
}

fn label(level: Level) -> &'static str {
    if level == Level::Deny { "error" } else { "warning" }
}

/// Escapes a text so that nothing in it is markup. Line feeds become line breaks.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | '@' | ':' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn errors_come_first_and_text_is_no_markup() {
        let mut report = samples::report();
        report.findings.reverse();
        report.remarks.push("<b>@all [x](y) | `z`".to_owned());
        let text = render(&report);
        assert!(text.starts_with("## git-gate: denied&#58; "), "{text}");
        assert!(text.find("**error**").unwrap() < text.find("**warning**").unwrap(), "{text}");
        assert!(text.contains("&lt;b&gt;&#64;all &#91;x&#93;&#40;y&#41; &#124; &#96;z&#96;"), "{text}");
    }

    #[test]
    fn long_lists_say_what_is_left_out() {
        let findings = (0..150).map(|line| samples::blob("ci.yml", line)).collect();
        let text = render(&Report { findings, ..Report::default() });
        assert!(text.contains("<summary>100 of 150 findings</summary>"), "{text}");
        assert!(text.contains("| error | unpinned-uses | 150 |"), "{text}");
    }

    #[test]
    fn clean_report_is_one_line() {
        assert_eq!(render(&Report::default()), "## git-gate: clean&#58; no findings in 0 new commits\n");
    }
}
