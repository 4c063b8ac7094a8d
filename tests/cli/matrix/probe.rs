//! Probe of a cell: commits and pushes, good ones, bad ones, and those that the other hook refuses.

use std::fs;

use super::Event;
use super::cell::Cell;
use crate::support::{Repo, SIGN_OFF, Transcript};

/// A workflow with one finding at level `warn`: a push of it that passes says once that the gate ran.
const WARNED: &str = "\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    container: alpine
    steps: []
";

/// Hooks that have to run. The others must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) gate: bool,
    pub(super) other: bool,
}

/// Trial of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trial {
    Good,
    Bad,
    RefusedByOther,
}

/// Creates the tags `good` and `bad`, a commit each that the gate accepts and refuses, and the tag `base`.
pub(super) fn prepare(work: &Repo<'_>) {
    work.git(["tag", "base"]).ok();
    for (name, message) in [("good", format!("docs: x\n\n{SIGN_OFF}\n")), ("bad", "docs: x\n".to_owned())] {
        work.write(".github/workflows/ci.yml", WARNED);
        work.commit_message(&message);
        work.git(["tag", name]).ok();
        work.git(["reset", "-q", "--hard", "base"]).ok();
    }
}

/// Tries each event. Returns what the other hook wrote down in the good trials.
///
/// # Errors
/// Fails if a hook did not run exactly once, or ran and should not, or if a commit or push ended wrongly.
pub(super) fn probe(cell: &mut Cell<'_>, expected: Expected) -> Result<String, String> {
    let events: &[Event] = match cell.tool.events {
        [Event::PreReceive] => &[Event::PreReceive],
        _ => &[Event::CommitMsg, Event::PrePush],
    };
    let mut written = String::new();
    for event in events {
        let other = expected.other && cell.tool.events.contains(event);
        let expected = Expected { other, ..expected };
        for trial in [Trial::Good, Trial::Bad, Trial::RefusedByOther] {
            if trial != Trial::RefusedByOther || other {
                written += &try_one(cell, *event, trial, expected)
                    .map_err(|fault| format!("{} {trial:?}: {fault}", event.name()))?;
            }
        }
    }
    Ok(written)
}

fn try_one(cell: &mut Cell<'_>, event: Event, trial: Trial, expected: Expected) -> Result<String, String> {
    let (ran, refuse) = (cell.sandbox.path("home/ran"), cell.sandbox.path("home/refuse"));
    let _ = fs::remove_file(&ran);
    if trial == Trial::RefusedByOther {
        fs::write(&refuse, "").unwrap();
    }
    let (transcript, went_through) = match event {
        Event::CommitMsg => commit(cell, trial),
        Event::PrePush | Event::PreReceive => push(cell, trial),
    };
    let _ = fs::remove_file(&refuse);
    let accepted = match trial {
        Trial::Good => true,
        Trial::Bad => !expected.gate,
        Trial::RefusedByOther => false,
    };
    if (transcript.status() == Some(0), went_through) != (accepted, accepted) {
        return Err(format!("accepted: {went_through}, but should be: {accepted}"));
    }
    let gate = findings(&transcript);
    if gate != usize::from(expected.gate) && (trial != Trial::RefusedByOther || gate > 1) {
        return Err(format!("the gate reported {gate} times"));
    }
    let written = cell.without_root(&fs::read_to_string(&ran).unwrap_or_default());
    let times = written.lines().filter(|line| line.starts_with(event.name())).count();
    if times != usize::from(expected.other) {
        return Err(format!("the other hook ran {times} times:\n{written}"));
    }
    Ok(if trial == Trial::Good { written } else { String::new() })
}

/// Makes a commit. Returns what git said, and whether there is a commit; takes it back.
fn commit(cell: &mut Cell<'_>, trial: Trial) -> (Transcript, bool) {
    let message = if trial == Trial::Bad { "docs: x" } else { "fixup! docs: x" };
    let at = cell.work.path().to_owned();
    let before = cell.work.oid("HEAD");
    let transcript = cell.run_at(&at, &["git", "commit", "-q", "--allow-empty", "-m", message]);
    let made = cell.work.oid("HEAD") != before;
    if made {
        cell.work.git(["reset", "-q", "--soft", "HEAD~1"]).ok();
    }
    (transcript, made)
}

/// Pushes to a new branch. Returns what git said, and whether there is a branch; deletes it.
fn push(cell: &mut Cell<'_>, trial: Trial) -> (Transcript, bool) {
    let refspec = if trial == Trial::Bad { "bad^{}:refs/heads/topic" } else { "good^{}:refs/heads/topic" };
    let at = cell.work.path().to_owned();
    let transcript = cell.run_at(&at, &["git", "push", "-q", "origin", refspec]);
    let moved = cell.server.oid("topic").is_some();
    cell.server.git(["update-ref", "-d", "refs/heads/topic"]).ok();
    cell.work.git(["update-ref", "-d", "refs/remotes/origin/topic"]).ok();
    (transcript, moved)
}

/// Returns how often the finding is reported that every trial has.
fn findings(transcript: &Transcript) -> usize {
    let said = transcript.to_string();
    let signs = ["[missing-signoff]", "[unpinned-image]"].map(|sign| said.matches(sign).count());
    signs.into_iter().max().unwrap_or_default()
}
