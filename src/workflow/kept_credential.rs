//! Commands of a script that write a credential where git keeps it: into config, a remote, or a file of credentials.

use std::collections::HashMap;

use super::model::env::StepEnv;
use super::shell::{ShellCommand, is_assignment, variables};

/// Parts of the name of a variable that holds a credential.
const SECRET_NAMES: &[&str] = &[
    "AUTH",
    "CRED",
    "CREDENTIAL",
    "CREDENTIALS",
    "KEY",
    "PASS",
    "PASSWD",
    "PASSWORD",
    "PAT",
    "PWD",
    "SECRET",
    "TOKEN",
];

/// Parts of an expression that give a credential.
const SECRET_EXPRESSIONS: &[&str] = &["secrets.", "secrets[", "github.token", "token", "password", "_pat"];

/// Files in which git, and the programs that it calls, look for credentials.
const FILES: &[&str] = &[".git-credentials", ".netrc", "_netrc"];

/// Options of git before its subcommand that have a value.
const GIT_VALUE_OPTIONS: &[&str] = &["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"];

/// Options of `git config` that have a value.
const CONFIG_VALUE_OPTIONS: &[&str] =
    &["-f", "--file", "--blob", "-t", "--type", "--default", "--comment", "--value"];

/// Options and subcommands of `git config` that write nothing, or take something away.
const CONFIG_READERS: &[&str] = &[
    "--get",
    "--get-all",
    "--get-regexp",
    "--get-urlmatch",
    "--list",
    "-l",
    "--unset",
    "--unset-all",
    "--remove-section",
    "--rename-section",
    "--edit",
    "-e",
    "get",
    "list",
    "unset",
    "remove-section",
    "edit",
];

/// Maximum number of variables that are followed to the value of one word.
const MAX_FOLLOWED: usize = 4;

/// Credential that a command leaves for later steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KeptCredential {
    /// URL of a remote, set with this command.
    Remote(&'static str),
    /// `url.<URL>.insteadOf` or `pushInsteadOf`.
    Rewrite,
    /// `http.extraHeader`.
    Header,
    /// Helper that contains the credential itself.
    Helper,
    /// File with this name.
    File(&'static str),
}

/// Returns the credentials that the commands of a script leave for later steps, each once per command.
///
/// `script` is the text of the script. What the same script takes away again is left out.
pub(crate) fn kept_credentials(
    script: &str,
    commands: &[ShellCommand],
    env: &StepEnv<'_>,
) -> Vec<KeptCredential> {
    let reader = Reader { script, commands, env, assigned: assigned(commands) };
    let kept = commands.iter().enumerate().filter_map(|(at, command)| {
        let (kept, undo) = reader.kept(at, command)?;
        let later = commands.get(at + 1..).unwrap_or_default();
        (!later.iter().any(|command| undoes(command, undo) || reader.resets(command, kept))).then_some(kept)
    });
    kept.collect()
}

struct Reader<'s> {
    script: &'s str,
    commands: &'s [ShellCommand],
    env: &'s StepEnv<'s>,
    /// Values of the variables that the script sets, by name.
    assigned: HashMap<&'s str, &'s str>,
}

fn assigned(commands: &[ShellCommand]) -> HashMap<&str, &str> {
    let only_assigns = |command: &&ShellCommand| {
        let mut words =
            command.words.iter().skip_while(|word| ["export", "local", "readonly"].contains(&word.as_str()));
        words.all(|word| is_assignment(word))
    };
    let words = commands.iter().filter(only_assigns).flat_map(|command| &command.words);
    words.filter_map(|word| word.split_once('=')).collect()
}

impl<'s> Reader<'s> {
    /// Returns the credential that a command leaves, with the word that a command which takes it away contains.
    fn kept(&self, at: usize, command: &'s ShellCommand) -> Option<(KeptCredential, &'s str)> {
        match command.arguments("git") {
            Some(words) => self.kept_by_git(words),
            None => self.kept_in_file(at, command),
        }
    }

    fn kept_by_git(&self, words: &'s [String]) -> Option<(KeptCredential, &'s str)> {
        let (name, words) = subcommand(words)?;
        let remote = |command| self.first_url(words).map(|undo| (KeptCredential::Remote(command), undo));
        match name {
            "config" => self.kept_in_config(words),
            "clone" => {
                let set = words.windows(2).filter(|pair| {
                    ["-c", "--config"].iter().any(|option| pair.first().is_some_and(|word| word == option))
                });
                let set = set.filter_map(|pair| pair.get(1)?.split_once('='));
                let kept = set.filter_map(|(key, value)| Some((self.kept_entry(key, value)?, ""))).next();
                let folder = positional(
                    words,
                    &["-b", "--branch", "-c", "--config", "--depth", "-o", "--origin", "-j", "--jobs"],
                )
                .get(1)
                .copied();
                kept.or_else(|| remote("git clone").map(|(kept, _)| (kept, folder.unwrap_or_default())))
            }
            "remote" => match words.first().map(String::as_str) {
                Some("set-url") => remote("git remote set-url"),
                Some("add") => remote("git remote add").map(|(kept, _)| {
                    (kept, positional(words, &["-t", "-m"]).get(1).copied().unwrap_or_default())
                }),
                _ => None,
            },
            "submodule" if words.iter().any(|word| word == "add" || word == "set-url") => {
                remote("git submodule add")
            }
            "push" if words.iter().any(|word| word == "-u" || word == "--set-upstream") => {
                remote("git push --set-upstream")
            }
            _ => None,
        }
    }

    /// Returns whether a command gives the remote a URL without a credential again.
    fn resets(&self, command: &'s ShellCommand, kept: KeptCredential) -> bool {
        let is_set_url = |words: &&[String]| words.first().is_some_and(|word| word == "set-url");
        let words = command.arguments("git remote").filter(is_set_url);
        kept == KeptCredential::Remote("git remote set-url")
            && words.is_some_and(|words| self.first_url(words).is_none())
    }

    /// Returns the first word that is a URL with a credential, as an empty word: nothing takes it away.
    fn first_url(&self, words: &'s [String]) -> Option<&'s str> {
        words.iter().any(|word| self.is_credential_url(word)).then_some("")
    }

    fn kept_in_config(&self, words: &'s [String]) -> Option<(KeptCredential, &'s str)> {
        if words.iter().any(|word| CONFIG_READERS.contains(&word.as_str())) {
            return None;
        }
        let positional = positional(words, CONFIG_VALUE_OPTIONS);
        let entry = positional.strip_prefix(&["set"]).unwrap_or(&positional);
        let [key, value, ..] = entry else { return None };
        Some((self.kept_entry(key, value)?, key))
    }

    /// Returns the credential in an entry of git config.
    fn kept_entry(&self, key: &str, value: &str) -> Option<KeptCredential> {
        let (section, rest) = key.split_once('.')?;
        let (middle, name) = rest.rsplit_once('.').unwrap_or(("", rest));
        match (section.to_ascii_lowercase().as_str(), name.to_ascii_lowercase().as_str()) {
            ("url", "insteadof" | "pushinsteadof") => {
                self.is_credential_url(middle).then_some(KeptCredential::Rewrite)
            }
            ("http", "extraheader") => value.contains('$').then_some(KeptCredential::Header),
            ("remote" | "submodule", "url" | "pushurl") => {
                self.is_credential_url(value).then_some(KeptCredential::Remote("git config"))
            }
            // A shell that reads a variable later is not told apart from one that writes its value now.
            ("credential", "helper") => {
                (value.contains("${{") && is_secret_expression(value)).then_some(KeptCredential::Helper)
            }
            _ => None,
        }
    }

    /// Returns the file of credentials that a command writes.
    fn kept_in_file(&self, at: usize, command: &'s ShellCommand) -> Option<(KeptCredential, &'s str)> {
        let writes = |program: &&str| command.arguments(program).is_some();
        let program = ["echo", "printf", "cat", "tee"].into_iter().find(writes)?;
        let target = command.words.iter().rev().find(|word| FILES.iter().any(|name| word.ends_with(name)))?;
        let name = FILES.iter().find(|name| target.ends_with(*name))?;
        let piped =
            at.checked_sub(1).and_then(|before| self.commands.get(before)).filter(|_| program == "tee");
        let mut words = command.words.iter().chain(piped.into_iter().flat_map(|command| &command.words));
        let is_line = |text: &str| {
            self.is_credential_url(text)
                || text.contains('$') && text.to_ascii_lowercase().contains("password")
        };
        // The text of a here-document is no word of the command.
        let here = || {
            let lines = self.script.lines().filter(|line| !line.contains(name));
            self.script.contains("<<") && matches!(program, "cat" | "tee") && { lines }
                .any(|line| is_line(line.trim()))
        };
        (words.any(|word| word != target && is_line(word)) || here())
            .then_some((KeptCredential::File(name), target.as_str()))
    }

    /// Returns whether a word is a URL with a credential in it, for a host that others can reach.
    fn is_credential_url(&self, word: &str) -> bool {
        let mut word = word;
        for _ in 0..MAX_FOLLOWED {
            if let Some(authority) = authority(word) {
                return self.has_credential(authority);
            }
            let Some(value) = self.value(word) else { return false };
            word = value;
        }
        false
    }

    /// Returns the text of the variable that a word consists of, or begins with.
    fn value(&self, word: &str) -> Option<&str> {
        if let Some(inner) = word.strip_prefix("${{") {
            let name = inner.split("}}").next()?.trim().strip_prefix("env.")?;
            return self.env.get_ignoring_case(name);
        }
        let name = word.starts_with('$').then(|| variables(word).next()).flatten()?;
        self.assigned.get(name).copied().or_else(|| self.env.get(name))
    }

    fn has_credential(&self, (user, password, host): (&str, Option<&str>, &str)) -> bool {
        if is_local(host) {
            return false;
        }
        let password = password.unwrap_or_default();
        password.contains('$') || user.contains('$') && self.is_secret(user)
    }

    /// Returns whether a text with a variable or an expression is a credential rather than a name.
    fn is_secret(&self, text: &str) -> bool {
        let is_named =
            |name: &str| name.to_ascii_uppercase().split('_').any(|part| SECRET_NAMES.contains(&part));
        let is_set = |name: &str| {
            let value = self.assigned.get(name).copied().or_else(|| self.env.get(name));
            value.is_some_and(|value| value.contains("${{") && is_secret_expression(value))
        };
        text.contains("${{") && is_secret_expression(text)
            || !text.contains("${{") && variables(text).any(|name| is_named(name) || is_set(name))
            || text.contains("$(")
    }
}

fn is_secret_expression(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SECRET_EXPRESSIONS.iter().any(|part| text.contains(part))
}

/// Returns the subcommand of git and the words after it.
fn subcommand(words: &[String]) -> Option<(&str, &[String])> {
    let mut at = 0;
    loop {
        let word = words.get(at)?;
        if !word.starts_with('-') {
            return Some((word, words.get(at + 1..).unwrap_or_default()));
        }
        at += if GIT_VALUE_OPTIONS.contains(&word.as_str()) { 2 } else { 1 };
    }
}

/// Returns the words that are no options and no values of the given options.
fn positional<'w>(words: &'w [String], with_value: &[&str]) -> Vec<&'w str> {
    let mut found = Vec::new();
    let mut is_value = false;
    for word in words {
        if !is_value && !word.starts_with('-') {
            found.push(word.as_str());
        }
        is_value = !is_value && with_value.contains(&word.as_str());
    }
    found
}

/// Returns user, password and host of a URL that has a user.
fn authority(url: &str) -> Option<(&str, Option<&str>, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme.contains(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '"' && c != '\'') {
        return None;
    }
    // Expressions and substitutions may contain any character.
    let (mut depth, mut colon) = (0_usize, None);
    for (at, c) in rest.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ':' if colon.is_none() => colon = Some(at),
            '@' => {
                let (name, host) = (rest.get(..at)?, rest.get(at + 1..)?);
                let host = host.split(['/', '?', '#']).next().unwrap_or_default();
                return Some(match colon {
                    Some(colon) => (name.get(..colon)?, name.get(colon + 1..), host),
                    None => (name, None, host),
                });
            }
            '/' => return Some(("", None, "")),
            _ => {}
        }
    }
    Some(("", None, ""))
}

/// Returns whether only this machine, or a test, knows a host.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let names = ["localhost", "[::1]", "host.docker.internal"];
    let ends = [".localhost", ".local", ".test", ".invalid", ".example", ".example.com"];
    names.contains(&name.as_str()) || name.starts_with("127.") || ends.iter().any(|end| name.ends_with(end))
}

/// Returns whether a command takes away what a word names: a key of git config, a remote, a folder or a file.
fn undoes(command: &ShellCommand, word: &str) -> bool {
    let names = |words: &[String]| words.iter().any(|own| own == word || own.strip_suffix('/') == Some(word));
    let unsets = |words: &[String]| {
        let section = word.rsplit_once('.').map_or(word, |(section, _)| section);
        words.iter().any(|word| word.contains("unset") && !word.contains('.')) && names(words)
            || words.iter().any(|word| word.contains("remove-section"))
                && words.iter().any(|word| word == section)
    };
    let removes =
        |words: &[String]| words.iter().any(|word| word == "remove" || word == "rm") && names(words);
    !word.is_empty()
        && (command.arguments("git config").is_some_and(unsets)
            || command.arguments("git remote").is_some_and(removes)
            || ["rm", "shred", "unlink"].iter().any(|program| command.arguments(program).is_some_and(names)))
}
