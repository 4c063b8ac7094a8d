//! One self-contained page: no network, no text of the repository as markup.

use data_encoding::BASE64;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::overview::{self, RuleRow};
use super::{Palette, summary, wording};
use crate::report::{Finding, Report};
use crate::text::{date, escape};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// A finding as the script of the page reads it.
#[derive(Serialize)]
struct PageFinding<'f> {
    rule: &'static str,
    level: String,
    message: &'f str,
    help: Option<&'f str>,
    notes: &'f [String],
    place: String,
    path: String,
    author: Option<&'f str>,
    date: Option<String>,
    year: Option<String>,
    subject: Option<&'f str>,
    head: Option<bool>,
}

/// Findings, each of which is formed when it is written.
struct PageFindings<'f>(&'f [Finding]);

impl Serialize for PageFindings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(finding))
    }
}

/// Renders the report as an HTML page.
///
/// The content policy of the page allows its own style and script, by their digests, and nothing else.
pub(super) fn render(report: &Report) -> String {
    let is_long = summary::is_long(report);
    let parts = [
        ("style-hash", hash(STYLE)),
        ("script-hash", hash(SCRIPT)),
        ("style", STYLE.to_owned()),
        ("script", SCRIPT.to_owned()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("class", report.verdict().name().to_owned()),
        ("verdict", markup(&wording::verdict(report))),
        ("first-hidden", if is_long { "" } else { " hidden" }.to_owned()),
        ("rules", rules(report)),
        ("summary", markup(&rest(report))),
        ("unread", section("Not read", &unread(report))),
        ("hints", section("Hints", &report.advice)),
        ("notes", section("Notes", &report.remarks)),
        ("data", data(report)),
    ];
    filled(&parts)
}

/// Fills the page. A part is never searched for the names of others.
fn filled(parts: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut pieces = PAGE.split("{{");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        let part = parts.iter().find(|(own, _)| *own == name);
        out.push_str(part.map_or("", |(_, text)| text));
        out.push_str(rest);
    }
    out
}

/// Returns a row for each rule that has findings.
fn rules(report: &Report) -> String {
    let row = |RuleRow { level, rule, number, in_head, places }: RuleRow| {
        let word = wording::level_word(level);
        format!(
            "<tr><td class=\"{level}\">{word}</td><th scope=\"row\">{rule}</th><td>{number}</td><td>{in_head}</td><td>{places}</td></tr>\n"
        )
    };
    overview::rows(report).map(row).collect()
}

fn rest(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = summary::write_rest(&mut out, report, Palette::plain());
    out.trim_end().to_owned()
}

fn unread(report: &Report) -> Vec<String> {
    report.unread.iter().map(|unread| format!("{unread}; {}", unread.hint)).collect()
}

fn section(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: Vec<String> = lines.iter().map(|line| format!("<li>{}</li>", markup(line))).collect();
    format!("<section>\n<h2>{title}</h2>\n<ol>\n{}\n</ol>\n</section>", items.join("\n"))
}

fn data(report: &Report) -> String {
    #[expect(clippy::expect_used, reason = "an empty list would look like a report without findings")]
    let text = serde_json::to_string(&PageFindings(&report.findings))
        .expect("strings and numbers can be serialised");
    // No text may end the element.
    text.replace('<', "\\u003c")
}

fn finding(finding: &Finding) -> PageFinding<'_> {
    let commit = finding.commit.as_deref();
    PageFinding {
        rule: finding.rule.id,
        level: finding.level.to_string(),
        message: &finding.message,
        help: finding.help.as_deref(),
        notes: &finding.notes,
        place: wording::place(finding),
        path: file_path(finding),
        author: commit.map(|commit| commit.author.as_str()),
        date: commit.map(|commit| date::of_seconds(commit.date)),
        year: commit.map(|commit| date::year(commit.date).to_string()),
        subject: commit.map(|commit| commit.subject.as_str()),
        head: finding.in_head,
    }
}

fn file_path(finding: &Finding) -> String {
    let path = escape(&finding.location.file_path());
    match &finding.repository {
        Some(repository) => format!("{}: {path}", escape(repository.as_bytes())),
        None => path,
    }
}

/// Escapes a text for an element or an attribute.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn hash(text: &str) -> String {
    BASE64.encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn text_of_a_repository_is_never_markup() {
        let mut hostile = samples::blob("</script><script>alert(1)</script>{{script}}.yml", 3);
        hostile.message = "<img src=x onerror=alert(1)>".to_owned();
        let report = Report {
            findings: vec![hostile],
            remarks: vec!["<b>{{style}}</b>".to_owned()],
            unread: vec![samples::unread()],
            ..Report::default()
        };
        let page = render(&report);
        assert_eq!(page.matches("<script").count(), 2, "{page}");
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(!page.contains("<img") && !page.contains("<b>"));
        assert!(page.contains("&lt;b&gt;{{style}}&lt;/b&gt;"));
        assert!(page.contains("undecided: 1 error"));
    }

    #[test]
    fn summary_says_what_is_left_and_hints_come_before_the_findings() {
        let mut report = samples::report();
        report.findings.extend((0..20).map(|line| samples::blob("ci.yml", line)));
        report.findings.iter_mut().for_each(|finding| finding.in_head = Some(false));
        let page = render(&report);
        let row = "<td class=\"deny\">error</td><th scope=\"row\">unpinned-uses</th><td>21</td><td>0</td>";
        assert!(page.contains(row), "{page}");
        assert!(page.contains("<section id=\"first\">") && page.contains("\n  1. revoke the credentials"));
        let (hints, findings) = (page.find("<h2>Hints</h2>"), page.find("id=\"findings-title\""));
        assert!(hints.is_some() && hints < findings);
        assert!(render(&Report::default()).contains("<section id=\"first\" hidden>"));
    }

    #[test]
    fn content_policy_names_what_the_page_contains() {
        let page = render(&samples::report());
        let between = |start: &str, end: &str| {
            let rest = page.split_once(start).unwrap().1;
            rest.split_once(end).unwrap().0.to_owned()
        };
        let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
        assert!(page.contains(&format!("style-src 'sha256-{}'", hash(&style))));
        assert!(page.contains(&format!("script-src 'sha256-{}'", hash(&script))));
        assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("://"));
    }
}
