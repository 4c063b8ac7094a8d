//! SARIF 2.1.0, in the subset that code scanning accepts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};

use super::file_position;
use super::wording;
use crate::report::{Finding, Fingerprints, Level, Location, Report, RuleMeta, Verdict};
use crate::rules::{self, RULES};

/// Address at which the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Renders the report as one log with one run, with a final line feed.
pub(super) fn render(report: &Report) -> String {
    let mut fingerprints = Fingerprints::default();
    let results: Vec<Value> =
        report.findings.iter().map(|finding| result(finding, &mut fingerprints)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver() },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(report)],
            "results": results,
        }],
    });
    format!("{log:#}\n")
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
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": docs, "markdown": docs },
        "defaultConfiguration": { "level": level(rule.default_level) },
        "properties": { "tags": ["security", rule.group.to_string()], "precision": "very-high" },
    })
}

fn invocation(report: &Report) -> Value {
    let notifications = report.advice.iter().chain(&report.remarks);
    let note = |level: &str, text: &str| json!({ "level": level, "message": { "text": unlinked(text) } });
    let mut notifications: Vec<Value> = notifications.map(|text| note("note", text)).collect();
    notifications.extend(report.unread.iter().map(|unread| note("error", &unread.to_string())));
    json!({
        "executionSuccessful": report.unread.is_empty(),
        "exitCode": match report.verdict() {
            Verdict::Clean => 0,
            Verdict::Denied => 1,
            Verdict::Undecided => 2,
        },
        "exitCodeDescription": wording::verdict(report),
        "toolExecutionNotifications": notifications,
    })
}

fn result(finding: &Finding, fingerprints: &mut Fingerprints) -> Value {
    let fingerprint = fingerprints.next(finding);
    json!({
        "ruleId": finding.rule.id,
        "level": level(finding.level),
        "message": { "text": unlinked(&wording::body(finding)) },
        "locations": [location(finding)],
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{}:{}", fingerprint.digest, fingerprint.number),
        },
    })
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
        "logicalLocations": [{ "fullyQualifiedName": wording::place(&finding.location), "kind": kind(&finding.location) }],
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
