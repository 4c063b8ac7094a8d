//! Jobs and steps that keep the code of a fork out.

mod condition;

use std::collections::{HashMap, HashSet};

use super::model::expression::Expression;
use super::model::inline::{condition, has_status_function};
use super::model::{Job, Model, Step};
use super::yaml::node::Node;
use condition::Guards;

/// Words in the name of an action that is about permissions.
const PERMISSION: &[&str] = &["permission", "membership", "team-member"];

/// Words in the name of an action that asks for the permission of a person, rather than sets or lists permissions.
const ASKING: &[&str] = &[
    "access",
    "actor",
    "author",
    "check",
    "collaborator",
    "has-",
    "member",
    "repository-permission",
    "require",
    "user",
    "validate",
    "verify",
];

/// Jobs of a workflow that run only for code that is not that of a stranger.
#[derive(Debug)]
pub(crate) struct ForkGuards<'m> {
    /// Events whose runs have secrets.
    events: Vec<&'m str>,
    /// Ids of the jobs, as [`job_key`] returns them.
    jobs: HashSet<String>,
}

/// Job that may be guarded.
struct Candidate {
    id: String,
    /// Parsed `if`; `None` if there is none, or if it is always true.
    condition: Option<Expression>,
    /// True if it is skipped with a job that it needs.
    is_skipped_with: bool,
    /// Ids of the jobs that it needs.
    needs: Vec<String>,
}

impl<'m> ForkGuards<'m> {
    /// Finds the jobs that have such a condition, wait for an environment, or ask for the permission of who started
    /// them; and those that need such a job. `events` are those whose runs have secrets.
    pub(crate) fn new(model: &'m Model, events: &[&'m str]) -> Self {
        let mut asking = HashMap::new();
        let mut asks =
            |step: &Step| *asking.entry(step.node.span).or_insert_with(|| asks_for_permission(step));
        let mut guards = Self { events: events.to_vec(), jobs: HashSet::new() };
        let candidates: Vec<Candidate> = model.jobs.iter().map(Candidate::new).collect();
        let mut dependants: HashMap<&str, Vec<&Candidate>> = HashMap::new();
        for candidate in &candidates {
            candidate.needs.iter().for_each(|id| dependants.entry(id).or_default().push(candidate));
        }
        let mut open = Vec::new();
        for (job, candidate) in model.jobs.iter().zip(&candidates) {
            if waits(&job.node)
                || job.steps.iter().any(&mut asks)
                || guards.hold(candidate.condition.as_ref())
            {
                guards.jobs.insert(candidate.id.clone());
                open.push(candidate.id.as_str());
            }
        }
        while let Some(id) = open.pop() {
            for dependant in dependants.get(id).into_iter().flatten() {
                let is_guarded = dependant.is_skipped_with || guards.hold(dependant.condition.as_ref());
                if is_guarded && guards.jobs.insert(dependant.id.clone()) {
                    open.push(&dependant.id);
                }
            }
        }
        guards
    }

    /// Returns whether a step of a job runs for no stranger.
    pub(crate) fn keep_out_of(&self, job: &Job, step: &Step) -> bool {
        self.jobs.contains(&job_key(&job.id)) || self.hold(condition(&step.node).as_ref())
    }

    /// Returns whether a condition lets no code of strangers pass, whichever of the events has happened.
    fn hold(&self, condition: Option<&Expression>) -> bool {
        condition.is_some_and(|condition| {
            self.events.iter().all(|event| {
                let guards = Guards { event, jobs: &self.jobs };
                condition.implies(&|part| guards.is_guard(part))
            })
        })
    }
}

impl Candidate {
    fn new(job: &Job) -> Self {
        let condition = condition(&job.node);
        let is_success = |part: &Expression| matches!(part, Expression::Call(name, _) if name == "success");
        let text = job.node.get("if").and_then(|node| node.text()).unwrap_or_default();
        // Without such a function in it, the condition holds only after success.
        let has_status = has_status_function(text);
        let implies_success = condition.as_ref().is_some_and(|condition| condition.implies(&is_success));
        let needs = job.node.get("needs");
        let names = needs.map(|needs| needs.items().unwrap_or(std::slice::from_ref(needs)));
        let names = names.unwrap_or_default().iter().filter_map(|name| name.text());
        Self {
            id: job_key(&job.id),
            condition,
            is_skipped_with: !has_status || implies_success,
            needs: names.map(job_key).collect(),
        }
    }
}

/// Returns the id of a job in the form in which ids are compared: forges ignore case, and blanks around it.
fn job_key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

/// Returns whether a job waits for an environment.
fn waits(job: &Node) -> bool {
    let name = job.get("environment").map(|node| node.get("name").unwrap_or(node));
    name.is_some_and(|name| name.trimmed().is_none_or(|name| !name.is_empty()))
}

/// Returns whether a step asks the forge for the permission of a person.
fn asks_for_permission(step: &Step) -> bool {
    if matches!(condition(&step.node), Some(Expression::Constant(value)) if value == "false") {
        return false;
    }
    let action = step.action_name().unwrap_or_default().to_ascii_lowercase();
    let name = action.split_once('/').map_or("", |(_, name)| name);
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let mut asks = has(PERMISSION) && has(ASKING);
    step.node.for_each_text(&mut |text, _| {
        asks |= text.contains("getCollaboratorPermissionLevel") || text.contains("/collaborators/");
    });
    asks
}
