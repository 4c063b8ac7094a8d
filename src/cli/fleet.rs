//! Arguments of `git gate fleet`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::{FilterArgs, ReportArgs, ScanArgs};

#[derive(Debug, Args)]
pub(crate) struct FleetCommandArgs {
    #[command(subcommand)]
    pub(crate) task: FleetTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FleetTask {
    /// Check the history of all refs in many repositories
    ///
    /// Writes one stream of JSON lines, and a summary. Each repository is checked by a process of its own. One that cannot be
    /// read is undecided, and then the exit status is 2.
    Scan(FleetScanArgs),
    /// Merge the streams of `git gate fleet scan` into one report
    ///
    /// The exit status is that of all repositories together; it is 2 if a shard is missing or not finished.
    Report(FleetReportArgs),
    /// Check the repository in the current directory, for `git gate fleet scan`
    #[command(hide = true)]
    Visit(FleetVisitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct FleetScanArgs {
    /// Directories to search for repositories, and files that list repositories, one path a line, or separated by NUL; `-` is
    /// such a list on standard input
    #[arg(value_name = "DIR|LIST", required = true)]
    pub(crate) places: Vec<PathBuf>,

    /// Leave out DIR and everything below it; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) exclude: Vec<PathBuf>,

    /// Check only shard I of N, for example `1/4`; the path of a repository decides its shard
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    pub(crate) shard: Shard,

    /// Write the stream to FILE, which must not exist [default: standard output]
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) output: Option<PathBuf>,

    /// Continue the stream in FILE after what was finished there; begin it if FILE does not exist
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,

    /// Check at most N repositories at a time [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Use the policy in FILE for all repositories [default: the policy of each repository]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// Do not check the effective git config
    #[arg(long)]
    pub(crate) no_git_config: bool,

    #[command(flatten)]
    pub(crate) filters: FilterArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FleetReportArgs {
    /// Streams of `git gate fleet scan`
    #[arg(value_name = "FILE", required = true)]
    pub(crate) streams: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FleetVisitArgs {
    /// Number of threads
    #[arg(long)]
    pub(crate) threads: NonZeroUsize,

    /// Folder for what other repositories need not read again
    #[arg(long, value_name = "DIR")]
    pub(crate) clean_blobs: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

/// One of the parts into which repositories are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Number of this part, from 1.
    pub(crate) number: u64,
    /// Number of parts.
    pub(crate) of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("expected `I/N` with I from 1 to N, for example `1/4`".to_owned()),
        }
    }
}

impl FilterArgs {
    /// Returns the arguments that give these filters to another run, in a fixed order.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let Self { rules, level, paths, authors, since, until, in_head } = self;
        let many = |name: &'static str, values: &[String]| {
            values.iter().map(|value| format!("--{name}={value}")).collect::<Vec<_>>()
        };
        let one = |name: &'static str, value: &Option<String>| many(name, value.as_slice());
        let level =
            level.and_then(|level| Some(clap::ValueEnum::to_possible_value(&level)?.get_name().to_owned()));
        let all = [
            many("rule", rules),
            one("level", &level),
            many("path", paths),
            many("author", authors),
            one("since", since),
            one("until", until),
            if *in_head { vec!["--in-head".to_owned()] } else { Vec::new() },
        ];
        all.into_iter().flatten().map(OsString::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_is_one_of_at_least_one() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["", "1", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "a/b", "1 /2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
