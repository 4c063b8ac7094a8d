//! Changes of a commit: its tree compared with the trees of all parents at once.

use std::rc::Rc;

use bstr::BString;

use super::object::entry_lookup::EntryLookup;
use super::object::generational_cache::GenerationalCache;
use super::object::store::Store;
use super::object::tree::RawEntry;
use super::removed::RemovedPaths;
use super::work::Work;
use super::{Commit, Mode, Oid, OidMap, OidSet, Older, PackSummary, Repo, Tree, TreeEntry};
use crate::error::{Error, ErrorKind, FEWER_COMMITS, Result};
use crate::text::escape;

/// Maximum depth of nested directories; git has the same limit (`core.maxTreeDepth`).
const MAX_DEPTH: usize = 2048;

/// A file, link or submodule that no parent vouches for ([`Older::vouch`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedFile {
    /// WalkPosition from the root of the tree.
    pub path: BString,
    /// Mode in the new tree.
    pub mode: Mode,
    /// Object in the new tree.
    pub oid: Oid,
    /// Mode and object of each older version at this path; `None` for a directory or no entry.
    pub older: Older<Option<(Mode, Oid)>>,
}

/// Maximum length of a path, in bytes. Few systems allow more than 4096.
const MAX_PATH: usize = 8192;

/// Number of entries after which a walk adds them to those of all other walks.
const STEP: u64 = 4096;

/// Size in bytes of each of the two generations of the tree cache.
///
/// Neighbours in history share most of their trees.
const MAX_CACHED: usize = 4 << 20;

/// Maximum number of commits whose tree is remembered: a parent is usually one of the commits seen before.
const MAX_COMMITS: usize = 1 << 16;

/// Walks the changes of commits and caches the trees that it reads.
pub(crate) struct Changes<'r> {
    pub(super) store: &'r Store,
    work: &'r Work,
    commits: OidMap<Oid>,
    trees: GenerationalCache<Oid, Rc<Tree>>,
    /// Objects of directories that could not be compared.
    pub(super) tried: OidSet,
    /// Summary that says which directories may be skipped; without one, none is.
    summary: Option<&'r PackSummary>,
}

/// State of a walk: its position in the tree, what it has found, and the callback for changed files.
struct TreeWalk<'v> {
    path: BString,
    depth: usize,
    /// Tree that the walk started with.
    root: Oid,
    /// Number of visited entries that were not added to those of other walks.
    new: u64,
    compared: Compared,
    visit: &'v mut dyn FnMut(ChangedFile) -> Result<()>,
}

/// Findings of a walk besides the changed files.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Paths that the tree lacks of those that it is compared with.
    pub removed: RemovedPaths,
    /// Paths and errors of objects that could not be read. Directories that need them are not compared.
    pub unread: Vec<(BString, Error)>,
}

impl TreeWalk<'_> {
    /// Lists the directory of the walk if an object of it could not be read; returns any other error.
    fn note_unread(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Err(error) if error.object().is_some() => {
                self.compared.unread.push((self.path.clone(), error));
                Ok(())
            }
            result => result,
        }
    }
}

impl Compared {
    /// Returns what a walk of whole trees has learned.
    ///
    /// # Errors
    /// Fails when a tree could not be read.
    pub(crate) fn whole(self) -> Result<RemovedPaths> {
        match self.unread.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(self.removed),
        }
    }
}

impl<'r> Changes<'r> {
    /// Creates a walk that visits every change.
    pub(crate) fn new(repo: &'r Repo) -> Self {
        Self {
            store: repo.store(),
            work: repo.work(),
            commits: OidMap::default(),
            trees: GenerationalCache::new(MAX_CACHED),
            tried: OidSet::default(),
            summary: None,
        }
    }

    /// Creates a walk that skips the directories that a summary, if any, allows to skip.
    pub(crate) fn skipping(repo: &'r Repo, summary: Option<&'r PackSummary>) -> Self {
        Self { summary, ..Self::new(repo) }
    }

    /// Returns the trees of the parents of a commit that is no merge.
    ///
    /// # Errors
    /// Fails when a parent is missing or cannot be read.
    pub(crate) fn before(&mut self, commit: &Commit) -> Result<Older<Oid>> {
        self.remember(commit.oid, commit.tree);
        let parents = self.store.parents(commit)?.iter().map(|parent| self.tree_of(*parent));
        Ok(Older::of_parents(parents.collect::<Result<_>>()?))
    }

    fn tree_of(&mut self, commit: Oid) -> Result<Oid> {
        if let Some(tree) = self.commits.get(&commit) {
            return Ok(*tree);
        }
        let tree = self.store.commit(commit)?.tree;
        self.remember(commit, tree);
        Ok(tree)
    }

    fn remember(&mut self, commit: Oid, tree: Oid) {
        if self.commits.len() >= MAX_COMMITS {
            self.commits.clear();
        }
        self.commits.insert(commit, tree);
    }

    /// Calls `visit` for every file of a tree that no parent vouches for; returns what it lacks of the parents.
    ///
    /// Without older trees, this is every file. Content is compared by oid and mode, so attributes, renames and
    /// binary files hide nothing. For a merge, these are the changes that it adds to its parents, and those of a
    /// parent that it takes back.
    ///
    /// A directory of which a tree cannot be read is left out; what cannot be read is listed.
    ///
    /// # Errors
    /// Fails when `visit` fails, and when there are more changes than the policy allows.
    pub(crate) fn between(
        &mut self,
        tree: Oid,
        older: &Older<Oid>,
        visit: &mut dyn FnMut(ChangedFile) -> Result<()>,
    ) -> Result<Compared> {
        self.walk(tree, older, self.summary, visit)
    }

    /// Calls `visit` for every file of a tree, without skipping any directory.
    ///
    /// # Errors
    /// As [`Changes::between`], and when a tree cannot be read.
    pub(crate) fn all(&mut self, tree: Oid, visit: &mut dyn FnMut(ChangedFile) -> Result<()>) -> Result<()> {
        self.walk(tree, &Older::default(), None, visit)?.whole().map(drop)
    }

    fn walk(
        &mut self,
        tree: Oid,
        older: &Older<Oid>,
        summary: Option<&PackSummary>,
        visit: &mut dyn FnMut(ChangedFile) -> Result<()>,
    ) -> Result<Compared> {
        let older = older.map(|tree| Some(*tree));
        let (path, compared) = (BString::default(), Compared::default());
        let mut walk = TreeWalk { path, depth: 0, root: tree, new: 0, compared, visit };
        let result = self.directory(tree, &older, summary, &mut walk);
        walk.note_unread(result)?;
        self.count(&mut walk)?;
        Ok(walk.compared)
    }

    fn directory(
        &mut self,
        tree: Oid,
        older: &Older<Option<Oid>>,
        summary: Option<&PackSummary>,
        walk: &mut TreeWalk<'_>,
    ) -> Result<()> {
        let is_as_before = |summary: &PackSummary| summary.is_as_before(tree, older);
        if older.vouch(&tree) || summary.is_some_and(is_as_before) {
            return Ok(());
        }
        if walk.depth > MAX_DEPTH {
            return Err(Error::git(format!("tree {tree} is nested more than {MAX_DEPTH} levels deep")));
        }
        let older = match older.try_map(|oid| oid.map(|oid| self.tree(oid)).transpose()) {
            Err(error) if error.object().is_some() => {
                walk.note_unread(Err(error))?;
                walk.compared.unread.extend(self.unreadable(tree, &walk.path));
                return Ok(());
            }
            older => older?,
        };
        let mut older = older.map(|tree| tree.as_deref().map(EntryLookup::new));
        let (now, pass) = (self.tree(tree)?, if older.is_of_merge() { is_in_all } else { is_in_any });
        for raw in now.raw() {
            if pass(raw, older.values_mut()) {
                continue;
            }
            let Some(entry) = raw.read() else { continue };
            let before = older.map_mut(|tree| tree.as_mut().and_then(|tree| tree.find(entry.name)));
            if !before.vouch(&entry) {
                self.entry(entry, &before, summary, walk)?;
            }
        }
        for old in older.parents().iter().flatten().filter(|old| old.has_skipped()) {
            walk.compared.removed.add_names(walk.path.as_ref(), &now, old.tree());
        }
        Ok(())
    }

    /// Visits an entry that no parent vouches for.
    fn entry(
        &mut self,
        entry: TreeEntry<'_>,
        before: &Older<Option<TreeEntry<'_>>>,
        summary: Option<&PackSummary>,
        walk: &mut TreeWalk<'_>,
    ) -> Result<()> {
        walk.new += 1;
        if walk.new >= STEP {
            self.count(walk)?;
        }
        walk.compared.removed.add_kinds(walk.path.as_ref(), entry, before.parents());
        let length = walk.path.len();
        walk.path.extend_from_slice(entry.name);
        if walk.path.len() > MAX_PATH {
            let root = walk.root;
            let message = format!("tree {root} has a path of more than {MAX_PATH} bytes");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        if entry.mode == Mode::Tree {
            walk.path.push(b'/');
            walk.depth += 1;
            let trees = before.map(|old| old.filter(|old| old.mode == Mode::Tree).map(|old| old.oid));
            let summary = summary.filter(|summary| !summary.is_always_checked(entry.name));
            let (inside, depth) = (walk.path.len(), walk.depth);
            let result = self.directory(entry.oid, &trees, summary, walk);
            walk.path.truncate(inside);
            walk.depth = depth - 1;
            walk.note_unread(result)?;
        } else {
            let files = before.map(|old| old.filter(|old| old.mode != Mode::Tree));
            let older = files.map(|old| old.map(|old| (old.mode, old.oid)));
            (walk.visit)(ChangedFile { path: walk.path.clone(), mode: entry.mode, oid: entry.oid, older })?;
        }
        walk.path.truncate(length);
        Ok(())
    }

    /// Adds the visited entries to those of all walks, which a few trees may contain many times over.
    fn count(&self, walk: &mut TreeWalk<'_>) -> Result<()> {
        let new = std::mem::take(&mut walk.new);
        let Some(limit) = self.work.add_changed(new) else { return Ok(()) };
        let path = if walk.path.is_empty() { "/".to_owned() } else { escape(&walk.path) };
        let root = walk.root;
        let message =
            format!("more than {limit} files and directories would be judged, up to `{path}` in tree {root}");
        Err(Error::new(ErrorKind::Limit, message).hinted(FEWER_COMMITS).hinted(
            "an administrator can set another limit in the policy: `limits: {changed-paths: 50000000}`",
        ))
    }

    /// Returns a tree, from the cache if possible.
    ///
    /// # Errors
    /// Fails when it is missing or cannot be read.
    pub(crate) fn tree(&mut self, oid: Oid) -> Result<Rc<Tree>> {
        if let Some(tree) = self.trees.get(oid) {
            return Ok(tree);
        }
        let tree = Rc::new(self.store.tree(oid)?);
        self.trees.put(oid, Rc::clone(&tree), tree.size());
        Ok(tree)
    }
}

/// Skips an entry that is the next entry of any older tree, byte for byte; returns true if it is.
///
/// The remaining older trees then skip their entry of the same name.
fn is_in_any(entry: RawEntry<'_>, older: &mut [Option<EntryLookup<'_>>]) -> bool {
    let mut passed = false;
    let mut others = Vec::new();
    for tree in older.iter_mut().flatten() {
        match tree.pass(entry) {
            true => passed = true,
            false => others.push(tree),
        }
    }
    if passed {
        others.into_iter().for_each(|tree| tree.pass_name(entry));
    }
    passed
}

/// Skips an entry that is the next entry of all older trees, byte for byte; returns true if it is.
fn is_in_all(entry: RawEntry<'_>, older: &mut [Option<EntryLookup<'_>>]) -> bool {
    let is_next = older.iter().all(|tree| tree.as_ref().is_some_and(|tree| tree.is_next(entry)));
    if is_next {
        older.iter_mut().flatten().for_each(|tree| tree.pass_name(entry));
    }
    is_next
}
