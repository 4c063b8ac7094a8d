//! Definition of the command line. The doc comments are the help texts.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use bstr::ByteSlice as _;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A gate on the way into a Git repository
///
/// Refuses commits without a valid sign-off, pushes that add unpinned actions or checkouts that keep their credentials,
/// and tokens in git config; as commit-msg, pre-push and pre-receive hook, and by hand.
#[derive(Debug, Parser)]
#[command(name = "git-gate", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub(crate) color: ColorWhen,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colour.
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
pub(crate) enum Command {
    /// Put the hooks into a repository
    Install(InstallArgs),
    /// Take the hooks away again
    Uninstall(UninstallArgs),
    /// Say what is installed, and prove that it refuses
    Status(StatusArgs),
    /// Act as a hook; what the installed hooks call
    Hook(HookArgs),
    /// Judge history, a tree, or the effective git config
    Scan(ScanArgs),
    /// Repair what can be repaired without guessing
    Fix(FixArgs),
    /// List the rules, or show the documentation of one
    Rules(RulesArgs),
    /// Write the completion script of a shell
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Where the hooks of the repository are put. Without it: those of pushes into its config where git is 2.54 or newer, all
    /// others into the hooks directory
    #[arg(long, value_name = "MODE", conflicts_with_all = ["global", "system", "template"])]
    pub(crate) mode: Option<InstallMode>,
}

#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Where to install or uninstall. Without an option: in the repository at hand.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Write into a hooks directory that other repositories share
    #[arg(long)]
    pub(crate) into_shared: bool,

    /// All repositories of this user, through git config (git 2.54 and newer)
    #[arg(long, conflicts_with_all = ["system", "template"])]
    pub(crate) global: bool,

    /// All repositories on this machine, through git config (git 2.54 and newer)
    #[arg(long, conflicts_with = "template")]
    pub(crate) system: bool,

    /// Repositories to come: the template directory that git copies from (`init.templateDir`)
    #[arg(long, value_name = "DIR")]
    pub(crate) template: Option<PathBuf>,
}

/// Where the hooks of a repository are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InstallMode {
    /// Into the hooks directory; a hook that is there already is kept and run
    Shim,
    /// Into the config of the repository (git 2.54 and newer); the hooks directory is left alone
    Config,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {}

#[derive(Debug, Args)]
pub(crate) struct HookArgs {
    /// The hook event: commit-msg, applypatch-msg, pre-push or pre-receive
    pub(crate) event: OsString,

    /// A hook that was there before: runs too, with the same input, and either may refuse
    #[arg(long, value_name = "FILE")]
    pub(crate) chained: Option<PathBuf>,

    /// What git hands to the hook
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// Revisions and ranges as git rev-list takes them: `A..B`, `^A B`, `--all` [default: HEAD]
    #[arg(value_name = "REVISION")]
    pub(crate) revisions: Vec<OsString>,

    /// Judge the tree of REVISION as it stands, without history
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["revisions", "git_config"])]
    pub(crate) tree: Option<OsString>,

    /// Judge the effective git config, and nothing else
    #[arg(long, conflicts_with_all = ["revisions", "no_git_config"])]
    pub(crate) git_config: bool,

    /// Leave the effective git config out
    #[arg(long)]
    pub(crate) no_git_config: bool,

    /// Judge everything that any ref reaches
    #[arg(long)]
    pub(crate) all: bool,

    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,

    /// Write the report to a file as well, in a format of its own; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = OsStringValueParser::new().try_map(ReportFile::parse))]
    pub(crate) output: Vec<ReportFile>,

    /// Show the findings as bars, by rule and by year of the commit
    #[arg(long, conflicts_with = "format")]
    pub(crate) stat: bool,

    /// Write what is found to FILE, which the policy can name as `baseline`: old findings that are let through
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,

    /// Read the policy from FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
}

/// How to write a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, for annotations of GitHub Actions
    Github,
    /// A Code Quality report, for GitLab
    Gitlab,
}

/// A file to write a report to.
#[derive(Debug, Clone)]
pub(crate) struct ReportFile {
    /// How to write it.
    pub(crate) format: Format,
    /// Where to.
    pub(crate) path: PathBuf,
}

impl ReportFile {
    fn parse(text: OsString) -> Result<Self, String> {
        let (format, path) = text
            .as_bytes()
            .split_once_str("=")
            .filter(|(_, path)| !path.is_empty())
            .ok_or("a format, `=` and a file are needed, as in `sarif=report.sarif`")?;
        let format = Format::from_str(&format.to_str_lossy(), false)?;
        Ok(Self { format, path: OsStr::from_bytes(path).into() })
    }
}

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// Change the files; without it the changes are only shown
    #[arg(long)]
    pub(crate) apply: bool,

    /// Sign the last commit, with your own sign-off only, instead of repairing files
    #[arg(long)]
    pub(crate) sign_off: bool,

    /// Take credentials out of the git config of this repository, instead of repairing files
    #[arg(long, conflicts_with = "sign_off")]
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
pub(crate) struct ManArgs {
    /// Where to put the pages of all commands [default: one page, to standard output]
    #[arg(value_name = "DIR")]
    pub(crate) pages: Option<PathBuf>,
}
