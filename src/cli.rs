//! Definition of the command line. The doc comments are the help texts.

mod audit;
mod fleet;
mod policy;
mod report;
mod revisions;
mod scan;
mod server;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use bstr::ByteSlice as _;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::platform;

pub(crate) use audit::{AuditArgs, AuditFormat};
pub(crate) use fleet::{FleetCommandArgs, FleetReportArgs, FleetScanArgs, FleetTask, FleetVisitArgs, Shard};
pub(crate) use policy::{
    PolicyArgs, PolicyCheckArgs, PolicyFormat, PolicyInitArgs, PolicyShowArgs, PolicyTask, ProfileName,
};
pub(crate) use report::{Format, ReportArgs};
pub(crate) use scan::{FilterArgs, ScanArgs, ShownLevel};
pub(crate) use server::{FleetArgs, FleetFormat, ServerArgs, ServerTask, VisitArgs, VisitTask};

/// A gate for Git repositories
///
/// Refuses commits without a valid sign-off, pushes that add unpinned actions or checkouts that keep their credentials,
/// and tokens in git config. Runs as a commit-msg, pre-push or pre-receive hook, or scans the existing history.
#[derive(Debug, Parser)]
#[command(name = "git-gate", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,

    /// Use of colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub(crate) color: ColorWhen,

    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

/// Use of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Install the hooks in a repository
    Install(InstallArgs),
    /// Remove the hooks
    Uninstall(UninstallArgs),
    /// Show which hooks are installed, and prove that they refuse
    Status(StatusArgs),
    /// Install, prove or remove the hook of many repositories on a server
    Server(ServerArgs),
    /// Run as a hook; called by the installed hooks
    Hook(HookArgs),
    /// Check history, a tree, or the effective git config
    Scan(ScanArgs),
    /// Check many repositories, and merge the reports about them
    Fleet(FleetCommandArgs),
    /// Apply safe fixes
    Fix(FixArgs),
    /// List the rules, or show the documentation of one
    Rules(RulesArgs),
    /// Write, check or show a policy
    Policy(PolicyArgs),
    /// Count what the gate of a server has done, from its audit logs
    Audit(AuditArgs),
    /// Print the completion script for a shell
    Completions(CompletionsArgs),
    /// Complete a command line, for the scripts of `completions`
    #[command(hide = true)]
    Complete(CompleteArgs),
    /// Print or write the manual pages
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Change a hook that git tracks, too
    #[arg(long, conflicts_with_all = ["global", "system", "template"])]
    pub(crate) edit_tracked: bool,

    /// Place of the hooks. By default, they go to the config of the repository if git is 2.54 or newer, and to the
    /// hooks directory otherwise; beside a hook that may change a message, commit-msg goes to the hooks directory
    #[arg(long, value_name = "MODE", conflicts_with_all = ["global", "system", "template"])]
    pub(crate) mode: Option<InstallMode>,
}

#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Place to install to or uninstall from. Without an option: the repository at hand.
#[derive(Debug, Default, Args)]
pub(crate) struct PlaceArgs {
    /// Print what would be done, without doing it
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Change a hooks directory that is shared with other repositories
    #[arg(long)]
    pub(crate) into_shared: bool,

    /// For all repositories of this user, in the global git config (git 2.54 or newer)
    #[arg(long, conflicts_with_all = ["system", "template"])]
    pub(crate) global: bool,

    /// For all repositories on this machine, in the system git config (git 2.54 or newer)
    #[arg(long, conflicts_with = "template")]
    pub(crate) system: bool,

    /// For future repositories, in the template directory DIR (git config `init.templateDir`)
    #[arg(long, value_name = "DIR")]
    pub(crate) template: Option<PathBuf>,
}

/// Place of the hooks of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InstallMode {
    /// In the hooks directory; an existing hook still runs, as before
    Shim,
    /// In the config of the repository (git 2.54 or newer); the hooks directory is not changed
    Config,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Prove the pre-receive hook in FILE, which stands outside of repositories, by running it for pushes into a scratch
    /// repository
    #[arg(long, value_name = "FILE")]
    pub(crate) hook: Option<PathBuf>,
}

/// Parses `FORMAT=FILE`.
fn format_and_file<F: ValueEnum>(text: &OsStr, example: &str) -> Result<(F, PathBuf), String> {
    let (format, path) = platform::bytes_of(text)
        .split_once_str("=")
        .filter(|(_, path)| !path.is_empty())
        .ok_or_else(|| format!("expected `FORMAT=FILE`, for example `{example}`"))?;
    Ok((F::from_str(&format.to_str_lossy(), false)?, platform::os_str(path).into()))
}

#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    /// The hook event: commit-msg, applypatch-msg, pre-push or pre-receive
    pub(crate) event: OsString,

    /// Also run the hook FILE with the same input; either one can refuse
    #[arg(long, value_name = "FILE")]
    pub(crate) chained: Option<PathBuf>,

    /// Also run the hook FILE, whose own line has called git-gate
    #[arg(long, value_name = "FILE", conflicts_with = "chained")]
    pub(crate) inside: Option<PathBuf>,

    /// The arguments that git passes to the hook
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// Apply the changes; by default, they are only shown
    #[arg(long)]
    pub(crate) apply: bool,

    /// Make doubtful repairs too: of jobs that may push, and of tags whose commit is only likely
    #[arg(long)]
    pub(crate) r#unsafe: bool,

    /// Ask the repositories of the actions for their tags, with `git ls-remote`; the only use of the network
    #[arg(long)]
    pub(crate) resolve: bool,

    /// Instead of fixing files, add your own sign-off to the last commit
    #[arg(long = "sign-off")]
    pub(crate) signoff: bool,

    /// Instead of fixing files, remove credentials from the git config of this repository
    #[arg(long, conflicts_with = "signoff")]
    pub(crate) git_config: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// The rule to explain
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct CompleteArgs {
    /// The words after the program, the last of which is to be completed
    #[arg(value_name = "WORD", last = true)]
    pub(crate) words: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Directory for the pages of all commands [default: print one page to standard output]
    #[arg(value_name = "DIR")]
    pub(crate) pages: Option<PathBuf>,
}
