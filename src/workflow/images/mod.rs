//! Images that a workflow pushes, with their signatures and SBOMs.

pub(super) mod links;
pub(super) mod named;
pub(super) mod push;
pub(super) mod registry;
pub(super) mod sbom;
pub(super) mod signing;
pub(super) mod target;

use std::collections::HashSet;

use super::model::Step;
use super::model::steps::{FlatStep, Room, steps};
use super::model::uses::Uses;
use super::{Document, LocalAction, Node};
use crate::text::Span;
use links::{Links, Reader};
use named::described;
use push::pushes;
use sbom::{brings_sbom, makes_sbom};
use signing::{Signature, Signed};

/// Image that a step pushes.
#[derive(Debug)]
pub struct PushedImage {
    /// Id of the job.
    pub job: String,
    /// Action or command that pushes it.
    pub with: String,
    /// Span of the `uses` or `run` value of the step.
    pub span: Span,
    /// Best signature found for it.
    pub signature: Signature,
    /// True if an SBOM of it is made.
    pub sbom: bool,
}

impl Document {
    /// Returns whether any job pushes an image itself, not counting the steps of local actions.
    pub fn pushes_images(&self) -> bool {
        self.flat_jobs(&[]).iter().any(|job| !job.pushes.is_empty())
    }

    /// Returns the images that the jobs push. A push by a local action belongs to the step that uses it.
    ///
    /// The result is cached at the first call, so `actions` must be set before.
    pub fn pushed_images(&self) -> &[PushedImage] {
        self.pushed.get_or_init(|| self.find_pushed_images())
    }

    fn find_pushed_images(&self) -> Vec<PushedImage> {
        let jobs = self.flat_jobs(&self.actions);
        let pushing: HashSet<&str> =
            jobs.iter().filter(|job| !job.pushes.is_empty()).map(|job| job.id).collect();
        if pushing.is_empty() {
            return Vec::new();
        }
        let links = Links::new(&jobs);
        let signed = Signed::new(&jobs, &links);
        let makers =
            jobs.iter().flat_map(|job| job.steps_that(makes_sbom).map(|(_, step)| job.reader(step, ())));
        let read = links.best(makers.collect());
        let mut found = Vec::new();
        for job in &jobs {
            let described = described(job);
            for (at, with) in &job.pushes {
                let Some(step) = job.steps.get(*at) else { continue };
                // Parts of an image that another job assembles have no name by which they can be pulled.
                if step.text.contains("push-by-digest=true") && pushing.len() > 1 {
                    continue;
                }
                found.push(PushedImage {
                    job: job.id.to_owned(),
                    with: with.clone(),
                    span: step.span,
                    signature: signed.best(job, (*at, step, with)),
                    sbom: brings_sbom(step, with)
                        || described.contains(at)
                        || read.of(job.number, step).is_some(),
                });
            }
        }
        found
    }

    fn flat_jobs(&self, actions: &[LocalAction]) -> Vec<FlatJob<'_>> {
        let Some(workflow) = &self.model.workflow else { return Vec::new() };
        let may_push = |step: &Step| {
            !actions.is_empty() && step.uses.as_ref().is_some_and(|clause| clause.uses == Uses::Local)
                || push::may_push(step)
        };
        if !self.model.jobs.iter().flat_map(|job| &job.steps).any(may_push) {
            return Vec::new();
        }
        let jobs = self.model.jobs.iter().enumerate();
        let mut room = Room::default();
        jobs.map(|(number, job)| {
            let steps = steps(job, actions, &mut room);
            let pushes = pushes(&steps, [&job.node, workflow]);
            let permissions = job.node.get("permissions").or_else(|| workflow.get("permissions"));
            let id_token = permissions.is_some_and(|node| {
                node.text() == Some("write-all")
                    || node.get("id-token").and_then(|level| level.text()) == Some("write")
            });
            let has_key = |node: &Node| node.get("env").is_some_and(|env| env.get("COSIGN_KEY").is_some());
            let keyed = has_key(&job.node) || has_key(workflow);
            FlatJob { number, id: &job.id, node: &job.node, steps, pushes, id_token, keyed }
        })
        .collect()
    }
}

/// Job with its local actions inlined.
pub(in crate::workflow) struct FlatJob<'d> {
    pub(in crate::workflow) number: usize,
    pub(in crate::workflow) id: &'d str,
    pub(in crate::workflow) node: &'d Node,
    pub(in crate::workflow) steps: Vec<FlatStep>,
    /// Indices of the steps that push, each with the action or command.
    pub(in crate::workflow) pushes: Vec<(usize, String)>,
    /// True if its permissions include `id-token: write`.
    pub(in crate::workflow) id_token: bool,
    /// True if a variable `COSIGN_KEY` is set for the job or the workflow.
    pub(in crate::workflow) keyed: bool,
}

impl FlatJob<'_> {
    /// Returns the steps for which `is_such` is true and `if` is not literally false, with their indices.
    pub(in crate::workflow) fn steps_that(
        &self,
        is_such: fn(&FlatStep) -> bool,
    ) -> impl Iterator<Item = (usize, &FlatStep)> {
        self.steps.iter().enumerate().filter(move |(_, step)| !step.never && is_such(step))
    }

    /// Returns one of its steps as a reader, whose result `says` is propagated to the steps that it reads.
    pub(in crate::workflow) fn reader<'s, T>(&self, step: &'s FlatStep, says: T) -> Reader<'s, T> {
        Reader { job: self.number, step, says }
    }
}
