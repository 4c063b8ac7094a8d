//! Effective config of a repository: every file that git may read, under any include condition.

use std::collections::{HashSet, VecDeque};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bstr::BString;

use super::include::{self, NamedFile};
use super::sources::{self, ConfigSource};
use super::{ConfigEntry, ConfigPart, ConfigScope, FileFormat, environment};
use crate::env;
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::platform;
use crate::text::{escape, escape_path};

/// Maximum number of files.
///
/// git itself limits the include depth to 10, which does not bound the number of files.
const MAX_FILES: usize = 512;

/// Maximum size of one file, in bytes.
const MAX_FILE: u64 = 8 << 20;

/// Maximum size of all files together, in bytes.
const MAX_BYTES: u64 = 32 << 20;

/// All config that git may read for a repository.
#[derive(Debug, Default)]
pub(crate) struct EffectiveConfig {
    /// Files, each once: first those of each scope, then the files that they name.
    pub files: Vec<ConfigFile>,
    /// Entries from the environment: `git -c` and `GIT_CONFIG_COUNT`.
    pub command: Vec<ConfigEntry>,
    /// Number of entries in the files and the environment.
    pub entries: u64,
    /// Remarks about files that were named but could not be followed.
    pub remarks: Vec<String>,
}

/// A file of the effective config, or a file of secrets that the config names.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    /// ConfigScope of the file that leads to this one.
    pub scope: ConfigScope,
    /// Absolute path.
    pub path: PathBuf,
    /// Contents of the file.
    pub text: Vec<u8>,
    /// Syntax of the file.
    pub format: FileFormat,
    /// Condition of the `includeIf` that leads to this file; `None` without one.
    pub condition: Option<BString>,
    /// True for the main file of its scope, which `git config --local` and similar options change.
    pub main: bool,
}

impl EffectiveConfig {
    /// Reads the config of a repository.
    ///
    /// # Errors
    /// Fails if an existing file cannot be read, if a size limit is exceeded, or if the environment contains
    /// config that git refuses.
    pub(crate) fn read(repo: &Repo) -> Result<Self> {
        let top = repo.work_tree().unwrap_or(repo.git_dir()).to_owned();
        let mut walk = ConfigWalk { sources: sources::list(repo)?.into(), top, ..ConfigWalk::default() };
        for entry in environment::entries(env::git_variable)? {
            let base = ConfigSource::new(ConfigScope::Command, PathBuf::new());
            walk.follow(&entry, &base);
            walk.out.entries += 1;
            walk.out.command.push(entry);
        }
        while let Some(source) = walk.sources.pop_front() {
            walk.file(source)?;
        }
        Ok(walk.out)
    }
}

#[derive(Default)]
struct ConfigWalk {
    sources: VecDeque<ConfigSource>,
    /// Files that were read, each with its syntax: a file may be named for two uses.
    seen: HashSet<(PathBuf, FileFormat)>,
    /// Directory in which git runs programs and opens files of secrets.
    top: PathBuf,
    bytes: u64,
    out: EffectiveConfig,
}

impl ConfigWalk {
    fn file(&mut self, source: ConfigSource) -> Result<()> {
        let Some(text) = self.read(&source.path, source.format)? else { return Ok(()) };
        if self.out.files.len() >= MAX_FILES {
            return Err(too_much(&format!("more than {MAX_FILES} files")));
        }
        if source.format == FileFormat::Config {
            for item in super::parse(&text) {
                let ConfigPart::Entry(entry) = item.part else { continue };
                self.out.entries += 1;
                self.follow(&entry, &source);
            }
        }
        let ConfigSource { scope, path, format, condition, main } = source;
        self.out.files.push(ConfigFile { scope, path, text, format, condition, main });
        Ok(())
    }

    /// Queues the files that an entry names.
    fn follow(&mut self, entry: &ConfigEntry, from: &ConfigSource) {
        for NamedFile { path, format, condition } in include::files_named_by(entry) {
            // Only an included file is named from the file that names it.
            let base = if format == FileFormat::Config { from.path.clone() } else { self.top.join("config") };
            let path = match include::resolve(&path, &base) {
                Ok(path) => path,
                Err(reason) => {
                    self.out
                        .remarks
                        .push(format!("the file named by `{}` was not read: {reason}", escape(&entry.name)));
                    continue;
                }
            };
            let condition = condition.or_else(|| from.condition.clone());
            self.sources.push_back(ConfigSource { scope: from.scope, path, format, condition, main: false });
        }
    }

    /// Reads a file; `None` if it does not exist or was read before.
    fn read(&mut self, path: &Path, format: FileFormat) -> Result<Option<Vec<u8>>> {
        let unreadable =
            |error| Error::io(format!("cannot read the git config {}", escape_path(path)), error);
        let real = match platform::real_path(path) {
            Ok(real) => real,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        if !self.seen.insert((real.clone(), format)) || real == Path::new("/dev/null") {
            return Ok(None);
        }
        if !real.metadata().map_err(unreadable)?.is_file() {
            return Err(Error::git(format!("the git config {} is not a regular file", escape_path(path))));
        }
        let mut text = Vec::new();
        let file = std::fs::File::open(&real).map_err(unreadable)?;
        file.take(MAX_FILE + 1).read_to_end(&mut text).map_err(unreadable)?;
        let length = text.len() as u64;
        self.bytes += length;
        if length > MAX_FILE || self.bytes > MAX_BYTES {
            return Err(too_much(&format!("{} exceeds the limit", escape_path(path))));
        }
        Ok(Some(text))
    }
}

/// Returns whether an error means that there is no file at a path. git skips such files.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn too_much(what: &str) -> Error {
    Error::git(format!("the git config is too large: {what}"))
        .hinted("`git config --list --show-origin` shows what git reads")
}
