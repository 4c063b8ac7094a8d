//! Runs git for queries that only git can answer. A non-zero exit is an error, never an empty answer.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::children::Running;
use super::guards;
use crate::env;
use crate::error::{Error, Result};
use crate::git::failure;
use crate::platform;

/// Environment variables that tie git to one repository.
///
/// The list of `git rev-parse --local-env-vars` without [`PARAMETERS`], and the variable of the quarantine.
pub(crate) const LOCAL_VARIABLES: [&str; 14] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_QUARANTINE_PATH",
];

/// Variable by which `git -c` passes config on: quoted `key=value`, separated by blanks.
const PARAMETERS: &str = "GIT_CONFIG_PARAMETERS";

/// Builder of a git command.
///
/// The command uses the repository, and the quarantine, in which git-gate was called.
#[derive(Debug)]
pub(crate) struct Git {
    command: Command,
    name: String,
}

impl Git {
    /// Creates the command `git <subcommand>`, with all [`guards`].
    ///
    /// The command must not be one that changes refs or files of the work tree: hooks are not guarded.
    pub(crate) fn new(subcommand: &str) -> Self {
        Self::guarded(subcommand, env::git_variable(PARAMETERS))
    }

    /// Creates a git command for another repository than the one in which git-gate was called.
    ///
    /// Removes all variables from its environment that tie git to the current repository.
    pub(crate) fn elsewhere(subcommand: &str) -> Self {
        LOCAL_VARIABLES.iter().fold(Self::guarded(subcommand, None), |git, name| git.env_remove(name))
    }

    /// Creates a git command that walks history.
    ///
    /// A commit-graph in the repository may contain other parents than the commits themselves. It is used only
    /// in a push, where it belongs to the server, and saves much time.
    pub(crate) fn walk(subcommand: &str) -> Self {
        let in_push = env::git_variable("GIT_QUARANTINE_PATH").is_some();
        let config = if in_push { &guards::CONFIG[..] } else { &guards::WALK_CONFIG };
        Self::with_config(subcommand, env::git_variable(PARAMETERS), config).envs(guards::ENVIRONMENT)
    }

    /// Creates a git command that passes large blobs on, instead of loading them.
    pub(in crate::git) fn streaming(subcommand: &str) -> Self {
        let config = [&guards::CONFIG[..], &[guards::STREAM_LARGE]].concat();
        Self::with_config(subcommand, env::git_variable(PARAMETERS), &config).envs(guards::ENVIRONMENT)
    }

    /// Creates a git command that the user has asked for, such as a commit.
    ///
    /// Its hooks, and the program that signs it, run as if the user had typed the command.
    pub(crate) fn of_user(subcommand: &str) -> Self {
        Self::with_config(subcommand, env::git_variable(PARAMETERS), &[guards::NO_FSMONITOR])
    }

    /// Creates a command of a git program with nothing but a PATH in its environment, as a server may start it.
    ///
    /// There is no HOME, and no config of a user.
    pub(crate) fn of_server(program: &Path, subcommand: &str) -> Self {
        let mut command = Command::new(program);
        env::clear(&mut command).env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
        command.arg(subcommand).stdin(Stdio::null());
        Self { command, name: subcommand.to_owned() }
    }

    fn guarded(subcommand: &str, inherited: Option<OsString>) -> Self {
        Self::with_config(subcommand, inherited, &guards::CONFIG).envs(guards::ENVIRONMENT)
    }

    /// Creates a command with config that overrides all other: as `git -c`, after that of the user.
    fn with_config(subcommand: &str, inherited: Option<OsString>, config: &[&str]) -> Self {
        let mut command = Command::new("git");
        command.arg(subcommand).env(PARAMETERS, inherited.unwrap_or_default()).stdin(Stdio::null());
        let git = Self { command, name: subcommand.to_owned() };
        config.iter().fold(git, |git, setting| git.config(setting))
    }

    /// Adds config that overrides all other: `key=value` without a quote.
    #[must_use]
    pub(crate) fn config(mut self, setting: &str) -> Self {
        let set = self.command.get_envs().find(|(name, _)| *name == PARAMETERS);
        let mut parameters = set.and_then(|(_, value)| value).unwrap_or_default().to_owned();
        parameters.push(format!("{}'{setting}'", if parameters.is_empty() { "" } else { " " }));
        self.command.env(PARAMETERS, parameters);
        self
    }

    /// Adds an argument.
    #[must_use]
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub(crate) fn dir(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    fn envs<const N: usize>(mut self, variables: [(&str, &str); N]) -> Self {
        self.command.envs(variables);
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs the command and returns its standard output.
    ///
    /// # Errors
    /// Fails when git cannot be run or its exit status is not 0; the message quotes the first line of its
    /// standard error.
    pub(crate) fn output(self) -> Result<Vec<u8>> {
        let name = self.name.clone();
        self.answer()?.into_stdout(&name)
    }

    /// Runs the command and returns its output and exit status, which may be any.
    ///
    /// # Errors
    /// Fails when git cannot be run.
    pub(crate) fn answer(mut self) -> Result<Answer> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = Running::start(&mut self.command).and_then(Running::output);
        output.map(Answer::from).map_err(|error| cannot_run(&self.name, error))
    }

    /// Runs the command with bytes on its standard input and returns its standard output.
    ///
    /// # Errors
    /// As [`Git::output`].
    pub(crate) fn output_with_input(self, input: Vec<u8>) -> Result<Vec<u8>> {
        let name = self.name.clone();
        self.answer_with_input(input)?.into_stdout(&name)
    }

    /// Runs the command with bytes on its standard input; returns its output and exit status, which may be any.
    ///
    /// # Errors
    /// Fails when git cannot be run.
    pub(crate) fn answer_with_input(mut self, input: Vec<u8>) -> Result<Answer> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(&mut self.command).map_err(|error| cannot_run(&self.name, error))?;
        let stdin = running.child.stdin.take();
        // The input is written by another thread: git may fill its output pipe before it has read its input.
        let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let output = running.output().map_err(|error| cannot_run(&self.name, error))?;
        let _ = writer.join();
        Ok(Answer::from(output))
    }

    /// Starts the command with pipes for its standard input and output.
    ///
    /// # Errors
    /// Fails when git cannot be run.
    pub(in crate::git) fn spawn(mut self) -> Result<Running> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Running::start(&mut self.command).map_err(|error| cannot_run(&self.name, error))
    }
}

/// Output and exit status of a git command.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Exit status; `None` if a signal ended the command.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl From<Output> for Answer {
    fn from(Output { status, stdout, stderr }: Output) -> Self {
        Self { code: status.code(), stdout, stderr }
    }
}

impl Answer {
    /// Returns the standard output; fails unless the exit status is 0.
    fn into_stdout(self, name: &str) -> Result<Vec<u8>> {
        if self.code == Some(0) { Ok(self.stdout) } else { Err(self.refusal(name)) }
    }

    /// Returns the error for a failed command, with its cause and repair.
    pub(crate) fn refusal(&self, name: &str) -> Error {
        failure::of_git(name, self.code, &self.stderr)
    }
}

fn cannot_run(name: &str, error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        let hint = match platform::RUNS_SERVERS {
            true => "install git; without it, only the hook pre-receive works",
            false => "install git",
        };
        return Error::git(format!("cannot run `git {name}`: there is no `git` on PATH")).hinted(hint);
    }
    Error::git(format!("cannot run `git {name}`")).caused_by(error)
}
