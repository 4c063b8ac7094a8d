//! Jobs of a workflow with their local actions inlined, and the pushes of their steps.

use super::push::{JobSteps, PushMeans, may_push};
use crate::workflow::followed::{FollowedFiles, default_folder};
use crate::workflow::model::inline::{InlineBudget, InlinedStep, inlined_steps};
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
    /// True if a variable `COSIGN_KEY` is set for the job or the workflow.
    pub(super) has_key: bool,
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
    let inlined = jobs.map(|(number, job)| {
        let folder = default_folder(&job.node, Some(workflow));
        let mut steps = inlined_steps(job, folder, actions, &mut budget);
        for step in steps.iter_mut().filter(|step| !step.is_disabled) {
            step.followed = files.commands(&step.commands, step.folder.as_deref());
        }
        InlinedJob::new((number, job), workflow, steps, files)
    });
    inlined.collect()
}

impl<'d> InlinedJob<'d> {
    fn new(
        (number, job): (usize, &'d Job),
        workflow: &Node,
        steps: Vec<InlinedStep>,
        files: &FollowedFiles,
    ) -> Self {
        let pushes = JobSteps::new(&steps, [&job.node, workflow], files).pushes();
        let permissions = job.node.get("permissions").or_else(|| workflow.get("permissions"));
        let id_token = permissions.is_some_and(|node| {
            node.text() == Some("write-all")
                || node.get("id-token").and_then(|level| level.text()) == Some("write")
        });
        let has_key = |node: &Node| node.get("env").is_some_and(|env| env.get("COSIGN_KEY").is_some());
        let has_key = has_key(&job.node) || has_key(workflow);
        Self { number, id: &job.id, node: &job.node, steps, pushes, id_token, has_key }
    }

    /// Returns the steps that push an image.
    pub(super) fn pushes(&self) -> impl Iterator<Item = ImagePush<'_>> {
        let steps = self.steps.iter().zip(&self.pushes).enumerate();
        steps.filter_map(|(at, (step, means))| {
            let PushMeans { with, command } = means.as_ref()?;
            Some(ImagePush { at, command: *command, step, with })
        })
    }

    /// Returns the steps whose `if` is not literally false, with their indices.
    pub(super) fn enabled_steps(&self) -> impl Iterator<Item = (usize, &InlinedStep)> {
        self.steps.iter().enumerate().filter(|(_, step)| !step.is_disabled)
    }
}
