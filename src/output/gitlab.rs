//! Code Quality report of GitLab: one JSON array, which a merge request shows next to its changes.

use std::io::{self, BufWriter, Write};

use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::lazy::{LazyReport, add_each};
use super::{file_position, json, wording};
use crate::report::{Finding, Fingerprint, Level, Report, Unread};
use crate::text::lossless;

/// Issues, each of which is formed when it is written.
struct Issues<'a>(&'a LazyReport<'a>);

impl Serialize for Issues<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        add_each(&mut list, self.0.findings, |list, finding| list.serialize_element(&issue(finding)))?;
        // An object that could not be read would otherwise look like a report without problems.
        self.0.report.unread.iter().try_for_each(|unread| list.serialize_element(&unread_issue(unread)))?;
        list.end()
    }
}

/// Renders the findings as one array with a final line feed.
pub(super) fn render(report: &Report) -> String {
    json::in_memory(|text| write(&LazyReport::of(report), text))
}

/// Writes what [`render`] returns.
///
/// # Errors
/// Fails when it cannot be written, or a finding cannot be read.
pub(super) fn write(lazy: &LazyReport<'_>, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &Issues(lazy))?;
    out.write_all(b"\n")?;
    out.flush()
}

fn unread_issue(unread: &Unread) -> Value {
    let path = match (unread.commit, &unread.repository) {
        _ if !unread.path.is_empty() => lossless(&unread.path),
        (Some(commit), _) => format!("commit/{commit}"),
        (None, Some(repository)) => repository.trim_start_matches('/').to_owned(),
        (None, None) => unread.kind.to_owned(),
    };
    json!({
        "description": format!("{unread}; {}", unread.hint),
        "check_name": "unread",
        "fingerprint": format!("unread:{}:{path}", unread_id(unread)),
        "severity": "critical",
        "location": { "path": path, "lines": { "begin": 1 } },
    })
}

/// Returns what tells an unread object from the others: its oid, or in its place the description of what it is.
fn unread_id(unread: &Unread) -> String {
    let repository = unread.repository.as_deref().map_or_else(String::new, |name| format!("{name}:"));
    let id = unread.oid.map_or_else(|| unread.why.clone(), |oid| oid.to_string());
    repository + &id
}

fn issue(finding: &Finding) -> Value {
    json!({
        "description": wording::body(finding),
        "check_name": finding.rule.id,
        "fingerprint": Fingerprint::of(finding).text(finding),
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
