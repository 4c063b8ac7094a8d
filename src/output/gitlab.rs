//! Code Quality report of GitLab: one JSON array, which a merge request shows next to its changes.

use serde_json::{Value, json};

use super::file_position;
use super::wording;
use crate::report::{Finding, Fingerprint, Fingerprints, Level, Report, Unread};
use crate::text::lossless;

/// Renders the findings as one array with a final line feed.
pub(super) fn render(report: &Report) -> String {
    let mut fingerprints = Fingerprints::default();
    let findings = report.findings.iter().map(|finding| issue(finding, &fingerprints.next(finding)));
    // An object that could not be read would otherwise look like a report without problems.
    let issues: Vec<Value> = findings.chain(report.unread.iter().map(unread_issue)).collect();
    format!("{:#}\n", Value::Array(issues))
}

fn unread_issue(unread: &Unread) -> Value {
    let path = match unread.commit.filter(|_| unread.path.is_empty()) {
        Some(commit) => format!("commit/{commit}"),
        None => lossless(&unread.path),
    };
    json!({
        "description": format!("{unread}; {}", unread.hint),
        "check_name": "unread",
        "fingerprint": format!("unread:{}:{path}", unread.oid),
        "severity": "critical",
        "location": { "path": path, "lines": { "begin": 1 } },
    })
}

fn issue(finding: &Finding, fingerprint: &Fingerprint) -> Value {
    json!({
        "description": wording::body(finding),
        "check_name": finding.rule.id,
        "fingerprint": format!("{}:{}", fingerprint.digest, fingerprint.number),
        "severity": if finding.level == Level::Deny { "critical" } else { "minor" },
        "location": {
            "path": lossless(&finding.location.file_path()),
            "lines": { "begin": file_position::line(&finding.location) },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn unread_object_is_an_issue() {
        let report = Report { unread: vec![samples::unread()], ..Report::default() };
        let issues: Vec<Value> = serde_json::from_str(&render(&report)).unwrap();
        assert!(issues.len() == 1 && issues[0]["severity"] == "critical");
        assert_eq!(issues[0]["location"]["path"], ".github/dco.yml");
    }

    #[test]
    fn each_location_kind_is_a_complete_issue() {
        let issues: Vec<Value> = serde_json::from_str(&render(&samples::report())).unwrap();
        let rows = issues.iter().map(|issue| {
            let location = &issue["location"];
            (
                issue["check_name"].as_str(),
                issue["severity"].as_str(),
                location["path"].as_str(),
                location["lines"]["begin"].as_u64(),
            )
        });
        let commit = format!("commit/{}", "1".repeat(40));
        let expected = [
            (Some("unpinned-uses"), Some("critical"), Some(".github/workflows/c i.yml"), Some(3)),
            (Some("missing-signoff"), Some("critical"), Some(commit.as_str()), Some(1)),
            (Some("token-in-git-config"), Some("critical"), Some(".git/config"), Some(9)),
            (Some("token-in-content"), Some("minor"), Some("refs/heads/x"), Some(1)),
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        assert!(
            issues.iter().all(|issue| issue["description"].is_string() && issue["fingerprint"].is_string())
        );
    }

    #[test]
    fn no_findings_are_an_empty_array() {
        assert_eq!(render(&Report::default()), "[]\n");
    }
}
