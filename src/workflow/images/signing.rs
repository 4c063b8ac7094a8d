//! Signatures made by the steps of a workflow, and their ratings for each pushed image.

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};

use super::job::{ImagePush, InlinedJob};
use super::keys;
use super::push::outputs_digest;
use super::step_graph::{Propagated, Source, StepGraph};
use crate::workflow::cosign::uploads_nothing;
use crate::workflow::followed::FollowedFiles;
use crate::workflow::goreleaser::{GORELEASER, skipped};
use crate::workflow::model::inline::InlinedStep;

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

/// Program that pushes an image. ko prints the digest, so a variable may contain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pusher {
    Ko,
    Other,
}

/// Ratings of the signatures of all jobs, for the images of each pusher.
pub(super) struct Signatures<'j> {
    ko: Ratings<'j>,
    other: Ratings<'j>,
}

/// Ratings of the signatures for the images of one pusher.
struct Ratings<'j> {
    /// Ratings for the steps whose digests the signing steps read.
    linked: Propagated<'j, Signature>,
    /// Rating for an image without a known link to a signature, by job. A job that signs nothing has none.
    unlinked: HashMap<usize, Signature>,
    /// Best rating of each signature and the later ones of its job. It counts for images whose step does not output the
    /// digest.
    from_place: BTreeMap<Place, Signature>,
}

/// Job, index of the step in it, and index of the command in the script of the step.
type Place = (usize, usize, usize);

impl<'j> Signatures<'j> {
    /// Rates the signatures of all jobs.
    pub(super) fn new(jobs: &'j [InlinedJob<'j>], graph: &'j StepGraph<'j>) -> Self {
        let mut signings: Vec<Signing<'_>> = jobs.iter().flat_map(signings).collect();
        signings.sort_by_key(|signing| signing.place);
        let ratings = |pusher| Ratings::new(&signings, graph, pusher);
        Self { ko: ratings(Pusher::Ko), other: ratings(Pusher::Other) }
    }

    /// Returns the best signature of the image that a step of a job pushes.
    pub(super) fn best(&self, job: &InlinedJob<'_>, push: ImagePush<'_>) -> Signature {
        let ratings = if push.with.starts_with("ko ") { &self.ko } else { &self.other };
        let later = ratings.later((job.number, push.at, push.command));
        // What is signed before the push is another image, whatever the names say.
        let is_before = later.is_none() && ratings.unlinked.keys().all(|number| *number == job.number);
        let known = [
            ratings.linked.of(job.number, push.step).filter(|_| !is_before),
            later.filter(|_| !outputs_digest(push.step)),
            ratings.unlinked.get(&job.number).copied(),
        ];
        known.into_iter().flatten().max().unwrap_or(Signature::Missing)
    }
}

/// Returns the signature that goreleaser itself makes, by its configuration.
pub(super) fn of_goreleaser(job: &InlinedJob<'_>, push: ImagePush<'_>, files: &FollowedFiles) -> Signature {
    let step = push.step;
    let is_release = push.with == GORELEASER;
    let config = is_release
        .then(|| files.goreleaser(step.input("args").unwrap_or_default(), step.input("workdir")))
        .flatten();
    match config {
        Some(_) if skipped(step.input("args").unwrap_or_default()).contains(&"sign") => Signature::Missing,
        Some(config) if config.signs && config.has_key => Signature::Keyed,
        Some(config) if config.signs && job.id_token => Signature::Good,
        Some(config) if config.signs => Signature::NoToken,
        _ => Signature::Missing,
    }
}

impl<'j> Ratings<'j> {
    fn new(signings: &[Signing<'j>], graph: &'j StepGraph<'j>, pusher: Pusher) -> Self {
        let source = |signing: &Signing<'j>| {
            let (job, at, _) = signing.place;
            Source { job, at, step: signing.step, result: signing.linked(pusher) }
        };
        let linked = graph.propagate(signings.iter().map(source).collect());
        let mut ratings = Self { linked, unlinked: HashMap::new(), from_place: BTreeMap::new() };
        for signing in signings.iter().rev() {
            let best = ratings.unlinked.entry(signing.place.0).or_insert(Signature::Missing);
            *best = signing.unlinked(pusher).max(*best);
            let later = ratings.later(signing.place).unwrap_or(Signature::Missing);
            ratings.from_place.insert(signing.place, signing.linked(pusher).max(later));
        }
        ratings
    }

    /// Returns the best rating of the signatures of a job from a place on; `None` if there are none.
    fn later(&self, place: Place) -> Option<Signature> {
        let end = (place.0 + 1, 0, 0);
        self.from_place.range(place..end).next().map(|(_, rating)| *rating)
    }
}

/// `cosign sign` command of a step.
struct Signing<'j> {
    step: &'j InlinedStep,
    place: Place,
    by_digest: bool,
    by_variable: bool,
    has_key: bool,
    id_token: bool,
}

impl Signing<'_> {
    /// Returns the rating for an image without a known link to this signature.
    fn unlinked(&self, pusher: Pusher) -> Signature {
        let may_be_digest = self.by_digest || pusher == Pusher::Ko && self.by_variable;
        if may_be_digest { Signature::Other } else { Signature::Tag }
    }

    /// Returns the rating for an image whose digest the signing step reads.
    fn linked(&self, pusher: Pusher) -> Signature {
        match self.unlinked(pusher) {
            _ if self.has_key => Signature::Keyed,
            Signature::Tag => Signature::Tag,
            _ if !self.id_token => Signature::NoToken,
            _ => Signature::Good,
        }
    }
}

fn signings<'j>(job: &'j InlinedJob<'j>) -> Vec<Signing<'j>> {
    let mut found = Vec::new();
    let job_has_key = LazyCell::new(|| keys::of_job(job));
    for (at, step) in job.enabled_steps() {
        let mut script_has_digest = None;
        let in_variable = LazyCell::new(|| keys::in_variable(job, step));
        for (index, command, words) in step.calls("cosign sign") {
            if words.iter().any(|word| uploads_nothing(word)) {
                continue;
            }
            let by_variable = words.iter().any(|word| word.starts_with('$'));
            // The script may have put a digest into the variable.
            let by_digest = words.iter().any(|word| !word.starts_with('-') && is_digest(word))
                || by_variable && *script_has_digest.get_or_insert_with(|| is_digest(&step.text));
            let has_key = *job_has_key || keys::of_command(step, command, || *in_variable);
            // A token that is given needs no permission to get one.
            let has_token = words.iter().any(|word| word.starts_with("--identity-token"))
                || step.env.contains_key("SIGSTORE_ID_TOKEN");
            let (place, id_token) = ((job.number, at, index), job.id_token || has_token);
            found.push(Signing { step, place, by_digest, by_variable, has_key, id_token });
        }
    }
    found
}

fn is_digest(text: &str) -> bool {
    ["@$", "@sha256:", "@{"].iter().any(|part| text.contains(part))
        || text.to_ascii_lowercase().contains("digest")
}
