//! Secrets with which a job publishes: tokens of package registries and keys that sign releases.

use super::images::registry::SecretRef;
use super::model::env::StepEnv;
use super::model::uses::Uses;
use super::model::{Job, Step};
use super::shell::{Programs, ShellCommand};
use super::yaml::node::{Node, Pair};

/// Variables that hold a credential for publishing and have no other use. `*` stands for any text. Source: the
/// documentation of the tools.
const VARIABLES: &[&str] = &[
    "CARGO_REGISTRIES_*_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "FLIT_PASSWORD",
    "GEM_HOST_API_KEY",
    "GPG_PRIVATE_KEY",
    "GRADLE_PUBLISH_KEY",
    "GRADLE_PUBLISH_SECRET",
    "HATCH_INDEX_AUTH",
    "HEX_API_KEY",
    "JRELEASER_*_PASSWORD",
    "JRELEASER_GPG_PASSPHRASE",
    "JRELEASER_GPG_SECRET_KEY",
    "MATURIN_PASSWORD",
    "MATURIN_PYPI_TOKEN",
    "MAVEN_GPG_KEY",
    "MAVEN_GPG_PASSPHRASE",
    "MAVEN_GPG_PRIVATE_KEY",
    "ORG_GRADLE_PROJECT_mavenCentralPassword",
    "ORG_GRADLE_PROJECT_signingInMemoryKey",
    "ORG_GRADLE_PROJECT_signingInMemoryKeyPassword",
    "OVSX_PAT",
    "PDM_PUBLISH_PASSWORD",
    "POETRY_PYPI_TOKEN_*",
    "TWINE_PASSWORD",
    "UV_PUBLISH_PASSWORD",
    "UV_PUBLISH_TOKEN",
    "VSCE_PAT",
];

/// Tools that publish with variables which have other uses, too: for these, the job has to run one of the commands.
struct Publisher {
    commands: Programs,
    variables: &'static [&'static str],
}

/// Commands that publish, each with its variables. Source: the documentation of the tools.
static PUBLISHERS: &[Publisher] = &[
    // docs.npmjs.com, "Using private packages in a CI/CD workflow"; pnpm.io and yarnpkg.com, "publish".
    Publisher {
        commands: Programs::new(&[
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
        ]),
        variables: NPM_VARIABLES,
    },
    // github.com/actions/setup-java, "Publishing using Apache Maven": the names are those of its example.
    Publisher {
        commands: Programs::new(&["mvn", "mvnw"]),
        variables: &[
            "CENTRAL_PASSWORD",
            "CENTRAL_TOKEN",
            "MAVEN_CENTRAL_PASSWORD",
            "MAVEN_CENTRAL_TOKEN",
            "MAVEN_PASSWORD",
            "NEXUS_PASSWORD",
            "OSSRH_PASSWORD",
            "OSSRH_TOKEN",
            "SONATYPE_PASSWORD",
        ],
    },
    // docs.gradle.org, "Publishing to repositories".
    Publisher {
        commands: Programs::new(&["gradle", "gradlew"]),
        variables: &[
            "MAVEN_PASSWORD",
            "NEXUS_PASSWORD",
            "OSSRH_PASSWORD",
            "OSSRH_TOKEN",
            "SONATYPE_PASSWORD",
        ],
    },
    // guides.rubygems.org, "API authorization"; bundler.io, "bundle gem".
    Publisher {
        commands: Programs::new(&["bundle exec rake release", "gem push", "rake release"]),
        variables: &["GEM_TOKEN", "RUBYGEMS_API_KEY", "RUBYGEMS_AUTH_TOKEN"],
    },
    // dart.dev, "dart pub token".
    Publisher {
        commands: Programs::new(&["dart pub publish", "flutter pub publish"]),
        variables: &["PUB_CREDENTIALS", "PUB_TOKEN"],
    },
    // learn.microsoft.com, "dotnet nuget push".
    Publisher {
        commands: Programs::new(&["dotnet nuget push", "nuget push"]),
        variables: &["NUGET_API_KEY", "NUGET_AUTH_TOKEN", "NUGET_KEY", "NUGET_TOKEN"],
    },
    // guides.cocoapods.org, "Getting setup with Trunk".
    Publisher { commands: Programs::new(&["pod trunk push"]), variables: &["COCOAPODS_TRUNK_TOKEN"] },
    // luarocks.org; metacpan.org, "cpan-upload".
    Publisher {
        commands: Programs::new(&["luarocks upload"]),
        variables: &["LUAROCKS_API_KEY", "LUAROCKS_TOKEN"],
    },
    Publisher { commands: Programs::new(&["cpan-upload"]), variables: &["CPAN_PASSWORD", "PAUSE_PASSWORD"] },
];

/// Variables with which npm and its relatives publish.
const NPM_VARIABLES: &[&str] = &[
    "NODE_AUTH_TOKEN",
    "NPM_AUTH_TOKEN",
    "NPM_CONFIG_TOKEN",
    "NPM_CONFIG__AUTH",
    "NPM_TOKEN",
    "YARN_NPM_AUTH_TOKEN",
];

/// Words of which one has to follow `mvn` or `gradle`, which build and test, too.
const PUBLISHING_GOALS: &[&str] = &["deploy", "publish", "release:perform", "central-publishing:publish"];

/// Actions that publish with [`NPM_VARIABLES`].
const NPM_ACTIONS: &[&str] =
    &["changesets/action", "cycjimmy/semantic-release-action", "js-devtools/npm-publish"];

/// Commands that get a credential for publishing as a word.
static COMMANDS: Programs = Programs::new(&[
    "cargo login",
    "cargo publish",
    "dart pub token",
    "dotnet nuget push",
    "flit publish",
    "gem push",
    "gpg",
    "luarocks upload",
    "mix hex.publish",
    "nuget push",
    "ovsx publish",
    "poetry config",
    "poetry publish",
    "twine upload",
    "uv publish",
    "vsce publish",
]);

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
        let variables: Vec<&str> = self.steps.iter().flat_map(publishing_variables).collect();
        let mut found = secrets_of_env(&self.node, &variables);
        if !self.steps.is_empty() {
            found.extend(secrets_of_env(workflow, &variables));
        }
        for step in &self.steps {
            let env = StepEnv::new(step, self, Some(workflow));
            found.extend(secrets_of_env(&step.node, &variables));
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

/// Returns the secrets in the variables of a node that serve to publish; `variables` are those of the commands of its job.
fn secrets_of_env(node: &Node, variables: &[&str]) -> Vec<SecretRef> {
    let pairs = node.get("env").and_then(|env| env.pairs()).unwrap_or_default().iter();
    let serves = |pair: &&Pair| {
        let is_named = |name: &&str| pair.name().eq_ignore_ascii_case(name);
        is_variable(pair.name()) || variables.iter().any(is_named)
    };
    pairs.filter(serves).flat_map(|pair| pair.value.secrets()).collect()
}

fn is_variable(name: &str) -> bool {
    VARIABLES.iter().any(|known| match known.split_once('*') {
        Some((start, end)) => {
            name.strip_prefix(start).is_some_and(|rest| rest.len() > end.len() && rest.ends_with(end))
        }
        None => name == *known,
    })
}

/// Returns the variables with which the commands of a step publish.
fn publishing_variables(step: &Step) -> Vec<&'static str> {
    let is_action = step.action_name().is_some_and(|name| NPM_ACTIONS.contains(&name.as_str()));
    let commands = step.node.get("run").map(|run| run.commands().as_ref()).unwrap_or_default();
    let runs = |publisher: &&Publisher| commands.iter().any(|command| publisher.runs(command));
    let publishers = PUBLISHERS.iter().filter(runs).flat_map(|publisher| publisher.variables);
    publishers.chain(NPM_VARIABLES.iter().filter(|_| is_action)).copied().collect()
}

impl Publisher {
    /// Returns whether a command publishes.
    fn runs(&self, command: &ShellCommand) -> bool {
        self.commands.of(command).any(|(name, words)| {
            let is_builder = !name.contains(' ') && name != "semantic-release" && name != "cpan-upload";
            !is_builder || words.iter().any(|word| is_goal(word))
        })
    }
}

/// Returns whether a goal of Maven or a task of Gradle publishes: `deploy`, `:lib:publishToSonatype`.
fn is_goal(word: &str) -> bool {
    let task = word.rsplit_once(':').map_or(word, |(_, task)| task);
    PUBLISHING_GOALS.contains(&word)
        || task == "deploy"
        || task.starts_with("publish") && task != "publishToMavenLocal"
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
        if let Some((_, arguments)) = COMMANDS.of(command).next() {
            let imports =
                command.arguments("gpg").is_none_or(|words| words.iter().any(|word| word.contains("import")));
            let piped = if command.arguments("gpg").is_some() { before } else { &[] };
            words.extend(arguments.iter().chain(piped).filter(|_| imports).map(String::as_str));
        }
        before = &command.words;
    }
    words
}
