//! The repository that git-gate was called in.

use std::cell::{OnceCell, RefCell, RefMut};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::history::prefetch::{Ahead, RevList, branch_in_head};
use super::history::quarantine::Store;
use super::layout::{Place, path_of, with_git};
use super::object::commit::Links;
use super::object::store::{Objects, missing};
use super::refs::files::RefFiles;
use super::{Commit, Kind, Mode, Object, Oid, Overview, Packs, Tree};
use crate::env;
use crate::error::{Error, Result};
use crate::parallel::threads;

/// What brings the objects that a partial clone lacks.
const PARTIAL: &str = "this is a partial clone: `git fetch --refetch --no-filter` brings what it lacks";

/// A repository, as git finds it from the current directory and the environment.
pub struct Repo {
    place: Place,
    objects: Objects,
    ahead: RefCell<Ahead>,
    shallow: OnceCell<HashSet<Oid>>,
    overview: OnceCell<Arc<Overview>>,
}

impl Repo {
    /// Opens the repository of the current directory and of git's environment.
    ///
    /// # Errors
    /// Fails when there is none, when git refuses it (another owner, an unknown extension), or when it cannot be read.
    pub fn open() -> Result<Self> {
        Self::open_with(Ahead::default())
    }

    /// Opens the repository that a push is received into. A key of git config, and what refs are now, will be asked for:
    /// git is asked before the repository is opened.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn open_for_push(key: &str, refnames: Vec<BString>) -> Result<Self> {
        let ahead = with_git().map(|git_dir| Ahead::ask(key, &git_dir, refnames)).transpose()?;
        Self::open_with(ahead.unwrap_or_default())
    }

    fn open_with(mut ahead: Ahead) -> Result<Self> {
        let (place, objects) = Place::find(&mut ahead)?;
        let (shallow, overview) = (OnceCell::new(), OnceCell::new());
        Ok(Self { place, objects, ahead: ahead.into(), shallow, overview })
    }

    /// Opens it once more, for another thread.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn reopen(&self) -> Result<Self> {
        let (place, objects) = self.place.clone().with_objects()?;
        let (ahead, overview) = (RefCell::default(), self.overview.clone());
        Ok(Self { place, objects, ahead, shallow: OnceCell::new(), overview })
    }

    /// Opens the repository once more for each core but the first, for worker threads.
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub(crate) fn reopen_for_workers(&self) -> Result<Vec<Self>> {
        (1..threads::cores()).map(|_| self.reopen()).collect()
    }

    /// The packs of the repository itself, where they can be read as a whole.
    pub fn packs(&self) -> Option<Packs> {
        let quarantined = env::git_variable("GIT_OBJECT_DIRECTORY").is_some();
        let readable = self.place.library && !quarantined;
        readable.then(|| Packs::open(&self.place.common_dir.join("objects")))
    }

    /// Remembers what is known of the objects of whole packs. The first time counts.
    pub fn keep(&self, overview: Overview) {
        let _ = self.overview.set(Arc::new(overview));
    }

    /// What is known of the objects of whole packs.
    pub fn overview(&self) -> Option<&Overview> {
        self.overview.get().map(AsRef::as_ref)
    }

    /// The git directory: absolute; in a linked worktree the worktree's own.
    pub fn git_dir(&self) -> &Path {
        &self.place.git_dir
    }

    /// The git directory that all worktrees share: absolute.
    pub fn common_dir(&self) -> &Path {
        &self.place.common_dir
    }

    /// The top of the work tree: absolute; none in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.place.work_tree.as_deref()
    }

    /// Whether the repository is bare.
    pub fn is_bare(&self) -> bool {
        self.place.bare
    }

    /// Whether git itself can be run. It cannot where a server runs hooks in a place of their own that has none.
    pub fn has_git(&self) -> bool {
        self.place.git
    }

    /// The path that a key of git config is set to; none when it is not set.
    ///
    /// # Errors
    /// Fails when the config cannot be read or the value is no path.
    pub fn configured_path(&self, key: &str) -> Result<Option<PathBuf>> {
        if let (false, Objects::Library(library)) = (self.place.git, &self.objects) {
            let config = library.repository.config().and_then(|mut config| config.snapshot());
            return match config.and_then(|config| config.get_path(key)) {
                Ok(path) => Ok(Some(path)),
                Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
                Err(error) => Err(Error::git("git config cannot be read").caused_by(error)),
            };
        }
        let answer = self.ahead().config_path(key)?;
        match answer.code {
            Some(0) => path_of(answer.stdout.strip_suffix(b"\n").unwrap_or(&answer.stdout)).map(Some),
            Some(1) => Ok(None),
            _ => Err(answer.refusal("config")),
        }
    }

    /// What git was asked already.
    pub(super) fn ahead(&self) -> RefMut<'_, Ahead> {
        self.ahead.borrow_mut()
    }

    /// Whether git walks to find out what is new, so that it pays to ask it early.
    pub(super) fn expect(&self, question: RevList) -> Result<()> {
        if self.is_read_by_git() { self.ahead().ask_commits(question) } else { Ok(()) }
    }

    /// The refs, where they have to be read without git.
    pub(super) fn ref_files(&self) -> Option<RefFiles<'_>> {
        (!self.place.git).then(|| RefFiles::of(&self.place.common_dir))
    }

    /// Reads an object; none when the store does not have it.
    ///
    /// # Errors
    /// Fails when the object is there and cannot be read.
    pub fn find(&self, oid: Oid) -> Result<Option<Object>> {
        self.objects.find(oid)
    }

    /// Reads an object that must be there.
    ///
    /// # Errors
    /// Fails when it is missing or cannot be read.
    pub fn read(&self, oid: Oid) -> Result<Object> {
        self.find(oid)?.ok_or_else(|| self.missing(oid))
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// Fails when it is missing, no commit, or cannot be read.
    pub fn commit(&self, oid: Oid) -> Result<Commit> {
        self.look(oid, Kind::Commit, |data| Commit::parse(oid, data))
    }

    /// Shows the bytes of commits in their order.
    pub(super) fn look_at_commits(
        &self,
        oids: &[Oid],
        see: &mut dyn FnMut(Oid, &[u8]) -> Result<()>,
    ) -> Result<()> {
        self.objects.look_at_all(oids, |oid, found, data| {
            expect(oid, found, Kind::Commit)?;
            see(oid, data)
        })
    }

    /// Reads a tree.
    ///
    /// # Errors
    /// Fails when it is missing, no tree, or cannot be read.
    pub fn tree(&self, oid: Oid) -> Result<Tree> {
        self.look(oid, Kind::Tree, |data| Tree::parse(oid, data))
    }

    /// Reads a blob.
    ///
    /// # Errors
    /// Fails when it is missing, no blob, or cannot be read.
    pub fn blob(&self, oid: Oid) -> Result<Vec<u8>> {
        self.look(oid, Kind::Blob, |data| Ok(data.to_vec()))
    }

    /// Reads the file at a path of a tree; none when there is no file of that name.
    ///
    /// # Errors
    /// Fails when an object on the way is missing or cannot be read.
    pub fn file_at(&self, tree: Oid, path: &[u8]) -> Result<Option<Vec<u8>>> {
        self.find_file(tree, path)?.map(|oid| self.blob(oid)).transpose()
    }

    /// The blob of the file at a path of a tree; none when there is no file of that name.
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

    /// The commits at which this repository's history is cut off. Their parents are not here.
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

    /// The parents of a commit that are here: none for a commit at which history is cut off.
    ///
    /// # Errors
    /// As [`Repo::shallow_commits`].
    pub fn parents<'c>(&self, commit: &'c Commit) -> Result<&'c [Oid]> {
        Ok(if self.shallow_commits()?.contains(&commit.oid) { &[] } else { &commit.parents })
    }

    /// What a commit names of what is here: no parents of a commit at which history is cut off.
    pub(super) fn links_here(&self, oid: Oid, links: Links) -> Result<Links> {
        Ok(links.cut(oid, self.shallow_commits()?))
    }

    fn read_shallow_file(&self) -> Result<HashSet<Oid>> {
        let named = env::git_variable("GIT_SHALLOW_FILE").filter(|path| !path.is_empty());
        let path = named.map_or_else(|| self.place.common_dir.join("shallow"), PathBuf::from);
        match std::fs::read(&path) {
            Ok(text) => Ok(text.lines().filter_map(Oid::from_hex).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(Error::io("cannot read the list of shallow commits", error)),
        }
    }

    /// The store behind the quarantine of a push, where libgit2 can read it.
    pub(super) fn store_behind_quarantine(&self) -> Result<Option<Store>> {
        if self.place.library { Store::open() } else { Ok(None) }
    }

    /// The full name of the branch that `HEAD` stands for; none when it stands for a commit.
    ///
    /// # Errors
    /// Fails when git cannot answer.
    pub fn default_branch(&self) -> Result<Option<BString>> {
        if self.place.library
            && let Ok(branch) = branch_in_head(&self.place.common_dir)
        {
            return Ok(branch);
        }
        let answer = self.ahead().symbolic_head()?;
        match answer.code {
            Some(0) => Ok(Some(answer.stdout.trim_ascii_end().into())),
            Some(1) => Ok(None),
            _ => Err(answer.refusal("symbolic-ref")),
        }
    }

    /// Shows the bytes of an object that must be there and of a kind.
    pub(super) fn look<T>(&self, oid: Oid, kind: Kind, see: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        let seen = self.objects.look(oid, |found, data| {
            expect(oid, found, kind)?;
            see(data)
        })?;
        seen.ok_or_else(|| self.missing(oid))
    }

    /// That an object is missing. A partial clone lacks many, and nothing is fetched while it is judged.
    fn missing(&self, oid: Oid) -> Error {
        let packs =
            std::fs::read_dir(self.place.common_dir.join("objects/pack")).into_iter().flatten().flatten();
        let mut names = packs.map(|entry| entry.path());
        match names.any(|path| path.extension().is_some_and(|extension| extension == "promisor")) {
            true => missing(oid).hinted(PARTIAL),
            false => missing(oid),
        }
    }

    /// Whether git's own commands read the objects, because libgit2 cannot.
    pub(super) fn is_read_by_git(&self) -> bool {
        !self.place.library
    }
}

fn expect(oid: Oid, found: Kind, kind: Kind) -> Result<()> {
    if found == kind {
        return Ok(());
    }
    Err(Error::git(format!("object {oid} is a {}, not a {}", found.word(), kind.word())))
}
