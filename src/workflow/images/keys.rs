//! Keys of signatures: an option of `cosign sign`, a variable that holds it, or the variable `COSIGN_KEY`.

use super::job::InlinedJob;
use crate::workflow::cosign::names_key;
use crate::workflow::model::inline::InlinedStep;
use crate::workflow::shell::ShellCommand;
use crate::workflow::yaml::node::Node;

/// Variable that is a key for every call of cosign.
const VARIABLE: &str = "COSIGN_KEY";

/// Returns whether the variable is set for a job: by `env`, or by a command of a step for later ones.
pub(super) fn of_job(job: &InlinedJob<'_>) -> bool {
    let is_set = |node: &&Node| node.get("env").is_some_and(|env| env.get(VARIABLE).is_some());
    let sets = |command: &ShellCommand| {
        let own = command.words.iter().take_while(|word| word.contains('=')).count();
        let is_of_command = own < command.words.len();
        let words = command.words.iter().skip(if is_of_command { own } else { 0 });
        words.into_iter().any(|word| assigns(word))
    };
    job.around().iter().any(is_set) || job.steps.iter().flat_map(|step| step.commands.iter()).any(sets)
}

/// Returns whether a word sets the variable, as an assignment or as a line for `GITHUB_ENV`.
fn assigns(word: &str) -> bool {
    let word = word.trim_start_matches("$env:");
    word.split_whitespace()
        .any(|word| word.strip_prefix(VARIABLE).is_some_and(|rest| rest.starts_with(['=', '<'])))
        || word == VARIABLE
}

/// Returns whether a `cosign sign` of a step uses a key. `in_variable` is the result of [`in_variable`] for the step.
pub(super) fn of_command(step: &InlinedStep, command: &ShellCommand, in_variable: impl Fn() -> bool) -> bool {
    let has_variable = || command.words.iter().any(|word| word.contains('$'));
    command.words.iter().any(|word| names_key(word) || assigns(word))
        || step.env.contains_key(VARIABLE)
        || has_variable() && in_variable()
}

/// Returns whether a variable of the script of a step, or of `env`, holds the option for a key.
pub(super) fn in_variable(job: &InlinedJob<'_>, step: &InlinedStep) -> bool {
    let holds =
        |text: &str| text.split_whitespace().any(|word| names_key(word.trim_start_matches(['"', '\''])));
    let in_script = || {
        let others = step.commands.iter().filter(|other| other.arguments("cosign").is_none());
        others.flat_map(|other| &other.words).any(|word| {
            let value = word
                .split_once('=')
                .filter(|(name, _)| !name.starts_with('-'))
                .map_or(word.as_str(), |(_, value)| value);
            holds(value)
        })
    };
    let around = job.around();
    let mut values = around.iter().filter_map(|node| node.get("env")?.pairs()).flatten();
    in_script()
        || step.env.values().any(|value| holds(value))
        || values.any(|pair| pair.value.text().is_some_and(holds))
}
