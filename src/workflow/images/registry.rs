//! Registry logins of a job, and the secrets that they use as passwords.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::text::Span;
use crate::workflow::model::context::{Property, properties};
use crate::workflow::model::env::StepEnv;
use crate::workflow::model::inline::InlinedStep;
use crate::workflow::model::uses::Uses;
use crate::workflow::model::{Job, Step};
use crate::workflow::shell::{Programs, ShellCommand};
use crate::workflow::yaml::node::Node;

/// Actions that log in to a registry, each with its password input. Source: their `action.yml`.
const LOGIN_ACTIONS: &[(&str, &str)] = &[
    ("azure/docker-login", "password"),
    ("docker/build-push-action", "password"),
    ("docker/login-action", "password"),
    ("elgohr/publish-docker-github-action", "password"),
    ("mr-smithers-excellent/docker-build-push", "password"),
    ("redhat-actions/podman-login", "password"),
    ("redhat-actions/push-to-registry", "password"),
];

/// Commands that log in to a registry.
static LOGIN_COMMANDS: Programs = Programs::new(&[
    "docker login",
    "podman login",
    "buildah login",
    "nerdctl login",
    "skopeo login",
    "cosign login",
    "crane auth login",
    "ko login",
    "oras login",
    "helm registry login",
    "regctl registry login",
]);

/// Commands that push with a password among their options, so that they need no login. Source: their manuals.
static PUSHES: Programs = Programs::new(&[
    "buildah push",
    "flux push artifact",
    "helm push",
    "oras copy",
    "oras cp",
    "oras push",
    "podman push",
    "skopeo copy",
    "skopeo sync",
]);

/// Options of these commands whose value is a password, or has one behind a colon.
const PASSWORDS: &[&str] =
    &["--creds", "--dest-creds", "--dest-password", "--password", "--to-password", "-p"];

/// Reference to a secret in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// Name of the secret, or any.
    pub property: Property,
    /// Span of the value that contains the expression.
    pub span: Span,
}

impl Node {
    /// Returns all references to secrets in the subtree.
    pub fn secrets(&self) -> Vec<SecretRef> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        self.for_each_text(&mut |text, span| {
            // Aliases may repeat a long text; the secrets in it are the same each time.
            if text.len() > 256 && !seen.insert(span) {
                return;
            }
            let properties = properties(text, "secrets").into_iter();
            found.extend(properties.map(|property| SecretRef { property, span }));
        });
        found
    }
}

impl Job {
    /// Returns the secrets that the job uses as registry passwords, in login actions and in login commands.
    pub fn registry_passwords(&self, workflow: &Node) -> Vec<SecretRef> {
        let mut found = Vec::new();
        let mut logins: HashMap<Span, Vec<String>> = HashMap::new();
        for step in &self.steps {
            let env = StepEnv::new(step, self, Some(workflow));
            if let Some(password) = password_input(step) {
                found.extend(env.secrets(password.text().unwrap_or_default(), password.span));
            }
            if let Some(run) = step.node.get("run") {
                let words = logins.entry(run.span).or_insert_with(|| login_words(run.commands()));
                found.extend(words.iter().flat_map(|word| env.secrets(word, run.span)));
            }
        }
        found
    }
}

/// Returns whether a step logs in to a registry.
pub(super) fn logs_in(step: &InlinedStep) -> bool {
    let action = step.action.as_deref().unwrap_or_default();
    LOGIN_ACTIONS.iter().any(|(name, _)| *name == action)
        || step.commands.iter().any(|command| LOGIN_COMMANDS.has(command))
}

fn password_input(step: &Step) -> Option<&Rc<Node>> {
    let Uses::Repository(repository) = &step.uses.as_ref()?.uses else { return None };
    let (_, input) = LOGIN_ACTIONS.iter().find(|(name, _)| *name == repository.name)?;
    step.input(input)
}

/// Returns the words of a script that may contain a password: those of a login command, and of the command
/// before it if the login reads standard input.
fn login_words(commands: &[ShellCommand]) -> Vec<String> {
    let mut words = Vec::new();
    let mut before: &[String] = &[];
    for command in commands {
        if let Some((_, arguments)) = LOGIN_COMMANDS.of(command).next() {
            words.extend(without_username(arguments));
            if arguments.iter().any(|word| word.contains("stdin")) {
                words.extend(printed(before));
            }
        } else if let Some((_, arguments)) = PUSHES.of(command).next() {
            words.extend(passwords(arguments));
        }
        before = &command.words;
    }
    words
}

/// Returns the words that a command prints; those of `printenv` are names of variables.
fn printed(words: &[String]) -> Vec<String> {
    match words.split_first() {
        Some((program, names)) if program == "printenv" => {
            names.iter().map(|name| format!("${name}")).collect()
        }
        _ => words.to_vec(),
    }
}

/// Returns the values of the options that are passwords.
fn passwords(arguments: &[String]) -> Vec<String> {
    let values = arguments.windows(2).filter_map(|pair| match pair {
        [option, value] if PASSWORDS.contains(&option.as_str()) => Some(value.clone()),
        _ => None,
    });
    let joined = arguments.iter().filter_map(|word| {
        let (option, value) = word.split_once('=')?;
        PASSWORDS.contains(&option).then(|| value.to_owned())
    });
    // Before a colon is the name of the user.
    let password =
        |value: String| value.split_once(':').map_or(value.clone(), |(_, password)| password.to_owned());
    values.chain(joined).map(password).collect()
}

fn without_username(arguments: &[String]) -> Vec<String> {
    let is_option = |word: &str| matches!(word, "-u" | "--username");
    let mut words = Vec::new();
    let mut skip = false;
    for word in arguments {
        if !skip && !word.starts_with("--username=") && !word.starts_with("-u=") {
            words.push(word.clone());
        }
        skip = is_option(word);
    }
    words
}
