//! Repositories of a sandbox.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Run, SIGN_OFF, Sandbox};

/// Repository at a path of a sandbox.
#[derive(Clone)]
pub(crate) struct Repo<'s> {
    sandbox: &'s Sandbox,
    path: PathBuf,
}

impl<'s> Repo<'s> {
    /// Returns the existing repository at a path.
    pub(crate) fn at(sandbox: &'s Sandbox, path: PathBuf) -> Self {
        Self { sandbox, path }
    }

    /// Returns the path of the work tree or of the bare repository.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file below [`Self::path`].
    pub(crate) fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the absolute path of the git directory, as reported by git.
    pub(crate) fn git_dir(&self) -> PathBuf {
        PathBuf::from(self.git(["rev-parse", "--absolute-git-dir"]).ok().line())
    }

    /// Returns the absolute path of a hook in the directory from which git runs hooks.
    pub(crate) fn hook(&self, name: &str) -> PathBuf {
        let asked = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
        PathBuf::from(self.git(asked).ok().line()).join(name)
    }

    /// Builds a git command in the repository.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.sandbox.run("git").arg("-C").arg(&self.path).args(arguments)
    }

    /// Builds a run of the binary under test in the repository.
    pub(crate) fn gate<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        self.sandbox.gate(arguments).dir(&self.path)
    }

    /// Writes a file of the work tree and creates the folders above it; returns its path.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        self.sandbox.write(self.file(name), content)
    }

    /// Writes an executable file and creates the folders above it; returns its path. Uses a separate process,
    /// for the same reason as [`Sandbox::copy_gate`].
    pub(crate) fn write_executable(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(path);
        let script = "mkdir -p \"${1%/*}\" && rm -f \"$1\" && cat >\"$1\" && chmod 755 \"$1\"";
        self.sandbox.run("sh").args(["-c", script, "sh"]).arg(&path).stdin(content).ok();
        path
    }

    /// Commits everything in the work tree with a sign-off, without running hooks; returns the oid.
    pub(crate) fn commit(&self, subject: &str) -> String {
        self.commit_message(&format!("{subject}\n\n{SIGN_OFF}\n"))
    }

    /// Commits everything in the work tree with a message, without running hooks; returns the oid.
    pub(crate) fn commit_message(&self, message: &str) -> String {
        self.git(["add", "--all"]).ok();
        let options =
            ["-c", "core.hooksPath=/dev/null", "commit", "--no-verify", "-q", "--allow-empty", "-F", "-"];
        self.git(options).stdin(message).ok();
        self.oid("HEAD").expect("a commit was made")
    }

    /// Writes a file and commits it with a sign-off, without running hooks; returns the oid.
    pub(crate) fn commit_file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.write(name, content);
        self.commit("docs: a change")
    }

    /// Returns the oid of a revision, or `None` if the revision does not exist.
    pub(crate) fn oid(&self, revision: &str) -> Option<String> {
        let transcript = self.git(["rev-parse", "-q", "--verify", revision]).transcript();
        (transcript.status() == Some(0)).then(|| transcript.line())
    }
}
