//! Destination of a push. A registry on the machine that runs the job ends with the job, so its images are
//! not published.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::workflow::model::steps::FlatStep;
use crate::workflow::shell::{Command, is_assignment};
use crate::workflow::yaml::node::Node;

/// Hosts that no other machine can reach: RFC 6761, and the two names with which ko loads an image instead of
/// pushing it.
const HERE: &[&str] = &["localhost", "127.0.0.1", "[::1]", "ko.local", "kind.local"];

/// Variables visible to a step, in order of precedence: script, step, job, workflow.
pub(in crate::workflow) struct Variables<'v> {
    step: &'v FlatStep,
    /// Job and workflow.
    around: [&'v Node; 2],
    /// Variables that the script sets; the value is true if every assignment is a host on this machine.
    set: OnceCell<HashMap<&'v str, bool>>,
}

impl<'v> Variables<'v> {
    /// Creates the variables of a step; `around` is the job and the workflow.
    pub(in crate::workflow) fn new(step: &'v FlatStep, around: [&'v Node; 2]) -> Self {
        Self { step, around, set: OnceCell::new() }
    }

    /// Returns whether all images with these tags stay on the machine; false if there are no tags.
    pub(in crate::workflow) fn keep_tags(&self, tags: &str) -> bool {
        let mut tags = tags.split([',', '\n']).map(str::trim).filter(|tag| !tag.is_empty()).peekable();
        tags.peek().is_some() && tags.all(|tag| self.is_here(tag))
    }

    /// Returns whether the images that a command pushes stay on the machine.
    pub(in crate::workflow) fn keep(&self, command: &Command, words: &[String], name: &str) -> bool {
        if name.starts_with("ko ") {
            return self.keep_ko(command);
        }
        let tags = tags_of(words);
        if !tags.is_empty() {
            return tags.iter().all(|tag| self.is_here(tag));
        }
        words.iter().rev().find(|word| names_place(word)).is_some_and(|word| self.is_here(word))
    }

    /// Returns whether ko pushes to this machine. Its destination is the variable `KO_DOCKER_REPO`.
    fn keep_ko(&self, command: &Command) -> bool {
        const NAME: &str = "KO_DOCKER_REPO=";
        let own = command.words.iter().take_while(|word| is_assignment(word));
        match own.filter_map(|word| word.strip_prefix(NAME)).last() {
            Some(place) => is_here(place),
            None => self.is_here("$KO_DOCKER_REPO"),
        }
    }

    fn is_here(&self, place: &str) -> bool {
        let name = place.strip_prefix('$').map(|name| name.trim_matches(|c| matches!(c, '{' | '}')));
        match name {
            None => is_here(place),
            Some(name) => {
                let set = self.set.get_or_init(|| self.set_by_script()).get(name).copied();
                set.unwrap_or_else(|| self.given(name).is_some_and(is_here))
            }
        }
    }

    fn set_by_script(&self) -> HashMap<&'v str, bool> {
        // An assignment before a command applies to that command only.
        let sets = |command: &&Command| {
            let mut words = command.words.iter().skip_while(|word| *word == "export");
            words.all(|word| is_assignment(word))
        };
        let mut set = HashMap::new();
        for word in self.step.commands.iter().filter(sets).flat_map(|command| &command.words) {
            if let Some((name, value)) = word.split_once('=') {
                *set.entry(name).or_insert(true) &= is_here(value);
            }
        }
        set
    }

    /// Returns the value of a variable in `env`: of the step, the job or the workflow.
    fn given(&self, name: &str) -> Option<&str> {
        let own = self.step.env.get(name).map(String::as_str);
        own.or_else(|| self.around.iter().find_map(|node| node.get("env")?.get(name)?.text()))
    }
}

/// Returns the values of `-t` and `--tag`.
fn tags_of(words: &[String]) -> Vec<&str> {
    let mut tags = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "-t" | "--tag" => tags.extend(words.get(at + 1).map(String::as_str)),
            word => tags.extend(word.strip_prefix("--tag=").or_else(|| word.strip_prefix("-t="))),
        }
    }
    tags
}

/// Returns whether a word may be the name of an image: it starts with a host, or contains a variable.
fn names_place(word: &str) -> bool {
    let (host, _) = without_scheme(word).split_once('/').unwrap_or((word, ""));
    let is_host = host.contains(['.', ':']) || host == "localhost";
    word.contains('$')
        || word.contains('/') && is_host && host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
}

fn is_here(place: &str) -> bool {
    let host = without_scheme(place).split('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host.as_str(),
    };
    HERE.contains(&name) || name.ends_with(".localhost")
}

fn without_scheme(place: &str) -> &str {
    ["oci://", "docker://"].iter().find_map(|scheme| place.strip_prefix(scheme)).unwrap_or(place)
}
