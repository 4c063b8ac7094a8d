//! Every git on the machine that may receive a push.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::git_version::GitVersion;
use super::hook_file::is_run;
use crate::env;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::platform;
use crate::text::{escape, escape_path};

/// Returns the PATH of this process.
pub(super) fn present_path() -> OsString {
    std::env::join_paths(env::search_path()).unwrap_or_default()
}

/// Places where a server or a service manager looks for git, beside PATH.
const USUAL: [&str; 9] = [
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
    "/usr/lib/git-core",
    "/usr/libexec/git-core",
    "/usr/local/libexec/git-core",
    "/opt/git/bin",
    "/opt/homebrew/bin",
    "/opt/gitlab/embedded/bin",
];

/// A git that was found.
#[derive(Debug)]
pub(super) struct FoundGit {
    /// Path of the program.
    pub(super) program: PathBuf,
    /// Major and minor version.
    pub(super) version: GitVersion,
    /// Whole version, as the program says it.
    said: String,
}

impl fmt::Display for FoundGit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git {} ({})", self.said, escape_path(&self.program))
    }
}

/// Finds every git on PATH and in the usual places, the one that runs here first.
///
/// A file that does not say a version is left out.
///
/// # Errors
/// Fails if there is none.
pub(super) fn found() -> Result<Vec<FoundGit>> {
    let (mut seen, mut copies) = (HashSet::new(), HashSet::new());
    // git puts the directory of its parts on PATH for the programs that it starts, such as this one.
    let (parts, mut directories): (Vec<PathBuf>, Vec<PathBuf>) =
        env::search_path().partition(|directory| directory.ends_with("git-core"));
    directories.extend(parts);
    directories.extend(USUAL.iter().map(PathBuf::from));
    let mut gits = Vec::new();
    for program in directories.into_iter().map(|directory| directory.join(env::file_name("git"))) {
        let Some(found) = program.metadata().ok().filter(|found| found.is_file()) else { continue };
        let is_new =
            program.is_absolute() && is_run(&program) && seen.insert(platform::file_id(&program, &found));
        // A file of the same size and version is a copy.
        let git = if is_new { ask(&program) } else { None };
        gits.extend(git.filter(|git| copies.insert((found.len(), git.said.clone()))));
    }
    match gits.is_empty() {
        true => Err(Error::git("there is no `git` that says its version")),
        false => Ok(gits),
    }
}

fn ask(program: &Path) -> Option<FoundGit> {
    let answer = Git::of_server(program, "version").answer().ok()?;
    let version = GitVersion::parse(&answer.stdout)?;
    let said = answer.stdout.lines().next()?.strip_prefix(b"git version ")?;
    let said = said.split(|byte| *byte == b' ').next().map(escape)?;
    Some(FoundGit { program: program.to_owned(), version, said })
}
