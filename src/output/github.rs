//! Workflow commands of GitHub Actions, from which a runner makes annotations.
//!
//! A runner executes every line that begins with `::`. So no line may begin with text from a repository,
//! and no text inside a command may end it.

use std::fmt::Write as _;

use super::{file_position, wording};
use crate::report::{Finding, Level, Location, Report};
use crate::text::escape;

/// Renders one command per finding, then one per advice and remark, then the verdict as plain text.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        command(&mut out, finding);
    }
    for notice in report.advice.iter().chain(&report.remarks) {
        let _ = writeln!(out, "::notice title=git-gate::{}", data(notice));
    }
    for unread in &report.unread {
        let file = property(&unread.path);
        let file = if file.is_empty() { file } else { format!("file={file},") };
        let _ = writeln!(out, "::error {file}title=git-gate::{}", data(&unread.to_string()));
    }
    let _ = writeln!(out, "{}", wording::verdict(report));
    out
}

fn command(out: &mut String, finding: &Finding) {
    let name = if finding.level == Level::Deny { "error" } else { "warning" };
    let rule = finding.rule.id;
    let body = data(&wording::body(finding));
    // A file of another repository cannot be annotated.
    let annotated = finding.repository.is_none().then_some(&finding.location);
    let Some(Location::Blob { commit, path, line, .. }) = annotated else {
        let place = data(&wording::place(finding));
        let _ = writeln!(out, "::{name} title={rule}::{place}: {body}");
        return;
    };
    let _ = write!(out, "::{name} file={}", property(path));
    if let Some(line) = line {
        let _ = write!(out, ",line={line}");
    }
    if let Some((start, end)) = file_position::columns(finding) {
        let _ = write!(out, ",col={start},endColumn={}", end - 1);
    }
    let commit = commit.map_or_else(String::new, |commit| format!(" in {}", commit.short()));
    let _ = writeln!(out, ",title={rule}{commit}::{body}");
}

/// Escapes the text of a command: `%`, CR and LF are written in hexadecimal digits.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| escape(line.as_bytes())).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property of a command, which `:` and `,` would end.
///
/// Control characters are escaped as in text: they would reach the log, and no annotated file is named so.
fn property(value: &[u8]) -> String {
    escape(value).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, HOSTILE};
    use super::*;

    #[test]
    fn each_location_kind_is_one_command() {
        let body = "`a/b@v1` is not pinned to a commit%0Anote: a note%0Ahelp: pin it";
        let expected = [
            format!(
                "::error file=.github/workflows/c i.yml,line=3,title=unpinned-uses in 111111111111::{body}"
            ),
            format!("::error title=missing-signoff::111111111111 \"ci: build\": {body}"),
            format!(
                "::error title=token-in-git-config::.git/config:9 (local git config, key `http.extraheader`): {body}"
            ),
            format!("::warning title=token-in-content::refs/heads/x: {body}"),
            "::notice title=git-gate::do this".to_owned(),
            "::notice title=git-gate::a remark".to_owned(),
            "denied: 3 errors, 1 warning in 3 commits, 2 workflows".to_owned(),
        ];
        assert_eq!(render(&samples::report()).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn repository_text_cannot_break_commands() {
        let mut finding = samples::blob(HOSTILE, 1);
        finding.message = HOSTILE.to_owned();
        let mut out = String::new();
        command(&mut out, &finding);
        assert_eq!(out.matches(['\n', '\r']).count(), 1, "{out}");
        let (properties, _) = out.split_once("in 111111111111::").unwrap();
        assert!(
            properties.starts_with(r"::error file=a%25b%3Ac%2Cd\x0d\x0a%3A%3Aerror%3A%3Ae"),
            "{properties}"
        );
    }

    #[test]
    fn text_is_escaped_for_the_runner() {
        for (raw, escaped) in
            [("100%", "100%25"), ("a\nb", "a%0Ab"), ("a\rb", r"a\x0db"), ("%0A", "%250A"), ("a:b,c", "a:b,c")]
        {
            assert_eq!(data(raw), escaped);
        }
        assert_eq!(property(b"a:b,c%\r\n\x1b"), r"a%3Ab%2Cc%25\x0d\x0a\x1b");
    }
}
