//! Object database: libgit2 if it can read the repository, `git cat-file` otherwise.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::Path;

use super::cat_file::CatFile;
use super::content::{MAX_OBJECT, missing, too_large, unreadable};
use super::kind::ObjectKind;
use super::loose::LooseObjects;
use super::options::set_options;
use super::packed::{PackAccess, PackedObjects};
use super::stores::with_alternates;
use crate::env;
use crate::error::{Error, Result};
use crate::git::{Oid, failure};

/// Object database. Includes the quarantine, ignores replace refs, never fetches from a promisor remote.
pub(in crate::git) enum Database {
    /// libgit2, opened from the environment that git has set.
    LibGit2(Box<LibGit2>),
    /// A running `git cat-file --batch`.
    CatFile(Box<RefCell<CatFile>>),
}

/// Maximum number of objects requested from `git cat-file` before the first answer is read; the requests fit
/// into a pipe.
const MAX_REQUESTS: usize = 128;

/// Maximum size in bytes of a delta base that libgit2 caches (`GIT_PACK_CACHE_SIZE_LIMIT`).
const MAX_CACHED_BASE: usize = 1 << 20;

/// Maximum number of trees larger than that which libgit2 reads. It unpacks the whole delta chain for each.
const MAX_SLOW_TREES: usize = 4;

impl Database {
    /// Starts `git cat-file`.
    pub(in crate::git) fn cat_file() -> Result<Self> {
        Ok(Self::CatFile(Box::new(CatFile::start()?.into())))
    }

    /// Returns the repository of libgit2; `None` if git reads the objects.
    pub(in crate::git) fn repository(&self) -> Option<&git2::Repository> {
        match self {
            Self::LibGit2(library) => Some(&library.repository),
            Self::CatFile(_) => None,
        }
    }

    /// Reads objects from these packs from now on, as far as they have them. Only the first call has an effect.
    pub(in crate::git) fn read_from(&self, packs: PackedObjects) {
        if let Self::LibGit2(library) = self
            && !library.is_push
        {
            // What has been set already are the same packs.
            let _ = library.all.set(packs);
        }
    }

    /// Returns the packs from which objects are read by [`Self::read_from`].
    pub(in crate::git) fn packs(&self) -> Option<&PackedObjects> {
        match self {
            Self::LibGit2(library) => library.all.get(),
            Self::CatFile(_) => None,
        }
    }

    /// Passes an object to a closure without copying it; `None` if it does not exist.
    pub(in crate::git) fn read_with<T>(
        &self,
        oid: Oid,
        visit: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::LibGit2(library) => library.read_with(oid, library.is_push, visit),
            Self::CatFile(cat_file) => cat_file.borrow_mut().read_with(oid, visit),
        }
    }

    /// Passes an object to a closure as [`Database::read_with`] does; fails for one that is too large, before it is read.
    pub(in crate::git) fn read_bounded_with<T>(
        &self,
        oid: Oid,
        visit: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::LibGit2(library) => library.read_with(oid, true, visit),
            Self::CatFile(cat_file) => cat_file.borrow_mut().read_with(oid, visit),
        }
    }

    /// Returns the size of an object; `None` if it does not exist, or if only reading it would tell.
    ///
    /// `git cat-file` tells it for an object that was too large to be read.
    pub(in crate::git) fn size(&self, oid: Oid) -> Result<Option<u64>> {
        match self {
            Self::LibGit2(library) => library.size(oid),
            Self::CatFile(cat_file) => Ok(cat_file.borrow().size(oid)),
        }
    }

    /// Passes objects to a closure in the given order, or to another one the error for an object that cannot be read.
    pub(in crate::git) fn read_all_with(
        &self,
        oids: &[Oid],
        mut visit: impl FnMut(Oid, ObjectKind, &[u8]) -> Result<()>,
        unread: &mut dyn FnMut(Oid, Error),
    ) -> Result<()> {
        for some in oids.chunks(MAX_REQUESTS) {
            if let Self::CatFile(cat_file) = self {
                cat_file.borrow_mut().request(some)?;
            }
            for oid in some {
                let visit = |kind, data: &[u8]| visit(*oid, kind, data);
                let found = match self {
                    Self::LibGit2(library) => library.read_with(*oid, library.is_push, visit),
                    Self::CatFile(cat_file) => cat_file.borrow_mut().answer(*oid, visit),
                };
                match found.and_then(|found| found.ok_or_else(|| missing(*oid))) {
                    Err(error) if error.object().is_some() => unread(*oid, error),
                    result => result?,
                }
            }
        }
        Ok(())
    }
}

impl From<git2::Repository> for Database {
    fn from(repository: git2::Repository) -> Self {
        let is_push = env::git_variable("GIT_QUARANTINE_PATH").is_some();
        let loose = LooseObjects::new(repository.commondir().to_owned());
        let (arrived, all, slow_trees) = (OnceCell::new(), OnceCell::new(), Cell::new(0));
        Self::LibGit2(Box::new(LibGit2 { repository, arrived, all, slow_trees, loose, is_push }))
    }
}

/// Opens the repository of the environment with libgit2, whoever owns it.
///
/// git decides which repositories may be used, and reads `safe.directory` for it as libgit2 does not. The caller
/// has asked git, or git has called the program.
pub(in crate::git) fn open_libgit2() -> Result<git2::Repository> {
    set_options();
    // git has verified the objects on receipt; hashing again would more than double the cost of a read.
    git2::opts::strict_hash_verification(false);
    git2::opts::enable_caching(false);
    git2::Repository::open_from_env()
        .map_err(|error| failure::of_libgit2(Error::git("the repository cannot be opened"), &error))
}

/// libgit2, and what is read without it: the packs of a push, because that is faster, and loose objects.
pub(in crate::git) struct LibGit2 {
    repository: git2::Repository,
    arrived: OnceCell<PackedObjects>,
    /// All packs, once much of them is to be read.
    all: OnceCell<PackedObjects>,
    /// Number of trees that libgit2 has read and cannot cache.
    slow_trees: Cell<usize>,
    /// Objects in files of their own: libgit2 never returns from reading one that is cut off.
    loose: LooseObjects,
    /// True in a push, which may bring objects of any size.
    is_push: bool,
}

impl LibGit2 {
    /// Returns the packs that are read without libgit2.
    fn packs(&self) -> &PackedObjects {
        self.all.get().unwrap_or_else(|| self.arrived.get_or_init(arrived))
    }

    /// Reads all packs without libgit2 once it has unpacked whole delta chains for some trees.
    fn note_slow_tree(&self) {
        self.slow_trees.set(self.slow_trees.get() + 1);
        let has_others = self.is_push || env::git_variable("GIT_OBJECT_DIRECTORY").is_some();
        if self.slow_trees.get() != MAX_SLOW_TREES || has_others || self.all.get().is_some() {
            return;
        }
        // libgit2 goes on where the list of stores cannot be read.
        if let Ok(stores) = with_alternates(self.repository.commondir().join("objects")) {
            let _ = self.all.set(PackedObjects::open_all(&stores, PackAccess::Some));
        }
    }

    fn read_with<T>(
        &self,
        oid: Oid,
        is_bounded: bool,
        visit: impl FnOnce(ObjectKind, &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        if let Some((kind, data)) = self.packs().find(oid) {
            return visit(kind, &data).map(Some);
        }
        if let Some(object) = self.loose.read(oid)? {
            return visit(object.kind, &object.data).map(Some);
        }
        let (odb, id) = self.odb(oid)?;
        if is_bounded {
            let in_chain = self.packs().largest_in_chain(oid);
            let size = in_chain.or_else(|| odb.read_header(id).ok().map(|(size, _)| size as u64));
            if let Some(size) = size.filter(|size| *size > MAX_OBJECT) {
                return Err(too_large(oid, size));
            }
        }
        match odb.read(id) {
            Ok(object) => {
                let kind = ObjectKind::of_library(object.kind())
                    .ok_or_else(|| Error::git(format!("object {oid} has an unknown type")))?;
                if kind == ObjectKind::Tree && object.len() > MAX_CACHED_BASE {
                    self.note_slow_tree();
                }
                visit(kind, object.data()).map(Some)
            }
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failure::of_libgit2(unreadable(oid), &error)),
        }
    }

    fn size(&self, oid: Oid) -> Result<Option<u64>> {
        if let Some(size) = self.packs().size(oid) {
            return Ok(Some(size));
        }
        if let Some(size) = self.loose.size(oid)? {
            return Ok(Some(size));
        }
        let (odb, id) = self.odb(oid)?;
        match odb.read_header(id) {
            Ok((size, _)) => Ok(Some(size as u64)),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failure::of_libgit2(unreadable(oid), &error)),
        }
    }

    fn odb(&self, oid: Oid) -> Result<(git2::Odb<'_>, git2::Oid)> {
        let id = git2::Oid::from_bytes(oid.as_bytes())
            .map_err(|error| failure::of_libgit2(unreadable(oid), &error))?;
        let odb = self.repository.odb().map_err(|error| failure::of_libgit2(unreadable(oid), &error))?;
        Ok((odb, id))
    }
}

/// Opens the packs in the quarantine of a push; none outside of a push.
fn arrived() -> PackedObjects {
    let directory = env::git_variable("GIT_OBJECT_DIRECTORY");
    let directory = directory.filter(|_| env::git_variable("GIT_QUARANTINE_PATH").is_some());
    PackedObjects::open(directory.as_deref().map(Path::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;

    /// Runs git in a directory.
    fn git(directory: &Path, arguments: &[&str], input: String) -> String {
        let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(directory);
        String::from_utf8(git.output_with_input(input.into_bytes()).unwrap()).unwrap()
    }

    /// Each version of a large directory is a delta of the one before.
    #[expect(clippy::disallowed_methods, reason = "this repository is in no push")]
    #[test]
    fn large_trees_are_not_left_to_libgit2() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "--bare", "."], String::new());
        let mut stream = String::new();
        for version in 0..=MAX_SLOW_TREES {
            stream += "commit refs/heads/x\ncommitter A <a@x.test> 1 +0000\ndata 1\nm\n";
            for file in 0..if version == 0 { 5_000 } else { 1 } {
                stream += &format!("M 644 inline {file:0240}\ndata 1\n{version}\n");
            }
        }
        git(folder.path(), &["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet"], stream);
        let database = Database::from(git2::Repository::open(folder.path()).unwrap());
        for version in 0..=MAX_SLOW_TREES {
            assert_eq!(database.packs().is_some(), version == MAX_SLOW_TREES);
            let tree = format!("x~{}^{{tree}}", MAX_SLOW_TREES - version);
            let oid = git(folder.path(), &["rev-parse", &tree], String::new());
            let size = git(folder.path(), &["cat-file", "-s", oid.trim()], String::new());
            let read = database.read_with(Oid::from_hex(oid.trim().as_bytes()).unwrap(), |kind, data| {
                assert_eq!((kind, data.len().to_string().as_str()), (ObjectKind::Tree, size.trim()));
                assert!(data.len() > MAX_CACHED_BASE);
                Ok(())
            });
            assert_eq!(read.unwrap(), Some(()));
        }
    }
}
