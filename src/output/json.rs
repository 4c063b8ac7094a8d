//! One JSON document, for scripts. Fields may be added, never removed.

use bstr::BString;
use serde::Serialize;

use crate::git::Oid;
use crate::report::{Finding, Location, Report, Unread, Verdict};
use crate::text::lossless;

/// Version of the document format.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct JsonReport<'a> {
    version: u32,
    verdict: &'static str,
    checked: JsonChecked,
    findings: Vec<JsonFinding<'a>>,
    advice: &'a [String],
    remarks: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<JsonUnread<'a>>,
}

#[derive(Serialize)]
struct JsonUnread<'a> {
    oid: String,
    kind: &'static str,
    path: String,
    commit: Option<String>,
    why: &'a str,
}

#[derive(Serialize)]
struct JsonChecked {
    ref_updates: u64,
    commits: u64,
    workflows: u64,
    blobs: u64,
    config_entries: u64,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'static str,
    level: String,
    message: &'a str,
    help: Option<&'a str>,
    notes: &'a [String],
    location: JsonLocation<'a>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum JsonLocation<'a> {
    Blob { commit: Option<String>, blob: String, path: String, line: Option<u32>, column: Option<u32> },
    Commit { commit: Option<String>, line: Option<u32> },
    GitConfig { scope: &'static str, path: String, line: Option<u32>, key: &'a str },
    Ref { refname: String },
}

/// Renders the report as one document with a final line feed.
pub(super) fn render(report: &Report) -> String {
    let checked = &report.checked;
    let document = JsonReport {
        version: VERSION,
        verdict: match report.verdict() {
            Verdict::Clean => "clean",
            Verdict::Denied => "denied",
            Verdict::Undecided => "undecided",
        },
        checked: JsonChecked {
            ref_updates: checked.ref_updates,
            commits: checked.commits,
            workflows: checked.workflows,
            blobs: checked.blob_count(),
            config_entries: checked.config_entries,
        },
        findings: report.findings.iter().map(finding).collect(),
        advice: &report.advice,
        remarks: &report.remarks,
        unread: report.unread.iter().map(unread).collect(),
    };
    #[expect(clippy::expect_used, reason = "an empty document would look like a report without findings")]
    let mut text = serde_json::to_string_pretty(&document).expect("strings and numbers can be serialised");
    text.push('\n');
    text
}

fn unread(unread: &Unread) -> JsonUnread<'_> {
    JsonUnread {
        oid: unread.oid.to_string(),
        kind: unread.kind,
        path: path_text(&unread.path),
        commit: unread.commit.as_ref().map(Oid::to_string),
        why: &unread.why,
    }
}

fn finding(finding: &Finding) -> JsonFinding<'_> {
    JsonFinding {
        rule: finding.rule.id,
        level: finding.level.to_string(),
        message: &finding.message,
        help: finding.help.as_deref(),
        notes: &finding.notes,
        location: location(&finding.location),
    }
}

fn location(location: &Location) -> JsonLocation<'_> {
    match location {
        Location::Blob { commit, blob, path, line, column } => JsonLocation::Blob {
            commit: commit.as_ref().map(Oid::to_string),
            blob: blob.to_string(),
            path: path_text(path),
            line: *line,
            column: *column,
        },
        Location::Commit { commit, line, .. } => {
            JsonLocation::Commit { commit: commit.as_ref().map(Oid::to_string), line: *line }
        }
        Location::GitConfig { scope, path, line, key } => {
            JsonLocation::GitConfig { scope, path: path_text(path), line: *line, key }
        }
        Location::Ref { refname } => JsonLocation::Ref { refname: path_text(refname) },
    }
}

fn path_text(path: &BString) -> String {
    lossless(path)
}
