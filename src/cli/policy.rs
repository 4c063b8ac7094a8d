//! Subcommand `policy`. The doc comments are the help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    pub(crate) task: PolicyTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyTask {
    /// Write a new policy file, in which every key is explained
    ///
    /// In a clone, this is `.git-gate.yml` at the top of the work tree; in a bare repository, `git-gate.yml` in its git
    /// directory; with --server elsewhere, `git-gate.yml` in the current directory. An existing file is never changed.
    Init(PolicyInitArgs),
    /// Check a policy file
    ///
    /// Fails as a run with it would fail, and warns of keys without effect. The exit status is 0 or 2. A file named
    /// `.git-gate.yml` is read as that of a clone; `git-gate.yml`, and any file outside of a clone, as that of a server.
    Check(PolicyCheckArgs),
    /// Show the policy in force, with the file and line of each value
    Show(PolicyShowArgs),
    /// Print the JSON Schema of the policy file
    Schema,
    /// Print the reference of all keys as a table in Markdown
    #[command(hide = true)]
    Reference,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyInitArgs {
    /// The profile to set
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<ProfileName>,

    /// For a server, not for a clone
    #[arg(long)]
    pub(crate) server: bool,
}

/// Profile of a new policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// The default level of each rule
    Default,
    /// Level deny for every rule
    Hardened,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyCheckArgs {
    /// The file to check [default: the one in force here]
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Also show what the policy would have refused of this history, as for `git gate scan`; may be repeated
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    pub(crate) against: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyShowArgs {
    /// The format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: PolicyFormat,
}

/// Format of the values in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// A policy, in which a comment says where each value is set
    Human,
    /// One JSON document
    Json,
}
