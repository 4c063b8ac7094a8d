//! Words with which a command line may be completed.

use bstr::ByteSlice as _;
use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};

use crate::cli::Cli;
use crate::git::Git;
use crate::hook::HookEvent;
use crate::rules::RULES;

/// Word with which the last one of a command line may be completed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The whole word; it ends with `=` if a value has to follow.
    pub(super) word: String,
    /// Description in a few words; may be empty.
    pub(super) description: String,
}

/// Returns the candidates for the last word of a command line, which begins after the program.
///
/// None if only the name of a file can stand there.
pub(super) fn candidates(words: &[String]) -> Vec<Candidate> {
    let Some((current, before)) = words.split_last() else { return Vec::new() };
    let mut root = Cli::command();
    root.build();
    let line = Line::read(&root, before);
    let mut found = match (line.open, current.split_once('=')) {
        (Some(option), _) => values(option, current),
        (None, Some((name, value))) if current.starts_with("--") && !line.is_ended => {
            let option = option(line.command, name);
            let mut found = option.map(|option| values(option, value)).unwrap_or_default();
            found.iter_mut().for_each(|it| it.word = format!("{name}={}", it.word));
            found
        }
        (None, _) if current.starts_with('-') && !line.is_ended => options(line.command),
        (None, _) => {
            let mut found = subcommands(line.command);
            found.extend(line.positional().map(|positional| values(positional, current)).unwrap_or_default());
            found
        }
    };
    found.retain(|it| it.word.starts_with(current.as_str()));
    found
}

/// The words before the last one.
struct Line<'c> {
    /// Subcommand that they name.
    command: &'c Command,
    /// Option whose value follows.
    open: Option<&'c Arg>,
    /// Number of positional arguments.
    positionals: usize,
    /// True after `--`, where nothing is an option.
    is_ended: bool,
}

impl<'c> Line<'c> {
    fn read(root: &'c Command, words: &[String]) -> Self {
        let mut line = Self { command: root, open: None, positionals: 0, is_ended: false };
        for word in words {
            if line.open.take().is_some() {
                continue;
            }
            if word == "--" {
                line.is_ended = true;
            } else if word.starts_with('-') && !line.is_ended {
                line.open = option(line.command, word).filter(|option| takes_next_word(option));
            } else if let Some(command) = line.command.find_subcommand(word) {
                (line.command, line.positionals) = (command, 0);
            } else {
                line.positionals += 1;
            }
        }
        line
    }

    /// Returns the positional argument that stands next; the last one may stand again.
    fn positional(&self) -> Option<&'c Arg> {
        let mut all = self.command.get_positionals();
        let last = self.command.get_positionals().last();
        all.nth(self.positionals).or_else(|| last.filter(|last| takes_many(last)))
    }
}

fn takes_next_word(option: &Arg) -> bool {
    option.get_num_args().is_some_and(|values| values.takes_values()) && !option.is_require_equals_set()
}

fn takes_many(positional: &Arg) -> bool {
    positional.get_num_args().is_some_and(|values| values.max_values() > 1)
}

/// Returns the option with a name such as `--format` or `-C`.
fn option<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    let is_named = |option: &&Arg| match name.strip_prefix("--") {
        Some(long) => option.get_long() == Some(long),
        None => option.get_short().is_some_and(|short| name.strip_prefix('-') == Some(&short.to_string())),
    };
    command.get_arguments().find(is_named)
}

fn options(command: &Command) -> Vec<Candidate> {
    let shown = command.get_arguments().filter(|option| !option.is_hide_set());
    let word = |option: &Arg| {
        let end = if option.is_require_equals_set() && !takes_nothing(option) { "=" } else { "" };
        Some(format!("--{}{end}", option.get_long()?))
    };
    shown.filter_map(|option| Some(candidate(&word(option)?, option.get_help()))).collect()
}

/// Returns true for an option that may stand without a value.
fn takes_nothing(option: &Arg) -> bool {
    option.get_num_args().is_some_and(|values| values.min_values() == 0)
}

fn subcommands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| candidate(command.get_name(), command.get_about())).collect()
}

/// Returns the values of an argument, as far as they are known.
fn values(argument: &Arg, current: &str) -> Vec<Candidate> {
    let plain = |word: &str| candidate(word, None);
    match argument.get_id().as_str() {
        "rules" | "id" => RULES.iter().map(|rule| described(rule.meta.id, rule.meta.summary)).collect(),
        "revisions" | "tree" => revisions(current),
        "event" => HookEvent::ALL.iter().map(|event| plain(event.name())).collect(),
        _ => {
            let shown = argument.get_possible_values();
            let shown = shown.iter().filter(|value| !value.is_hide_set());
            shown.map(|value| candidate(value.get_name(), value.get_help())).collect()
        }
    }
}

/// Returns names of refs, each after the beginning of a range: `^` or `A..`.
fn revisions(current: &str) -> Vec<Candidate> {
    let start = current.rfind("..").map_or(usize::from(current.starts_with('^')), |at| at + "..".len());
    let start = current.get(..start).unwrap_or_default();
    let output = Git::new("for-each-ref").arg("--format=%(refname:short)").output().unwrap_or_default();
    let names = output.lines().filter_map(|name| name.to_str().ok());
    ["HEAD"].into_iter().chain(names).map(|name| candidate(&format!("{start}{name}"), None)).collect()
}

fn candidate(word: &str, help: Option<&StyledStr>) -> Candidate {
    let help = help.map(ToString::to_string).unwrap_or_default();
    described(word, help.lines().next().unwrap_or_default())
}

fn described(word: &str, description: &str) -> Candidate {
    Candidate { word: word.to_owned(), description: description.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_completed_by_their_place() {
        for (line, expected) in [
            ("sc", "scan"),
            ("scan --fo", "--format"),
            ("scan --format js", "json jsonl"),
            ("scan --format=sa", "--format=sarif"),
            ("scan --br", "--branches"),
            ("scan --gl", "--glob="),
            ("scan --rule unpinned-u", "unpinned-uses"),
            ("rules unp", "unpinned-uses unpinned-image unprotected-secret"),
            ("rules unpinned-uses unp", ""),
            ("hook pre-r", "pre-receive"),
            ("completions zs", "zsh"),
            ("server st", "status"),
            ("--color al", "always"),
            ("-C scan sc", "scan"),
            ("scan -- --fo", ""),
            ("scan --policy x", ""),
            ("compl", "completions"),
            ("nothing here", ""),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let found: Vec<String> = candidates(&words).into_iter().map(|it| it.word).collect();
            assert_eq!(found.join(" "), expected, "{line}");
        }
    }
}
