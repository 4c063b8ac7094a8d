//! Commands of a script that write a credential where git keeps it: into config, a remote, or a file of credentials.

mod words;

use std::cell::RefCell;
use std::collections::HashMap;

use super::model::env::StepEnv;
use super::shell::{ShellCommand, is_assignment, variables};
use words::{authority, is_local, positional, subcommand, undoes};

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
const FILES: &[&str] = &[".git-credentials", ".netrc", "_netrc", "git/credentials"];

/// Programs that print the text of their words, or what they read.
const PRINTERS: &[&str] = &["echo", "printf", "cat", "tee"];

/// Subcommands of git that keep the credential that they read, each with its own subcommand for that, and the one that
/// takes it away again.
const KEEPERS: &[(&str, &str, &str)] = &[
    ("credential", "approve", "reject"),
    ("credential-store", "store", "erase"),
    ("credential-cache", "store", "erase"),
];

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
    /// Helper that keeps what this command gives it.
    Kept(&'static str),
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
    let assigned = assigned(commands);
    let reader = Reader { script, commands, env, assigned, here_documents: RefCell::default() };
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
    /// True if a here-document may give a credential to the command that names something, by that name.
    here_documents: RefCell<HashMap<&'s str, bool>>,
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
            Some(words) => self.kept_by_git(words).or_else(|| self.kept_by_helper(at, words)),
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
            ("credential", "helper") => {
                let is_kept = value.contains("${{") && is_secret_expression(value)
                    || value.contains("password=$") && self.is_expanded(value);
                is_kept.then_some(KeptCredential::Helper)
            }
            _ => None,
        }
    }

    /// Returns whether the shell replaces the variables of a value before git writes it: they stand in double quotes, or in
    /// none. A helper in single quotes reads them whenever it runs, and contains no credential.
    fn is_expanded(&self, value: &str) -> bool {
        let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"!(){ =;_-/.".contains(c));
        let head = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
        let is_escaped = variables(value).any(|name| self.script.contains(&format!("\\${name}")));
        !self.script.contains(&format!("'{head}")) && !is_escaped
    }

    /// Returns the helper that a command gives a credential, which it keeps.
    fn kept_by_helper(&self, at: usize, words: &'s [String]) -> Option<(KeptCredential, &'s str)> {
        let (name, words) = subcommand(words)?;
        let keeps = |(keeper, keep, _): &&(&str, &str, &str)| {
            *keeper == name && words.iter().any(|word| word == keep)
        };
        let (keeper, _, undo) = KEEPERS.iter().find(keeps)?;
        let before = at.checked_sub(1).and_then(|before| self.commands.get(before));
        let printed = before.filter(|command| prints(command)).map(|command| command.words.join(" "));
        let is_secret = |text: &str| self.is_secret_line(text);
        let is_given = printed.is_some_and(|text| is_secret(&text))
            || words.iter().any(|word| is_secret(word))
            || self.is_given_here(keeper);
        is_given.then_some((KeptCredential::Kept(keeper), *undo))
    }

    /// Returns the file of credentials that a command writes.
    fn kept_in_file(&self, at: usize, command: &'s ShellCommand) -> Option<(KeptCredential, &'s str)> {
        let target = command.words.iter().rev().find(|word| FILES.iter().any(|name| word.ends_with(name)))?;
        let name = FILES.iter().find(|name| target.ends_with(*name))?;
        let before = self.commands.get(..at).unwrap_or_default();
        let printer = PRINTERS.iter().find(|program| command.arguments(program).is_some());
        // `{ echo a; echo b; } > file`: the group is what stands before.
        let is_end = |word: &String| word == "}" || word == target;
        let is_group = command.words.iter().all(is_end);
        let group = match printer {
            Some(&"tee") => before.last().into_iter().collect(),
            Some(_) => Vec::new(),
            None if is_group => before.iter().rev().take_while(|command| prints(command)).collect(),
            None => return None,
        };
        let printed = group.into_iter().chain([command]).map(|command| {
            command.words.iter().filter(|word| *word != target).map(String::as_str).collect::<Vec<_>>()
        });
        let reads = matches!(printer, Some(&"cat" | &"tee"));
        let is_secret = |words: Vec<&str>| {
            self.is_secret_line(&words.join(" "))
                || words.iter().any(|word| word.starts_with('$') && self.is_secret(word))
        };
        let is_kept = printed.into_iter().any(is_secret) || reads && self.is_given_here(name);
        is_kept.then_some((KeptCredential::File(name), target.as_str()))
    }

    /// Returns whether a here-document may give a credential to the command that names something. Its lines are those of the
    /// script without that name: the text of a here-document is no word of a command.
    fn is_given_here(&self, name: &'s str) -> bool {
        let search = || {
            let mut lines = self.script.lines().map(str::trim).filter(|line| !line.contains(name));
            self.script.contains("<<") && lines.any(|line| self.is_secret_line(line))
        };
        *self.here_documents.borrow_mut().entry(name).or_insert_with(search)
    }

    /// Returns whether a printed line gives a password: in a URL, behind that word, or as an argument of `printf`.
    fn is_secret_line(&self, text: &str) -> bool {
        let is_url = || text.split([' ', '\n', '\'', '"']).any(|word| self.is_credential_url(word));
        let has_format = || text.contains("://") && text.contains("%s@");
        is_url() || text.contains('$') && (text.to_ascii_lowercase().contains("password") || has_format())
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

/// Returns whether a command prints something; a `{` before it begins a group.
fn prints(command: &ShellCommand) -> bool {
    PRINTERS.iter().any(|program| command.arguments(program).is_some())
}

fn is_secret_expression(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SECRET_EXPRESSIONS.iter().any(|part| text.contains(part))
}
