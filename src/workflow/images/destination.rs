//! Destination of a push. A registry on the machine that runs the job ends with the job, so its images are
//! not published.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::workflow::model::inline::InlinedStep;
use crate::workflow::shell::{ShellCommand, is_assignment};
use crate::workflow::yaml::node::Node;

/// Hosts that no other machine can reach: RFC 6761, and the two names with which ko loads an image instead of
/// pushing it. What is pushed to ttl.sh is for one run: it is gone after a day at most.
const LOCAL_HOSTS: &[&str] = &["localhost", "127.0.0.1", "[::1]", "ko.local", "kind.local", "ttl.sh"];

/// Variables visible to a step, in order of precedence: script, step, job, workflow.
pub(super) struct Variables<'v> {
    step: &'v InlinedStep,
    /// Job and workflow.
    around: [&'v Node; 2],
    /// Variables that the script sets; the value is true if every assignment is a host on this machine.
    assigned: OnceCell<HashMap<&'v str, bool>>,
}

impl<'v> Variables<'v> {
    /// Creates the variables of a step; `around` is the job and the workflow.
    pub(super) fn new(step: &'v InlinedStep, around: [&'v Node; 2]) -> Self {
        Self { step, around, assigned: OnceCell::new() }
    }

    /// Returns whether all images with these tags stay on the machine; false if there are no tags.
    pub(super) fn all_local(&self, tags: &str) -> bool {
        let mut tags = tags.split([',', '\n']).map(str::trim).filter(|tag| !tag.is_empty()).peekable();
        tags.peek().is_some() && tags.all(|tag| self.is_local(tag))
    }

    /// Returns whether the images that a command pushes stay on the machine.
    pub(super) fn is_local_push(&self, command: &ShellCommand, words: &[String], name: &str) -> bool {
        if name.starts_with("ko ") {
            return self.is_local_ko(command);
        }
        let tags = tags_of(words);
        if !tags.is_empty() {
            return tags.iter().all(|tag| self.is_local(tag));
        }
        let mut images = words.iter().filter(|word| !word.starts_with('-') && may_be_image(word));
        images.next_back().is_some_and(|word| self.is_local(word))
    }

    /// Returns whether ko pushes to this machine. Its destination is the variable `KO_DOCKER_REPO`.
    fn is_local_ko(&self, command: &ShellCommand) -> bool {
        const NAME: &str = "KO_DOCKER_REPO=";
        let own = command.words.iter().take_while(|word| is_assignment(word));
        match own.filter_map(|word| word.strip_prefix(NAME)).last() {
            Some(destination) => is_local(destination),
            None => self.is_local("$KO_DOCKER_REPO"),
        }
    }

    fn is_local(&self, destination: &str) -> bool {
        match leading_variable(destination) {
            None => is_local(destination),
            Some(name) => {
                let assigned = self.assigned.get_or_init(|| self.assigned_by_script()).get(name).copied();
                assigned.unwrap_or_else(|| self.env(name).is_some_and(is_local))
            }
        }
    }

    fn assigned_by_script(&self) -> HashMap<&'v str, bool> {
        // An assignment before a command applies to that command only.
        let only_assigns = |command: &&ShellCommand| {
            let mut words = command.words.iter().skip_while(|word| *word == "export");
            words.all(|word| is_assignment(word))
        };
        let mut assigned = HashMap::new();
        for word in self.step.commands.iter().filter(only_assigns).flat_map(|command| &command.words) {
            if let Some((name, value)) = word.split_once('=') {
                *assigned.entry(name).or_insert(true) &= is_local(value);
            }
        }
        assigned
    }

    /// Returns the value of a variable in `env`: of the step, the job or the workflow.
    fn env(&self, name: &str) -> Option<&str> {
        let own = self.step.env.get(name).map(String::as_str);
        own.or_else(|| self.around.iter().find_map(|node| node.get("env")?.get(name)?.text()))
    }
}

/// Returns the name of the variable with which a destination begins: `$X`, `${X}/name`, `$X:tag`.
fn leading_variable(destination: &str) -> Option<&str> {
    let rest = destination.strip_prefix('$')?;
    let (rest, is_braced) = rest.strip_prefix('{').map_or((rest, false), |rest| (rest, true));
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let after = if is_braced { after.strip_prefix('}')? } else { after };
    (after.is_empty() || after.starts_with(['/', ':'])).then_some(name)
}

/// Returns whether a call of make sets a variable to a host on this machine: `make push REGISTRY=localhost:5000`.
pub(super) fn gives_local(call: &ShellCommand) -> bool {
    call.words.iter().filter_map(|word| word.split_once('=')).any(|(_, value)| is_local(value))
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
fn may_be_image(word: &str) -> bool {
    let (host, _) = without_scheme(word).split_once('/').unwrap_or((word, ""));
    let is_host = host.contains(['.', ':']) || host == "localhost";
    word.contains('$')
        || word.contains('/') && is_host && host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
}

fn is_local(destination: &str) -> bool {
    let rest = without_scheme(destination);
    let host = rest.split_once('/').map_or(rest, |(host, _)| host).to_ascii_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host.as_str(),
    };
    LOCAL_HOSTS.contains(&name) || name.ends_with(".localhost")
}

fn without_scheme(destination: &str) -> &str {
    let schemes = ["oci://", "docker://"];
    schemes.iter().find_map(|scheme| destination.strip_prefix(scheme)).unwrap_or(destination)
}
