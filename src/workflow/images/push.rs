//! Detects steps that push an image or a chart to a registry, from tables of actions and commands.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::destination::{Variables, gives_local};
use super::registry::logs_in;
use crate::workflow::attestation::is_false;
use crate::workflow::followed::FollowedFiles;
use crate::workflow::goreleaser::{GORELEASER, GoreleaserConfig, is_snapshot, skipped};
use crate::workflow::model::Step;
use crate::workflow::model::inline::{InlinedStep, OVER_LIMIT, step_ids};
use crate::workflow::shell::{Programs, ShellCommand};
use crate::workflow::yaml::node::Node;

/// Condition under which an action pushes.
#[derive(Debug, Clone, Copy)]
enum PushCondition {
    Always,
    /// Only if its inputs request it: `push`, or a registry in `outputs` or `set`.
    IfInput,
}

/// Actions that push. Source: their `action.yml`.
const ACTIONS: &[(&str, PushCondition)] = &[
    ("appany/helm-oci-chart-releaser", PushCondition::Always),
    ("depot/bake-action", PushCondition::IfInput),
    ("depot/build-push-action", PushCondition::IfInput),
    ("docker/bake-action", PushCondition::IfInput),
    ("docker/build-push-action", PushCondition::IfInput),
    ("elgohr/publish-docker-github-action", PushCondition::Always),
    ("int128/docker-manifest-create-action", PushCondition::Always),
    ("int128/kaniko-action", PushCondition::IfInput),
    ("macbre/push-to-ghcr", PushCondition::Always),
    ("mr-smithers-excellent/docker-build-push", PushCondition::Always),
    ("noelware/docker-manifest-action", PushCondition::IfInput),
    ("redhat-actions/push-to-registry", PushCondition::Always),
    ("useblacksmith/build-push-action", PushCondition::IfInput),
];

/// Command that pushes charts, to registries or to repositories of another kind.
const HELM: &str = "helm push";

const MAKE: &str = "make";

/// Actions that do not output the digest that they pushed.
const SILENT: &[&str] = &["macbre/push-to-ghcr", "noelware/docker-manifest-action", GORELEASER];

/// Commands that always push.
static COMMANDS: Programs = Programs::new(&[
    "apko publish",
    "az acr build",
    "buildah manifest push",
    "buildah push",
    "crane append",
    "crane copy",
    "crane cp",
    "crane index append",
    "crane push",
    "ctr image push",
    "ctr images push",
    "docker buildx imagetools create",
    "docker compose push",
    "docker image push",
    "docker manifest push",
    "docker push",
    "docker-compose push",
    "flux push artifact",
    "gcloud builds submit",
    "img push",
    "imgpkg push",
    "ko apply",
    "ko build",
    "ko publish",
    "ko resolve",
    "nerdctl image push",
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
]);

/// Commands that push only with an option.
static BUILDERS: Programs = Programs::new(&[
    "buildctl build",
    "buildctl-daemonless.sh build",
    "depot bake",
    "depot build",
    "docker bake",
    "docker build",
    "docker buildx bake",
    "docker buildx build",
    "docker compose build",
    "docker image build",
    "earthly",
    "nerdctl build",
    "pack build",
    "skaffold build",
]);

/// Programs that push with one of these words, or with an option that begins so. Source: their documentation: jib
/// (github.com/GoogleContainerTools/jib), Spring Boot, werf.io, Bazel `rules_oci`.
const BUILD_TOOLS: &[(&str, &[&str])] = &[
    ("gradle", &["jib", "dockerPushImage", "--publishImage"]),
    ("gradlew", &["jib", "dockerPushImage", "--publishImage"]),
    (
        "mvn",
        &["jib:build", "com.google.cloud.tools:jib-maven-plugin:", "-Dspring-boot.build-image.publish=true"],
    ),
    (
        "mvnw",
        &["jib:build", "com.google.cloud.tools:jib-maven-plugin:", "-Dspring-boot.build-image.publish=true"],
    ),
    ("werf build", &["--repo"]),
    ("werf converge", &["--repo"]),
];

/// Words of a command that prevent it from pushing to a registry.
const NO_PUSH: &[&str] = &["--push=false", "--no-push", "--local", "-L", "--dry-run", "--help"];

/// Prefixes of destinations that are not registries.
const ARCHIVES: &[&str] =
    &["containers-storage:", "dir:", "docker-archive:", "docker-daemon:", "oci-archive:", "oci:"];

/// Action or command that pushes.
pub(super) struct PushMeans {
    pub(super) with: String,
    /// Index of the command in the script; 0 for an action.
    pub(super) command: usize,
}

/// Returns whether a step uses an action or a command that may push, regardless of its inputs and options.
pub(super) fn may_push(step: &Step) -> bool {
    if let Some(name) = step.action_name() {
        return name == GORELEASER || ACTIONS.iter().any(|(action, _)| *action == name);
    }
    let others = |command: &ShellCommand| {
        let mut names = BUILD_TOOLS.iter().map(|(name, _)| *name).chain([HELM]);
        names.any(|name| command.arguments(name).is_some())
    };
    let may_push = |command: &ShellCommand| {
        COMMANDS.has(command)
            || BUILDERS.has(command)
            || others(command)
            || command.arguments(MAKE).is_some_and(passes_push_option)
            || names_push_target(command)
    };
    step.node.get("run").is_some_and(|run| run.commands().iter().any(may_push))
}

/// Returns whether a pushing step provides the pushed digest as `steps.<id>.outputs.digest`.
pub(super) fn outputs_digest(step: &InlinedStep) -> bool {
    step.action.as_deref().is_some_and(|name| !SILENT.contains(&name))
}

/// Steps of a job, some of which may push.
pub(super) struct JobSteps<'s> {
    steps: &'s [InlinedStep],
    /// Mappings of the job and of the workflow, whose variables the steps see.
    around: [&'s Node; 2],
    logs_in: bool,
    /// Files that the scripts run, and configurations.
    files: &'s FollowedFiles,
    /// Ids of the steps whose text selects a registry as output; computed on first use.
    exporting: OnceCell<HashSet<&'s str>>,
}

impl<'s> JobSteps<'s> {
    /// Creates the steps of a job; `around` is the job and the workflow.
    pub(super) fn new(steps: &'s [InlinedStep], around: [&'s Node; 2], files: &'s FollowedFiles) -> Self {
        Self { steps, around, logs_in: steps.iter().any(logs_in), files, exporting: OnceCell::new() }
    }

    /// Returns for each step how it pushes.
    pub(super) fn pushes(&self) -> Vec<Option<PushMeans>> {
        self.steps.iter().map(|step| self.pushes_with(step, &Variables::new(step, self.around))).collect()
    }

    /// Returns how a step pushes; `None` if nothing leaves the machine.
    ///
    /// goreleaser configures its pushes in a file of its own. If that is not in the tree, a release counts as a push
    /// if the job logs in to a registry.
    fn pushes_with(&self, step: &InlinedStep, variables: &Variables<'_>) -> Option<PushMeans> {
        let Some(name) = &step.action else {
            let mut own = step.commands.iter().enumerate();
            let own = own.find_map(|(at, command)| Some((command_pushes(command, variables)?, at)));
            let (with, command) = own.or_else(|| pushed_by_make(step, variables))?;
            return Some(PushMeans { with: with.to_owned(), command });
        };
        let condition = ACTIONS.iter().find(|(action, _)| action == name).map(|(_, condition)| condition);
        let pushes = match condition {
            Some(PushCondition::Always) => true,
            Some(PushCondition::IfInput) => {
                self.input_pushes(step) && !variables.all_local(step.input("tags").unwrap_or_default())
            }
            None if name == OVER_LIMIT => true,
            None if name == GORELEASER => {
                let arguments = step.input("args").unwrap_or_default();
                let config = self.files.goreleaser(arguments, step.input("workdir"));
                self.logs_in && releases(arguments, config)
            }
            None => false,
        };
        pushes.then(|| PushMeans { with: name.clone(), command: 0 })
    }

    fn input_pushes(&self, step: &InlinedStep) -> bool {
        let push = step.input("push").unwrap_or_default().trim();
        let is_off = push.is_empty() || is_false(push);
        let outputs = ["outputs", "set"].map(|input| step.input(input).unwrap_or_default());
        !is_off || outputs.iter().any(|output| exports(output) || self.may_export(output))
    }

    /// Returns whether an output of a builder is taken from a step that may have selected a registry.
    fn may_export(&self, output: &str) -> bool {
        let chosen = step_ids(output);
        let exporting = || {
            let steps = self.steps.iter().filter(|step| exports(&step.text));
            steps.flat_map(|step| &step.ids).map(String::as_str).collect()
        };
        !chosen.is_empty()
            && chosen.iter().any(|id| self.exporting.get_or_init(exporting).contains(id.as_str()))
    }
}

/// Returns whether an output of a builder goes to a registry.
fn exports(output: &str) -> bool {
    let output: String = output.chars().filter(|c| !c.is_whitespace()).collect();
    output.contains("type=registry") || output.contains("push=true") || output.contains("push=${{")
}

/// Returns whether a call of goreleaser pushes images. Without its configuration, they count as those of Docker.
fn releases(arguments: &str, config: Option<GoreleaserConfig>) -> bool {
    let left_out = skipped(arguments);
    let pushes = config.map_or(!left_out.contains(&"docker"), |config| config.pushes(arguments));
    arguments.contains("release") && !is_snapshot(arguments) && !left_out.contains(&"publish") && pushes
}

fn command_pushes(command: &ShellCommand, variables: &Variables<'_>) -> Option<&'static str> {
    let is_remote = |name: &str, words: &[String]| !variables.is_local_push(command, words, name);
    let one_of = |programs: &Programs, is_push: fn(&[String]) -> bool| {
        let mut found = programs.of(command);
        found.find(|(name, words)| is_push(words) && is_remote(name, words)).map(|(name, _)| name)
    };
    let single = |name: &'static str, is_push: fn(&[String]) -> bool| {
        command.arguments(name).filter(|words| is_push(words) && is_remote(name, words)).map(|_| name)
    };
    let tool = || {
        let is_push = |(name, words): &&(&str, &[&str])| {
            let arguments = command.arguments(name);
            arguments.is_some_and(|arguments| names_push(arguments, words) && is_remote(name, arguments))
        };
        BUILD_TOOLS.iter().find(is_push).map(|(name, _)| *name)
    };
    one_of(&COMMANDS, |words| !pushes_nothing(words))
        .or_else(|| single(HELM, |words| words.iter().any(|word| is_chart_registry(word))))
        .or_else(|| one_of(&BUILDERS, has_push_option))
        .or_else(|| single(MAKE, passes_push_option))
        .or_else(tool)
}

/// Returns whether a step may push by a target of a Makefile, which only that file tells.
pub(super) fn may_push_by_make(step: &Step) -> bool {
    step.node.get("run").is_some_and(|run| run.commands().iter().any(names_push_target))
}

/// Returns whether a command makes a target whose name says that it pushes: `make docker-push`.
fn names_push_target(command: &ShellCommand) -> bool {
    let is_target = |word: &String| !word.starts_with('-') && !word.contains(['=', '$', '/']);
    let says_so = |word: &String| ["push", "publish"].iter().any(|part| word.contains(part));
    let arguments = command.run_arguments(MAKE);
    arguments.is_some_and(|words| words.iter().any(|word| is_target(word) && says_so(word)))
}

/// Returns the command of a Makefile that pushes, with the index of the command that makes its target.
fn pushed_by_make(step: &InlinedStep, variables: &Variables<'_>) -> Option<(&'static str, usize)> {
    step.followed.iter().find_map(|(at, command)| {
        let call = step.commands.get(*at).filter(|call| names_push_target(call))?;
        let with = command_pushes(command, variables).filter(|_| !gives_local(call))?;
        Some((with, *at))
    })
}

/// Returns whether the arguments of a build tool say that it pushes: `jib`, `:app:jib`, `--repo=x`.
fn names_push(arguments: &[String], words: &[&str]) -> bool {
    let is_named = |argument: &String| {
        words.iter().any(|word| match word.strip_suffix(':') {
            Some(plugin) => argument.starts_with(plugin) && argument.ends_with(":build"),
            None if word.starts_with('-') => {
                argument.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            }
            None => argument == word || argument.strip_suffix(word).is_some_and(|rest| rest.ends_with(':')),
        })
    };
    arguments.iter().any(is_named) && !pushes_nothing(arguments)
}

/// Returns whether a variable for a Makefile holds the option of a builder: `make images BUILDX_ACTION=--push`.
fn passes_push_option(words: &[String]) -> bool {
    words.iter().any(|word| word.ends_with("=--push"))
}

/// Returns whether an option of a builder makes it push.
fn has_push_option(words: &[String]) -> bool {
    let pushes =
        |word: &String| ["--push", "--push=true", "--publish"].contains(&word.as_str()) || exports(word);
    words.iter().any(pushes)
}

fn pushes_nothing(words: &[String]) -> bool {
    let is_archive = |word: &str| ARCHIVES.iter().any(|archive| word.starts_with(archive));
    let archive = |word: &String| is_archive(word) && !word.starts_with("oci://");
    words.iter().any(|word| NO_PUSH.contains(&word.as_str())) || words.last().is_some_and(archive)
}

fn is_chart_registry(word: &str) -> bool {
    word.starts_with("oci://") || word.starts_with('$')
}
