//! A gate on the way into a Git repository.
//!
//! Each module below is a room. A room uses only those below it, in an order that `tests/layers.rs` holds. A
//! run goes through four stages, each of which passes values to the next:
//!
//! 1. From the invocation to the subjects: [`cli`] defines the arguments, and [`commands`] runs a subcommand.
//!    [`hook`] parses the input that git passes to a hook. [`git`] finds the commits, files and refs that are
//!    new. [`signoff`], [`workflow`], [`config`] and [`token`] parse them.
//! 2. From the subjects to the problems: the [`rules`] check them. They are pure functions, one file each.
//! 3. From the problems to the report: [`judge`] runs the rules, removes problems that existed before, and
//!    adds levels from the [`policy`]. The vocabulary of all of them is [`report`].
//! 4. From the report to bytes: [`output`] writes it. The exit status is decided before that. On a server
//!    [`server`] decides it, may grant a bypass, and writes the audit log.
//!
//! [`install`] puts the hooks in place and proves that they refuse, and [`fix`] repairs workflows. The ground
//! floor is [`platform`], [`mod@error`], [`mod@env`], [`mod@file`], [`text`] and [`parallel`]; only the first knows systems.

mod cli;
mod commands;
mod config;
mod env;
mod error;
mod file;
mod fix;
mod git;
mod hook;
mod install;
mod judge;
mod output;
mod parallel;
mod platform;
mod policy;
mod report;
mod rules;
mod server;
mod signature;
mod signoff;
mod text;
mod token;
mod workflow;

use std::ffi::OsString;

use clap::Parser as _;

use cli::{Cli, ColorWhen};
use hook::HookEvent;
use output::Ui;

pub use error::ExitStatus;

/// Items that the benches and the tests of the documentation use. They are no public interface.
#[doc(hidden)]
pub mod internals {
    pub use crate::git::{CleanMerges, Commit, CommitText, MergeCheck, Oid, Repo};
    pub use crate::report::{Group, RuleMeta};
    pub use crate::rules::{Check, DOC_HEADINGS, RULES, Rule, find};
    pub use crate::signoff::{Certification, People, SignoffSettings, assess};

    /// Returns the JSON Schema of the policy file.
    pub fn policy_schema() -> serde_json::Value {
        crate::policy::schema()
    }

    /// Parses a policy file on its own, without the files that it names.
    ///
    /// # Errors
    /// Returns the message of the parser.
    pub fn parse_policy(text: &[u8]) -> Result<(), String> {
        crate::policy::parse_alone(text).map_err(|error| error.to_string())
    }
}

/// Runs git-gate with its arguments, program name first.
///
/// A panic is caught and ends like any other failure to decide, so that a defect does not let a push
/// through.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        Ui::new(ColorWhen::Never).err(&format!("error: internal error{place}: please report it\n"));
    }));
    std::panic::catch_unwind(|| decide(&arguments)).unwrap_or(ExitStatus::Failed)
}

fn decide(arguments: &[OsString]) -> ExitStatus {
    let cli = match Cli::try_parse_from(as_hook(arguments)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut ui = Ui::new(cli.color);
    match commands::run(cli, &mut ui) {
        Ok(status) => status,
        Err(error) => {
            let palette = ui.err_palette();
            ui.err(&output::error(&error, palette));
            ExitStatus::Failed
        }
    }
}

/// Returns the arguments of git-gate.
///
/// If the program was called under the name of a hook, these are the arguments of `git gate hook` for that
/// hook.
fn as_hook(arguments: &[OsString]) -> Vec<OsString> {
    let Some((program, rest)) = arguments.split_first() else { return Vec::new() };
    match HookEvent::of_program(program) {
        None => arguments.to_vec(),
        Some(event) => {
            let own = ["git-gate", "hook", event.name(), "--"].map(OsString::from);
            own.into_iter().chain(rest.iter().cloned()).collect()
        }
    }
}

/// Prints help or version, or a usage error with credentials redacted, and returns the exit status.
fn usage(error: &clap::Error) -> ExitStatus {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitStatus::Clean;
    }
    let said = error.render().to_string();
    let shown: Vec<String> = said.lines().map(|line| token::redact_message(line.to_owned())).collect();
    if said.lines().eq(shown.iter()) {
        let _ = error.print();
    } else {
        Ui::new(ColorWhen::Never).err(&(shown.join("\n") + "\n"));
    }
    ExitStatus::Failed
}
