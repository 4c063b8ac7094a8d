//! Processes that judge one repository each: the call, and what is called.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus as ProcessStatus, Stdio};

use bstr::ByteSlice as _;

use super::places::Fault;
use crate::cli::FleetVisitArgs;
use crate::commands::scan::{self, filters};
use crate::env;
use crate::error::{Error, ExitStatus, Result};
use crate::git::{LOCAL_VARIABLES, Repo};
use crate::output::Ui;
use crate::parallel;
use crate::platform;
use crate::text::escape;

/// Number of bytes of the errors of a process that are read.
const MAX_SAID: u64 = 16 << 10;

/// Program that judges repositories.
#[derive(Debug)]
pub(super) struct Visitor {
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// Process that has ended.
#[derive(Debug)]
pub(super) struct Visited {
    /// Its standard output, from the start.
    pub(super) output: File,
    /// Status with which it ended.
    pub(super) status: ProcessStatus,
    errors: File,
}

impl Visitor {
    /// Creates the visitor. Each of its processes has this number of threads.
    ///
    /// # Errors
    /// Fails if the path of the running program is not known.
    pub(super) fn new(threads: NonZeroUsize, options: impl IntoIterator<Item = OsString>) -> Result<Self> {
        let program = env::running_program()
            .map_err(|error| Error::io("cannot find the path of the running program", error))?;
        let own = ["fleet", "visit", "--all", "--format=jsonl"].map(OsString::from);
        let threads = OsString::from(format!("--threads={threads}"));
        Ok(Self { program, arguments: own.into_iter().chain([threads]).chain(options).collect() })
    }

    /// Runs a process in a directory to its end. What it writes goes to files, so that memory does not grow with it.
    ///
    /// In the folder, if any, are clean blobs of packs that other repositories of the run read, too.
    pub(super) fn visit(&self, directory: &Path, clean_blobs: Option<&Path>) -> io::Result<Visited> {
        let (mut output, mut errors) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(directory);
        if let Some(folder) = clean_blobs {
            command.arg("--clean-blobs").arg(folder);
        }
        for variable in LOCAL_VARIABLES.into_iter().chain(["GIT_CONFIG_PARAMETERS", "GIT_NAMESPACE"]) {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(errors.try_clone()?);
        let status = command.status()?;
        output.rewind()?;
        errors.rewind()?;
        Ok(Visited { output, status, errors })
    }
}

impl Visited {
    /// Describes why the process has not ended with a verdict: by its own words, or else by its status.
    pub(super) fn fault(&self) -> Fault {
        let mut said = Vec::new();
        let _ = self.errors.try_clone().and_then(|errors| errors.take(MAX_SAID).read_to_end(&mut said));
        let labelled = |label: &str| {
            let lines = said.lines().filter_map(|line| line.strip_prefix(label.as_bytes()));
            lines.map(escape).collect::<Vec<_>>()
        };
        let why = labelled("error: ").into_iter().next();
        let why = why.unwrap_or_else(|| format!("its scan ended without a verdict ({})", self.status));
        Fault { why, hint: labelled("hint: ").join("; ") }
    }
}

/// Judges the repository in the current directory for a run that has started this process.
pub(super) fn run(args: &FleetVisitArgs, ui: &mut Ui) -> Result<ExitStatus> {
    // A killed run leaves no scans behind, which would compete with those of the next run. They clean up before they end.
    platform::end_with_parent();
    parallel::limit(args.threads);
    let mut repo = Repo::open()?;
    let here = std::env::current_dir().and_then(|path| platform::real_path(&path));
    let here = here.map_err(|error| Error::io("cannot find the current directory", error))?;
    let is_here = |path: &Path| platform::real_path(path).is_ok_and(|path| path == here);
    if !is_here(repo.git_dir()) && !repo.work_tree().is_some_and(is_here) {
        return Err(Error::git("it is not a repository, but below one"));
    }
    let is_own =
        |folder: &&PathBuf| folder.metadata().is_ok_and(|found| platform::owner(&found) == platform::user());
    if let Some(folder) = args.clean_blobs.as_ref().filter(is_own) {
        repo.share_clean_blobs(folder.clone());
    }
    scan::in_repo(repo, &filters::filter(&args.scan.filters)?, &args.scan, ui)
}
