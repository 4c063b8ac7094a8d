//! Where objects come from: libgit2 where it can read the repository, git's own `cat-file` where it cannot.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};

use super::running::Running;
use super::{Git, Oid};
use crate::error::{Error, Result};

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A tree.
    Tree,
    /// A blob.
    Blob,
    /// An annotated tag.
    Tag,
}

/// An object: its kind and its bytes without header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// What it holds.
    pub data: Vec<u8>,
}

/// A source of objects. Both see the quarantine of a push, neither sees replace refs or asks a promisor remote.
pub(super) enum Objects {
    /// libgit2, opened from the environment that git set.
    Library(git2::Repository),
    /// A running `git cat-file --batch`.
    Plumbing(Box<RefCell<CatFile>>),
}

impl Objects {
    /// Reads an object; none when the store does not have it.
    pub(super) fn find(&self, oid: Oid) -> Result<Option<Object>> {
        match self {
            Self::Library(repository) => find_in_library(repository, oid),
            Self::Plumbing(cat_file) => cat_file.borrow_mut().find(oid),
        }
    }
}

fn find_in_library(repository: &git2::Repository, oid: Oid) -> Result<Option<Object>> {
    let unreadable = |error| Error::git(format!("object {oid} cannot be read")).caused_by(error);
    let id = git2::Oid::from_bytes(oid.as_bytes()).map_err(unreadable)?;
    let odb = repository.odb().map_err(unreadable)?;
    match odb.read(id) {
        Ok(object) => {
            let kind = Kind::of_library(object.kind())
                .ok_or_else(|| Error::git(format!("object {oid} is of no known type")))?;
            Ok(Some(Object { kind, data: object.data().to_vec() }))
        }
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

impl Kind {
    fn of_library(kind: git2::ObjectType) -> Option<Self> {
        match kind {
            git2::ObjectType::Commit => Some(Self::Commit),
            git2::ObjectType::Tree => Some(Self::Tree),
            git2::ObjectType::Blob => Some(Self::Blob),
            git2::ObjectType::Tag => Some(Self::Tag),
            git2::ObjectType::Any => None,
        }
    }

    /// Reads git's word for a kind.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        match word {
            b"commit" => Some(Self::Commit),
            b"tree" => Some(Self::Tree),
            b"blob" => Some(Self::Blob),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }

    /// git's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// A `git cat-file --batch` that answers one oid at a time.
pub(super) struct CatFile {
    running: Running,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl CatFile {
    pub(super) fn start() -> Result<Self> {
        let mut running = Git::new("cat-file").arg("--batch").spawn()?;
        let stdin = running.child.stdin.take();
        let stdout = running.child.stdout.take().ok_or_else(|| Error::git("`git cat-file` has no output"))?;
        Ok(Self { running, stdin, stdout: BufReader::new(stdout) })
    }

    fn find(&mut self, oid: Oid) -> Result<Option<Object>> {
        self.ask(oid).map_err(|error| Error::git(format!("object {oid} cannot be read")).caused_by(error))
    }

    fn ask(&mut self, oid: Oid) -> std::io::Result<Option<Object>> {
        let stdin = self.stdin.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        writeln!(stdin, "{oid}")?;
        stdin.flush()?;
        let mut header = Vec::new();
        self.stdout.read_until(b'\n', &mut header)?;
        let mut words = header.trim_ascii_end().split(|byte| *byte == b' ').skip(1);
        let (word, size) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if word == b"missing" {
            return Ok(None);
        }
        let size = std::str::from_utf8(size).ok().and_then(|size| size.parse::<usize>().ok());
        let (Some(kind), Some(size)) = (Kind::from_word(word), size) else {
            return Err(std::io::Error::other("`git cat-file` gave no object"));
        };
        let mut data = vec![0; size];
        self.stdout.read_exact(&mut data)?;
        self.stdout.read_exact(&mut [0])?;
        Ok(Some(Object { kind, data }))
    }
}

impl Drop for CatFile {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.running.child.wait();
    }
}
