//! Object database: libgit2 if it can read the repository, `git cat-file` otherwise.

use std::cell::{OnceCell, RefCell};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout};

use super::arrived::ArrivedPacks;
use super::kind::ObjectKind;
use crate::env;
use crate::error::{Error, Result};
use crate::git::process::children::Running;
use crate::git::{Git, Oid};

/// An object: its kind and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// ObjectKind of the object.
    pub kind: ObjectKind,
    /// Content, without the object header.
    pub data: Vec<u8>,
}

/// Object database. Includes the quarantine, ignores replace refs, never fetches from a promisor remote.
pub(in crate::git) enum Store {
    /// libgit2, opened from the environment that git has set.
    Library(Box<Library>),
    /// A running `git cat-file --batch`.
    Plumbing(Box<RefCell<CatFile>>),
}

/// Number of objects requested from `git cat-file` before the first answer is read; they fit into a pipe.
const ASKED_AHEAD: usize = 128;

impl Store {
    /// Reads an object; `None` if it does not exist.
    pub(in crate::git) fn find(&self, oid: Oid) -> Result<Option<Object>> {
        self.look(oid, |kind, data| Ok(Object { kind, data: data.to_vec() }))
    }

    /// Passes an object to a closure without copying it; `None` if it does not exist.
    pub(in crate::git) fn look<T>(
        &self,
        oid: Oid,
        see: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::Library(library) => library.look(oid, see),
            Self::Plumbing(cat_file) => cat_file.borrow_mut().look(oid, see),
        }
    }

    /// Passes objects to a closure in the given order. Fails if one is missing.
    pub(in crate::git) fn look_at_all(
        &self,
        oids: &[Oid],
        mut see: impl FnMut(Oid, ObjectKind, &[u8]) -> Result<()>,
    ) -> Result<()> {
        for some in oids.chunks(ASKED_AHEAD) {
            if let Self::Plumbing(cat_file) = self {
                cat_file.borrow_mut().ask(some)?;
            }
            for oid in some {
                let found = match self {
                    Self::Library(_) => self.look(*oid, |kind, data| see(*oid, kind, data))?,
                    Self::Plumbing(cat_file) => {
                        cat_file.borrow_mut().answer(*oid, |kind, data| see(*oid, kind, data))?
                    }
                };
                found.ok_or_else(|| missing(*oid))?;
            }
        }
        Ok(())
    }
}

/// Returns the error for a missing object.
pub(in crate::git) fn missing(oid: Oid) -> Error {
    Error::git(format!("object {oid} is missing"))
}

fn unreadable(oid: Oid) -> Error {
    Error::git(format!("object {oid} cannot be read"))
}

/// libgit2, and the packs of a push, which are faster to read without libgit2.
pub(in crate::git) struct Library {
    pub(in crate::git) repository: git2::Repository,
    arrived: OnceCell<ArrivedPacks>,
}

impl Library {
    pub(in crate::git) fn new(repository: git2::Repository) -> Self {
        Self { repository, arrived: OnceCell::new() }
    }

    fn look<T>(&self, oid: Oid, see: impl FnOnce(ObjectKind, &[u8]) -> Result<T>) -> Result<Option<T>> {
        match self.arrived.get_or_init(arrived).find(oid) {
            Some((kind, data)) => see(kind, &data).map(Some),
            None => look_in_library(&self.repository, oid, see),
        }
    }
}

/// Opens the packs in the quarantine of a push; none outside of a push.
fn arrived() -> ArrivedPacks {
    let directory = env::git_variable("GIT_OBJECT_DIRECTORY");
    let directory = directory.filter(|_| env::git_variable("GIT_QUARANTINE_PATH").is_some());
    ArrivedPacks::open(directory.as_deref().map(Path::new))
}

fn look_in_library<T>(
    repository: &git2::Repository,
    oid: Oid,
    see: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
) -> Result<Option<T>> {
    let id = git2::Oid::from_bytes(oid.as_bytes()).map_err(|error| unreadable(oid).caused_by(error))?;
    let odb = repository.odb().map_err(|error| unreadable(oid).caused_by(error))?;
    match odb.read(id) {
        Ok(object) => {
            let kind = ObjectKind::of_library(object.kind())
                .ok_or_else(|| Error::git(format!("object {oid} has an unknown type")))?;
            see(kind, object.data()).map(Some)
        }
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(error) => Err(unreadable(oid).caused_by(error)),
    }
}

/// A running `git cat-file --batch`.
pub(in crate::git) struct CatFile {
    running: Running,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl CatFile {
    pub(in crate::git) fn start() -> Result<Self> {
        let mut running = Git::new("cat-file").arg("--batch").spawn()?;
        let stdin = running.child.stdin.take();
        let stdout =
            running.child.stdout.take().ok_or_else(|| Error::git("cannot read from `git cat-file`"))?;
        Ok(Self { running, stdin, stdout: BufReader::new(stdout) })
    }

    fn look<T>(&mut self, oid: Oid, see: impl FnOnce(ObjectKind, &[u8]) -> Result<T>) -> Result<Option<T>> {
        self.ask(&[oid])?;
        self.answer(oid, see)
    }

    /// Requests objects. The answers must be read next, in the same order.
    ///
    /// The requests must fit into a pipe: git may stop reading until its answers are read.
    fn ask(&mut self, oids: &[Oid]) -> Result<()> {
        let text: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
        let stdin = self.stdin.as_mut().ok_or_else(|| Error::git("`git cat-file` ended unexpectedly"))?;
        let written = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
        written.map_err(|error| Error::git("cannot write to `git cat-file`").caused_by(error))
    }

    fn answer<T>(&mut self, oid: Oid, see: impl FnOnce(ObjectKind, &[u8]) -> Result<T>) -> Result<Option<T>> {
        let object = self.read_answer(oid).map_err(|error| unreadable(oid).caused_by(error))?;
        object.map(|object| see(object.kind, &object.data)).transpose()
    }

    fn read_answer(&mut self, oid: Oid) -> std::io::Result<Option<Object>> {
        let mut header = Vec::new();
        self.stdout.read_until(b'\n', &mut header)?;
        let mut words = header.trim_ascii_end().split(|byte| *byte == b' ');
        let is_answer = words.next().and_then(Oid::from_hex) == Some(oid);
        let (word, size) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if is_answer && word == b"missing" {
            return Ok(None);
        }
        let size = std::str::from_utf8(size).ok().and_then(|size| size.parse::<usize>().ok());
        let (true, Some(kind), Some(size)) = (is_answer, ObjectKind::from_word(word), size) else {
            return Err(std::io::Error::other("unexpected output of `git cat-file`"));
        };
        let mut data = vec![0; size];
        self.stdout.read_exact(&mut data)?;
        self.stdout.read_exact(&mut [0])?;
        Ok(Some(Object { kind, data }))
    }
}

impl Drop for CatFile {
    /// Kills git: after an error it may be blocked on writing answers that are not read.
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.running.child.kill();
        let _ = self.running.child.wait();
    }
}
