//! Arguments of `server`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Subcommand, ValueEnum};

use super::{InstallMode, format_and_file};

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
