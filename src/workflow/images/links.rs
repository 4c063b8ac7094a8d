//! Dependencies between steps: outputs read directly, through further steps, or through the outputs of a job.

use std::collections::HashMap;

use super::FlatJob;
use crate::workflow::model::steps::{FlatStep, step_ids};

/// Pseudo id of the steps that write `GITHUB_ENV`; every step counts as a reader of it. It cannot be the id
/// of a step, because these are kept in lower case.
const ENV: &str = "GITHUB_ENV";

/// Step whose result is propagated to the steps it depends on.
pub(in crate::workflow) struct Reader<'j, T> {
    /// Index of its job.
    pub(in crate::workflow) job: usize,
    /// Step after inlining.
    pub(in crate::workflow) step: &'j FlatStep,
    /// Result to propagate.
    pub(in crate::workflow) says: T,
}

/// Steps of all jobs by id, and the outputs of the jobs.
pub(in crate::workflow) struct Links<'j> {
    jobs: Vec<Ids<'j>>,
    /// Index of the job and ids of the steps that a job output reads, by `<job>.<output>` in lower case.
    outputs: HashMap<String, (usize, Vec<String>)>,
}

/// Steps of one job by id.
type Ids<'j> = HashMap<&'j str, Vec<&'j FlatStep>>;

/// Best result propagated to each step id, by job.
pub(in crate::workflow) struct Best<'j, T>(Vec<HashMap<&'j str, T>>);

impl<T: Copy + Ord> Best<'_, T> {
    /// Returns the best result propagated to a step of a job; `None` if no reader depends on it.
    pub(in crate::workflow) fn of(&self, job: usize, step: &FlatStep) -> Option<T> {
        let said = self.0.get(job)?;
        step.ids.iter().filter_map(|id| said.get(id.as_str()).copied()).max()
    }
}

impl<'j> Links<'j> {
    /// Collects the ids and the outputs of all jobs.
    pub(in crate::workflow) fn new(jobs: &'j [FlatJob<'j>]) -> Self {
        let mut outputs = HashMap::new();
        for job in jobs {
            for pair in job.node.get("outputs").and_then(|outputs| outputs.pairs()).unwrap_or_default() {
                let name = format!("{}.{}", job.id, pair.key.text().unwrap_or_default());
                let ids = step_ids(pair.value.text().unwrap_or_default());
                outputs.insert(name.to_ascii_lowercase(), (job.number, ids));
            }
        }
        Self { jobs: jobs.iter().map(ids).collect(), outputs }
    }

    /// Propagates the result of each reader to the steps that it reads, directly or through further steps.
    ///
    /// Readers are processed from the best result to the worst, so each id is followed only once.
    pub(in crate::workflow) fn best<T: Copy + Ord>(&'j self, mut readers: Vec<Reader<'j, T>>) -> Best<'j, T> {
        readers.sort_by_key(|reader| std::cmp::Reverse(reader.says));
        let mut best = Best(self.jobs.iter().map(|_| HashMap::new()).collect());
        for Reader { job, step, says } in readers {
            self.say(&mut best, (job, reads(step).collect()), says);
            for name in outputs_read(&step.text) {
                if let Some((other, ids)) = self.outputs.get(&name).filter(|(other, _)| *other != job) {
                    self.say(&mut best, (*other, ids.iter().map(String::as_str).collect()), says);
                }
            }
        }
        best
    }

    fn say<T: Copy>(&'j self, best: &mut Best<'j, T>, (job, mut ids): (usize, Vec<&'j str>), says: T) {
        let (Some(said), Some(steps)) = (best.0.get_mut(job), self.jobs.get(job)) else { return };
        while let Some(id) = ids.pop() {
            if said.contains_key(id) {
                continue;
            }
            said.insert(id, says);
            let with_id = steps.get(id).into_iter().flatten();
            ids.extend(with_id.flat_map(|step| reads(step)));
        }
    }
}

fn ids<'j>(job: &'j FlatJob<'j>) -> Ids<'j> {
    let mut ids = Ids::new();
    for step in &job.steps {
        let env = step.text.contains(ENV).then_some(ENV);
        for id in step.ids.iter().map(String::as_str).chain(env) {
            ids.entry(id).or_default().push(step);
        }
    }
    ids
}

fn reads(step: &FlatStep) -> impl Iterator<Item = &str> {
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
