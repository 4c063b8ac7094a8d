//! Ways of pushing an image or a chart to a registry, as data.

use super::flat::{FlatStep, TOO_MANY};
use super::shell::Command;

/// When an action pushes.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    /// Unless its input `push` is missing or false.
    Input,
}

/// The actions that push: their `action.yml`.
const ACTIONS: &[(&str, When)] = &[
    ("appany/helm-oci-chart-releaser", When::Always),
    ("depot/bake-action", When::Input),
    ("depot/build-push-action", When::Input),
    ("docker/bake-action", When::Input),
    ("docker/build-push-action", When::Input),
    ("elgohr/publish-docker-github-action", When::Always),
    ("int128/docker-manifest-create-action", When::Always),
    ("macbre/push-to-ghcr", When::Always),
    ("mr-smithers-excellent/docker-build-push", When::Always),
    ("redhat-actions/push-to-registry", When::Always),
    ("useblacksmith/build-push-action", When::Input),
];

const GORELEASER: &str = "goreleaser/goreleaser-action";

/// The commands that always push.
const COMMANDS: &[&str] = &[
    "apko publish",
    "buildah manifest push",
    "buildah push",
    "crane append",
    "crane copy",
    "crane cp",
    "crane index append",
    "crane push",
    "docker buildx imagetools create",
    "docker compose push",
    "docker image push",
    "docker manifest push",
    "docker push",
    "docker-compose push",
    "ko apply",
    "ko build",
    "ko publish",
    "ko resolve",
    "nerdctl push",
    "oras copy",
    "oras cp",
    "oras push",
    "podman image push",
    "podman manifest push",
    "podman push",
    "regctl image copy",
    "skopeo copy",
    "skopeo sync",
];

/// The commands that push when an option says so.
const BUILDERS: &[&str] = &[
    "depot bake",
    "depot build",
    "docker bake",
    "docker build",
    "docker buildx bake",
    "docker buildx build",
    "docker compose build",
    "docker image build",
    "earthly",
    "pack build",
];

/// Words of a command that make it push nothing, or not to a registry.
const NO_PUSH: &[&str] = &["--push=false", "--local", "-L", "--dry-run", "--help"];

/// Places that are no registries.
const ARCHIVES: &[&str] =
    &["containers-storage:", "dir:", "docker-archive:", "docker-daemon:", "oci-archive:", "oci:"];

/// What a step pushes with; none when it pushes nothing. Whether goreleaser pushes images stands in its own file: it is
/// taken to do so where the job logs in to a registry.
pub(super) fn push_of(step: &FlatStep, logs_in: bool) -> Option<String> {
    if let Some(name) = &step.action {
        let found = ACTIONS.iter().find(|(action, _)| action == name);
        let pushes = match found {
            Some((_, When::Always)) => true,
            Some((_, When::Input)) => input_pushes(step),
            None if name == TOO_MANY => true,
            None if name == GORELEASER => logs_in && releases(step.input("args").unwrap_or_default()),
            None => false,
        };
        return pushes.then(|| name.clone());
    }
    step.commands.iter().find_map(|command| command_pushes(command).map(str::to_owned))
}

fn input_pushes(step: &FlatStep) -> bool {
    let push = step.input("push").unwrap_or_default().trim();
    let outputs = ["outputs", "set"].map(|input| step.input(input).unwrap_or_default());
    !push.is_empty() && !push.eq_ignore_ascii_case("false") || outputs.iter().any(|output| exports(output))
}

/// Whether an output of a builder goes to a registry.
fn exports(output: &str) -> bool {
    let output: String = output.chars().filter(|c| !c.is_whitespace()).collect();
    output.contains("type=registry") || output.contains("push=true") || output.contains("push=${{")
}

fn releases(arguments: &str) -> bool {
    let has = |part: &str| arguments.contains(part);
    has("release") && !has("--snapshot") && !has("publish") && !has("--skip=docker")
}

fn command_pushes(command: &Command) -> Option<&'static str> {
    let named = |name: &&&str| command.arguments(name).is_some_and(|words| !pushes_nothing(words));
    if let Some(name) = COMMANDS.iter().find(named) {
        return Some(name);
    }
    if command.arguments("helm push").is_some_and(|words| words.iter().any(|word| is_chart_registry(word))) {
        return Some("helm push");
    }
    let told = |words: &[String]| {
        let pushes =
            |word: &String| word == "--push" || word == "--push=true" || word == "--publish" || exports(word);
        words.iter().any(pushes)
    };
    BUILDERS.iter().find(|name| command.arguments(name).is_some_and(told)).copied()
}

fn pushes_nothing(words: &[String]) -> bool {
    let archive = |word: &String| ARCHIVES.iter().any(|archive| word.starts_with(archive));
    words.iter().any(|word| NO_PUSH.contains(&word.as_str())) || words.last().is_some_and(archive)
}

fn is_chart_registry(word: &str) -> bool {
    word.starts_with("oci://") || word.starts_with('$')
}
