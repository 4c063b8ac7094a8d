//! Conditions and steps that keep the code of a fork out of a job.

use std::collections::HashSet;

use super::model::expression::{Comparison, Expression};
use super::model::{Job, Model, Step};
use super::yaml::node::Node;

/// Values that say whose repository or branch the code comes from. Compared with anything, they select it.
const ORIGINS: &[&str] = &[
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.head.repo.id",
    "github.event.pull_request.head.repo.name",
    "github.event.pull_request.head.repo.node_id",
    "github.event.pull_request.head.repo.owner.login",
    "github.event.pull_request.head.user.login",
    "github.event.workflow_run.head_repository.full_name",
    "github.event.workflow_run.head_repository.id",
    "github.event.workflow_run.head_repository.owner.login",
];

/// Values that say who wrote the code, or who asked for the run.
const PEOPLE: &[&str] = &[
    "github.event.comment.author_association",
    "github.event.comment.user.login",
    "github.event.issue.user.login",
    "github.event.label.name",
    "github.event.pull_request.author_association",
    "github.event.pull_request.user.login",
    "github.event.review.author_association",
    "github.event.sender.login",
];

/// Lists of labels, which only people with the right to triage set.
const LABELS: &[&str] = &["github.event.pull_request.labels", "github.event.issue.labels"];

/// Values that are true if the code is that of a fork.
const IS_FORK: &[&str] =
    &["github.event.pull_request.head.repo.fork", "github.event.workflow_run.head_repository.fork"];

/// Values that are true only if the code has been accepted.
const IS_ACCEPTED: &[&str] = &["github.event.pull_request.merged"];

/// Actors that only name who caused the event. Bots can be made to act for others.
const ACTORS: &[&str] = &["github.actor", "github.triggering_actor"];

impl Model {
    /// Returns whether a step of a job runs only for code that is not that of a stranger.
    ///
    /// This is so if the step, the job or a job that it needs has such a condition, waits for an environment, or
    /// asks for the permission of who started it. `privileged` are the events whose runs have secrets.
    pub(crate) fn keeps_forks_out(&self, job: &Job, step: &Step, privileged: &[&str]) -> bool {
        is_guarded(&step.node, privileged)
            || self.before(job).iter().any(|job| is_guarded_job(job, privileged))
    }

    /// Returns a job and the jobs that have to succeed before it.
    fn before<'m>(&'m self, job: &'m Job) -> Vec<&'m Job> {
        let (mut found, mut seen, mut at) = (vec![job], HashSet::from([job.id.as_str()]), 0);
        while let Some(job) = found.get(at).copied() {
            at += 1;
            let condition = job.node.get("if").and_then(|node| node.text()).unwrap_or_default();
            // Such a job runs although one that it needs was skipped.
            if ["always()", "failure()", "cancelled()"].iter().any(|part| condition.contains(part)) {
                continue;
            }
            let Some(needs) = job.node.get("needs") else { continue };
            let names =
                needs.items().unwrap_or(std::slice::from_ref(needs)).iter().filter_map(|name| name.text());
            for name in names {
                if seen.insert(name) {
                    found.extend(self.jobs.iter().find(|other| other.id == name));
                }
            }
        }
        found
    }
}

fn is_guarded_job(job: &Job, privileged: &[&str]) -> bool {
    job.node.get("environment").is_some()
        || is_guarded(&job.node, privileged)
        || job.steps.iter().any(asks_for_permission)
}

/// Returns whether the `if` of a job or a step lets no code of strangers pass.
fn is_guarded(node: &Node, privileged: &[&str]) -> bool {
    let condition = node.get("if").and_then(|node| node.text()).and_then(Expression::condition);
    condition.is_some_and(|condition| condition.implies(&|part| is_guard(part, privileged)))
}

/// Returns whether a step asks the forge for the permission of a person.
fn asks_for_permission(step: &Step) -> bool {
    let action = step.action_name().unwrap_or_default();
    let mut asks = ["permission", "membership", "team-member"].iter().any(|part| action.contains(part));
    step.node.for_each_text(&mut |text, _| {
        asks |= text.contains("getCollaboratorPermissionLevel") || text.contains("/collaborators/");
    });
    asks
}

fn is_guard(part: &Expression, privileged: &[&str]) -> bool {
    let is_in =
        |part: &Expression, list: &[&str]| part.path().is_some_and(|path| list.contains(&path.as_str()));
    match part {
        Expression::Path(_) => is_in(part, IS_ACCEPTED),
        Expression::Not(inner) => is_in(inner, IS_FORK),
        Expression::Compare(comparison, sides) => {
            let [left, right] = &**sides;
            is_comparison_guard(*comparison, left, right, privileged)
                || is_comparison_guard(*comparison, right, left, privileged)
        }
        Expression::Call(name, arguments) if name == "contains" => {
            arguments.iter().flat_map(Expression::sources).any(|source| {
                let path = source.path.join(".");
                PEOPLE.contains(&path.as_str()) || LABELS.iter().any(|labels| path.starts_with(labels))
            })
        }
        _ => false,
    }
}

fn is_comparison_guard(
    comparison: Comparison,
    value: &Expression,
    other: &Expression,
    privileged: &[&str],
) -> bool {
    let Some(path) = value.path() else { return false };
    let path = path.as_str();
    let text = match other {
        Expression::Literal(text) => Some(text.as_str()),
        _ => None,
    };
    match comparison {
        Comparison::Equal if path == "github.event_name" => {
            text.is_some_and(|event| !privileged.contains(&event))
        }
        Comparison::Unequal if path == "github.event_name" => text.is_some_and(|event| privileged == [event]),
        Comparison::Equal if path == "github.event.workflow_run.event" => {
            text.is_some_and(|event| !event.starts_with("pull_request"))
        }
        Comparison::Unequal if path == "github.event.workflow_run.event" => text == Some("pull_request"),
        Comparison::Equal if IS_FORK.contains(&path) => text == Some("false"),
        Comparison::Unequal if IS_FORK.contains(&path) => text == Some("true"),
        Comparison::Equal if IS_ACCEPTED.contains(&path) => text == Some("true"),
        Comparison::Equal if ACTORS.contains(&path) => text.is_some_and(|name| !name.ends_with("[bot]")),
        Comparison::Equal => ORIGINS.contains(&path) || PEOPLE.contains(&path),
        Comparison::Unequal | Comparison::Order => false,
    }
}
