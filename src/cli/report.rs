//! Arguments for the report of a command.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use super::format_and_file;

/// Form of a report.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The format of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,

    /// Also write the report to FILE, in the given format; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = OsStringValueParser::new().try_map(ReportFile::parse))]
    pub(crate) output: Vec<ReportFile>,

    /// Show the findings as bars, by rule and by year of the commit
    #[arg(long, conflicts_with = "format")]
    pub(crate) stat: bool,

    /// Show at most N findings in the human format; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) limit: usize,
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
