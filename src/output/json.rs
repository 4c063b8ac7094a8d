//! One JSON document, for scripts. Fields may be added, never removed.

use std::io::{self, BufWriter, Write};

use bstr::BString;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

use super::lazy::{FindingSource, LazyReport, add_each};
use crate::git::Oid;
use crate::report::{
    Checked, CredentialFacts, Finding, Fingerprint, JudgedRepository, Location, Report, Unread,
};
use crate::text::{date, lossless};

/// Version of the document format.
const VERSION: u32 = 1;

/// List of findings in a document.
struct Each<'a>(&'a dyn FindingSource);

impl Each<'_> {
    fn is_empty(&self) -> bool {
        self.0.count() == 0
    }
}

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.count()))?;
        add_each(&mut list, self.0, |list, it| list.serialize_element(&finding(it)))?;
        list.end()
    }
}

#[derive(Serialize)]
struct JsonReport<'a> {
    version: u32,
    verdict: &'static str,
    checked: JsonChecked,
    findings: Each<'a>,
    #[serde(skip_serializing_if = "Each::is_empty")]
    exempted: Each<'a>,
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
    in_memory(|text| write(&LazyReport::of(report), text))
}

/// Renders the report as a stream: one object a line, a header first and the verdict last.
pub(super) fn render_lines(report: &Report) -> String {
    in_memory(|text| write_lines(&LazyReport::of(report), text))
}

pub(super) fn in_memory(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    #[expect(clippy::expect_used, reason = "an empty document would look like a report without findings")]
    write(&mut text).expect("strings and numbers can be serialised");
    #[expect(clippy::expect_used, reason = "as above")]
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// Writes the report as one document with a final line feed.
///
/// # Errors
/// Fails when it cannot be written, or a finding cannot be read.
pub(super) fn write(lazy: &LazyReport<'_>, out: impl Write) -> io::Result<()> {
    let LazyReport { verdict, report, findings, exempted, .. } = *lazy;
    let document = JsonReport {
        version: VERSION,
        verdict: verdict.name(),
        checked: checked(&report.checked),
        findings: Each(findings),
        exempted: Each(exempted),
        advice: &report.advice,
        remarks: &report.remarks,
        message: report.message.as_deref(),
        unread: report.unread.iter().map(unread).collect(),
        repositories: report.repositories.iter().map(repository).collect(),
    };
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes the report as a stream: one object a line, a header first and the verdict last.
///
/// # Errors
/// As [`write()`].
pub(super) fn write_lines(lazy: &LazyReport<'_>, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(first_line().as_bytes())?;
    for it in &lazy.report.repositories {
        add_line(&mut out, &JsonLine::Repository(repository(it)))?;
    }
    lazy.findings.each(&mut |it| add_line(&mut out, &JsonLine::Finding(finding(it))))?;
    write_last_lines(lazy, &mut out)?;
    out.flush()
}

/// Renders the line with which a stream begins.
pub(crate) fn first_line() -> String {
    let (tool, tool_version) = ("git-gate", env!("CARGO_PKG_VERSION"));
    in_memory(|text| add_line(text, &JsonLine::Header { version: VERSION, tool, tool_version }))
}

/// Renders the line of a finding.
pub(crate) fn finding_line(it: &Finding) -> String {
    in_memory(|text| add_line(text, &JsonLine::Finding(finding(it))))
}

/// Renders the lines of a stream after those of the findings.
pub(crate) fn last_lines(report: &Report) -> String {
    in_memory(|text| write_last_lines(&LazyReport::of(report), text))
}

fn write_last_lines(lazy: &LazyReport<'_>, out: &mut impl Write) -> io::Result<()> {
    let LazyReport { verdict, report, findings, exempted, .. } = *lazy;
    exempted.each(&mut |it| add_line(out, &JsonLine::Exempted(finding(it))))?;
    for it in &report.unread {
        let JsonUnread { oid, kind: object, path, commit, why, obstacle, hint, repository } = unread(it);
        let line = JsonLine::Unread { oid, object, path, commit, why, obstacle, hint, repository };
        add_line(out, &line)?;
    }
    let last = JsonLine::Verdict {
        verdict: verdict.name(),
        checked: checked(&report.checked),
        findings: findings.count() + report.written.findings,
        unread: report.unread.len(),
        advice: &report.advice,
        remarks: &report.remarks,
    };
    add_line(out, &last)
}

fn add_line(out: &mut impl Write, line: &JsonLine<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
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
