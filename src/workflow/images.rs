//! The images that a workflow pushes: whether each is signed keyless by digest, and whether it has an SBOM.

use super::Document;
use super::flat::{FlatStep, step_ids, steps};
use super::model::Job;
use super::push::{pushes, says_digest};
use super::shell::Command;
use crate::finding::Span;

/// An image that a step pushes.
#[derive(Debug)]
pub struct PushedImage {
    /// The id of the job.
    pub job: String,
    /// The action or the command that pushes it.
    pub with: String,
    /// The step.
    pub span: Span,
    /// What is known of its signature.
    pub signature: Signature,
    /// Whether an SBOM of it is made.
    pub sbom: bool,
}

/// What is known of the signature of an image: of all that may be its, the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signature {
    /// Nothing signs it.
    Missing,
    /// Something is signed, but not the digest that this step has pushed.
    Other,
    /// It is signed with a key.
    Keyed,
    /// A tag is signed, which may name another image by then.
    Tag,
    /// The job that signs cannot get a certificate.
    NoToken,
    /// It is signed keyless by digest.
    Good,
}

/// Actions that make or attest an SBOM of an image: each with the input that it needs for that.
const SBOM_ACTIONS: &[(&str, &str)] = &[
    ("actions/attest", "sbom-path"),
    ("actions/attest-sbom", "sbom-path"),
    ("anchore/sbom-action", "image"),
];

/// Tools that push an image together with its SBOM unless told otherwise.
const WITH_SBOM: &[&str] = &["apko publish", "ko apply", "ko build", "ko publish", "ko resolve"];

impl Document {
    /// Whether any job pushes an image by itself.
    pub fn pushes_images(&self) -> bool {
        self.flat_jobs(&[]).iter().any(|job| !job.pushes.is_empty())
    }

    /// The images that its jobs push. What a local action does counts as done by the step that uses it.
    pub fn pushed_images(&self) -> &[PushedImage] {
        self.pushed.get_or_init(|| self.find_pushed_images())
    }

    fn find_pushed_images(&self) -> Vec<PushedImage> {
        let jobs = self.flat_jobs(&self.actions);
        let mut found = Vec::new();
        for job in &jobs {
            for (at, with) in &job.pushes {
                let Some(step) = job.steps.get(*at) else { continue };
                // The parts of an image that another job puts together cannot be pulled by a name.
                let is_part = step.text.contains("push-by-digest=true");
                if is_part && jobs.iter().any(|other| other.job.id != job.job.id && !other.pushes.is_empty())
                {
                    continue;
                }
                let push = Push { job, at: *at, step, with };
                found.push(PushedImage {
                    job: job.job.id.clone(),
                    with: with.clone(),
                    span: step.span,
                    signature: push.signature(&jobs),
                    sbom: push.has_sbom(&jobs),
                });
            }
        }
        found
    }

    fn flat_jobs(&self, actions: &[super::LocalAction]) -> Vec<FlatJob<'_>> {
        let Some(workflow) = &self.model.workflow else { return Vec::new() };
        let jobs = self.model.jobs.iter();
        jobs.map(|job| {
            let steps = steps(job, actions);
            let pushes = pushes(&steps, [&job.node, workflow]);
            let permissions = job.node.get("permissions").or_else(|| workflow.get("permissions"));
            let id_token = permissions.is_some_and(|node| {
                node.text() == Some("write-all")
                    || node.get("id-token").and_then(|level| level.text()) == Some("write")
            });
            let has_key =
                |node: &super::Node| node.get("env").is_some_and(|env| env.get("COSIGN_KEY").is_some());
            FlatJob { job, steps, pushes, id_token, keyed: has_key(&job.node) || has_key(workflow) }
        })
        .collect()
    }
}

struct FlatJob<'d> {
    job: &'d Job,
    steps: Vec<FlatStep>,
    /// Which steps push, and with what.
    pushes: Vec<(usize, String)>,
    id_token: bool,
    /// Whether its variables name a key.
    keyed: bool,
}

impl FlatJob<'_> {
    /// The steps whose outputs a step reads, directly or through others. What a step writes for all later ones counts.
    fn sources(&self, step: &FlatStep) -> Vec<String> {
        let mut found = step.reads.clone();
        for other in self.steps.iter().filter(|other| other.text.contains("GITHUB_ENV")) {
            found.extend(other.reads.iter().cloned());
        }
        let mut at = 0;
        while let Some(id) = found.get(at).cloned() {
            let read =
                self.steps.iter().filter(|other| other.ids.contains(&id)).flat_map(|other| &other.reads);
            let new: Vec<String> = read.filter(|id| !found.contains(id)).cloned().collect();
            found.extend(new);
            at += 1;
        }
        found
    }

    /// The steps of another job whose outputs a text of this one reads as outputs of that job.
    fn read_through_needs(&self, text: &str) -> Vec<String> {
        let Some(outputs) = self.job.node.get("outputs") else { return Vec::new() };
        let outputs = outputs.pairs().unwrap_or_default().iter();
        let read = outputs.filter(|pair| {
            let name = pair.key.text().unwrap_or_default();
            text.contains(&format!("needs.{}.outputs.{name}", self.job.id))
        });
        read.flat_map(|pair| step_ids(pair.value.text().unwrap_or_default())).collect()
    }
}

/// A step that pushes.
struct Push<'a> {
    job: &'a FlatJob<'a>,
    at: usize,
    step: &'a FlatStep,
    with: &'a str,
}

impl Push<'_> {
    fn signature(&self, jobs: &[FlatJob<'_>]) -> Signature {
        let mut best = Signature::Missing;
        for job in jobs {
            for (at, step) in job.steps.iter().enumerate().filter(|(_, step)| !step.never) {
                for command in &step.commands {
                    let Some(words) = command.arguments("cosign sign") else { continue };
                    if job.job.id == self.job.job.id || self.is_read_by(job, step) {
                        best = best.max(self.judge(job, (at, step), (command, words)));
                    }
                }
            }
        }
        best
    }

    fn judge(
        &self,
        job: &FlatJob<'_>,
        (at, step): (usize, &FlatStep),
        (command, words): (&Command, &[String]),
    ) -> Signature {
        let follows = job.job.id == self.job.job.id && at >= self.at;
        let linked = self.is_read_by(job, step) || follows && !says_digest(self.step);
        let is_key = |word: &String| {
            ["--key", "-key", "--sk", "COSIGN_KEY="].iter().any(|start| word.starts_with(start))
        };
        let keyed = job.keyed
            || command.words.iter().any(is_key)
            || step.env.iter().any(|(name, _)| name == "COSIGN_KEY");
        // ko prints the digest of what it has pushed.
        let printed = self.with.starts_with("ko ") && words.iter().any(|word| word.starts_with('$'));
        let by_digest = printed || is_by_digest(step, words);
        match () {
            () if !linked && !by_digest => Signature::Tag,
            () if !linked => Signature::Other,
            () if keyed => Signature::Keyed,
            () if !by_digest => Signature::Tag,
            () if !job.id_token => Signature::NoToken,
            () => Signature::Good,
        }
    }

    /// Whether a step reads an output of this one.
    fn is_read_by(&self, job: &FlatJob<'_>, step: &FlatStep) -> bool {
        let read = match job.job.id == self.job.job.id {
            true => job.sources(step),
            false => {
                let reads = self.job.read_through_needs(&step.text);
                let through =
                    self.job.steps.iter().filter(|other| other.ids.iter().any(|id| reads.contains(id)));
                let more: Vec<String> = through.flat_map(|other| self.job.sources(other)).collect();
                [reads, more].concat()
            }
        };
        self.step.ids.iter().any(|id| read.contains(id))
    }

    fn has_sbom(&self, jobs: &[FlatJob<'_>]) -> bool {
        if brings_sbom(self.step, self.with) {
            return true;
        }
        let alone = self.job.pushes.len() == 1;
        jobs.iter().any(|job| {
            let same = job.job.id == self.job.job.id;
            let makes = job.steps.iter().filter(|step| !step.never && makes_sbom(step));
            makes
                .into_iter()
                .any(|step| same && (alone || self.is_named_in(step)) || self.is_read_by(job, step))
        })
    }

    /// Whether a step names one of the images that this one tags.
    fn is_named_in(&self, step: &FlatStep) -> bool {
        let tags = self.step.input("tags").unwrap_or_default();
        let mut names =
            tags.split([',', '\n', ' ']).map(|tag| tag.rsplit_once(':').map_or(tag, |(name, _)| name));
        names.any(|name| name.contains('/') && step.text.contains(name))
    }
}

/// Whether `cosign sign` is told a digest: in its own words, or through a variable that the script has put one into.
fn is_by_digest(step: &FlatStep, words: &[String]) -> bool {
    let is_digest = |text: &str| {
        ["@$", "@sha256:", "@{"].iter().any(|part| text.contains(part))
            || text.to_ascii_lowercase().contains("digest")
    };
    let images = words.iter().filter(|word| !word.starts_with('-'));
    images.into_iter().any(|word| is_digest(word) || word.starts_with('$') && is_digest(&step.text))
}

/// Whether a step that pushes an image makes an SBOM in doing so.
fn brings_sbom(step: &FlatStep, with: &str) -> bool {
    let sbom = step.input("sbom").unwrap_or_default().trim();
    let attests = step.input("attests").unwrap_or_default();
    let told = |command: &Command| {
        let is_on = |word: &String| word == "--sbom" || word == "--sbom=true" || word.contains("type=sbom");
        let is_off = |word: &String| word == "--sbom=none";
        command.words.iter().any(is_on)
            || WITH_SBOM.contains(&with)
                && command.arguments(with).is_some_and(|words| !words.iter().any(is_off))
    };
    !sbom.is_empty() && !sbom.eq_ignore_ascii_case("false")
        || attests.contains("type=sbom")
        || step.commands.iter().any(told)
}

fn makes_sbom(step: &FlatStep) -> bool {
    if let Some(name) = &step.action {
        let named = SBOM_ACTIONS.iter().find(|(action, _)| action == name);
        let image = || step.input("image-ref").is_some() && step.input("format").is_some_and(is_sbom_format);
        return named
            .is_some_and(|(_, input)| step.input(input).is_some_and(|value| !value.trim().is_empty()))
            || name == "aquasecurity/trivy-action" && image();
    }
    step.commands.iter().any(|command| {
        let attest = command
            .arguments("cosign attest")
            .is_some_and(|words| words.iter().any(|word| is_sbom_format(word)));
        let trivy = command
            .arguments("trivy image")
            .is_some_and(|words| words.iter().any(|word| is_sbom_format(word)));
        let local =
            |word: &String| word.starts_with("dir:") || word.starts_with("file:") || word.starts_with('.');
        let syft = command.arguments("syft").is_some_and(|words| !words.iter().any(local));
        let attach = ["cosign attach sbom", "docker sbom", "docker scout sbom"];
        let bom = command
            .arguments("bom generate")
            .is_some_and(|words| words.iter().any(|word| word == "-i" || word.starts_with("--image")));
        attest || trivy || syft || bom || attach.iter().any(|name| command.arguments(name).is_some())
    })
}

fn is_sbom_format(word: &str) -> bool {
    word.contains("spdx") || word.contains("cyclonedx")
}
