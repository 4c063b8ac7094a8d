//! Objects of a repository, parsed, and the boundary of a shallow history.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use bstr::ByteSlice as _;

use super::commit::{Commit, CommitLinks};
use super::content::{MAX_OBJECT, Object, missing, too_large, unreadable};
use super::database::Database;
use super::entry_lookup::IndexedTree;
use super::generational_cache::GenerationalCache;
use super::kind::ObjectKind;
use super::tree::{Mode, Tree};
use crate::env;
use crate::error::{Error, Result};
use crate::git::{Git, Oid, failure};
use crate::text::slice;

/// Number of bytes of a blob that are read at once from a pipe.
const PIECE: usize = 64 << 10;

/// Size in bytes of each of the two generations of cached trees.
const MAX_TREES: usize = 1 << 20;

/// Objects of a repository, with those in the quarantine of a push.
pub struct Store {
    database: Database,
    common_dir: PathBuf,
    shallow: OnceCell<HashSet<Oid>>,
    /// Trees on the way to paths that were looked up.
    trees: RefCell<GenerationalCache<Oid, Arc<IndexedTree>>>,
}

/// Entry at a path in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoundEntry {
    /// Kind of the entry.
    pub(crate) mode: Mode,
    /// Object of the entry.
    pub(crate) oid: Oid,
}

/// Object at the end of a chain of annotated tags, and these tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeled {
    /// First object that is not a tag.
    pub oid: Oid,
    /// Kind of that object.
    pub kind: ObjectKind,
    /// Tags on the way, outermost first.
    pub tags: Vec<Oid>,
}

impl Store {
    /// Creates the store of the repository with a common git directory.
    pub(in crate::git) fn new(database: Database, common_dir: PathBuf) -> Self {
        let trees = GenerationalCache::new(MAX_TREES).into();
        Self { database, common_dir, shallow: OnceCell::new(), trees }
    }

    /// Returns the repository of libgit2; `None` if libgit2 cannot read it.
    pub(in crate::git) fn repository(&self) -> Option<&git2::Repository> {
        self.database.repository()
    }

    /// Returns the object database.
    pub(in crate::git) fn database(&self) -> &Database {
        &self.database
    }

    /// Passes the bytes of an object to a closure. The object must exist and be of the given kind.
    pub(in crate::git) fn read_with<T>(
        &self,
        oid: Oid,
        kind: ObjectKind,
        visit: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<T> {
        let visited = self.database.read_with(oid, |found, data| {
            require_kind(oid, found, kind)?;
            visit(data)
        });
        self.existing(oid, kind, visited)
    }

    /// Returns the result of reading an object that must exist and be of a kind.
    fn existing<T>(&self, oid: Oid, kind: ObjectKind, read: Result<Option<T>>) -> Result<T> {
        let read = read.and_then(|read| read.ok_or_else(|| self.missing(oid)));
        read.map_err(|error| error.wanted(oid, kind.word()))
    }

    /// Passes the bytes of commits to a closure, in the given order, or to another one the error for a commit that
    /// cannot be read.
    pub(in crate::git) fn read_commits_with(
        &self,
        oids: &[Oid],
        visit: &mut dyn FnMut(Oid, &[u8]) -> Result<()>,
        unread: &mut dyn FnMut(Oid, Error),
    ) -> Result<()> {
        let visit = |oid, found, data: &[u8]| {
            require_kind(oid, found, ObjectKind::Commit)?;
            visit(oid, data)
        };
        self.database.read_all_with(oids, visit, unread)
    }

    /// Reads an object; `None` if it does not exist.
    ///
    /// # Errors
    /// Fails when the object exists and cannot be read.
    pub fn find(&self, oid: Oid) -> Result<Option<Object>> {
        self.database.read_with(oid, |kind, data| Ok(Object { kind, data: data.to_vec() }))
    }

    /// Reads an object that must exist.
    ///
    /// # Errors
    /// Fails when it is missing or cannot be read.
    pub fn read(&self, oid: Oid) -> Result<Object> {
        self.find(oid)?.ok_or_else(|| self.missing(oid))
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// Fails when it is missing, not a commit, or cannot be read.
    pub fn commit(&self, oid: Oid) -> Result<Commit> {
        self.read_with(oid, ObjectKind::Commit, |data| Commit::parse(oid, data))
    }

    /// Reads a tree.
    ///
    /// # Errors
    /// Fails when it is missing, not a tree, or cannot be read.
    pub fn tree(&self, oid: Oid) -> Result<Tree> {
        self.read_with(oid, ObjectKind::Tree, |data| Tree::parse(oid, data))
    }

    /// Reads a tree, or returns it if it was read a short time ago.
    ///
    /// # Errors
    /// As [`Store::tree`].
    pub(crate) fn cached_tree(&self, oid: Oid) -> Result<Arc<IndexedTree>> {
        if let Some(tree) = self.trees.borrow_mut().get(oid) {
            return Ok(tree);
        }
        let tree: Arc<IndexedTree> = Arc::new(self.tree(oid)?.into());
        // The index of a tree is larger than the tree.
        self.trees.borrow_mut().put(oid, Arc::clone(&tree), 3 * tree.tree().size());
        Ok(tree)
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// Fails when it is missing, not a blob, too large, or cannot be read.
    pub fn blob(&self, oid: Oid) -> Result<Vec<u8>> {
        let read = self.database.read_bounded_with(oid, |found, data| {
            require_kind(oid, found, ObjectKind::Blob)?;
            Ok(data.to_vec())
        });
        self.existing(oid, ObjectKind::Blob, read)
    }

    /// Reads a blob of at most a size in bytes; `None` if it is larger.
    ///
    /// # Errors
    /// Fails when it is missing, not a blob, or cannot be read.
    fn blob_up_to(&self, oid: Oid, max_size: u64) -> Result<Option<Vec<u8>>> {
        let is_too_large = || Ok(self.size(oid)?.is_some_and(|size| size > max_size));
        if is_too_large()? {
            return Ok(None);
        }
        match self.blob(oid) {
            // Only the attempt may have told the size.
            Err(_) if is_too_large()? => Ok(None),
            text => text.map(Some),
        }
    }

    /// Parses a blob of at most a size in bytes. The inner result is a fault of the content: it is larger, or not valid.
    ///
    /// # Errors
    /// As [`Store::blob_up_to`].
    pub(crate) fn parsed_up_to<T>(
        &self,
        oid: Oid,
        max_size: u64,
        parse: impl FnOnce(&[u8]) -> std::result::Result<T, String>,
    ) -> Result<std::result::Result<T, String>> {
        Ok(match self.blob_up_to(oid, max_size)? {
            Some(text) => parse(&text),
            None => Err(format!("it is larger than {} KiB", max_size >> 10)),
        })
    }

    /// Passes the content of a blob to a closure, without a copy.
    ///
    /// # Errors
    /// As [`Store::blob`], and when the closure fails.
    pub(crate) fn blob_with<T>(&self, oid: Oid, visit: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        self.read_with(oid, ObjectKind::Blob, visit)
    }

    /// Reads a blob of any size to its end.
    ///
    /// # Errors
    /// Fails when it is missing, not a blob, or cannot be read.
    pub(crate) fn check_blob(&self, oid: Oid) -> Result<()> {
        match self.read_with(oid, ObjectKind::Blob, |_| Ok(())) {
            Ok(()) => Ok(()),
            Err(error) => match self.size(oid)?.filter(|size| *size > MAX_OBJECT) {
                Some(size) => self.stream_blob(oid, size, &mut |_| ()),
                None => Err(error),
            },
        }
    }

    /// Returns the size of an object in bytes; `None` if it is missing, or if only reading it would tell.
    ///
    /// After a failure to read an object that is too large, its size is known.
    ///
    /// # Errors
    /// Fails when it cannot be read.
    pub(crate) fn size(&self, oid: Oid) -> Result<Option<u64>> {
        self.database.size(oid)
    }

    /// Passes the content of a blob of a size to a closure, piece by piece. Needs git.
    ///
    /// # Errors
    /// Fails when it is missing or cannot be read, and when git cannot be run.
    pub(crate) fn stream_blob(&self, oid: Oid, size: u64, visit: &mut dyn FnMut(&[u8])) -> Result<()> {
        let git = Git::streaming("cat-file").arg("blob").arg(oid.to_string());
        let mut running = git.spawn().map_err(|error| too_large(oid, size).caused_by(error))?;
        let mut pipe = running.child.stdout.take().ok_or_else(|| unreadable(oid))?;
        let (mut piece, mut read) = (vec![0; PIECE], 0);
        loop {
            let length = pipe.read(&mut piece).map_err(|error| unreadable(oid).caused_by(error))?;
            if length == 0 {
                break;
            }
            read += length as u64;
            visit(slice(&piece, 0..length));
        }
        if read == size { Ok(()) } else { Err(unreadable(oid)) }
    }

    /// Reads the file at a path in a tree; `None` if there is no file at the path.
    ///
    /// # Errors
    /// Fails when an object on the way is missing or cannot be read.
    pub fn file_at(&self, tree: Oid, path: &[u8]) -> Result<Option<Vec<u8>>> {
        self.find_file(tree, path)?.map(|oid| self.blob(oid)).transpose()
    }

    /// Returns the blob of the file at a path in a tree; `None` if there is no file at the path.
    ///
    /// # Errors
    /// Fails when a tree on the way is missing or cannot be read.
    pub fn find_file(&self, tree: Oid, path: &[u8]) -> Result<Option<Oid>> {
        let entry = self.find_entry(tree, path)?;
        Ok(entry.filter(|entry| entry.mode == Mode::File).map(|entry| entry.oid))
    }

    /// Returns what is at a path in a tree; `None` if nothing is there.
    ///
    /// # Errors
    /// As [`Store::find_file`].
    pub(crate) fn find_entry(&self, tree: Oid, path: &[u8]) -> Result<Option<FoundEntry>> {
        let mut at = tree;
        let mut parts = path.split_str("/").peekable();
        while let Some(part) = parts.next() {
            match (self.cached_tree(at)?.get(part), parts.peek()) {
                (Some(entry), Some(_)) if entry.mode == Mode::Tree => at = entry.oid,
                (Some(entry), None) => return Ok(Some(FoundEntry { mode: entry.mode, oid: entry.oid })),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Follows annotated tags to the first object that is not a tag.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read.
    pub fn peel(&self, oid: Oid) -> Result<Peeled> {
        self.peel_known(oid, |_| false)
    }

    /// As [`Store::peel`], without reading what is known to be a commit.
    pub(in crate::git) fn peel_known(&self, mut oid: Oid, is_commit: impl Fn(Oid) -> bool) -> Result<Peeled> {
        let mut tags = Vec::new();
        loop {
            if is_commit(oid) {
                return Ok(Peeled { oid, kind: ObjectKind::Commit, tags });
            }
            let object = self.read(oid)?;
            if object.kind != ObjectKind::Tag {
                return Ok(Peeled { oid, kind: object.kind, tags });
            }
            tags.push(oid);
            let target = object.data.lines().next().and_then(|line| line.strip_prefix(b"object "));
            oid = target.and_then(Oid::from_hex).ok_or_else(|| malformed_tag(oid))?;
        }
    }

    /// Returns the commit to which an object peels; `None` if it peels to another kind.
    ///
    /// # Errors
    /// As [`Store::peel`].
    pub fn peel_to_commit(&self, oid: Oid) -> Result<Option<Oid>> {
        let peeled = self.peel(oid)?;
        Ok((peeled.kind == ObjectKind::Commit).then_some(peeled.oid))
    }

    /// Returns the commits at which the history is cut off (shallow clone); their parents do not exist here.
    ///
    /// # Errors
    /// Fails when the file that lists them cannot be read.
    pub fn shallow_commits(&self) -> Result<&HashSet<Oid>> {
        if let Some(commits) = self.shallow.get() {
            return Ok(commits);
        }
        let commits = self.read_shallow_file()?;
        Ok(self.shallow.get_or_init(|| commits))
    }

    /// Returns the parents of a commit; empty if history is cut off at the commit.
    ///
    /// # Errors
    /// As [`Store::shallow_commits`].
    pub fn parents<'c>(&self, commit: &'c Commit) -> Result<&'c [Oid]> {
        Ok(if self.shallow_commits()?.contains(&commit.oid) { &[] } else { &commit.parents })
    }

    /// Parses the links of a commit; without parents if history is cut off at the commit.
    pub(in crate::git) fn parse_links(&self, oid: Oid, data: &[u8]) -> Result<CommitLinks> {
        Ok(CommitLinks::parse(oid, data)?.cut(oid, self.shallow_commits()?))
    }

    fn read_shallow_file(&self) -> Result<HashSet<Oid>> {
        let named = env::git_variable("GIT_SHALLOW_FILE").filter(|path| !path.is_empty());
        let path = named.map_or_else(|| self.common_dir.join("shallow"), PathBuf::from);
        match std::fs::read(&path) {
            Ok(text) => Ok(text.lines().filter_map(Oid::from_hex).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(Error::io("cannot read the list of shallow commits", error)),
        }
    }

    /// Returns the error for a missing object.
    ///
    /// In a partial clone, the error has a hint, because nothing is fetched during a check.
    fn missing(&self, oid: Oid) -> Error {
        let packs = std::fs::read_dir(self.common_dir.join("objects/pack")).into_iter().flatten().flatten();
        let mut names = packs.map(|entry| entry.path());
        match names.any(|path| path.extension().is_some_and(|extension| extension == "promisor")) {
            true => missing(oid).hinted(failure::PARTIAL),
            false => missing(oid),
        }
    }
}

fn malformed_tag(oid: Oid) -> Error {
    Error::git(format!("tag {oid} is malformed: it has no valid target")).about(oid, Some("tag"))
}

fn require_kind(oid: Oid, found: ObjectKind, kind: ObjectKind) -> Result<()> {
    if found == kind {
        return Ok(());
    }
    let message = format!("object {oid} is a {}, not a {}", found.word(), kind.word());
    Err(Error::git(message).about(oid, Some(kind.word())))
}
