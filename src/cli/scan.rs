//! Arguments of `scan`, and its filters, which `fleet scan` shares.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::report::ReportArgs;
use super::revisions::{self, RevisionArgs};

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

    #[command(flatten)]
    pub(crate) report: ReportArgs,

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
}

/// Lowest level of the findings that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShownLevel {
    /// Warnings and errors
    Warn,
    /// Errors only
    Deny,
}
