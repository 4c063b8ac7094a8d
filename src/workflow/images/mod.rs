//! Images that a workflow pushes, with their signatures and SBOMs.

mod destination;
mod job;
mod push;
pub(super) mod registry;
mod sbom;
pub(super) mod signing;
mod step_graph;

use std::collections::HashSet;

use super::Document;
use crate::text::Span;
use job::inlined_jobs;
use sbom::{makes_sbom, push_makes_sbom, steps_with_sbom};
use signing::{Signature, Signatures};
use step_graph::{Source, StepGraph};

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
        inlined_jobs(&self.model, &[]).iter().any(|job| job.pushes().next().is_some())
    }

    /// Returns the images that the jobs push. A push by a local action belongs to the step that uses it.
    ///
    /// The result is cached at the first call, so `actions` must be set before.
    pub fn pushed_images(&self) -> &[PushedImage] {
        self.pushed.get_or_init(|| self.find_pushed_images())
    }

    fn find_pushed_images(&self) -> Vec<PushedImage> {
        let jobs = inlined_jobs(&self.model, &self.actions);
        let pushing: HashSet<&str> =
            jobs.iter().filter(|job| job.pushes().next().is_some()).map(|job| job.id).collect();
        if pushing.is_empty() {
            return Vec::new();
        }
        let graph = StepGraph::new(&jobs);
        let signatures = Signatures::new(&jobs, &graph);
        let makers = jobs.iter().flat_map(|job| {
            let makers = job.enabled_steps().filter(|(_, step)| makes_sbom(step));
            makers.map(|(_, step)| Source { job: job.number, step, result: () })
        });
        let read_by_makers = graph.propagate(makers.collect());
        let mut found = Vec::new();
        for job in &jobs {
            let with_sbom = steps_with_sbom(job);
            for push in job.pushes() {
                // Parts of an image that another job assembles have no name by which they can be pulled.
                if push.step.text.contains("push-by-digest=true") && pushing.len() > 1 {
                    continue;
                }
                found.push(PushedImage {
                    job: job.id.to_owned(),
                    with: push.with.to_owned(),
                    span: push.step.span,
                    signature: signatures.best(job, push),
                    sbom: push_makes_sbom(push)
                        || with_sbom.contains(&push.at)
                        || read_by_makers.of(job.number, push.step).is_some(),
                });
            }
        }
        found
    }
}
