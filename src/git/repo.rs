//! The repository in which git-gate was called.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::BString;

use super::history::graph::Graph;
use super::layout::RepoLayout;
use super::object::packed::{PackAccess, PackedObjects};
use super::object::store::Store;
use super::object::stores::with_alternates;
use super::refs::symbolic::target;
use super::work::Work;
use super::{CleanBlobs, Git, Oid, Packs, failure};
use crate::env;
use crate::error::{Error, Result};
use crate::parallel::cores;
use crate::text::as_path;

/// A repository, found from the current directory and the environment as git does.
pub struct Repo {
    layout: RepoLayout,
    store: Store,
    work: Arc<Work>,
    history: RefCell<Graph>,
    clean_blobs: Option<CleanBlobs>,
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
        Ok(found.map(|(layout, database)| {
            let store = Store::new(database, layout.common_dir.clone());
            let work = Arc::new(Work::new(layout.common_dir.clone()));
            Self { layout, store, work, history: RefCell::default(), clean_blobs: None }
        }))
    }

    /// Opens the repository once more, for another thread.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn reopen(&self) -> Result<Self> {
        let layout = self.layout.clone();
        let store = Store::new(layout.open_database()?, layout.common_dir.clone());
        if let Some(packs) = self.store.database().packs() {
            store.database().read_from(packs.reopen());
        }
        let work = Arc::clone(&self.work);
        Ok(Self { layout, store, work, history: RefCell::default(), clean_blobs: None })
    }

    /// Opens the repository once more for each core but the first, for worker threads.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub(crate) fn reopen_for_workers(&self) -> Result<Vec<Self>> {
        (1..cores()).map(|_| self.reopen()).collect()
    }

    /// Opens the packs of the repository and of those that it borrows from.
    ///
    /// `None` if libgit2 cannot read the repository, or if `GIT_OBJECT_DIRECTORY` is set, as in a push.
    pub fn packs(&self) -> Option<Packs> {
        let quarantined = env::git_variable("GIT_OBJECT_DIRECTORY").is_some();
        let readable = self.layout.libgit2 && !quarantined;
        // Where the list cannot be read, the store says so.
        let stores = readable.then(|| with_alternates(self.layout.common_dir.join("objects")).ok());
        stores.flatten().map(|stores| Packs::open(&stores))
    }

    /// Opens the packs of the repository and of those that it borrows from, to read nearly all of their trees.
    ///
    /// `None` if libgit2 cannot read the repository. Other objects, such as those of a push, have to be read from
    /// the store.
    pub(super) fn packed_objects(&self) -> Option<PackedObjects> {
        match self.store.database().packs() {
            Some(packs) => Some(packs.reopen_for(PackAccess::Repeated)),
            None => self.open_packed(PackAccess::Repeated),
        }
    }

    fn open_packed(&self, access: PackAccess) -> Option<PackedObjects> {
        let stores = with_alternates(self.layout.common_dir.join("objects"));
        stores.ok().filter(|_| self.layout.libgit2).map(|stores| PackedObjects::open_all(&stores, access))
    }

    /// Reads packed objects without libgit2 from now on, because many are to be read. Has no effect in a push.
    pub(crate) fn read_many(&self) {
        if self.store.database().packs().is_none()
            && let Some(packs) = self.open_packed(PackAccess::Some)
        {
            self.store.database().read_from(packs);
        }
    }

    /// Keeps the history that has been read, for later questions about it.
    pub(crate) fn keep_history(&self, graph: Graph) {
        self.history.replace(graph);
    }

    /// Asks a question about the history that has been kept, which may be none of it, and may read more.
    pub(crate) fn with_history<T>(&self, ask: impl FnOnce(&mut Graph) -> T) -> T {
        ask(&mut self.history.borrow_mut())
    }

    /// Keeps the clean blobs of the packs in a folder, and takes those that are kept there.
    pub(crate) fn share_clean_blobs(&mut self, folder: PathBuf) {
        self.clean_blobs = Some(CleanBlobs::new(folder));
    }

    /// Returns where clean blobs are kept for other repositories; `None` if they are not.
    pub(crate) fn shared_clean_blobs(&self) -> Option<&CleanBlobs> {
        self.clean_blobs.as_ref()
    }

    /// Returns the work done so far for the repository, by all threads.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    /// Returns the objects of the repository.
    pub fn store(&self) -> &Store {
        &self.store
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

    /// Returns true if the refs are in files.
    pub(super) fn refs_are_files(&self) -> bool {
        self.layout.files
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
                Err(error) => Err(failure::of_libgit2(Error::git("git config cannot be read"), &error)),
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
        self.store.repository().filter(|_| !self.layout.git)
    }

    /// Returns the full name of the branch that `HEAD` points to; `None` if it points to a commit.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn default_branch(&self) -> Result<Option<BString>> {
        if self.layout.libgit2
            && let Ok(branch) = target(&self.layout.common_dir.join("HEAD"))
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

    /// Returns the commit of the default branch; `None` if it has none.
    ///
    /// # Errors
    /// Fails when it cannot be read, or when git cannot answer.
    pub(crate) fn default_commit(&self) -> Result<Option<Oid>> {
        let branch = Vec::from_iter(self.default_branch()?);
        let value = self.ref_values(&branch)?.into_iter().flatten().next();
        value.map_or(Ok(None), |oid| self.store.peel_to_commit(oid))
    }
}
