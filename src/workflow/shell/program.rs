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
        let first = self.first?;
        (first..first + self.program_words().len()).contains(&at).then_some(arguments)
    }

    /// Returns the words of `PREFIXES` with their options, and the program behind them.
    pub(crate) fn program_words(&self) -> &[String] {
        let words = self.first.and_then(|first| self.words.get(first..)).unwrap_or_default();
        let (mut after_command, mut after_option) = (false, false);
        let is_program = |word: &String| {
            let is_looked_up = after_command && matches!(word.as_str(), "-v" | "-V");
            let is_option = word.starts_with('-');
            let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '{');
            let is_known = PREFIXES.contains(&word.as_str()) || is_assignment(word);
            let is_prefix = is_option || is_number || is_known || after_option;
            // `function` has a name behind it.
            after_option = is_option || word == "function";
            after_command = word == "command";
            is_looked_up || !is_prefix
        };
        let end = words.iter().position(is_program).map_or(words.len(), |at| at + 1);
        words.get(..end).unwrap_or_default()
    }

    /// Returns the words that may be the program of the command: the first one, and those behind words of `PREFIXES`.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &str> {
        let words = self.program_words().iter().map(String::as_str);
        words.filter(|word| {
            let is_digit = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            !PREFIXES.contains(word) && !is_assignment(word) && !is_digit
        })
    }

    /// Returns the words that the command runs as programs or scripts: the program itself, the script of a shell, and what
    /// another program runs behind a `--`.
    pub(crate) fn started(&self) -> impl Iterator<Item = &String> {
        let is_reader = READERS.iter().any(|program| self.run_arguments(program).is_some());
        let after = self.words.windows(2).filter_map(move |pair| match pair {
            [mark, word] if !is_reader && matches!(mark.as_str(), "--" | "--command" | "-c") => Some(word),
            _ => None,
        });
        let shells = SHELLS.iter().chain(&[".", "source"]).filter_map(|shell| self.run_arguments(shell));
        self.program_words().iter().chain(after).chain(shells.filter_map(script_of_shell))
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

/// Shells of steps that read a script as `sh` does.
const OF_STEPS: &[&str] =
    &["bash", "sh", "dash", "zsh", "ash", "ksh", "alpine.sh", "micromamba-shell", "msys2"];

/// Shells of steps with a language of their own.
const OTHERS: &[&str] = &["cmd", "fish", "nu", "powershell", "pwsh", "xonsh"];

/// Returns whether a shell of a step runs its script, and does not only print or check it. An expression may be any shell.
pub(in crate::workflow) fn runs_script(shell: Option<&str>) -> bool {
    let words: Vec<&str> = shell.unwrap_or_default().split_whitespace().collect();
    let Some(first) = words.first() else { return true };
    let is_check = |word: &&str| {
        let is_short = |flags: &str| {
            !flags.starts_with('-') && flags.contains('n') && flags.chars().all(|c| c.is_ascii_lowercase())
        };
        word.strip_prefix('-').is_some_and(is_short) || is_no_run(word)
    };
    match words.iter().position(|word| is_one(OF_STEPS, word)) {
        _ if READERS.contains(&program_name(first)) => false,
        Some(at) => !words.iter().skip(at + 1).any(is_check),
        None => first.starts_with("${{") || words.iter().any(|word| is_one(OTHERS, word)),
    }
}

/// Returns whether a shell of a step reads the script as `sh` does; `None` is the one that the forge takes.
pub(in crate::workflow) fn reads_as_sh(shell: Option<&str>) -> bool {
    let is_named = |shell: &str| shell.split_whitespace().any(|word| is_one(OF_STEPS, word));
    shell.is_none_or(|shell| shell.trim().is_empty() || is_named(shell))
}

/// Returns whether an option of a shell keeps it from running the script.
fn is_no_run(word: &str) -> bool {
    matches!(word, "noexec" | "--version" | "--help" | "--dump-strings" | "--dump-po-strings")
}

/// Returns whether a word of a shell of a step runs one of these.
fn is_one(shells: &[&str], word: &str) -> bool {
    shells.contains(&program_name(word))
}

/// Returns the name of a program without its folder.
fn program_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Returns whether words of a shell before its script keep it from running it: `-n`, `-o noexec`.
pub(super) fn only_checks(words: &[String]) -> bool {
    words.iter().any(|word| {
        is_no_run(word)
            || word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('n'))
    })
}

/// Returns whether a shell of a step ends a script at the first command that fails. GitHub gives this option to those that
/// it knows.
pub(in crate::workflow) fn stops_at_failure(shell: Option<&str>) -> bool {
    let is_set = |word: &str| {
        word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('e'))
    };
    shell.is_none_or(|shell| !shell.contains("{0}") || shell.split_whitespace().any(is_set))
}
