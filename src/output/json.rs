//! One JSON document, for scripts. Fields may be added, never removed.

use bstr::BString;
use serde::Serialize;

use crate::git::Oid;
use crate::report::{
    Checked, CredentialFacts, Finding, Fingerprint, JudgedRepository, Location, Report, Unread,
};
use crate::text::{date, lossless};

/// Version of the document format.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct JsonReport<'a> {
    version: u32,
    verdict: &'static str,
    checked: JsonChecked,
    findings: Vec<JsonFinding<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exempted: Vec<JsonFinding<'a>>,
    advice: &'a [String],
    remarks: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<JsonUnread<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repositories: Vec<JsonRepository<'a>>,
}

#[derive(Serialize)]
struct JsonRepository<'a> {
    repository: &'a str,
    verdict: &'static str,
    findings: u64,
}

#[derive(Serialize)]
struct JsonUnread<'a> {
    oid: Option<String>,
    kind: &'static str,
    path: String,
    commit: Option<String>,
    why: &'a str,
    obstacle: &'static str,
    hint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
    rule: &'static str,
    level: String,
    message: &'a str,
    help: Option<&'a str>,
    notes: &'a [String],
    location: JsonLocation<'a>,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_head: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<JsonSecret<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exempted_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Facts about a credential. None of them reveals a part of it.
#[derive(Serialize)]
pub(super) struct JsonSecret<'a> {
    provider: Option<&'a str>,
    kind: &'a str,
    length: usize,
    number: Option<usize>,
    findings: Option<usize>,
    first_commit: Option<String>,
    last_commit: Option<String>,
}

/// Line of a stream.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum JsonLine<'a> {
    Header {
        version: u32,
        tool: &'static str,
        tool_version: &'static str,
    },
    Repository(JsonRepository<'a>),
    Finding(JsonFinding<'a>),
    Exempted(JsonFinding<'a>),
    Unread {
        oid: Option<String>,
        object: &'static str,
        path: String,
        commit: Option<String>,
        why: &'a str,
        obstacle: &'static str,
        hint: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        repository: Option<&'a str>,
    },
    Verdict {
        verdict: &'static str,
        checked: JsonChecked,
        findings: usize,
        unread: usize,
        advice: &'a [String],
        remarks: &'a [String],
    },
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
    let document = JsonReport {
        version: VERSION,
        verdict: report.verdict().name(),
        checked: checked(&report.checked),
        findings: report.findings.iter().map(finding).collect(),
        exempted: report.exempted.iter().map(finding).collect(),
        advice: &report.advice,
        remarks: &report.remarks,
        message: report.message.as_deref(),
        unread: report.unread.iter().map(unread).collect(),
        repositories: report.repositories.iter().map(repository).collect(),
    };
    #[expect(clippy::expect_used, reason = "an empty document would look like a report without findings")]
    let mut text = serde_json::to_string_pretty(&document).expect("strings and numbers can be serialised");
    text.push('\n');
    text
}

/// Renders the report as a stream: one object a line, a header first and the verdict last.
pub(super) fn render_lines(report: &Report) -> String {
    let mut text = String::new();
    let (tool, tool_version) = ("git-gate", env!("CARGO_PKG_VERSION"));
    add_line(&mut text, &JsonLine::Header { version: VERSION, tool, tool_version });
    for it in &report.repositories {
        add_line(&mut text, &JsonLine::Repository(repository(it)));
    }
    for it in &report.findings {
        add_line(&mut text, &JsonLine::Finding(finding(it)));
    }
    for it in &report.exempted {
        add_line(&mut text, &JsonLine::Exempted(finding(it)));
    }
    for it in &report.unread {
        let JsonUnread { oid, kind: object, path, commit, why, obstacle, hint, repository } = unread(it);
        let line = JsonLine::Unread { oid, object, path, commit, why, obstacle, hint, repository };
        add_line(&mut text, &line);
    }
    let last = JsonLine::Verdict {
        verdict: report.verdict().name(),
        checked: checked(&report.checked),
        findings: report.findings.len(),
        unread: report.unread.len(),
        advice: &report.advice,
        remarks: &report.remarks,
    };
    add_line(&mut text, &last);
    text
}

fn add_line(text: &mut String, line: &JsonLine<'_>) {
    #[expect(clippy::expect_used, reason = "a line that is left out would look like no finding")]
    text.push_str(&serde_json::to_string(line).expect("strings and numbers can be serialised"));
    text.push('\n');
}

fn repository(repository: &JudgedRepository) -> JsonRepository<'_> {
    let JudgedRepository { name, verdict, findings } = repository;
    JsonRepository { repository: name, verdict: verdict.name(), findings: *findings }
}

fn checked(checked: &Checked) -> JsonChecked {
    JsonChecked {
        ref_updates: checked.ref_updates,
        commits: checked.commits,
        workflows: checked.workflows,
        blobs: checked.blob_count(),
        config_entries: checked.config_entries,
    }
}

fn unread(unread: &Unread) -> JsonUnread<'_> {
    JsonUnread {
        oid: unread.oid.as_ref().map(Oid::to_string),
        kind: unread.kind,
        path: path_text(&unread.path),
        commit: unread.commit.as_ref().map(Oid::to_string),
        why: &unread.why,
        obstacle: unread.obstacle.name(),
        hint: &unread.hint,
        repository: unread.repository.as_deref(),
    }
}

fn finding(finding: &Finding) -> JsonFinding<'_> {
    let commit = finding.commit.as_deref();
    JsonFinding {
        repository: finding.repository.as_deref(),
        rule: finding.rule.id,
        level: finding.level.to_string(),
        message: &finding.message,
        help: finding.help.as_deref(),
        notes: &finding.notes,
        location: location(&finding.location),
        fingerprint: Fingerprint::of(finding).to_string(),
        author: commit.map(|commit| commit.author.as_str()),
        date: commit.map(|commit| date::of_seconds(commit.date)),
        subject: commit.map(|commit| commit.subject.as_str()),
        in_head: finding.in_head,
        secret: finding.credential.as_deref().map(secret),
        exempted_by: finding.exemption.as_ref().map(|exemption| exemption.by.word()),
        reason: finding.exemption.as_ref().map(|exemption| exemption.reason.as_str()),
    }
}

/// Returns the facts about a credential.
pub(super) fn secret(facts: &CredentialFacts) -> JsonSecret<'_> {
    let standing = facts.standing.as_ref();
    let commit = |oid: Option<Oid>| oid.map(|oid| oid.to_string());
    JsonSecret {
        provider: facts.provider.as_deref(),
        kind: &facts.kind,
        length: facts.length,
        number: standing.map(|standing| standing.number),
        findings: standing.map(|standing| standing.findings),
        first_commit: standing.and_then(|standing| commit(standing.first_commit)),
        last_commit: standing.and_then(|standing| commit(standing.last_commit)),
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
