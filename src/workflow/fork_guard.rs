//! Conditions and steps that keep the code of a fork out of a job.

use std::collections::{HashMap, HashSet};

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

/// Jobs of a workflow that run only for code that is not that of a stranger.
#[derive(Debug)]
pub(crate) struct ForkGuards<'m> {
    /// Events whose runs have secrets.
    privileged: Vec<&'m str>,
    /// Ids of the jobs.
    jobs: HashSet<&'m str>,
}

impl<'m> ForkGuards<'m> {
    /// Finds the jobs that have such a condition, wait for an environment, or ask for the permission of who started
    /// them; and those that need such a job. `privileged` are the events whose runs have secrets.
    pub(crate) fn new(model: &'m Model, privileged: &[&'m str]) -> Self {
        let mut asking = HashMap::new();
        let mut asks =
            |step: &Step| *asking.entry(step.node.span).or_insert_with(|| asks_for_permission(step));
        let is_guarded = |job: &&Job| {
            job.node.get("environment").is_some()
                || is_guarded(&job.node, privileged)
                || job.steps.iter().any(&mut asks)
        };
        let mut jobs: HashSet<&str> =
            model.jobs.iter().filter(is_guarded).map(|job| job.id.as_str()).collect();
        loop {
            let needs =
                model.jobs.iter().filter(|job| !jobs.contains(job.id.as_str()) && needs_any(job, &jobs));
            let more: Vec<&str> = needs.map(|job| job.id.as_str()).collect();
            if more.is_empty() {
                return Self { privileged: privileged.to_vec(), jobs };
            }
            jobs.extend(more);
        }
    }

    /// Returns whether a step of a job runs for no stranger.
    pub(crate) fn keep_out_of(&self, job: &Job, step: &Step) -> bool {
        self.jobs.contains(job.id.as_str()) || is_guarded(&step.node, &self.privileged)
    }
}

/// Returns whether a job runs only after one of these jobs has succeeded.
fn needs_any(job: &Job, jobs: &HashSet<&str>) -> bool {
    let condition = job.node.get("if").and_then(|node| node.text()).unwrap_or_default();
    // Such a job runs although one that it needs was skipped.
    if ["always()", "failure()", "cancelled()"].iter().any(|part| condition.contains(part)) {
        return false;
    }
    let Some(needs) = job.node.get("needs") else { return false };
    let names = needs.items().unwrap_or(std::slice::from_ref(needs)).iter();
    names.filter_map(|name| name.text()).any(|name| jobs.contains(name))
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
