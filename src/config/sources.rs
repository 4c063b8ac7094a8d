//! Files at which git starts to read config, by scope.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::{ConfigScope, FileFormat};
use crate::env;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::platform;
use crate::text::as_path;

/// Maximum depth to which directories are searched for the git directories of submodules.
const MAX_DEPTH: usize = 32;

/// Name by which git is told to read no file.
const NOTHING: &str = "/dev/null";

/// A file to read, if it exists.
#[derive(Debug)]
pub(super) struct ConfigSource {
    pub(super) scope: ConfigScope,
    pub(super) path: PathBuf,
    pub(super) format: FileFormat,
    pub(super) condition: Option<BString>,
    pub(super) main: bool,
}

impl ConfigSource {
    pub(super) fn new(scope: ConfigScope, path: PathBuf) -> Self {
        Self { scope, path, format: FileFormat::Config, condition: None, main: false }
    }

    pub(super) fn main(scope: ConfigScope, path: PathBuf) -> Self {
        Self { main: true, ..Self::new(scope, path) }
    }
}

/// Returns the files of all scopes in git's order, whether or not they exist.
pub(super) fn list(repo: &Repo) -> Result<Vec<ConfigSource>> {
    let mut sources = Vec::new();
    let system = system()?.into_iter().map(|path| (ConfigScope::System, path));
    let global = global().into_iter().map(|path| (ConfigScope::Global, path));
    for (scope, path) in system.chain(global) {
        sources.extend(opened(path, repo).into_iter().map(|path| ConfigSource::main(scope, path)));
    }
    // git leaves http to libcurl, which reads this file if no helper answers.
    for (home, name) in
        env::home().iter().flat_map(|home| platform::NETRC_NAMES.iter().map(move |name| (home, name)))
    {
        sources.push(ConfigSource {
            format: FileFormat::Netrc,
            ..ConfigSource::new(ConfigScope::Global, home.join(name))
        });
    }
    git_dir(repo.common_dir(), ConfigSource::main, &mut sources)?;
    if repo.git_dir() != repo.common_dir() {
        sources.push(ConfigSource::main(ConfigScope::Worktree, repo.git_dir().join("config.worktree")));
    }
    modules(&repo.common_dir().join("modules"), 0, &mut sources)?;
    Ok(sources)
}

/// Adds the files of one git directory, made by `source`, and of its worktrees.
fn git_dir(
    directory: &Path,
    source: fn(ConfigScope, PathBuf) -> ConfigSource,
    sources: &mut Vec<ConfigSource>,
) -> Result<()> {
    sources.push(source(ConfigScope::Local, directory.join("config")));
    sources.push(source(ConfigScope::Worktree, directory.join("config.worktree")));
    for worktree in entries(&directory.join("worktrees"))? {
        sources.push(ConfigSource::new(ConfigScope::Worktree, worktree.join("config.worktree")));
    }
    for remotes in ["remotes", "branches"] {
        let files = entries(&directory.join(remotes))?.into_iter().filter(|path| path.is_file());
        sources.extend(files.map(|path| ConfigSource {
            format: FileFormat::Remote,
            ..ConfigSource::new(ConfigScope::Local, path)
        }));
    }
    Ok(())
}

/// Adds the files of all submodules.
///
/// A submodule name may contain slashes, and a submodule may have submodules of its own.
fn modules(directory: &Path, depth: usize, sources: &mut Vec<ConfigSource>) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::git(format!("submodules are nested more than {MAX_DEPTH} levels deep")));
    }
    for child in entries(directory)? {
        if child.join("HEAD").symlink_metadata().is_ok() || child.join("config").is_file() {
            git_dir(&child, ConfigSource::new, sources)?;
            modules(&child.join("modules"), depth + 1, sources)?;
        } else if child.is_dir() {
            modules(&child, depth + 1, sources)?;
        }
    }
    Ok(())
}

/// Returns the entries of a directory, sorted; empty if it does not exist.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let unreadable = |error| Error::io("cannot read a directory of the repository", error);
    let listing = match std::fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let paths = listing.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<std::io::Result<Vec<_>>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// Returns the file of the system scope; `None` if it is disabled.
///
/// git is queried for it, since the path is set when git is built.
fn system() -> Result<Option<PathBuf>> {
    let off = env::git_variable("GIT_CONFIG_NOSYSTEM").is_some_and(|value| is_true(&value));
    if off {
        return Ok(None);
    }
    if let Some(path) = env::git_variable("GIT_CONFIG_SYSTEM") {
        return Ok(Some(path.into()).filter(|path: &PathBuf| !path.as_os_str().is_empty()));
    }
    let answer = Git::new("var").arg("GIT_CONFIG_SYSTEM").answer()?;
    let path = answer.stdout.trim_end_with(|c| c == '\n');
    match answer.code {
        Some(0) if !path.is_empty() => Ok(Some(as_path(path).to_owned())),
        // git before 2.41 does not know this variable.
        _ => platform::SYSTEM_CONFIG.map_or_else(system_origin, |path| Ok(Some(path.into()))),
    }
}

/// Returns the file of the system scope by an entry in it; `None` if it has none.
fn system_origin() -> Result<Option<PathBuf>> {
    let answer = Git::new("config").args(["--system", "--list", "-z", "--show-origin"]).answer()?;
    let origin =
        answer.stdout.split(|byte| *byte == 0).next().and_then(|origin| origin.strip_prefix(b"file:"));
    Ok(origin.map(|path| as_path(path).to_owned()))
}

/// Returns the absolute paths that git opens for a path from the environment.
///
/// git opens a relative one from the current directory, for aliases, and then from the top of the repository.
fn opened(path: PathBuf, repo: &Repo) -> Vec<PathBuf> {
    // git takes this name for nothing on every system.
    if path == Path::new(NOTHING) {
        return Vec::new();
    }
    if path.is_absolute() {
        return vec![path];
    }
    let top = repo.work_tree().unwrap_or(repo.git_dir()).join(&path);
    let here = std::path::absolute(&path).unwrap_or(path);
    [top, here].map(|path| platform::real_path(&path).unwrap_or(path)).into()
}

fn is_true(value: &OsString) -> bool {
    let value = value.as_encoded_bytes().to_ascii_lowercase();
    !matches!(value.as_slice(), b"" | b"0" | b"false" | b"no" | b"off")
}

/// Returns the files of the global scope.
fn global() -> Vec<PathBuf> {
    if let Some(path) = env::git_variable("GIT_CONFIG_GLOBAL") {
        return if path.is_empty() { Vec::new() } else { vec![path.into()] };
    }
    let own = env::home().map(|home| home.join(".gitconfig"));
    super::include::xdg_path("config").into_iter().chain(own).collect()
}
