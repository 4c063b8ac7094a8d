//! A gate on the way into a Git repository.
//!
//! A run is four hops, each of which hands values to the next and knows nothing of the one after it:
//!
//! 1. **Invocation → subjects.** [`commands`] reads the arguments; [`hook`] turns what git hands to a hook into typed
//!    values; [`git`] finds the commits, files and refs that are new; [`signoff`], [`workflow`], [`config`] and
//!    [`token`] read them.
//! 2. **Subjects → problems.** [`rules`] judge them: pure functions, one file each.
//! 3. **Problems → report.** [`judge`] compares with what was there before and adds levels from the [`policy`].
//! 4. **Report → bytes.** [`output`] writes it. The exit status was decided before; on a server by [`server`], which knows
//!    of bypasses and keeps the audit log.

mod cli;
mod commands;
mod config;
mod env;
mod error;
mod fix;
mod git;
mod hook;
mod install;
mod judge;
mod output;
mod parallel;
mod policy;
mod report;
mod rules;
mod server;
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

/// What the benches and the tests of the documentation use; no interface of anybody else.
#[doc(hidden)]
pub mod internals {
    pub use crate::git::{CleanMerges, Commit, CommitText, Oid, Repo};
    pub use crate::report::{Group, RuleMeta};
    pub use crate::rules::{Check, DOC_HEADINGS, RULES, Rule, find};
    pub use crate::signoff::{Certification, People, SignOffSettings, assess};
}

/// Runs git-gate with its arguments, program name first.
///
/// A panic would be a defect; it must not be a way in, so it ends like any other failure to decide.
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

/// The arguments; called under a hook's own name, those of `git gate hook` for that hook.
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

/// Help and version are answers; anything else that clap says is a refusal, which may quote a credential.
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
