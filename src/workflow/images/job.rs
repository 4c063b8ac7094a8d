//! Jobs of a workflow with their local actions inlined, and the pushes of their steps.

use super::push::{JobSteps, PushMeans, may_push};
use std::collections::{HashMap, HashSet};

use crate::workflow::followed::{FollowedFiles, run_default};
use crate::workflow::model::inline::{
    InlineBudget, InlinedStep, RunDefaults, condition, has_status_function, inlined_steps,
};
use crate::workflow::model::local::LocalAction;
use crate::workflow::model::{Job, Model, Step};
use crate::workflow::yaml::node::Node;

/// Job with its local actions inlined.
pub(super) struct InlinedJob<'d> {
    /// Index of the job in the workflow.
    pub(super) number: usize,
    pub(super) id: &'d str,
    pub(super) node: &'d Node,
    pub(super) steps: Vec<InlinedStep>,
    /// For each step, how it pushes an image.
    pushes: Vec<Option<PushMeans>>,
    /// True if its permissions include `id-token: write`.
    pub(super) id_token: bool,
    /// True if a job with successful ones before never runs: by its `if`, or with a job that it needs.
    pub(super) is_disabled: bool,
    /// Mapping of the workflow.
    pub(super) workflow: &'d Node,
}

/// Step that pushes an image.
#[derive(Clone, Copy)]
pub(super) struct ImagePush<'s> {
    /// Index of the step in its job.
    pub(super) at: usize,
    /// Index of the first command of its script that pushes; 0 for an action.
    pub(super) command: usize,
    pub(super) step: &'s InlinedStep,
    /// Action or command that pushes.
    pub(super) with: &'s str,
}

/// Returns the jobs of a workflow with local actions inlined; none if no step may push an image.
pub(super) fn inlined_jobs<'d>(
    model: &'d Model,
    actions: &[LocalAction],
    files: &FollowedFiles,
) -> Vec<InlinedJob<'d>> {
    let Some(workflow) = &model.workflow else { return Vec::new() };
    let may_push = |step: &Step| !actions.is_empty() && step.is_local() || may_push(step);
    if !model.jobs.iter().flat_map(|job| &job.steps).any(may_push) {
        return Vec::new();
    }
    let mut budget = InlineBudget::default();
    let jobs = model.jobs.iter().enumerate();
    let disabled = disabled_jobs(model);
    let inlined = jobs.map(|(number, job)| {
        let default = |key| run_default(&job.node, Some(workflow), key);
        let shell = default("shell").or_else(|| runs_on_windows(&job.node).then_some("pwsh"));
        let defaults = RunDefaults { folder: default("working-directory"), shell };
        let mut steps = inlined_steps(job, defaults, actions, &mut budget);
        for step in steps.iter_mut().filter(|step| !step.is_disabled) {
            step.followed = files.commands(&step.commands, step.folder.as_deref());
        }
        InlinedJob::new((number, job), workflow, steps, (files, disabled.contains(job.id.as_str())))
    });
    inlined.collect()
}

impl<'d> InlinedJob<'d> {
    fn new(
        (number, job): (usize, &'d Job),
        workflow: &'d Node,
        steps: Vec<InlinedStep>,
        (files, is_disabled): (&FollowedFiles, bool),
    ) -> Self {
        let mut pushes = JobSteps::new(&steps, [&job.node, workflow], files).pushes();
        let is_off = condition(&job.node).is_some_and(|own| own.constant() == Some(false));
        for (means, step) in pushes.iter_mut().zip(&steps) {
            *means = means.take().filter(|_| !is_off && !step.is_off);
        }
        let permissions = job.node.get("permissions").or_else(|| workflow.get("permissions"));
        let id_token = permissions.is_some_and(|node| {
            node.text() == Some("write-all")
                || node.get("id-token").and_then(|level| level.text()) == Some("write")
        });
        Self { number, id: &job.id, node: &job.node, steps, pushes, id_token, is_disabled, workflow }
    }

    /// Returns the steps that push an image.
    pub(super) fn pushes(&self) -> impl Iterator<Item = ImagePush<'_>> {
        let steps = self.steps.iter().zip(&self.pushes).enumerate();
        steps.filter_map(|(at, (step, means))| {
            let PushMeans { with, command } = means.as_ref()?;
            Some(ImagePush { at, command: *command, step, with })
        })
    }

    /// Returns the steps that may run if all goes well, with their indices.
    pub(super) fn enabled_steps(&self) -> impl Iterator<Item = (usize, &InlinedStep)> {
        let mut has_failed = false;
        self.steps.iter().enumerate().filter(move |(_, step)| {
            let is_enabled = !self.is_disabled && !step.is_disabled && (!has_failed || step.is_always);
            has_failed |= is_enabled && !step.is_always && step.fails();
            is_enabled
        })
    }

    /// Returns the mappings that set variables for all steps.
    pub(super) fn around(&self) -> [&'d Node; 2] {
        [self.node, self.workflow]
    }
}

/// Returns whether a job runs on Windows, where scripts are those of PowerShell if it says nothing else.
fn runs_on_windows(job: &Node) -> bool {
    let has = |key: &str, part: &str| {
        let mut found = false;
        job.get(key).into_iter().for_each(|node| {
            node.for_each_text(&mut |text, _| found |= text.to_ascii_lowercase().contains(part));
        });
        found
    };
    let is_matrix = || has("runs-on", "matrix.") && has("strategy", "windows") && !has("strategy", "ubuntu");
    has("runs-on", "windows") || is_matrix()
}

/// Returns the ids of the jobs that never run after successful ones: by their `if`, or with a job that they need.
fn disabled_jobs(model: &Model) -> HashSet<&str> {
    let is_off = |job: &Job| condition(&job.node).is_some_and(|own| own.after_success() == Some(false));
    let text = |job: &Job| job.node.get("if").and_then(|own| own.text()).map(has_status_function);
    let mut dependants: HashMap<&str, Vec<&str>> = HashMap::new();
    for job in model.jobs.iter().filter(|job| text(job) != Some(true)) {
        let needs = job.node.get("needs");
        let needs =
            needs.map(|needs| needs.items().unwrap_or(std::slice::from_ref(needs))).unwrap_or_default();
        for id in needs.iter().filter_map(|id| id.text()) {
            dependants.entry(id).or_default().push(&job.id);
        }
    }
    let mut open: Vec<&str> =
        model.jobs.iter().filter(|job| is_off(job)).map(|job| job.id.as_str()).collect();
    let mut disabled: HashSet<&str> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        open.extend(dependants.get(id).into_iter().flatten().filter(|id| disabled.insert(id)));
    }
    disabled
}
