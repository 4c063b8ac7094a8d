//! The effective config of a repository: every file that git could read for it, whatever the conditions say now.

use std::collections::{HashSet, VecDeque};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::include::{self, Named};
use super::{Entry, Form, Part, Scope, environment, roots};
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::text::escape;

/// How many files are read. git's own limit is a depth of 10, which bounds nothing when files fan out.
const MAX_FILES: usize = 512;

/// How many bytes of one file are read.
const MAX_FILE: u64 = 8 << 20;

/// How many bytes are read of all files together.
const MAX_BYTES: u64 = 32 << 20;

/// Everything that git could read as config.
#[derive(Debug, Default)]
pub(crate) struct Effective {
    /// The files, each once, in the order in which git would come to them.
    pub files: Vec<ConfigFile>,
    /// What the environment adds: `git -c` and `GIT_CONFIG_COUNT`.
    pub command: Vec<Entry>,
    /// How many entries there are.
    pub entries: u64,
    /// What could not be followed.
    pub remarks: Vec<String>,
}

/// A file of the effective config, or one of secrets that it names.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    /// The scope of the file that leads here.
    pub scope: Scope,
    /// Its path, absolute.
    pub path: PathBuf,
    /// What it holds.
    pub text: Vec<u8>,
    /// How it is read.
    pub form: Form,
    /// The condition of the `includeIf` that leads here.
    pub condition: Option<BString>,
    /// Whether it is the file of its scope, which `git config --local` and the like change.
    pub main: bool,
}

/// A file to read, if it is there.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) scope: Scope,
    pub(super) path: PathBuf,
    pub(super) form: Form,
    pub(super) condition: Option<BString>,
    pub(super) main: bool,
}

impl Effective {
    /// Reads the config of a repository.
    ///
    /// # Errors
    /// Fails when a file is there and cannot be read, and when there is more than git-gate reads.
    pub(crate) fn read(repo: &Repo) -> Result<Self> {
        let mut walk = Walk { sources: roots::of(repo)?.into(), ..Walk::default() };
        for entry in environment::entries() {
            let base = Source::new(Scope::Command, PathBuf::new());
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

impl Source {
    pub(super) fn new(scope: Scope, path: PathBuf) -> Self {
        Self { scope, path, form: Form::Config, condition: None, main: false }
    }

    pub(super) fn main(scope: Scope, path: PathBuf) -> Self {
        Self { main: true, ..Self::new(scope, path) }
    }
}

#[derive(Default)]
struct Walk {
    sources: VecDeque<Source>,
    seen: HashSet<PathBuf>,
    bytes: u64,
    out: Effective,
}

impl Walk {
    fn file(&mut self, source: Source) -> Result<()> {
        let Some(text) = self.read(&source.path)? else { return Ok(()) };
        if self.out.files.len() >= MAX_FILES {
            return Err(too_much(&format!("more than {MAX_FILES} files")));
        }
        if source.form == Form::Config {
            for item in super::parse(&text) {
                let Part::Entry(entry) = item.part else { continue };
                self.out.entries += 1;
                self.follow(&entry, &source);
            }
        }
        let Source { scope, path, form, condition, main } = source;
        self.out.files.push(ConfigFile { scope, path, text, form, condition, main });
        Ok(())
    }

    /// Queues the files that an entry names.
    fn follow(&mut self, entry: &Entry, from: &Source) {
        for Named { path, form, condition } in include::named(entry) {
            let path = match include::resolve(&path, &from.path) {
                Ok(path) => path,
                Err(reason) => {
                    self.out.remarks.push(format!("`{}` is not followed: {reason}", escape(&entry.name)));
                    continue;
                }
            };
            let condition = condition.or_else(|| from.condition.clone());
            self.sources.push_back(Source { scope: from.scope, path, form, condition, main: false });
        }
    }

    /// Reads a file once; none when it is not there or has been read.
    fn read(&mut self, path: &Path) -> Result<Option<Vec<u8>>> {
        let unreadable = |error| Error::io(format!("cannot read the git config {}", shown(path)), error);
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        if !self.seen.insert(real.clone()) || real == Path::new("/dev/null") {
            return Ok(None);
        }
        if !real.metadata().map_err(unreadable)?.is_file() {
            return Err(Error::git(format!("the git config {} is not a file", shown(path))));
        }
        let mut text = Vec::new();
        let file = std::fs::File::open(&real).map_err(unreadable)?;
        file.take(MAX_FILE + 1).read_to_end(&mut text).map_err(unreadable)?;
        let length = text.len() as u64;
        self.bytes += length;
        if length > MAX_FILE || self.bytes > MAX_BYTES {
            return Err(too_much(&format!("{} is too large", shown(path))));
        }
        Ok(Some(text))
    }
}

/// git passes over a file that is not there, and over one below something that is no directory.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn too_much(what: &str) -> Error {
    Error::git(format!("there is more git config than is read: {what}"))
        .hinted("`git config --list --show-origin` shows what git reads")
}

fn shown(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes().as_bstr())
}
