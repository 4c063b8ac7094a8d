//! Subcommand `audit`. The doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Audit logs, also those compressed with gzip [default: the one of the policy in force here]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Count only pushes since this time, written as for git log
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub(crate) since: Option<String>,

    /// The format of the report
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: AuditFormat,
}

/// Format of a report about audit logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// Metrics, for the textfile collector of Prometheus' node_exporter
    Prometheus,
}
