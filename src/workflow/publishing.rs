//! Secrets with which a job publishes: tokens of package registries and keys that sign releases.

use super::images::registry::SecretRef;
use super::model::env::StepEnv;
use super::model::uses::Uses;
use super::model::{Job, Step};
use super::shell::ShellCommand;
use super::yaml::node::{Node, Pair};

/// Variables that hold a credential for publishing and have no other use. `*` stands for any text. Source: the
/// documentation of the tools.
const VARIABLES: &[&str] = &[
    "CARGO_REGISTRY_TOKEN",
    "FLIT_PASSWORD",
    "GEM_HOST_API_KEY",
    "GPG_PRIVATE_KEY",
    "HATCH_INDEX_AUTH",
    "MATURIN_PASSWORD",
    "MATURIN_PYPI_TOKEN",
    "MAVEN_GPG_KEY",
    "MAVEN_GPG_PASSPHRASE",
    "MAVEN_GPG_PRIVATE_KEY",
    "OVSX_PAT",
    "PDM_PUBLISH_PASSWORD",
    "POETRY_PYPI_TOKEN_*",
    "TWINE_PASSWORD",
    "UV_PUBLISH_PASSWORD",
    "UV_PUBLISH_TOKEN",
    "VSCE_PAT",
];

/// Variables with which npm and its relatives publish; without such a command they only install.
const NPM_VARIABLES: &[&str] = &["NODE_AUTH_TOKEN", "NPM_AUTH_TOKEN", "NPM_TOKEN", "YARN_NPM_AUTH_TOKEN"];

/// Commands that publish with these variables.
const NPM_COMMANDS: &[&str] = &[
    "bun publish",
    "changeset publish",
    "lerna publish",
    "npm publish",
    "npx changeset publish",
    "npx lerna publish",
    "npx semantic-release",
    "pnpm changeset publish",
    "pnpm publish",
    "semantic-release",
    "yarn npm publish",
    "yarn publish",
];

/// Actions that publish with these variables.
const NPM_ACTIONS: &[&str] =
    &["changesets/action", "cycjimmy/semantic-release-action", "js-devtools/npm-publish"];

/// Commands that get a credential for publishing as a word.
const COMMANDS: &[&str] = &[
    "cargo login",
    "cargo publish",
    "dotnet nuget push",
    "flit publish",
    "gem push",
    "gpg",
    "nuget push",
    "ovsx publish",
    "poetry config",
    "poetry publish",
    "twine upload",
    "uv publish",
    "vsce publish",
];

/// Inputs that are a credential for publishing, whatever their names. Source: `action.yml` of the actions.
const INPUTS: &[(&str, &str)] = &[
    ("haaleo/publish-vscode-extension", "pat"),
    ("js-devtools/npm-publish", "token"),
    ("pypa/gh-action-pypi-publish", "password"),
];

/// Words for registries and kinds of keys in the names of inputs.
const REGISTRIES: &[&str] = &[
    "cargo",
    "crates",
    "docker",
    "dockerhub",
    "ghcr",
    "gpg",
    "maven",
    "nexus",
    "npm",
    "nuget",
    "ossrh",
    "pypi",
    "quay",
    "registry",
    "rubygems",
    "sonatype",
    "twine",
];

/// Words for credentials in the names of inputs.
const CREDENTIALS: &[&str] = &["auth", "passphrase", "passwd", "password", "pwd", "secret", "token"];

impl Job {
    /// Returns the secrets with which the job publishes packages or signs releases.
    pub fn publishing_secrets(&self, workflow: &Node) -> Vec<SecretRef> {
        let publishes = self.steps.iter().any(publishes_to_npm);
        let mut found = secrets_of_env(&self.node, publishes);
        if !self.steps.is_empty() {
            found.extend(secrets_of_env(workflow, publishes));
        }
        for step in &self.steps {
            let env = StepEnv::new(step, self, Some(workflow));
            found.extend(secrets_of_env(&step.node, publishes));
            found.extend(
                inputs(step)
                    .flat_map(|pair| env.secrets(pair.value.text().unwrap_or_default(), pair.value.span)),
            );
            if let Some(run) = step.node.get("run") {
                let words = publishing_words(run.commands());
                found.extend(words.into_iter().flat_map(|word| env.secrets(word, run.span)));
            }
        }
        found
    }
}

/// Returns the secrets in the variables of a node that serve to publish.
fn secrets_of_env(node: &Node, publishes_to_npm: bool) -> Vec<SecretRef> {
    let pairs = node.get("env").and_then(|env| env.pairs()).unwrap_or_default().iter();
    let serves =
        |pair: &&Pair| is_variable(pair.name()) || publishes_to_npm && NPM_VARIABLES.contains(&pair.name());
    pairs.filter(serves).flat_map(|pair| pair.value.secrets()).collect()
}

fn is_variable(name: &str) -> bool {
    VARIABLES.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}

fn publishes_to_npm(step: &Step) -> bool {
    let runs = |command: &ShellCommand| NPM_COMMANDS.iter().any(|name| command.arguments(name).is_some());
    step.action_name().is_some_and(|name| NPM_ACTIONS.contains(&name.as_str()))
        || step.node.get("run").is_some_and(|run| run.commands().iter().any(runs))
}

/// Returns the inputs of an action of others that are a credential for publishing.
fn inputs(step: &Step) -> impl Iterator<Item = &Pair> {
    let action = match step.uses.as_ref().map(|clause| &clause.uses) {
        Some(Uses::Repository(repository)) => repository.name.as_str(),
        _ => "",
    };
    let pairs = step.node.get("with").and_then(|with| with.pairs()).unwrap_or_default().iter();
    pairs.filter(move |pair| {
        let name = pair.name().to_ascii_lowercase();
        !action.is_empty() && (INPUTS.contains(&(action, &name)) || is_publishing_input(&name))
    })
}

/// Returns whether the name of an input is that of a credential for a registry, or of a private key.
fn is_publishing_input(name: &str) -> bool {
    let parts: Vec<&str> = name.split(['-', '_', '.']).collect();
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(part));
    let is_private_key = has(&["gpg"]) && has(&["private"]) && has(&["key"]);
    is_private_key || has(REGISTRIES) && (has(CREDENTIALS) || has(&["api"]) && has(&["key"]))
}

/// Returns the words of a script that may hold a credential for publishing: those of a command that publishes, and
/// of the command before it if that writes into `gpg --import`.
fn publishing_words(commands: &[ShellCommand]) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    let mut before: &[String] = &[];
    for command in commands {
        if let Some(arguments) = COMMANDS.iter().find_map(|name| command.arguments(name)) {
            let imports =
                command.arguments("gpg").is_none_or(|words| words.iter().any(|word| word.contains("import")));
            let piped = if command.arguments("gpg").is_some() { before } else { &[] };
            words.extend(arguments.iter().chain(piped).filter(|_| imports).map(String::as_str));
        }
        before = &command.words;
    }
    words
}
