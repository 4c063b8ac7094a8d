//! Scripts of steps, and the inputs of local actions that become text of their scripts.

use std::collections::HashSet;

use super::Step;
use super::expression::{TextSource, sources};
use super::local::LocalAction;
use super::uses::Uses;
use crate::workflow::{Document, Node};

const GITHUB_SCRIPT: &str = "actions/github-script";

impl Step {
    /// Returns the script that the step runs: that of a shell, or that of `actions/github-script`.
    pub(crate) fn script(&self) -> Option<&Node> {
        let Some(clause) = &self.uses else { return self.node.get("run").map(AsRef::as_ref) };
        let Uses::Repository(repository) = &clause.uses else { return None };
        (repository.name == GITHUB_SCRIPT).then(|| self.input("script").map(AsRef::as_ref)).flatten()
    }
}

impl Document {
    /// Returns whether the local action that a `uses` names puts an input into a script as text, itself or through another
    /// local action. Only actions that have been added to the document are known.
    pub(crate) fn puts_into_script(&self, uses: &str, input: &str) -> bool {
        let mut open = vec![(uses.to_owned(), input.to_ascii_lowercase())];
        let mut seen: HashSet<(String, String)> = HashSet::new();
        while let Some((uses, input)) = open.pop() {
            let action = self.actions.iter().find(|action| action.uses == uses);
            let Some(action) = action.filter(|_| seen.insert((uses, input.clone()))) else { continue };
            if scripts_contain(action, &input) {
                return true;
            }
            open.extend(passed_on(action, &input));
        }
        false
    }
}

/// Returns whether a script of an action contains an input as text, directly or through a variable of its step.
fn scripts_contain(action: &LocalAction, input: &str) -> bool {
    action.steps().iter().any(|step| {
        let text = step.script().and_then(|script| script.text()).unwrap_or_default();
        sources(text).iter().any(|source| {
            is_input(source, input) || variable(step, source).is_some_and(|value| holds_input(value, input))
        })
    })
}

/// Returns the inputs of other local actions to which an action gives one of its own, each after the `uses` of the action.
fn passed_on(action: &LocalAction, input: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for step in action.steps().iter().filter(|step| step.is_local()) {
        let Some(clause) = &step.uses else { continue };
        let pairs = step.node.get("with").and_then(|with| with.pairs()).unwrap_or_default();
        let given = pairs.iter().filter(|pair| holds_input(pair.value.text().unwrap_or_default(), input));
        found.extend(given.map(|pair| (clause.text.clone(), pair.name().to_ascii_lowercase())));
    }
    found
}

/// Returns the text of the variable of a step that a value is; `None` for other values.
fn variable<'s>(step: &'s Step, source: &TextSource) -> Option<&'s str> {
    match source.path.as_slice() {
        [context, name] if context == "env" => step.node.get("env")?.get_ignoring_case(name)?.text(),
        _ => None,
    }
}

fn holds_input(text: &str, input: &str) -> bool {
    sources(text).iter().any(|source| is_input(source, input))
}

fn is_input(source: &TextSource, input: &str) -> bool {
    match source.path.as_slice() {
        [context, name] => context == "inputs" && name == input,
        [context] => context == "inputs" && source.is_json,
        _ => false,
    }
}
