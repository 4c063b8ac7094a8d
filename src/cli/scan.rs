//! Arguments of `scan`, and those of a report that other commands share.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use super::format_and_file;
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
    pub(super) fn parse(text: OsString) -> Result<Self, String> {
        let (format, path) = format_and_file(&text, "sarif=report.sarif")?;
        Ok(Self { format, path })
    }
}
