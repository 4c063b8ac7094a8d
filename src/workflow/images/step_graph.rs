//! Dependencies between steps: outputs read directly, through further steps, or through the outputs of a job.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::job::InlinedJob;
use crate::workflow::model::inline::{InlinedStep, step_ids};

/// Pseudo id of the steps that write `GITHUB_ENV`; every step counts as a reader of it. It cannot be the id
/// of a step, because these are kept in lower case.
const ENV: &str = "GITHUB_ENV";

/// Number of a job, and id of a step in it.
type StepId<'j> = (usize, &'j str);

/// Step with a result that is propagated to the steps it depends on.
pub(super) struct Source<'j, T> {
    /// Number of its job.
    pub(super) job: usize,
    /// Index of the step in its job.
    pub(super) at: usize,
    /// Step after inlining.
    pub(super) step: &'j InlinedStep,
    /// Result to propagate.
    pub(super) result: T,
}

/// Steps of all jobs by id, and the outputs of the jobs.
pub(super) struct StepGraph<'j> {
    /// Steps by id, each with its index in the job.
    steps: HashMap<StepId<'j>, Vec<(usize, &'j InlinedStep)>>,
    /// Number of the job and ids of the steps that a job output reads, by `<job>.<output>` in lower case.
    outputs: HashMap<String, (usize, Vec<String>)>,
}

/// Best result propagated to each step id.
pub(super) struct Propagated<'j, T>(HashMap<StepId<'j>, T>);

impl<T: Copy + Ord> Propagated<'_, T> {
    /// Returns the best result propagated to a step of a job; `None` if no source depends on it.
    pub(super) fn of(&self, job: usize, step: &InlinedStep) -> Option<T> {
        step.ids.iter().filter_map(|id| self.0.get(&(job, id.as_str())).copied()).max()
    }
}

impl<'j> StepGraph<'j> {
    /// Collects the ids and the outputs of all jobs.
    pub(super) fn new(jobs: &'j [InlinedJob<'j>]) -> Self {
        let (mut steps, mut outputs) = (HashMap::<StepId<'_>, Vec<_>>::new(), HashMap::new());
        for job in jobs {
            for (at, step) in job.steps.iter().enumerate() {
                let env = step.text.contains(ENV).then_some(ENV);
                for id in step.ids.iter().map(String::as_str).chain(env) {
                    steps.entry((job.number, id)).or_default().push((at, step));
                }
            }
            for pair in job.node.get("outputs").and_then(|outputs| outputs.pairs()).unwrap_or_default() {
                let name = format!("{}.{}", job.id, pair.name());
                let ids = step_ids(pair.value.text().unwrap_or_default());
                outputs.insert(name.to_ascii_lowercase(), (job.number, ids));
            }
        }
        Self { steps, outputs }
    }

    /// Propagates the result of each source to the steps that it reads, directly or through further steps. A step reads
    /// nothing from one that comes after it.
    ///
    /// Sources are processed from the best result to the worst, so each id is followed only once, and of each step only its
    /// best source.
    pub(super) fn propagate<T: Copy + Ord>(&'j self, mut sources: Vec<Source<'j, T>>) -> Propagated<'j, T> {
        sources.sort_by_key(|source| Reverse(source.result));
        let (mut best, mut seen) = (HashMap::new(), HashSet::new());
        sources.retain(|source| seen.insert((source.job, source.at)));
        for Source { job, at, step, result } in sources {
            let mut open: Vec<(StepId<'j>, usize)> = reads(step).map(|id| ((job, id), at)).collect();
            for name in outputs_read(&step.text) {
                if let Some((other, ids)) = self.outputs.get(&name).filter(|(other, _)| *other != job) {
                    open.extend(ids.iter().map(|id| ((*other, id.as_str()), usize::MAX)));
                }
            }
            while let Some((id, reader)) = open.pop() {
                let steps = self.steps.get(&id).map(Vec::as_slice).unwrap_or_default();
                if id.1 != ENV && !steps.is_empty() && steps.iter().all(|(at, _)| *at >= reader) {
                    continue;
                }
                let Entry::Vacant(entry) = best.entry(id) else { continue };
                entry.insert(result);
                open.extend(steps.iter().flat_map(|(at, step)| reads(step).map(|read| ((id.0, read), *at))));
            }
        }
        Propagated(best)
    }
}

fn reads(step: &InlinedStep) -> impl Iterator<Item = &str> {
    step.reads.iter().map(String::as_str).chain([ENV])
}

/// Returns the job outputs that a text reads, as `<job>.<output>` in lower case.
fn outputs_read(text: &str) -> impl Iterator<Item = String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.split("needs.").skip(1).filter_map(move |rest| {
        let (job, rest) = rest.split_once(".outputs.")?;
        let name = rest.split(|c| !is_name(c)).next().unwrap_or_default();
        job.chars().all(is_name).then(|| format!("{job}.{name}").to_ascii_lowercase())
    })
}
