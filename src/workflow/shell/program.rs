//! Programs and scripts that a command runs, and shells that run the scripts of steps.

use super::{PREFIXES, SHELLS, ShellCommand, is_assignment};

/// Programs that read the files behind a `--`, and do not run them.
const READERS: &[&str] = &[
    "awk",
    "cat",
    "chmod",
    "cp",
    "echo",
    "file",
    "git",
    "grep",
    "head",
    "ls",
    "mv",
    "printf",
    "rm",
    "sed",
    "shellcheck",
    "shfmt",
    "stat",
    "tail",
    "test",
    "touch",
    "[",
];

impl ShellCommand {
    /// Returns the words after a program as [`ShellCommand::arguments`] does, but only if nothing else can be the program
    /// that gets them: `echo`, behind a word of `PREFIXES`.
    pub(crate) fn run_arguments(&self, name: &str) -> Option<&[String]> {
        let arguments = self.arguments(name)?;
        let program = name.split(' ').next().unwrap_or(name);
        let at = self.words.len() - self.words_after(program)?.len() - 1;
        self.is_program(at).then_some(arguments)
    }

    /// Returns whether the word at an index is the program that the command runs: before it are only words of `PREFIXES`
    /// with their options.
    pub(crate) fn is_program(&self, at: usize) -> bool {
        let Some(before) = self.first.and_then(|first| self.words.get(first..at)) else { return false };
        let is_looked_up = before.windows(2).any(|pair| {
            matches!(pair, [command, option] if command == "command" && matches!(option.as_str(), "-v" | "-V"))
        });
        let mut after_option = false;
        let is_prefix = |word: &String| {
            let is_option = word.starts_with('-');
            let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '{');
            let is_known = PREFIXES.contains(&word.as_str()) || is_assignment(word);
            let is_prefix = is_option || is_number || is_known || after_option;
            // `function` has a name behind it.
            after_option = is_option || word == "function";
            is_prefix
        };
        !is_looked_up && before.iter().all(is_prefix)
    }

    /// Returns the words that may be the program of the command: the first one, and those behind words of `PREFIXES`.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &str> {
        let words = self.words.iter().enumerate().filter(|(at, _)| self.is_program(*at));
        let words = words.map(|(_, word)| word.as_str());
        words.filter(|word| {
            let is_digit = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            !PREFIXES.contains(word) && !is_assignment(word) && !is_digit
        })
    }

    /// Returns the words that the command runs as programs or scripts: the program itself, the script of a shell, and what
    /// another program runs behind a `--`.
    pub(crate) fn started(&self) -> impl Iterator<Item = &String> {
        let is_reader = READERS.iter().any(|program| self.run_arguments(program).is_some());
        let program = self.words.iter().enumerate().filter(|(at, _)| self.is_program(*at));
        let after = self.words.windows(2).filter_map(move |pair| match pair {
            [mark, word] if !is_reader && matches!(mark.as_str(), "--" | "--command" | "-c") => Some(word),
            _ => None,
        });
        let shells = SHELLS.iter().chain(&[".", "source"]).filter_map(|shell| self.run_arguments(shell));
        program.map(|(_, word)| word).chain(after).chain(shells.filter_map(script_of_shell))
    }
}

/// Returns the script among the words of a shell; `None` if it only checks the syntax.
fn script_of_shell(words: &[String]) -> Option<&String> {
    let mut is_value = false;
    for word in words {
        let Some(flags) = word.strip_prefix('-').filter(|_| !is_value) else {
            if std::mem::take(&mut is_value) {
                continue;
            }
            return Some(word);
        };
        if !flags.starts_with('-') && flags.contains(['n', 'c']) {
            return None;
        }
        is_value = !flags.starts_with('-') && flags.ends_with('o');
    }
    None
}

/// Returns whether a shell of a step runs its script, and does not only print or check it.
pub(in crate::workflow) fn runs_script(shell: Option<&str>) -> bool {
    let words: Vec<&str> = shell.unwrap_or_default().split_whitespace().collect();
    let name = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    let is_check = |word: &&str| {
        word.strip_prefix('-').is_some_and(|flags| {
            !flags.starts_with('-') && flags.contains('n') && flags.chars().all(|c| c.is_ascii_lowercase())
        })
    };
    let is_other = READERS.contains(&name)
        || ["true", "false", ":", "tee", "node", "perl", "ruby"].contains(&name)
        || name.starts_with("python");
    let checks_only = || words.iter().any(|word| is_check(word) || *word == "noexec");
    !is_other && (!SHELLS.contains(&name) || !checks_only())
}

/// Returns whether a shell of a step ends a script at the first command that fails. GitHub gives this option to those that
/// it knows.
pub(in crate::workflow) fn stops_at_failure(shell: Option<&str>) -> bool {
    let is_set = |word: &str| {
        word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('e'))
    };
    shell.is_none_or(|shell| !shell.contains("{0}") || shell.split_whitespace().any(is_set))
}
