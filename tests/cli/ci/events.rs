//! The action refuses, of each event, what the hook of a server would refuse of the same push, and nothing else.

use std::fs;

use serde_json::{Value, json};

use super::action::{Event, act};
use super::{Change, Forge, NONE};
use crate::support::{CLEAN_WORKFLOW, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// The git-gate that is tested, in the place of a released file.
pub(super) const OURS: (&str, &str) = ("binary", "git-gate");

fn event(name: &'static str, reference: &str, payload: Value) -> Event {
    let mut payload = payload;
    payload["repository"] = json!({"default_branch": "main"});
    Event { name, payload, reference: reference.to_owned() }
}

/// Opens a pull request of `topic`, which has a ref of its own as that of a fork has, and perhaps a branch.
pub(super) fn pull_request(forge: &Forge<'_>, name: &'static str, from_fork: bool) -> Event {
    let head = forge.client.oid("topic").unwrap();
    forge.push("topic", "refs/pull/1/head");
    if !from_fork {
        forge.push("topic", "refs/heads/topic");
    }
    let base = json!({"sha": forge.oid("main"), "ref": "main"});
    let reference = if name == "pull_request" { "refs/pull/1/merge" } else { "refs/heads/main" };
    event(name, reference, json!({"pull_request": {"head": {"sha": head}, "base": base}}))
}

/// Puts a merge of `topic` into the queue of `main`.
fn merge_group(forge: &Forge<'_>) -> Event {
    let base = forge.oid("main");
    forge.client.git(["checkout", "-q", "-B", "queue", &base]).ok();
    forge.client.git(["merge", "-q", "--no-ff", "--no-edit", "topic"]).ok();
    let queue = "refs/heads/gh-readonly-queue/main/pr-1";
    forge.push("queue", queue);
    let head = forge.client.oid("queue").unwrap();
    let group = json!({"head_sha": head, "base_sha": base, "base_ref": "refs/heads/main"});
    event("merge_group", queue, json!({"merge_group": group}))
}

/// Pushes `topic` to a ref of the forge.
pub(super) fn push(forge: &Forge<'_>, to: &str) -> Event {
    let before = forge.bare.oid(to).unwrap_or_else(|| NONE.to_owned());
    forge.push("topic", to);
    event("push", to, json!({"before": before, "after": forge.oid(to)}))
}

/// Checks changes in one shape of event, and the push of a revision to a ref that the hook judges.
fn judged_alike(changes: &[Change], shape: fn(&Forge<'_>) -> Event, twin: (&str, &str)) {
    for &change in changes {
        let sandbox = Sandbox::new();
        let forge = Forge::new(&sandbox);
        forge.change(change);
        let event = shape(&forge);
        let judged = act(&forge, &event, &[OURS]);
        assert_eq!(judged.status(), Some(change.status()), "{change:?}: {judged}");
        assert_eq!(forge.said_by_the_hook(twin.0, twin.1), change.status(), "{change:?}: the hook");
    }
}

#[test]
fn pull_request_is_judged_like_a_push() {
    judged_alike(&Change::ALL, |forge| pull_request(forge, "pull_request", false), ("topic", "topic"));
}

#[test]
fn pull_request_target_is_judged_like_a_push() {
    judged_alike(&Change::FEW, |forge| pull_request(forge, "pull_request_target", false), ("topic", "topic"));
}

#[test]
fn pull_request_of_a_fork_is_judged_like_a_push() {
    judged_alike(&Change::FEW, |forge| pull_request(forge, "pull_request", true), ("topic", "topic"));
}

#[test]
fn merge_group_is_judged_like_a_push() {
    judged_alike(&Change::FEW, merge_group, ("queue", "main"));
}

#[test]
fn push_is_judged_like_a_push() {
    judged_alike(&Change::ALL, |forge| push(forge, "refs/heads/main"), ("topic", "main"));
}

#[test]
fn first_push_of_a_branch_is_judged_like_a_push() {
    judged_alike(&Change::FEW, |forge| push(forge, "refs/heads/new"), ("topic", "new"));
    judged_alike(&Change::FEW, |forge| push(forge, "refs/tags/v1"), ("topic", "refs/tags/v1"));
}

#[test]
fn second_push_of_a_branch_is_judged_like_a_push() {
    judged_alike(
        &Change::FEW,
        |forge| {
            forge.push("topic~1", "refs/heads/new");
            push(forge, "refs/heads/new")
        },
        ("topic", "new"),
    );
}

#[test]
fn first_push_into_an_empty_repository_is_judged_whole() {
    for change in [Change::Signed, Change::Unsigned, Change::Loosened] {
        let sandbox = Sandbox::new();
        let forge = Forge::new(&sandbox);
        forge.change(change);
        forge.bare.git(["update-ref", "-d", "refs/heads/main"]).ok();
        let judged = act(&forge, &push(&forge, "refs/heads/main"), &[OURS]);
        assert_eq!(judged.status(), Some(change.status()), "{change:?}: {judged}");
    }
}

/// A push with force leaves commits behind. What they had repaired is not taken back.
#[test]
fn forced_push_is_judged_like_a_push() {
    for (new, status) in [(CLEAN_WORKFLOW, 0), (UNPINNED_WORKFLOW, 1)] {
        let sandbox = Sandbox::new();
        let forge = Forge::with(&sandbox, &[(WORKFLOW, UNPINNED_WORKFLOW)]);
        forge.client.git(["checkout", "-q", "-B", "topic", "main"]).ok();
        forge.client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
        forge.push("topic", "refs/heads/main");
        forge.admit("topic:main");
        forge.client.git(["checkout", "-q", "-B", "topic", "main"]).ok();
        forge.client.write(WORKFLOW, new);
        forge.client.commit("docs: another change");
        let judged = act(&forge, &push(&forge, "refs/heads/main"), &[OURS]);
        assert_eq!(judged.status(), Some(status), "{judged}");
        assert_eq!(forge.said_by_the_hook("topic", "main"), status);
    }
}

#[test]
fn deletion_has_nothing_to_judge() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let payload = json!({"before": forge.oid("main"), "after": NONE});
    act(&forge, &event("push", "refs/heads/x", payload), &[OURS]).says("refs/heads/x is deleted");
}

#[test]
fn event_without_a_change_is_undecided() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let judged = act(&forge, &event("schedule", "refs/heads/main", json!({})), &[OURS]);
    judged.says("the event `schedule` brings no change");
    assert_eq!(judged.status(), Some(2));
}

#[test]
fn range_is_judged_instead_of_the_event() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let (old, new) = (forge.oid("main"), forge.change(Change::Unsigned));
    forge.push("topic", "refs/heads/topic");
    let schedule = event("schedule", "refs/heads/main", json!({}));
    let judge = |range: &str| act(&forge, &schedule, &[OURS, ("range", range)]);
    assert_eq!(judge(&format!("{old}..{new}")).status(), Some(1));
    assert_eq!(judge(&format!("{new}..{new}")).status(), Some(0));
    assert_eq!(judge("main..topic").says("two full oids").status(), Some(2));
}

/// The whole output: annotations, then the report, in which nothing is a command to the runner, and the same in the summary.
#[test]
fn refusal_is_annotated_and_summarized() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    forge.client.git(["checkout", "-q", "-B", "topic", "main"]).ok();
    forge.client.write(WORKFLOW, UNPINNED_WORKFLOW);
    forge.client.commit("ci: <b> & ::error::x");
    let event = pull_request(&forge, "pull_request", true);
    let judged =
        act(&forge, &event, &[OURS, ("sarif", "a b.sarif"), ("formats", "json=a.json gitlab=b.json")]);
    let text = judged.to_string();
    let (annotations, report) = text.split_once("::stop-commands::git-gate-").unwrap();
    assert_eq!(annotations.matches("::error ").count(), 1, "{annotations}");
    assert!(annotations.starts_with("::error file=.github/workflows/ci.yml,line=7,"), "{annotations}");
    let (mark, report) = report.split_once('\n').unwrap();
    let (report, end) = report.split_once(&format!("::git-gate-{mark}::\n")).unwrap();
    assert_eq!(end, "--- stderr ---\n[exit status: 1]");
    assert!(report.ends_with("denied: 1 error in 1 commit, 1 workflow, 1 blob\n"), "{report}");
    let escaped = report.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let summary = fs::read_to_string(sandbox.path("summary.md")).unwrap();
    assert_eq!(summary, format!("<pre>\n{escaped}</pre>\n"));
    for (file, content) in
        [("a b.sarif", "unpinned-uses"), ("a.json", "\"denied\""), ("b.json", "fingerprint")]
    {
        let written = fs::read_to_string(sandbox.path("work").join(file)).unwrap();
        assert!(written.contains(content), "{file}: {written}");
    }
}
