//! Detects steps that make an SBOM of an image, from tables of actions and commands.

use crate::workflow::model::steps::FlatStep;
use crate::workflow::shell::Command;

/// Actions that make or attest an SBOM of an image, each with the input that it requires for this.
const SBOM_ACTIONS: &[(&str, &str)] = &[
    ("actions/attest", "sbom-path"),
    ("actions/attest-sbom", "sbom-path"),
    ("anchore/sbom-action", "image"),
];

/// Commands that push an image together with its SBOM by default.
const WITH_SBOM: &[&str] = &["apko publish", "ko apply", "ko build", "ko publish", "ko resolve"];

/// Returns whether a step that pushes an image with `with` also makes its SBOM.
pub(in crate::workflow) fn brings_sbom(step: &FlatStep, with: &str) -> bool {
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

/// Returns whether a step makes or attests an SBOM of an image.
pub(in crate::workflow) fn makes_sbom(step: &FlatStep) -> bool {
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
