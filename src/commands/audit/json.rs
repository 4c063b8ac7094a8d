//! Report about audit logs, as one JSON document.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::server::{AuditTally, Counts, Outcome, Outcomes};
use crate::text::escape;

#[derive(Serialize)]
struct Document<'t> {
    version: u32,
    from: Option<&'t str>,
    to: Option<&'t str>,
    pushes: BTreeMap<&'static str, u64>,
    /// Number of those that passed with warnings.
    passed_with_warnings: u64,
    older: u64,
    rules: Vec<Row>,
    repositories: Vec<Row>,
    people: Vec<Row>,
    reasons: Vec<Reason>,
    /// Numbers of pushes whose names are too many to be listed.
    not_listed: BTreeMap<&'static str, u64>,
    unread_files: usize,
}

#[derive(Serialize)]
struct Row {
    /// Null for pushes of nobody known.
    name: Option<String>,
    #[serde(flatten)]
    pushes: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Reason {
    kind: &'static str,
    reason: String,
    pushes: u64,
}

/// Renders the document.
pub(super) fn render(tally: &AuditTally, unread_files: usize) -> String {
    let reasons = tally.reasons.sorted(|count| *count);
    let document = Document {
        version: 1,
        from: some(&tally.first),
        to: some(&tally.last),
        pushes: by_outcome(&tally.all),
        passed_with_warnings: tally.warned,
        older: tally.older,
        rules: rows(&tally.rules),
        repositories: rows(&tally.repositories),
        people: rows(&tally.people),
        reasons: reasons
            .iter()
            .map(|((kind, reason), pushes)| {
                let reason = escape(reason.as_bytes());
                Reason { kind: kind.name(), reason, pushes: **pushes }
            })
            .collect(),
        not_listed: [
            ("rules", tally.rules.left_out),
            ("repositories", tally.repositories.left_out),
            ("people", tally.people.left_out),
            ("reasons", tally.reasons.left_out),
        ]
        .into(),
        unread_files,
    };
    #[expect(clippy::expect_used, reason = "the document consists of texts and numbers")]
    let text = serde_json::to_string_pretty(&document).expect("a report can be written as JSON");
    text + "\n"
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn rows(counts: &Counts<String, Outcomes>) -> Vec<Row> {
    let rows = counts.sorted(Outcomes::total).into_iter();
    let name = |name: &str| some(name).map(|name| escape(name.as_bytes()));
    rows.map(|(text, outcomes)| Row { name: name(text), pushes: by_outcome(outcomes) }).collect()
}

fn by_outcome(outcomes: &Outcomes) -> BTreeMap<&'static str, u64> {
    Outcome::ALL.map(|outcome| (outcome.name(), outcomes.of(outcome))).into()
}
