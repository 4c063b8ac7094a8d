//! SARIF 2.1.0, in the subset that code scanning accepts.

use std::io::{self, BufWriter, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::lazy::{LazyReport, add_each};
use super::{file_position, json, wording};
use crate::report::{ExemptedBy, Finding, Fingerprint, Group, Level, Location, Report, RuleMeta, Verdict};
use crate::rules::{self, RULES};
use crate::text::date;

/// Address at which the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Number of results of a run beyond which code scanning on GitHub rejects it, and number of those that it shows.
const MAX_RESULTS: usize = 25_000;
const SHOWN_RESULTS: usize = 5_000;

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'a>; 1],
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    column_kind: &'static str,
    invocations: [Value; 1],
    results: Results<'a>,
    tool: Value,
}

/// Results, each of which is formed when it is written.
struct Results<'a>(&'a LazyReport<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(count(self.0)))?;
        for findings in [self.0.findings, self.0.exempted] {
            add_each(&mut list, findings, |list, finding| list.serialize_element(&result(finding)))?;
        }
        list.end()
    }
}

fn count(lazy: &LazyReport<'_>) -> usize {
    lazy.findings.count() + lazy.exempted.count()
}

/// Renders the report as one log with one run, with a final line feed.
pub(super) fn render(report: &Report) -> String {
    json::in_memory(|text| write(&LazyReport::of(report), text))
}

/// Writes what [`render`] returns.
///
/// # Errors
/// Fails when it cannot be written, or a finding cannot be read.
pub(super) fn write(lazy: &LazyReport<'_>, out: impl Write) -> io::Result<()> {
    let log = Log {
        schema: SCHEMA,
        runs: [Run {
            column_kind: "unicodeCodePoints",
            invocations: [invocation(lazy)],
            results: Results(lazy),
            tool: json!({ "driver": driver() }),
        }],
        version: "2.1.0",
    };
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &log)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Returns a warning if code scanning on GitHub does not take the whole report; `None` if it does.
pub(super) fn excess(lazy: &LazyReport<'_>) -> Option<String> {
    let results = count(lazy);
    if results <= SHOWN_RESULTS {
        return None;
    }
    let limit = match results <= MAX_RESULTS {
        true => format!("shows {SHOWN_RESULTS} of these {results} results"),
        false => format!("rejects a report with more than {MAX_RESULTS} results; this one has {results}"),
    };
    Some(format!(
        "code scanning on GitHub {limit}: choose some with `--in-head`, `--since`, `--rule` or `--level`"
    ))
}

fn driver() -> Value {
    json!({
        "name": "git-gate",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": RULES.iter().map(|rule| descriptor(&rule.meta)).collect::<Vec<_>>(),
    })
}

fn descriptor(rule: &RuleMeta) -> Value {
    let docs = rules::docs(rule);
    let mut properties =
        json!({ "tags": ["security", rule.group.to_string()], "precision": precision(rule) });
    if let Some(severity) = severity(rule) {
        set(&mut properties, "security-severity", json!(severity));
    }
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": docs, "markdown": docs },
        "defaultConfiguration": { "level": level(rule.default_level) },
        "properties": properties,
    })
}

/// Returns how often a finding of a rule is true: always for what a commit or a push says of itself, nearly always for
/// what has to be recognized in a text.
fn precision(rule: &RuleMeta) -> &'static str {
    match rule.group {
        Group::Signoff | Group::Ref => "very-high",
        Group::Workflow | Group::Token => "high",
    }
}

/// Returns the severity of a finding on the scale of CVSS, as code scanning shows it; `None` if it is no weakness.
///
/// Code scanning calls 9.0 and above critical, 7.0 high, and 4.0 medium.
fn severity(rule: &RuleMeta) -> Option<&'static str> {
    match (rule.group, rule.default_level) {
        (Group::Token, Level::Deny) => Some("9.1"),
        (Group::Token, _) => Some("8.1"),
        (Group::Workflow, Level::Deny) => Some("7.5"),
        (Group::Workflow, _) => Some("5.0"),
        (Group::Signoff | Group::Ref, _) => None,
    }
}

fn invocation(lazy: &LazyReport<'_>) -> Value {
    let report = lazy.report;
    let notifications = report.advice.iter().chain(&report.remarks);
    let note = |level: &str, text: &str| json!({ "level": level, "message": { "text": unlinked(text) } });
    let mut notifications: Vec<Value> = notifications.map(|text| note("note", text)).collect();
    notifications.extend(excess(lazy).map(|text| note("warning", &text)));
    notifications.extend(report.unread.iter().map(|unread| note("error", &unread.to_string())));
    json!({
        "executionSuccessful": report.unread.is_empty(),
        "exitCode": match lazy.verdict {
            Verdict::Clean => 0,
            Verdict::Denied => 1,
            Verdict::Undecided => 2,
        },
        "exitCodeDescription": wording::verdict_of(lazy),
        "toolExecutionNotifications": notifications,
    })
}

fn result(finding: &Finding) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": level(finding.level),
        "message": { "text": unlinked(&wording::body(finding)) },
        "locations": [location(finding)],
        "partialFingerprints": {
            "primaryLocationLineHash": Fingerprint::of(finding).text(finding),
        },
    });
    if let Some(exemption) = &finding.exemption {
        let kind = if exemption.by == ExemptedBy::Comment { "inSource" } else { "external" };
        set(&mut result, "suppressions", json!([{ "kind": kind, "justification": exemption.reason }]));
    }
    let properties = facts(finding);
    if properties.as_object().is_some_and(|facts| !facts.is_empty()) {
        set(&mut result, "properties", properties);
    }
    result
}

/// Returns the facts about a finding for which SARIF has no place.
fn facts(finding: &Finding) -> Value {
    let mut facts = json!({});
    if let Some(commit) = &finding.commit {
        set(&mut facts, "author", json!(commit.author));
        set(&mut facts, "date", json!(date::of_seconds(commit.date)));
    }
    if let Some(in_head) = finding.in_head {
        set(&mut facts, "inHead", json!(in_head));
    }
    if let Some(repository) = &finding.repository {
        set(&mut facts, "repository", json!(**repository));
    }
    if let Some(credential) = &finding.credential {
        set(&mut facts, "secret", json!(json::secret(credential)));
    }
    facts
}

/// Sets a member of an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// Returns SARIF's name of a level.
fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Allow => "none",
    }
}

fn location(finding: &Finding) -> Value {
    let line = file_position::line(&finding.location);
    let region = match file_position::columns(finding) {
        Some((start, end)) => json!({ "startLine": line, "startColumn": start, "endColumn": end }),
        None => json!({ "startLine": line }),
    };
    let uri = encoded(&finding.location.file_path());
    json!({
        "physicalLocation": { "artifactLocation": { "uri": uri }, "region": region },
        "logicalLocations": [{ "fullyQualifiedName": wording::place(finding), "kind": kind(&finding.location) }],
    })
}

fn kind(location: &Location) -> &'static str {
    match location {
        Location::Blob { .. } => "blob",
        Location::Commit { .. } => "commit",
        Location::GitConfig { .. } => "git-config",
        Location::Ref { .. } => "ref",
    }
}

/// Bytes that are escaped in a path: all but `/` and the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Encodes a path as a relative URI.
fn encoded(path: &[u8]) -> String {
    percent_encode(path, ESCAPED).to_string()
}

/// Breaks up links in a text: SARIF makes one of `[text](target)`, and the text may come from a repository.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

#[cfg(test)]
#[path = "sarif/tests.rs"]
mod tests;
