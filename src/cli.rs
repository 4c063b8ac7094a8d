//! Definition of the command line. The doc comments are the help texts.

mod audit;
mod fleet;
mod policy;
mod revisions;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use bstr::ByteSlice as _;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use audit::{AuditArgs, AuditFormat};
pub(crate) use fleet::{FleetCommandArgs, FleetReportArgs, FleetScanArgs, FleetTask, FleetVisitArgs, Shard};
pub(crate) use policy::{
    PolicyArgs, PolicyCheckArgs, PolicyFormat, PolicyInitArgs, PolicyShowArgs, PolicyTask, ProfileName,
};
pub(crate) use revisions::RevisionArgs;

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

#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    #[command(subcommand)]
    pub(crate) task: ServerTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServerTask {
    /// Install the hook in every bare repository below the directories
    ///
    /// Run it as the user who owns the repositories, and again for new ones, for example from cron: it visits only what is
    /// new or was changed. The exit status is 0 only if every repository has the hook and every directory was searched.
    Install(ServerInstallArgs),
    /// Prove for every bare repository below the directories that its hook refuses
    ///
    /// The proof is a push into a scratch repository, without the environment and the config of the user who runs it. The exit
    /// status is 0 only if every repository is guarded and every directory was searched.
    Status(FleetArgs),
    /// Remove the hook from every bare repository below the directories
    Uninstall(FleetArgs),
    /// Do one of these tasks in the current directory, and print the outcome as JSON
    #[command(hide = true)]
    Visit(VisitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ServerInstallArgs {
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,

    /// Place of the hook. By default it goes to the config of the repository if git is 2.54 or newer, otherwise to the
    /// hooks directory
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<InstallMode>,
}

/// Repositories of a server, and the report about them.
#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    /// Directories to search for repositories; a repository itself will do
    #[arg(value_name = "DIR", required = true)]
    pub(crate) directories: Vec<PathBuf>,

    /// Leave out DIR and everything below it; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) exclude: Vec<PathBuf>,

    /// Print nothing unless something was changed or has failed
    #[arg(short, long, conflicts_with = "format")]
    pub(crate) quiet: bool,

    /// The format of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: FleetFormat,

    /// Also write the report to FILE, in the given format; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = OsStringValueParser::new().try_map(FleetFile::parse))]
    pub(crate) output: Vec<FleetFile>,
}

#[derive(Debug, Args)]
pub(crate) struct VisitArgs {
    /// The task
    pub(crate) task: VisitTask,

    /// As for `install`
    #[arg(long)]
    pub(crate) mode: Option<InstallMode>,
}

/// Task in one repository of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VisitTask {
    /// Install the hook
    Install,
    /// Prove that the hook refuses
    Status,
    /// Remove the hook
    Uninstall,
}

/// Format of a report about many repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FleetFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// Metrics, for the textfile collector of Prometheus' node_exporter
    Prometheus,
}

/// A file to write a report about many repositories to.
#[derive(Debug, Clone)]
pub(crate) struct FleetFile {
    /// Format of the report.
    pub(crate) format: FleetFormat,
    /// Path of the file.
    pub(crate) path: PathBuf,
}

impl FleetFile {
    fn parse(text: OsString) -> Result<Self, String> {
        let (format, path) = format_and_file(&text, "prometheus=git-gate.prom")?;
        Ok(Self { format, path })
    }
}

/// Parses `FORMAT=FILE`.
fn format_and_file<F: ValueEnum>(text: &OsStr, example: &str) -> Result<(F, PathBuf), String> {
    let (format, path) = text
        .as_bytes()
        .split_once_str("=")
        .filter(|(_, path)| !path.is_empty())
        .ok_or_else(|| format!("expected `FORMAT=FILE`, for example `{example}`"))?;
    Ok((F::from_str(&format.to_str_lossy(), false)?, OsStr::from_bytes(path).into()))
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
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) revisions: RevisionArgs,

    /// Check only the tree of REVISION, without its history
    #[arg(long, value_name = "REVISION", conflicts_with_all = [revisions::GROUP, "git_config"])]
    pub(crate) tree: Option<OsString>,

    /// Check only the effective git config
    #[arg(long, conflicts_with_all = [revisions::GROUP, "no_git_config"])]
    pub(crate) git_config: bool,

    /// Do not check the effective git config
    #[arg(long)]
    pub(crate) no_git_config: bool,

    /// The format of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,

    /// Also write the report to FILE, in the given format; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = OsStringValueParser::new().try_map(ReportFile::parse))]
    pub(crate) output: Vec<ReportFile>,

    /// Show the findings as bars, by rule and by year of the commit
    #[arg(long, conflicts_with = "format")]
    pub(crate) stat: bool,

    /// Write the findings to FILE; with the policy key `baseline`, they are no longer reported
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,

    /// Use the policy in FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

/// Filters of a report. They choose what is shown and what the exit status says, not what is judged.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Show only findings of this rule; may be repeated, or list several with commas
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    pub(crate) rules: Vec<String>,

    /// Show only findings of this level or a higher one
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<ShownLevel>,

    /// Show only findings at these paths: `*` matches any text, a directory all that is below it; may be repeated
    #[arg(long = "path", value_name = "GLOB")]
    pub(crate) paths: Vec<String>,

    /// Show only findings in commits of an author with PATTERN in name or address; may be repeated
    #[arg(long = "author", value_name = "PATTERN")]
    pub(crate) authors: Vec<String>,

    /// Show only findings in commits since this time, written as for git log
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,

    /// Show only findings in commits until this time
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,

    /// Show only problems that the tree or the history of HEAD still has
    #[arg(long)]
    pub(crate) in_head: bool,

    /// Show at most N findings in the human format; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) limit: usize,
}

/// Lowest level of the findings that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShownLevel {
    /// Warnings and errors
    Warn,
    /// Errors only
    Deny,
}

/// Format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// One JSON object a line: a header, each finding, and the verdict last
    Jsonl,
    /// One self-contained page
    Html,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, for annotations in GitHub Actions
    Github,
    /// Markdown, for the summary of a job in GitHub Actions
    GithubSummary,
    /// A Code Quality report, for GitLab
    Gitlab,
}

/// A file to write a report to.
#[derive(Debug, Clone)]
pub(crate) struct ReportFile {
    /// Format of the report.
    pub(crate) format: Format,
    /// Path of the file.
    pub(crate) path: PathBuf,
}

impl ReportFile {
    fn parse(text: OsString) -> Result<Self, String> {
        let (format, path) = format_and_file(&text, "sarif=report.sarif")?;
        Ok(Self { format, path })
    }
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
