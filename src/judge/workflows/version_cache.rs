//! Cache of the file versions that were read and checked.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::BString;

use super::version::{FileVersion, LockFile, Role, VersionKey, VersionReader, WantedFile};
use crate::error::Result;
use crate::git::{Mode, Oid, Repo};
use crate::parallel;
use crate::policy::Policy;
use crate::workflow::{FaultKind, FileKind, LOCK_PATH, is_workflow_directory};

/// Size of the cache, in bytes. A file is often both the new side of a commit and the old side of the next.
const CACHE_BYTES: usize = 16 << 20;

/// Maximum number of versions of one file that are kept, by what else is in their trees.
const MAX_VERSIONS: usize = 4;

/// Minimum number of files for which threads are started.
const FEW: usize = 32;

/// Maximum number of trees whose lock file is remembered.
const MAX_LOCKS: usize = 1024;

/// Maximum number of lock files that are kept parsed. A history changes it now and then.
const MAX_PARSED: usize = 16;

/// Cached file versions.
pub(super) struct VersionCache<'p> {
    reader: VersionReader<'p>,
    /// Versions of each file, the last used first.
    kept: HashMap<VersionKey, Vec<Arc<FileVersion>>>,
    bytes: usize,
    /// Lock file of each tree.
    locks: HashMap<Oid, Option<Oid>>,
    /// Lock files by their blobs, each parsed once.
    lock_files: HashMap<Oid, Arc<LockFile>>,
}

impl<'p> VersionCache<'p> {
    /// Creates an empty cache for a policy.
    pub(super) fn new(policy: &'p Policy) -> Self {
        let (locks, lock_files) = (HashMap::new(), HashMap::new());
        Self { reader: VersionReader::new(policy), kept: HashMap::new(), bytes: 0, locks, lock_files }
    }

    /// Returns whether the results of a workflow depend on the local actions that it uses.
    pub(super) fn needs_actions(&self) -> bool {
        self.reader.tree_rules.any()
    }

    /// Returns whether the results of a workflow depend on the lock file of its tree.
    pub(super) fn needs_lock(&self) -> bool {
        self.reader.needs_lock
    }

    /// Returns the lock file of a tree if it may pin actions of a file of a kind.
    ///
    /// # Errors
    /// Fails when the tree cannot be read.
    pub(super) fn lock_at(
        &mut self,
        repo: &Repo,
        tree: Option<Oid>,
        kind: FileKind,
    ) -> Result<Option<Arc<LockFile>>> {
        let Some(tree) = tree.filter(|_| self.reader.may_be_locked(kind)) else { return Ok(None) };
        let oid = match self.locks.get(&tree) {
            Some(oid) => *oid,
            None => {
                if self.locks.len() >= MAX_LOCKS {
                    self.locks.clear();
                }
                let oid = repo.store().find_file(tree, LOCK_PATH.as_bytes())?;
                self.locks.insert(tree, oid);
                oid
            }
        };
        let Some(oid) = oid else { return Ok(None) };
        if self.lock_files.len() >= MAX_PARSED && !self.lock_files.contains_key(&oid) {
            self.lock_files.clear();
        }
        let file = self.lock_files.entry(oid).or_insert_with(|| Arc::new(LockFile::new(oid)));
        Ok(Some(Arc::clone(file)))
    }

    /// Reads and checks the entry at a path of a tree, in a role; `None` if no forge reads it.
    ///
    /// # Errors
    /// Fails when the object cannot be read.
    pub(super) fn read(
        &mut self,
        repo: &Repo,
        path: &BString,
        (mode, oid): (Mode, Oid),
        tree: Option<Oid>,
        role: Role,
    ) -> Result<Option<Arc<FileVersion>>> {
        let is_read = |kind: Option<FileKind>| kind.is_some() || is_workflow_directory(path);
        let unread = |fault| Arc::new(FileVersion::unread(self.reader.policy, path, fault));
        match (mode, role.kind(path)) {
            (Mode::File, Some(kind)) => {
                let lock = self.lock_at(repo, tree, kind)?;
                let lock = lock.as_deref();
                self.file(repo, WantedFile { path, oid, kind, tree, lock }).map(Some)
            }
            (Mode::Symlink, kind) if is_read(kind) => Ok(Some(unread(FaultKind::SymbolicLink))),
            (Mode::Submodule, kind) if is_read(kind) => Ok(Some(unread(FaultKind::Submodule))),
            _ => Ok(None),
        }
    }

    fn file(&mut self, repo: &Repo, wanted: WantedFile<'_>) -> Result<Arc<FileVersion>> {
        let key = wanted.key();
        if let Some(kept) = self.kept.get_mut(&key) {
            for at in 0..kept.len() {
                if let Some(version) = kept.get(at)
                    && version.dependencies.hold_in(repo.store(), wanted.tree)?
                {
                    let version = Arc::clone(version);
                    kept.get_mut(..=at).unwrap_or_default().rotate_right(1);
                    return Ok(version);
                }
            }
        }
        let version = Arc::new(self.reader.read(repo, wanted)?);
        self.keep(key, &version);
        Ok(version)
    }

    /// Reads, checks and caches the files that are needed next, on all cores; does nothing if there are only a
    /// few.
    ///
    /// # Errors
    /// Fails when a file cannot be read.
    pub(super) fn read_ahead(&mut self, repo: &Repo, wanted: &[WantedFile<'_>]) -> Result<()> {
        if wanted.len() < FEW {
            return Ok(());
        }
        let (reader, next) = (self.reader, AtomicUsize::new(0));
        let work = |repo: &Repo| {
            let files = std::iter::from_fn(|| wanted.get(next.fetch_add(1, Ordering::Relaxed)));
            files.map(|file| reader.read_all(repo, *file)).collect::<Result<Vec<_>>>()
        };
        for versions in parallel::run(repo.reopen_for_workers()?, || work(repo), |repo| work(&repo)) {
            versions?.into_iter().for_each(|(key, version)| self.keep(key, &Arc::new(version)));
        }
        Ok(())
    }

    fn keep(&mut self, key: VersionKey, version: &Arc<FileVersion>) {
        let size = version.size();
        if self.bytes + size > CACHE_BYTES {
            self.kept.clear();
            self.bytes = 0;
        }
        self.bytes += size;
        let kept = self.kept.entry(key).or_default();
        kept.insert(0, Arc::clone(version));
        if kept.len() > MAX_VERSIONS {
            self.bytes -= kept.pop().map_or(0, |version| version.size());
        }
    }
}
