//! Changes of a commit: its tree compared with the trees of all parents at once.

use std::rc::Rc;

use bstr::BString;

use super::object::generational_cache::GenerationalCache;
use super::object::store::Store;
use super::object::tree::{EntryLookup, RawEntry};
use super::{Commit, Mode, Oid, OidMap, PackSummary, Repo, Tree, TreeEntry};
use crate::error::{Error, Result};

/// Maximum depth of nested directories; git has the same limit (`core.maxTreeDepth`).
const MAX_DEPTH: usize = 2048;

/// A file, link or submodule that differs from the entry at the same path in every parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedFile {
    /// WalkPosition from the root of the tree.
    pub path: BString,
    /// Mode in the new tree.
    pub mode: Mode,
    /// Object in the new tree.
    pub oid: Oid,
    /// Entry of each parent at this path; `None` for a directory or no entry.
    pub before: Vec<Option<(Mode, Oid)>>,
}

/// Maximum number of new entries in one walk.
///
/// Guards against a few trees that contain each other many times over (a tree bomb).
const MAX_NEW: usize = 10_000_000;

/// Size in bytes of each of the two generations of the tree cache.
///
/// Neighbours in history share most of their trees.
const MAX_CACHED: usize = 4 << 20;

/// Maximum size of the list of removed paths, in bytes.
///
/// Each path counts 64 bytes more than its length. A few trees that are emptied many times over would
/// otherwise fill the memory.
const MAX_REMOVED: usize = 1 << 20;

/// Maximum number of commits whose tree is remembered: a parent is usually one of the commits seen before.
const MAX_COMMITS: usize = 1 << 16;

/// Walks the changes of commits and caches the trees that it reads.
pub(crate) struct Changes<'r> {
    store: &'r Store,
    commits: OidMap<Oid>,
    trees: GenerationalCache<Oid, Rc<Tree>>,
    /// Summary that says which directories may be skipped; without one, none is.
    summary: Option<&'r PackSummary>,
    removed: Vec<(BString, Mode)>,
    /// Number of bytes left for removed paths; `None` if there were too many.
    room: Option<usize>,
}

/// Position of a walk in the tree, and the callback for changed files.
struct WalkPosition<'e> {
    name: BString,
    depth: usize,
    new: usize,
    each: &'e mut dyn FnMut(ChangedFile) -> Result<()>,
}

impl<'r> Changes<'r> {
    /// Creates a walk that visits every change.
    pub(crate) fn new(repo: &'r Repo) -> Self {
        Self {
            store: repo.store(),
            commits: OidMap::default(),
            trees: GenerationalCache::new(MAX_CACHED),
            summary: None,
            removed: Vec::new(),
            room: None,
        }
    }

    /// Creates a walk that skips the directories that a summary, if any, allows to skip.
    pub(crate) fn skipping(repo: &'r Repo, summary: Option<&'r PackSummary>) -> Self {
        Self { summary, ..Self::new(repo) }
    }

    /// Returns the trees of a commit's parents, in order.
    ///
    /// # Errors
    /// Fails when a parent is missing or cannot be read.
    pub(crate) fn before(&mut self, commit: &Commit) -> Result<Vec<Oid>> {
        self.remember(commit.oid, commit.tree);
        self.store.parents(commit)?.iter().map(|parent| self.tree_of(*parent)).collect()
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

    /// Calls `each` for every file of a tree that differs from all older trees.
    ///
    /// Without older trees, every file counts as different. Content is compared by oid and mode, so
    /// attributes, renames and binary files hide nothing. For a merge, these are the changes that it adds to
    /// its parents.
    ///
    /// # Errors
    /// Fails when a tree is missing or cannot be read, or when `each` fails.
    pub(crate) fn between(
        &mut self,
        tree: Oid,
        older: &[Oid],
        each: &mut dyn FnMut(ChangedFile) -> Result<()>,
    ) -> Result<()> {
        (self.removed, self.room) = (Vec::new(), Some(MAX_REMOVED));
        self.walk(tree, older, self.summary, each)
    }

    /// Calls `each` for every file of a tree, without skipping any directory.
    ///
    /// # Errors
    /// As [`Changes::between`].
    pub(crate) fn all(&mut self, tree: Oid, each: &mut dyn FnMut(ChangedFile) -> Result<()>) -> Result<()> {
        self.walk(tree, &[], None, each)
    }

    fn walk(
        &mut self,
        tree: Oid,
        older: &[Oid],
        summary: Option<&PackSummary>,
        each: &mut dyn FnMut(ChangedFile) -> Result<()>,
    ) -> Result<()> {
        let older: Vec<Option<Oid>> = older.iter().copied().map(Some).collect();
        self.directory(
            tree,
            &older,
            summary,
            &mut WalkPosition { name: BString::default(), depth: 0, new: 0, each },
        )
    }

    /// Returns the entries of older trees that the last walk with [`Changes::between`] found missing.
    ///
    /// Includes entries replaced by another kind: a file by a directory, or the reverse. A removed directory
    /// is listed by its own path only. `None` if the list became too large.
    pub(crate) fn removed(&self) -> Option<&[(BString, Mode)]> {
        self.room.map(|_| self.removed.as_slice())
    }

    /// Records the entries of older trees whose names no longer exist.
    fn remove_names(&mut self, now: &Tree, older: &[Option<EntryLookup<'_>>], path: &WalkPosition<'_>) {
        for old in older.iter().flatten().filter(|old| old.has_skipped()) {
            let mut now = EntryLookup::new(now);
            let mut removed = old.tree().entries().filter(|entry| now.find(entry.name).is_none());
            while self.room.is_some()
                && let Some(entry) = removed.next()
            {
                self.remove(path, entry);
            }
        }
    }

    /// Records the entries of older trees that changed between directory and file.
    fn remove_kinds(
        &mut self,
        entry: TreeEntry<'_>,
        before: &[Option<TreeEntry<'_>>],
        path: &WalkPosition<'_>,
    ) {
        let is_tree = |entry: &TreeEntry<'_>| entry.mode == Mode::Tree;
        let others = before.iter().flatten().filter(|old| is_tree(old) != is_tree(&entry));
        others.for_each(|old| self.remove(path, *old));
    }

    fn remove(&mut self, path: &WalkPosition<'_>, entry: TreeEntry<'_>) {
        self.room = self.room.and_then(|room| room.checked_sub(64 + path.name.len() + entry.name.len()));
        if self.room.is_some() {
            let name = [path.name.as_slice(), entry.name].concat();
            self.removed.push((name.into(), entry.mode));
        }
    }

    fn directory(
        &mut self,
        tree: Oid,
        older: &[Option<Oid>],
        summary: Option<&PackSummary>,
        path: &mut WalkPosition<'_>,
    ) -> Result<()> {
        let is_as_before =
            |summary: &PackSummary| summary.is_as_before(tree, older.iter().copied().flatten());
        if older.contains(&Some(tree)) || summary.is_some_and(is_as_before) {
            return Ok(());
        }
        if path.depth > MAX_DEPTH {
            return Err(Error::git(format!("tree {tree} is nested more than {MAX_DEPTH} levels deep")));
        }
        let older = older.iter().map(|oid| oid.map(|oid| self.tree(oid)).transpose());
        let older: Vec<Option<Rc<Tree>>> = older.collect::<Result<_>>()?;
        let mut older: Vec<Option<EntryLookup<'_>>> =
            older.iter().map(|tree| tree.as_deref().map(EntryLookup::new)).collect();
        let now = self.tree(tree)?;
        for raw in now.raw() {
            if is_passed(raw, &mut older) {
                continue;
            }
            let Some(entry) = raw.read() else { continue };
            let before: Vec<Option<TreeEntry<'_>>> =
                older.iter_mut().map(|tree| tree.as_mut().and_then(|tree| tree.find(entry.name))).collect();
            if !before.iter().flatten().any(|old| old.mode == entry.mode && old.oid == entry.oid) {
                self.entry(entry, &before, summary, path)?;
            }
        }
        self.remove_names(&now, &older, path);
        Ok(())
    }

    /// Visits an entry that differs from those of all older trees.
    fn entry(
        &mut self,
        entry: TreeEntry<'_>,
        before: &[Option<TreeEntry<'_>>],
        summary: Option<&PackSummary>,
        path: &mut WalkPosition<'_>,
    ) -> Result<()> {
        path.new += 1;
        if path.new > MAX_NEW {
            return Err(Error::git(format!("more than {MAX_NEW} files and directories are new at once")));
        }
        self.remove_kinds(entry, before, path);
        let length = path.name.len();
        path.name.extend_from_slice(entry.name);
        if entry.mode == Mode::Tree {
            path.name.push(b'/');
            path.depth += 1;
            let trees = before.iter().map(|old| old.filter(|old| old.mode == Mode::Tree).map(|old| old.oid));
            let summary = summary.filter(|summary| !summary.is_always_checked(entry.name));
            self.directory(entry.oid, &trees.collect::<Vec<_>>(), summary, path)?;
            path.depth -= 1;
        } else {
            let files = before.iter().map(|old| old.filter(|old| old.mode != Mode::Tree));
            let before = files.map(|old| old.map(|old| (old.mode, old.oid))).collect();
            (path.each)(ChangedFile { path: path.name.clone(), mode: entry.mode, oid: entry.oid, before })?;
        }
        path.name.truncate(length);
        Ok(())
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
fn is_passed(entry: RawEntry<'_>, older: &mut [Option<EntryLookup<'_>>]) -> bool {
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
