//! Sandbox folder with its own HOME, no system or global git config, a fixed identity and fixed dates.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_fs::TempDir;

use super::{EMAIL, NAME, Repo, Transcript};

/// Folder of one test, removed at its end.
pub(crate) struct Sandbox {
    root: PathBuf,
    path: OsString,
    _folder: TempDir,
}

impl Sandbox {
    /// Creates the folder, with the binary under test as `git-gate` on its PATH.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["bin", "home"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-gate"), root.join("bin/git-gate")).unwrap();
        let paths = std::iter::once(root.join("bin")).chain(machine_path(&root));
        let path = std::env::join_paths(paths).unwrap();
        Self { root, path, _folder: folder }
    }

    /// Returns the PATH of the programs that a test runs.
    pub(crate) fn search_path(&self) -> &OsStr {
        &self.path
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a file and creates the folders above it; returns its path.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Copies the binary under test, in a separate process. A program cannot be run while any process has it
    /// open for writing, and processes that other tests start at the same time inherit the files that are
    /// open here.
    pub(crate) fn copy_gate(&self, to: impl AsRef<Path>) {
        self.run("cp").arg("-L").arg(self.path("bin/git-gate")).arg(to.as_ref()).ok();
    }

    /// Creates a repository with a work tree, on the unborn branch `main`.
    pub(crate) fn init(&self, name: impl AsRef<Path>) -> Repo<'_> {
        self.init_with(name, &[])
    }

    /// Creates a bare repository.
    pub(crate) fn init_bare(&self, name: impl AsRef<Path>) -> Repo<'_> {
        self.init_with(name, &["--bare"])
    }

    /// Creates a repository with additional options of `git init`.
    pub(crate) fn init_with(&self, name: impl AsRef<Path>, options: &[&str]) -> Repo<'_> {
        let path = self.path(name);
        self.run("git").args(["init", "-q", "-b", "main"]).args(options).arg(&path).ok();
        Repo::at(self, path)
    }

    /// Builds a run of a program in the folder.
    pub(crate) fn run(&self, program: impl AsRef<OsStr>) -> Run {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(&self.root);
        Run { command, stdin: Vec::new(), root: self.root.clone() }
    }

    /// Returns a command for a long-running program, in the folder and with the environment of a server.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.server_environment()).current_dir(&self.root);
        command
    }

    /// Builds a run of the binary under test.
    pub(crate) fn gate<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.run(self.path("bin/git-gate")).args(arguments)
    }

    /// Returns the environment of a server, which has no git identity.
    pub(crate) fn server_environment(&self) -> Vec<(&'static str, OsString)> {
        let personal = |name: &str| name.starts_with("GIT_AUTHOR_") || name.starts_with("GIT_COMMITTER_");
        self.environment().into_iter().filter(|(name, _)| !personal(name)).collect()
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        let own = [
            ("PATH", self.path.clone()),
            ("HOME", self.path("home").into()),
            ("GIT_CONFIG_GLOBAL", self.path("home/.gitconfig").into()),
        ];
        // A git that was moved from its installation prefix finds its parts only through these variables.
        let kept = ["GIT_EXEC_PATH", "GIT_TEMPLATE_DIR"].map(|name| outer(name).map(|value| (name, value)));
        let fixed = FIXED.map(|(name, value)| (name, value.into()));
        own.into_iter().chain(kept.into_iter().flatten()).chain(fixed).collect()
    }
}

/// The PATH of the machine, but without a `git-gate`: the only one that a test finds is that in its folder, while it is there.
/// In the place of a folder that has one stand links to all else that is in it.
fn machine_path(root: &Path) -> Vec<PathBuf> {
    let without_gate = |(number, folder): (usize, PathBuf)| {
        if folder.join("git-gate").symlink_metadata().is_err() {
            return folder;
        }
        let links = root.join("machine").join(number.to_string());
        std::fs::create_dir_all(&links).unwrap();
        let programs = folder.canonicalize().unwrap().read_dir().unwrap().map(|program| program.unwrap());
        for program in programs.filter(|program| program.file_name() != "git-gate") {
            std::os::unix::fs::symlink(program.path(), links.join(program.file_name())).unwrap();
        }
        links
    };
    std::env::split_paths(&outer("PATH").unwrap_or_default()).enumerate().map(without_gate).collect()
}

const FIXED: [(&str, &str); 9] = [
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_AUTHOR_NAME", NAME),
    ("GIT_AUTHOR_EMAIL", EMAIL),
    ("GIT_AUTHOR_DATE", "1700000000 +0000"),
    ("GIT_COMMITTER_NAME", NAME),
    ("GIT_COMMITTER_EMAIL", EMAIL),
    ("GIT_COMMITTER_DATE", "1700000000 +0000"),
    ("LC_ALL", "C"),
];

/// Returns a variable of the environment in which the tests run.
#[expect(clippy::disallowed_methods, reason = "a test needs the git and the sh of the machine")]
pub(crate) fn outer(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Builder for a run of a program.
pub(crate) struct Run {
    command: Command,
    stdin: Vec<u8>,
    root: PathBuf,
}

impl Run {
    /// Adds an argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable of the environment.
    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs in another directory.
    pub(crate) fn dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Sets the standard input, which is empty by default.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// Runs the program to its end.
    pub(crate) fn transcript(mut self) -> Transcript {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = std::mem::take(&mut self.stdin);
        // A program may end without reading its input.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Transcript::new(output, &self.root)
    }

    /// Runs the program; fails unless its exit status is 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Transcript {
        self.ends_with(0)
    }

    /// Runs the program; fails unless it ends with the given exit status.
    #[track_caller]
    pub(crate) fn ends_with(self, status: i32) -> Transcript {
        let transcript = self.transcript();
        assert_eq!(transcript.status(), Some(status), "{transcript}");
        transcript
    }
}
