//! The signatures that the steps of a workflow make, and what each is worth to an image.

use super::FlatJob;
use super::links::{Best, Links};
use super::push::says_digest;
use crate::workflow::model::steps::FlatStep;
use crate::workflow::shell::Command;

/// What is known of the signature of an image: of all that may be its, the best. A signature is never worse for being
/// linked to the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signature {
    /// Nothing signs it.
    Missing,
    /// Something is signed, but not the digest that this step has pushed.
    Other,
    /// A tag is signed, which may name another image by then.
    Tag,
    /// It is signed with a key.
    Keyed,
    /// The job that signs cannot get a certificate.
    NoToken,
    /// It is signed keyless by digest.
    Good,
}

/// The signatures of all jobs. What ko pushes is judged apart: it prints the digest, so a variable may hold it.
pub(in crate::workflow) struct Signed<'j> {
    plain: Way<'j>,
    ko: Way<'j>,
}

/// What the signatures are worth to the images that one way of pushing has pushed.
struct Way<'j> {
    jobs: Vec<OfJob>,
    /// What they are worth to the steps whose digests they read.
    linked: Best<'j, Signature>,
}

/// What the signatures of a job are worth to its own images.
struct OfJob {
    /// To one that they may have nothing to do with.
    any: Signature,
    /// To one that does not say its digest, by the place of its step: what follows belongs to it.
    behind: Vec<Signature>,
}

impl<'j> Signed<'j> {
    /// Judges the signatures of all jobs.
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

    /// The best signature of what a step of a job pushes, and with what.
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

/// A `cosign sign`.
struct Signing<'j> {
    step: &'j FlatStep,
    at: usize,
    by_digest: bool,
    by_variable: bool,
    keyed: bool,
    id_token: bool,
}

impl Signing<'_> {
    /// What it is worth to an image that it may have nothing to do with.
    fn unlinked(&self, ko: bool) -> Signature {
        if self.by_digest || ko && self.by_variable { Signature::Other } else { Signature::Tag }
    }

    /// What it is worth to an image whose digest it reads.
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
