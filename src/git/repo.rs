//! The repository in which git-gate was called.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::history::quarantine::MainStore;
use super::layout::RepoLayout;
use super::object::commit::CommitLinks;
use super::object::store::{Store, missing};
use super::{Commit, Git, Mode, Object, ObjectKind, Oid, Packs, Tree};
use crate::env;
use crate::error::{Error, Result};
use crate::parallel::cores;
use crate::text::as_path;

/// Hint for an object that is missing in a partial clone.
const PARTIAL: &str =
    "this is a partial clone; to fetch the missing objects, run `git fetch --refetch --no-filter`";

/// A repository, found from the current directory and the environment as git does.
pub struct Repo {
    layout: RepoLayout,
    objects: Store,
    shallow: OnceCell<HashSet<Oid>>,
}

impl Repo {
    /// Opens the repository of the current directory and the environment.
    ///
    /// # Errors
    /// Fails when there is none, when git refuses it (another owner, an unknown extension), or when it cannot
    /// be read.
    pub fn open() -> Result<Self> {
        let none = || Error::git("not inside a git repository").hinted("run it in one, or pass `-C DIR`");
        Self::open_if_any()?.ok_or_else(none)
    }

    /// Opens the repository like [`Repo::open`]; `None` if there is none.
    ///
    /// # Errors
    /// Fails when git refuses the repository, or when it cannot be read.
    pub(crate) fn open_if_any() -> Result<Option<Self>> {
        let found = RepoLayout::find()?;
        Ok(found.map(|(layout, objects)| Self { layout, objects, shallow: OnceCell::new() }))
    }

    /// Opens the repository once more, for another thread.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn reopen(&self) -> Result<Self> {
        let (layout, objects) = self.layout.clone().with_objects()?;
        Ok(Self { layout, objects, shallow: OnceCell::new() })
    }

    /// Opens the repository once more for each core but the first, for worker threads.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub(crate) fn reopen_for_workers(&self) -> Result<Vec<Self>> {
        (1..cores()).map(|_| self.reopen()).collect()
    }

    /// Opens the packs of the repository itself.
    ///
    /// `None` if libgit2 cannot read the repository, or if `GIT_OBJECT_DIRECTORY` is set, as in a push.
    pub fn packs(&self) -> Option<Packs> {
        let quarantined = env::git_variable("GIT_OBJECT_DIRECTORY").is_some();
        let readable = self.layout.library && !quarantined;
        readable.then(|| Packs::open(&self.layout.common_dir.join("objects")))
    }

    /// Absolute path of the git directory; in a linked worktree, that of the worktree.
    pub fn git_dir(&self) -> &Path {
        &self.layout.git_dir
    }

    /// Absolute path of the git directory that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.layout.common_dir
    }

    /// Absolute path of the top of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.layout.work_tree.as_deref()
    }

    /// Returns true if the repository is bare.
    pub fn is_bare(&self) -> bool {
        self.layout.bare
    }

    /// Returns true if `git` can be run. A server may run hooks in a chroot that has no git.
    pub fn has_git(&self) -> bool {
        self.layout.git
    }

    /// Returns the path in a key of git config; `None` if the key is not set.
    ///
    /// # Errors
    /// Fails when the config cannot be read.
    pub fn configured_path(&self, key: &str) -> Result<Option<PathBuf>> {
        if let Some(repository) = self.without_git() {
            let config = repository.config().and_then(|mut config| config.snapshot());
            return match config.and_then(|config| config.get_path(key)) {
                Ok(path) => Ok(Some(path)),
                Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
                Err(error) => Err(Error::git("git config cannot be read").caused_by(error)),
            };
        }
        let answer = Git::new("config").args(["--type=path", "--get", key]).answer()?;
        match answer.code {
            Some(0) => {
                let path = answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout);
                Ok(Some(as_path(path).to_owned()))
            }
            Some(1) => Ok(None),
            _ => Err(answer.refusal("config")),
        }
    }

    /// Returns the repository of libgit2 if there is no git.
    pub(super) fn without_git(&self) -> Option<&git2::Repository> {
        match &self.objects {
            Store::Library(library) if !self.layout.git => Some(&library.repository),
            _ => None,
        }
    }

    /// Reads an object; `None` if it does not exist.
    ///
    /// # Errors
    /// Fails when the object exists and cannot be read.
    pub fn find(&self, oid: Oid) -> Result<Option<Object>> {
        self.objects.find(oid)
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
        self.look(oid, ObjectKind::Commit, |data| Commit::parse(oid, data))
    }

    /// Passes the bytes of commits to a closure, in the given order.
    pub(super) fn look_at_commits(
        &self,
        oids: &[Oid],
        see: &mut dyn FnMut(Oid, &[u8]) -> Result<()>,
    ) -> Result<()> {
        self.objects.look_at_all(oids, |oid, found, data| {
            expect(oid, found, ObjectKind::Commit)?;
            see(oid, data)
        })
    }

    /// Reads a tree.
    ///
    /// # Errors
    /// Fails when it is missing, not a tree, or cannot be read.
    pub fn tree(&self, oid: Oid) -> Result<Tree> {
        self.look(oid, ObjectKind::Tree, |data| Tree::parse(oid, data))
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// Fails when it is missing, not a blob, or cannot be read.
    pub fn blob(&self, oid: Oid) -> Result<Vec<u8>> {
        self.look(oid, ObjectKind::Blob, |data| Ok(data.to_vec()))
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
        let mut at = tree;
        let mut parts = path.split_str("/").peekable();
        while let Some(part) = parts.next() {
            match (self.tree(at)?.get(part), parts.peek()) {
                (Some(entry), Some(_)) if entry.mode == Mode::Tree => at = entry.oid,
                (Some(entry), None) if entry.mode == Mode::File => return Ok(Some(entry.oid)),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Returns the commits at which the history is cut off (shallow clone); their parents do not exist here.
    ///
    /// # Errors
    /// Fails when the file that lists them cannot be read.
    pub fn shallow_commits(&self) -> Result<&HashSet<Oid>> {
        if let Some(known) = self.shallow.get() {
            return Ok(known);
        }
        let commits = self.read_shallow_file()?;
        Ok(self.shallow.get_or_init(|| commits))
    }

    /// Returns the parents of a commit; empty if history is cut off at the commit.
    ///
    /// # Errors
    /// As [`Repo::shallow_commits`].
    pub fn parents<'c>(&self, commit: &'c Commit) -> Result<&'c [Oid]> {
        Ok(if self.shallow_commits()?.contains(&commit.oid) { &[] } else { &commit.parents })
    }

    /// Removes the parents from the links of a commit at which history is cut off.
    pub(super) fn links_here(&self, oid: Oid, links: CommitLinks) -> Result<CommitLinks> {
        Ok(links.cut(oid, self.shallow_commits()?))
    }

    fn read_shallow_file(&self) -> Result<HashSet<Oid>> {
        let named = env::git_variable("GIT_SHALLOW_FILE").filter(|path| !path.is_empty());
        let path = named.map_or_else(|| self.layout.common_dir.join("shallow"), PathBuf::from);
        match std::fs::read(&path) {
            Ok(text) => Ok(text.lines().filter_map(Oid::from_hex).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(Error::io("cannot read the list of shallow commits", error)),
        }
    }

    /// Opens the object store outside of the quarantine of a push.
    ///
    /// `None` if there is no quarantine, or libgit2 cannot read the store.
    pub(super) fn main_store(&self) -> Result<Option<MainStore>> {
        if self.layout.library { MainStore::open() } else { Ok(None) }
    }

    /// Returns the full name of the branch that `HEAD` points to; `None` if it points to a commit.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn default_branch(&self) -> Result<Option<BString>> {
        if self.layout.library
            && let Ok(branch) = branch_in_head(&self.layout.common_dir)
        {
            return Ok(branch);
        }
        let answer = Git::new("symbolic-ref").args(["--quiet", "HEAD"]).answer()?;
        match answer.code {
            Some(0) => Ok(Some(answer.stdout.trim_ascii_end().into())),
            Some(1) => Ok(None),
            _ => Err(answer.refusal("symbolic-ref")),
        }
    }

    /// Passes the bytes of an object to a closure. The object must exist and be of the given kind.
    pub(super) fn look<T>(
        &self,
        oid: Oid,
        kind: ObjectKind,
        see: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<T> {
        let seen = self.objects.look(oid, |found, data| {
            expect(oid, found, kind)?;
            see(data)
        })?;
        seen.ok_or_else(|| self.missing(oid))
    }

    /// Returns the error for a missing object.
    ///
    /// In a partial clone, the error has a hint, because nothing is fetched during a check.
    fn missing(&self, oid: Oid) -> Error {
        let packs =
            std::fs::read_dir(self.layout.common_dir.join("objects/pack")).into_iter().flatten().flatten();
        let mut names = packs.map(|entry| entry.path());
        match names.any(|path| path.extension().is_some_and(|extension| extension == "promisor")) {
            true => missing(oid).hinted(PARTIAL),
            false => missing(oid),
        }
    }

    /// Returns true if git's own commands read the objects, because libgit2 cannot.
    pub(super) fn is_read_by_git(&self) -> bool {
        !self.layout.library
    }
}

/// Returns the branch in the file `HEAD`; `None` if the file contains an oid.
fn branch_in_head(git_dir: &Path) -> std::io::Result<Option<BString>> {
    let head = std::fs::read(git_dir.join("HEAD"))?;
    Ok(head.trim_ascii_end().strip_prefix(b"ref: ").map(BString::from))
}

fn expect(oid: Oid, found: ObjectKind, kind: ObjectKind) -> Result<()> {
    if found == kind {
        return Ok(());
    }
    Err(Error::git(format!("object {oid} is a {}, not a {}", found.word(), kind.word())))
}
