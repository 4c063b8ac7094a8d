//! Signatures made by the steps of a workflow, and their ratings for each pushed image.

use super::FlatJob;
use super::links::{Best, Links};
use super::push::says_digest;
use crate::workflow::model::steps::FlatStep;
use crate::workflow::shell::Command;

/// Rating of the best signature of an image. The variants are ordered from worst to best.
///
/// A link between the signing step and the image never lowers the rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signature {
    /// No signature.
    Missing,
    /// Something is signed, but not the digest that this step pushed.
    Other,
    /// Signed by tag, which may refer to another image by the time of signing.
    Tag,
    /// Signed with a key.
    Keyed,
    /// Signed by digest without a key, in a job that cannot get a certificate (no `id-token: write`).
    NoToken,
    /// Signed keyless by digest.
    Good,
}

/// Signatures of all jobs. Images pushed by ko are rated separately: ko prints the digest, so a variable may
/// contain it.
pub(in crate::workflow) struct Signed<'j> {
    plain: Way<'j>,
    ko: Way<'j>,
}

/// Ratings of the signatures for the images of one kind of push: by ko, or by any other command or action.
struct Way<'j> {
    jobs: Vec<OfJob>,
    /// Ratings for the steps whose digests the signing steps read.
    linked: Best<'j, Signature>,
}

/// Ratings of the signatures of one job for its own images.
struct OfJob {
    /// Rating for an image without a known link to a signature.
    any: Signature,
    /// Rating for an image whose step does not output the digest, by step index: the best signature of that
    /// step or a later one.
    behind: Vec<Signature>,
}

impl<'j> Signed<'j> {
    /// Rates the signatures of all jobs.
    pub(in crate::workflow) fn new(jobs: &'j [FlatJob<'j>], links: &'j Links<'j>) -> Self {
        let signings: Vec<Vec<Signing<'_>>> = jobs.iter().map(signings).collect();
        let way = |ko| {
            let readers = jobs.iter().zip(&signings).flat_map(|(job, signings)| {
                signings.iter().map(move |signing| job.reader(signing.step, signing.linked(ko)))
            });
            let of_job = |(job, signings): (&FlatJob<'_>, &Vec<Signing<'_>>)| OfJob::new(job, signings, ko);
            Way {
                linked: links.best(readers.collect()),
                jobs: jobs.iter().zip(&signings).map(of_job).collect(),
            }
        };
        Self { plain: way(false), ko: way(true) }
    }

    /// Returns the best signature of the image that the step at index `at` pushes using `with`.
    pub(in crate::workflow) fn best(
        &self,
        job: &FlatJob<'_>,
        (at, step, with): (usize, &FlatStep, &str),
    ) -> Signature {
        let way = if with.starts_with("ko ") { &self.ko } else { &self.plain };
        let Some(of_job) = way.jobs.get(job.number) else { return Signature::Missing };
        let behind = of_job.behind.get(at).filter(|_| !says_digest(step)).copied();
        let linked = way.linked.of(job.number, step);
        linked.into_iter().chain(behind).fold(of_job.any, Signature::max)
    }
}

impl OfJob {
    fn new(job: &FlatJob<'_>, signings: &[Signing<'_>], ko: bool) -> Self {
        let any = signings.iter().map(|signing| signing.unlinked(ko)).max();
        let mut behind = vec![Signature::Missing; job.steps.len()];
        for signing in signings {
            if let Some(best) = behind.get_mut(signing.at) {
                *best = signing.linked(ko).max(*best);
            }
        }
        let mut best = Signature::Missing;
        for signature in behind.iter_mut().rev() {
            best = best.max(*signature);
            *signature = best;
        }
        Self { any: any.unwrap_or(Signature::Missing), behind }
    }
}

/// `cosign sign` command of a step.
struct Signing<'j> {
    step: &'j FlatStep,
    at: usize,
    by_digest: bool,
    by_variable: bool,
    keyed: bool,
    id_token: bool,
}

impl Signing<'_> {
    /// Returns the rating for an image without a known link to this signature.
    fn unlinked(&self, ko: bool) -> Signature {
        if self.by_digest || ko && self.by_variable { Signature::Other } else { Signature::Tag }
    }

    /// Returns the rating for an image whose digest the signing step reads.
    fn linked(&self, ko: bool) -> Signature {
        match self.unlinked(ko) {
            _ if self.keyed => Signature::Keyed,
            Signature::Tag => Signature::Tag,
            _ if !self.id_token => Signature::NoToken,
            _ => Signature::Good,
        }
    }
}

fn signings<'j>(job: &'j FlatJob<'j>) -> Vec<Signing<'j>> {
    let mut found = Vec::new();
    for (at, step) in job.steps.iter().enumerate().filter(|(_, step)| !step.never) {
        let keyed = job.keyed || step.env.contains_key("COSIGN_KEY");
        let mut script_has_digest = None;
        for command in step.commands.iter() {
            let Some(words) = command.arguments("cosign sign") else { continue };
            let by_variable = words.iter().any(|word| word.starts_with('$'));
            // The script may have put a digest into the variable.
            let told = words.iter().any(|word| !word.starts_with('-') && is_digest(word))
                || by_variable && *script_has_digest.get_or_insert_with(|| is_digest(&step.text));
            let keyed = keyed || has_key(command);
            found.push(Signing { step, at, by_digest: told, by_variable, keyed, id_token: job.id_token });
        }
    }
    found
}

fn has_key(command: &Command) -> bool {
    let is_key =
        |word: &String| ["--key", "-key", "--sk", "COSIGN_KEY="].iter().any(|start| word.starts_with(start));
    command.words.iter().any(is_key)
}

fn is_digest(text: &str) -> bool {
    ["@$", "@sha256:", "@{"].iter().any(|part| text.contains(part))
        || text.to_ascii_lowercase().contains("digest")
}
