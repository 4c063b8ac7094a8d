//! `git gate completions`: completion scripts for shells.
//!
//! Those for bash, fish and zsh ask the program itself, which knows rules and refs, and also complete `git gate`.

mod candidates;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{Cli, CompleteArgs, CompletionsArgs};
use crate::error::ExitStatus;
use crate::output::Ui;

const BASH: &str = include_str!("completions/git-gate.bash");
const FISH: &str = include_str!("completions/git-gate.fish");
const ZSH: &str = include_str!("completions/git-gate.zsh");

/// Writes the completion script of a shell to standard output.
pub(crate) fn run(args: &CompletionsArgs, ui: &mut Ui) -> ExitStatus {
    match args.shell {
        Shell::Bash => ui.out(BASH),
        Shell::Fish => ui.out(FISH),
        Shell::Zsh => ui.out(ZSH),
        shell => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "git-gate", &mut script);
            ui.out(&String::from_utf8_lossy(&script));
        }
    }
    ExitStatus::Clean
}

/// Writes the words with which the last one of a command line may be completed, each with its description.
pub(crate) fn complete(args: &CompleteArgs, ui: &mut Ui) -> ExitStatus {
    let words: Vec<String> = args.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let lines = candidates::candidates(&words).into_iter();
    let lines: String = lines.map(|it| format!("{}\t{}\n", it.word, it.description)).collect();
    ui.out(&lines);
    ExitStatus::Clean
}
