//! Detects steps that make an SBOM of an image, from tables of actions and commands, and the images they name.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;

use super::job::{ImagePush, InlinedJob};
use crate::workflow::attestation::{attests_sbom, is_disabled, is_false};
use crate::workflow::followed::FollowedFiles;
use crate::workflow::goreleaser::{GORELEASER, skipped};
use crate::workflow::model::inline::InlinedStep;
use crate::workflow::shell::ShellCommand;

/// Actions that make or attest an SBOM of an image, each with the input that it requires for this.
const SBOM_ACTIONS: &[(&str, &str)] = &[
    ("actions/attest", "sbom-path"),
    ("actions/attest-sbom", "sbom-path"),
    ("anchore/sbom-action", "image"),
];

/// Actions and commands that push charts and other files; nobody makes an SBOM of those.
const NO_IMAGES: &[&str] =
    &["appany/helm-oci-chart-releaser", "flux push artifact", "helm push", "oras push"];

/// Actions and commands that join or copy images which exist. Their SBOMs are made where they are built.
const JOINS: &[&str] = &[
    "buildah manifest push",
    "crane copy",
    "crane cp",
    "crane index append",
    "docker buildx imagetools create",
    "docker manifest push",
    "int128/docker-manifest-create-action",
    "noelware/docker-manifest-action",
    "podman manifest push",
];

/// Returns whether an action or a command pushes something else than an image.
pub(super) fn pushes_no_image(with: &str) -> bool {
    NO_IMAGES.contains(&with)
}

/// Returns whether an action or a command joins images that exist.
pub(super) fn joins_images(with: &str) -> bool {
    JOINS.contains(&with)
}

/// Commands that push an image together with its SBOM by default.
const WITH_SBOM: &[&str] = &["apko publish", "ko apply", "ko build", "ko publish", "ko resolve"];

/// Returns whether a step that pushes an image also makes its SBOM.
pub(super) fn push_makes_sbom(push: ImagePush<'_>, files: &FollowedFiles) -> bool {
    let ImagePush { step, with, .. } = push;
    if with == GORELEASER {
        let config = files.goreleaser(step.input("args").unwrap_or_default(), step.input("workdir"));
        let is_skipped = skipped(step.input("args").unwrap_or_default()).contains(&"sbom");
        return config.is_some_and(|config| config.makes_sbom) && !is_skipped;
    }
    let sbom = step.input("sbom").unwrap_or_default().trim();
    let attests = ["attests", "set"].map(|input| step.input(input).unwrap_or_default());
    let makes_sbom = |command: &ShellCommand| {
        let is_off = |word: &String| word == "--sbom=none";
        command.words.iter().any(|word| attests_sbom(word))
            || WITH_SBOM.contains(&with)
                && command.arguments(with).is_some_and(|words| !words.iter().any(is_off))
    };
    !sbom.is_empty() && !is_false(sbom) && !is_disabled(sbom)
        || attests.iter().any(|attests| attests.lines().any(attests_sbom))
        || step.commands.iter().chain(step.followed.iter().map(|(_, command)| command)).any(makes_sbom)
}

/// Returns whether a step makes or attests an SBOM of an image.
pub(super) fn makes_sbom(step: &InlinedStep) -> bool {
    if let Some(name) = &step.action {
        let named = SBOM_ACTIONS.iter().find(|(action, _)| action == name);
        let image = || step.input("image-ref").is_some() && step.input("format").is_some_and(is_sbom_format);
        return named
            .is_some_and(|(_, input)| step.input(input).is_some_and(|value| !value.trim().is_empty()))
            || name == "aquasecurity/trivy-action" && image();
    }
    let calls =
        |name, is_sbom: &dyn Fn(&[String]) -> bool| step.calls(name).any(|(_, _, words)| is_sbom(words));
    let has_format = |words: &[String]| words.iter().any(|word| is_sbom_format(word));
    let local =
        |word: &String| word.starts_with("dir:") || word.starts_with("file:") || word.starts_with('.');
    calls("cosign attest", &has_format)
        || calls("trivy image", &has_format)
        || calls("syft", &|words| !words.iter().any(local))
        || calls("bom generate", &|words| {
            words.iter().any(|word| word == "-i" || word.starts_with("--image"))
        })
        || ["cosign attach sbom", "docker sbom", "docker scout sbom"]
            .iter()
            .any(|name| calls(name, &|_| true))
}

fn is_sbom_format(word: &str) -> bool {
    word.contains("spdx") || word.contains("cyclonedx")
}

/// Returns the indices of the steps that push an image for which the same job makes an SBOM.
///
/// If the job pushes several images, the step that makes the SBOM must name the image; otherwise any SBOM
/// counts.
pub(super) fn steps_with_sbom(job: &InlinedJob<'_>) -> HashSet<usize> {
    let steps = job.enabled_steps().map(|(_, step)| step);
    let mut makers = steps.filter(|step| makes_sbom(step)).peekable();
    if makers.peek().is_none() {
        return HashSet::new();
    }
    let mut pushes = job.pushes();
    if let (Some(push), None) = (pushes.next(), pushes.next()) {
        return HashSet::from([push.at]);
    }
    let mut steps_by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for push in job.pushes() {
        for name in image_names(push.step) {
            steps_by_name.entry(name).or_default().push(push.at);
        }
    }
    let (names, mut steps): (Vec<&str>, Vec<Vec<usize>>) = steps_by_name.into_iter().unzip();
    let mut found = HashSet::new();
    // With too many names for an automaton, their images count as without an SBOM.
    let Ok(automaton) = AhoCorasick::new(&names) else { return found };
    for maker in makers {
        for name in automaton.find_overlapping_iter(&maker.text) {
            // The steps of a name are taken at its first occurrence.
            found.extend(steps.get_mut(name.pattern().as_usize()).into_iter().flat_map(std::mem::take));
        }
    }
    found
}

/// Returns the names of the images that a step tags, without the tags.
fn image_names(step: &InlinedStep) -> impl Iterator<Item = &str> {
    let tags = step.input("tags").unwrap_or_default().split([',', '\n', ' ']);
    tags.map(|tag| tag.rsplit_once(':').map_or(tag, |(name, _)| name)).filter(|name| name.contains('/'))
}
