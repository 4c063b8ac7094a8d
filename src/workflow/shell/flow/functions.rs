//! Functions of a script, and the commands that do not run because of them.

use std::collections::{HashMap, HashSet};

use super::Walk;
use crate::workflow::shell::ShellCommand;

/// Programs that only print or declare their words; a function among these is not called.
const PRINTERS: &[&str] =
    &["declare", "echo", "export", "local", "printf", "readonly", "type", "typeset", "unset"];

/// Spellings of all arguments of a function.
const ARGUMENTS: &[&str] = &["$@", "${@", "$*", "${*"];

/// Functions of a name.
#[derive(Default)]
pub(super) struct Function {
    /// True if a call always ends the script.
    pub(super) ends: bool,
    /// True if a `return` is reached in it.
    pub(super) returns: bool,
    /// True if the script defines it more than once.
    pub(super) is_redefined: bool,
}

impl Walk<'_> {
    /// Drops the commands in functions that nothing calls.
    pub(super) fn drop_uncalled(&mut self) {
        let mut bodies: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (at, owner) in
            self.owners.iter().enumerate().filter(|(at, _)| self.reached.get(*at) == Some(&true))
        {
            bodies.entry(*owner).or_default().push(at);
        }
        let (mut live, mut open) = (HashSet::new(), vec![None]);
        while let Some(owner) = open.pop() {
            let body = bodies.get(&owner).into_iter().flatten();
            for command in body.filter_map(|at| self.commands.get(*at)).filter(|command| !is_printer(command))
            {
                let called = command.words.iter().filter_map(|word| self.named(word));
                open.extend(called.filter(|number| live.insert(*number)).map(Some));
            }
        }
        for (reached, owner) in self.reached.iter_mut().zip(&self.owners) {
            *reached &= owner.is_none_or(|owner| live.contains(&owner));
        }
    }

    /// Drops the commands whose program is a function or an alias of the script. A function that runs its arguments, such as
    /// `retry`, is none of another program.
    pub(super) fn drop_renamed(&mut self) {
        let aliases = self.commands.iter().filter_map(|command| command.arguments("alias")).flatten();
        let aliases: HashSet<&str> = aliases.filter_map(|word| Some(word.split_once('=')?.0)).collect();
        if aliases.is_empty() && self.by_name.is_empty() {
            return;
        }
        let running = self.running_arguments();
        let functions = &self.by_name;
        let is_renamed = |word: &str| {
            aliases.contains(word) || functions.get(word).is_some_and(|number| !running.contains(number))
        };
        for (command, reached) in self.commands.iter().zip(&mut self.reached) {
            let mut before = "";
            *reached &= !command.program_words().iter().any(|word| {
                let before = std::mem::replace(&mut before, word);
                before != "function" && is_renamed(word)
            });
        }
    }

    /// Returns the numbers of the functions that run their arguments.
    fn running_arguments(&self) -> HashSet<usize> {
        let runs = |command: &ShellCommand| {
            let is_all = |word: &String| ARGUMENTS.iter().any(|name| word.contains(name));
            command.words.iter().any(is_all) && !is_printer(command)
        };
        let reached = self.commands.iter().zip(&self.reached).zip(&self.owners);
        let reached = reached.filter(|((command, reached), _)| **reached && runs(command));
        let numbers = reached.filter_map(|(_, owner)| *owner);
        numbers.filter(|number| self.functions.get(*number).is_some_and(|own| !own.is_redefined)).collect()
    }
}

fn is_printer(command: &ShellCommand) -> bool {
    PRINTERS.iter().any(|program| command.run_arguments(program).is_some())
}
