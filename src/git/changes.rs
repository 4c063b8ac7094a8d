//! What a commit changes: its tree against the trees of all its parents at once.

use std::collections::HashMap;
use std::rc::Rc;

use bstr::BString;

use super::{Commit, Entry, Mode, Oid, Repo, Tree};
use crate::error::{Error, Result};

/// How deep directories may be nested. git itself stops at 2,048 levels (`core.maxTreeDepth`).
const MAX_DEPTH: usize = 2048;

/// A file, link or submodule that stands at its path in no parent exactly like this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// The path from the root of the tree.
    pub path: BString,
    /// What it is now.
    pub mode: Mode,
    /// The object it names now.
    pub oid: Oid,
    /// What each parent has at this path; directories count as nothing.
    pub before: Vec<Option<(Mode, Oid)>>,
}

/// How many trees are kept. Neighbours in history share most of theirs.
const MAX_CACHED: usize = 4096;

/// Walks the changes of commits.
pub struct Changes<'r> {
    repo: &'r Repo,
    trees: HashMap<Oid, Rc<Tree>>,
}

impl<'r> Changes<'r> {
    /// Prepares to walk changes in a repository.
    pub fn new(repo: &'r Repo) -> Self {
        Self { repo, trees: HashMap::new() }
    }

    /// Calls `each` for every file that differs from all parents; for a commit without parents, for every file.
    ///
    /// Content is compared by oid and mode, so attributes, renames and binary files hide nothing, and a merge shows what
    /// it alone brings.
    ///
    /// # Errors
    /// Fails when a tree is missing or cannot be read, or when `each` fails.
    pub fn of(&mut self, commit: &Commit, each: &mut dyn FnMut(ChangedFile) -> Result<()>) -> Result<()> {
        let parents = self.repo.parents(commit)?.iter();
        let parents =
            parents.map(|parent| Ok(self.repo.commit(*parent)?.tree)).collect::<Result<Vec<_>>>()?;
        self.between(commit.tree, &parents, each)
    }

    /// Calls `each` for every file of a tree that differs from all of the older trees; where there are none, for every
    /// file.
    ///
    /// # Errors
    /// As [`Changes::of`].
    pub fn between(
        &mut self,
        tree: Oid,
        older: &[Oid],
        each: &mut dyn FnMut(ChangedFile) -> Result<()>,
    ) -> Result<()> {
        let older: Vec<Option<Oid>> = older.iter().copied().map(Some).collect();
        self.directory(tree, &older, &mut BString::default(), 0, each)
    }

    fn directory(
        &mut self,
        tree: Oid,
        parents: &[Option<Oid>],
        path: &mut BString,
        depth: usize,
        each: &mut dyn FnMut(ChangedFile) -> Result<()>,
    ) -> Result<()> {
        if parents.contains(&Some(tree)) {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            return Err(Error::git(format!("tree {tree} is nested more than {MAX_DEPTH} levels deep")));
        }
        let before = parents.iter().map(|oid| oid.map(|oid| self.tree(oid)).transpose());
        let before: Vec<Option<Rc<Tree>>> = before.collect::<Result<_>>()?;
        for entry in &self.tree(tree)?.entries {
            let old: Vec<Option<&Entry>> =
                before.iter().map(|tree| tree.as_ref().and_then(|tree| tree.get(&entry.name))).collect();
            if old.iter().flatten().any(|old| old.mode == entry.mode && old.oid == entry.oid) {
                continue;
            }
            let length = path.len();
            path.extend_from_slice(&entry.name);
            if entry.mode == Mode::Tree {
                path.push(b'/');
                let below =
                    |old: &Option<&Entry>| old.filter(|old| old.mode == Mode::Tree).map(|old| old.oid);
                let old: Vec<Option<Oid>> = old.iter().map(below).collect();
                self.directory(entry.oid, &old, path, depth + 1, each)?;
            } else {
                let at_path = |old: &Option<&Entry>| {
                    old.filter(|old| old.mode != Mode::Tree).map(|old| (old.mode, old.oid))
                };
                let before = old.iter().map(at_path).collect();
                each(ChangedFile { path: path.clone(), mode: entry.mode, oid: entry.oid, before })?;
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn tree(&mut self, oid: Oid) -> Result<Rc<Tree>> {
        if let Some(tree) = self.trees.get(&oid) {
            return Ok(Rc::clone(tree));
        }
        let tree = Rc::new(self.repo.tree(oid)?);
        if self.trees.len() >= MAX_CACHED {
            self.trees.clear();
        }
        self.trees.insert(oid, Rc::clone(&tree));
        Ok(tree)
    }
}
