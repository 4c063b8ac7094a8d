//! Images that a workflow pushes, with their signatures and SBOMs.

mod destination;
mod job;
mod keys;
mod push;
pub(super) mod registry;
mod sbom;
pub(super) mod signing;
mod step_graph;

use std::collections::HashSet;

use super::Document;
use crate::text::Span;
use job::inlined_jobs;
use push::may_push_by_make;
use sbom::{joins_images, makes_sbom, push_makes_sbom, pushes_no_image, steps_with_sbom};
use signing::{Signature, Signatures, of_goreleaser};
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
    /// True if an SBOM of it is made, or none is needed.
    pub sbom: bool,
    /// True if a script was not followed, which may sign it or make its SBOM.
    pub is_cut: bool,
}

impl PushedImage {
    /// Returns the notes on a finding about the image.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.is_cut.then(|| NOT_FOLLOWED.to_owned()).into_iter().collect()
    }
}

/// Note on a finding that a script might disprove which was not followed.
const NOT_FOLLOWED: &str = "not every script that the workflow runs was followed: scripts of more than 1 MiB, those that are no UTF-8, and \
                            those that run each other more than 16 deep or with more than 16 MiB in all count as signing nothing";

impl Document {
    /// Returns whether any job pushes an image itself, not counting the steps of local actions.
    pub fn pushes_images(&self) -> bool {
        inlined_jobs(&self.model, &[], &self.files).iter().any(|job| job.pushes().next().is_some())
    }

    /// Returns whether a job may push an image by a target of a Makefile, which tells only that file.
    pub fn may_push_by_make(&self) -> bool {
        self.model.workflow.is_some()
            && self.model.jobs.iter().flat_map(|job| &job.steps).any(may_push_by_make)
    }

    /// Returns the images that the jobs push. A push by a local action belongs to the step that uses it.
    ///
    /// The result is cached at the first call, so `actions` must be set before.
    pub fn pushed_images(&self) -> &[PushedImage] {
        self.pushed.get_or_init(|| self.find_pushed_images())
    }

    /// Records that the file pushes no image, which [`Document::pushes_images`] has found.
    pub fn note_no_push(&mut self) {
        self.pushed = Vec::new().into();
    }

    fn find_pushed_images(&self) -> Vec<PushedImage> {
        let files = &self.files;
        let jobs = inlined_jobs(&self.model, &self.actions, files);
        let pushing: HashSet<&str> =
            jobs.iter().filter(|job| job.pushes().next().is_some()).map(|job| job.id).collect();
        if pushing.is_empty() {
            return Vec::new();
        }
        let graph = StepGraph::new(&jobs);
        let signatures = Signatures::new(&jobs, &graph);
        let makers = jobs.iter().flat_map(|job| {
            let makers = job.enabled_steps().filter(|(_, step)| makes_sbom(step));
            makers.map(|(at, step)| Source { job: job.number, at, step, result: () })
        });
        let read_by_makers = graph.propagate(makers.collect());
        let (mut found, mut parts_have_sbom) = (Vec::new(), true);
        let mut joins = Vec::new();
        for job in &jobs {
            let with_sbom = steps_with_sbom(job);
            for push in job.pushes() {
                let has_sbom = push_makes_sbom(push, files)
                    || with_sbom.contains(&push.at)
                    || read_by_makers.of(job.number, push.step).is_some();
                // Parts of an image that another job assembles have no name by which they can be pulled.
                if push.step.text.contains("push-by-digest=true") && pushing.len() > 1 {
                    parts_have_sbom &= has_sbom;
                    continue;
                }
                joins.extend(joins_images(push.with).then_some(found.len()));
                found.push(PushedImage {
                    job: job.id.to_owned(),
                    with: push.with.to_owned(),
                    span: push.step.span,
                    signature: signatures.best(job, push).max(of_goreleaser(job, push, files)),
                    sbom: has_sbom || pushes_no_image(push.with),
                    is_cut: false,
                });
            }
        }
        // The SBOM of a joined image is that of its parts; those that other workflows built are judged there.
        for at in joins {
            if let Some(image) = found.get_mut(at) {
                image.sbom |= parts_have_sbom;
            }
        }
        found.iter_mut().for_each(|image| image.is_cut = files.is_cut());
        found
    }
}
