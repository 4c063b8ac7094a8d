//! Documents that evade other tools; GitHub, Gitea or Forgejo would run each of them.

mod added;
mod aliases;
mod app_tokens;
mod bombs;
mod characters;
mod checkout;
mod dialects;
mod documentation;
mod exemptions;
mod forks;
mod images;
mod injection;
mod permissions;
mod places;
mod sboms;
mod scalars;
mod secrets;
mod signatures;
mod signing;
mod uses;
mod versions;
mod written;

use bstr::BString;

use super::check::CheckResult;
use super::check::check_file;
use crate::judge::comments::CommentFilter;
use crate::policy::Policy;
use crate::workflow::{Document, FileKind};

const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

/// Returns the findings in a file as `rule:line`, without those about unlabelled pins and permissions.
fn found_at(path: &str, text: impl AsRef<[u8]>) -> Vec<String> {
    let text = text.as_ref();
    let documents = Document::read(text, FileKind::of(path.as_bytes()).unwrap());
    let (results, _) = check_file(&Policy::default(), &BString::from(path), &documents, CommentFilter::All);
    let quiet = ["unlabelled-pin", "excessive-permissions"];
    let shown = |result: &CheckResult| match result {
        CheckResult::Problem(rule, problem) if !quiet.contains(&rule.id) => match problem.place.span {
            Some(span) => Some(format!("{}:{}", rule.id, span.position(text).0)),
            None => Some(rule.id.to_owned()),
        },
        _ => None,
    };
    results.iter().filter_map(shown).collect()
}

fn found(text: impl AsRef<[u8]>) -> Vec<String> {
    found_at(".github/workflows/x.yml", text)
}

/// Returns the lines of the findings of one rule in a workflow.
fn lines_of(rule: &str, text: &str) -> Vec<u32> {
    let found = found(text);
    let lines = found.iter().filter_map(|found| found.strip_prefix(rule)?.strip_prefix(':')?.parse().ok());
    lines.collect()
}

/// Returns a workflow of one job whose steps begin on line 5.
fn steps(steps: &str) -> String {
    let lines: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    format!("on: push\njobs:\n  a:\n    steps:\n{lines}")
}

/// Returns the findings in a step that begins on line 5.
fn found_in_step(step: &str) -> Vec<String> {
    found(steps(step))
}

fn found_in_uses(value: &str) -> Vec<String> {
    found_in_step(&format!("- uses: {value}"))
}

const UNPINNED: &[&str] = &["unpinned-uses:5"];
const PERSISTED: &[&str] = &["persisted-credentials:5"];
const UNREADABLE: &[&str] = &["unreadable-workflow:5"];
const CLEAN: &[&str] = &[];
