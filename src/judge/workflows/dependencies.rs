//! Other files of its tree on which the results of a workflow depend.
//!
//! Few commits change one of them, so what was found in one tree holds in most others.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::git::{FoundEntry, Mode, Oid, Store};

/// Entries of a tree that were sought, in the tree itself and below.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// The tree; `None` if there is none.
    tree: Option<Oid>,
    /// True if any tree counts.
    is_used: bool,
    /// Names that the tree does not have.
    absent: HashSet<Box<[u8]>>,
    /// Entries of the tree.
    present: HashMap<Box<[u8]>, FoundEntry>,
    /// Paths in directories of the tree, and what is there.
    nested: HashMap<Box<[u8]>, Option<FoundEntry>>,
}

/// Size of a path and its entry in memory without the bytes of the path, about.
const PATH_BYTES: usize = 96;

impl Dependencies {
    /// Creates the dependencies of what may be found in a tree. Without calls of the functions below, it depends on none.
    pub(super) fn in_tree(tree: Option<Oid>) -> Self {
        Self { tree, ..Self::default() }
    }

    /// Returns the tree, and records that it counts whether there is one.
    pub(super) fn tree(&mut self) -> Option<Oid> {
        self.is_used = true;
        self.tree
    }

    /// Returns what is at a path in the tree; `None` if nothing is there, or there is no tree.
    ///
    /// # Errors
    /// Fails when a tree cannot be read.
    pub(super) fn find(&mut self, store: &Store, path: &[u8]) -> Result<Option<FoundEntry>> {
        let Some(tree) = self.tree() else { return Ok(None) };
        let top = path.split(|byte| *byte == b'/').next().unwrap_or(path);
        if self.absent.contains(top) {
            return Ok(None);
        }
        let entry = match self.present.get(top) {
            Some(entry) => Some(*entry),
            None => store.find_entry(tree, top)?,
        };
        let Some(entry) = entry else {
            self.absent.insert(top.into());
            return Ok(None);
        };
        self.present.insert(top.into(), entry);
        if top.len() == path.len() {
            return Ok(Some(entry));
        }
        let found = store.find_entry(tree, path)?;
        self.nested.insert(path.into(), found);
        Ok(found)
    }

    /// Returns the blob of a file in the tree.
    ///
    /// # Errors
    /// As [`Dependencies::find`].
    pub(super) fn find_file(&mut self, store: &Store, path: &[u8]) -> Result<Option<Oid>> {
        let entry = self.find(store, path)?;
        Ok(entry.filter(|entry| entry.mode == Mode::File).map(|entry| entry.oid))
    }

    /// Returns true if another tree has the same entries.
    ///
    /// # Errors
    /// Fails when a tree cannot be read.
    pub(super) fn hold_in(&self, store: &Store, tree: Option<Oid>) -> Result<bool> {
        if !self.is_used || self.tree == tree {
            return Ok(true);
        }
        let (Some(_), Some(tree)) = (self.tree, tree) else { return Ok(false) };
        let root = store.cached_tree(tree)?;
        if self.absent.iter().any(|name| root.get(name).is_some()) {
            return Ok(false);
        }
        let mut changed: Vec<&[u8]> = Vec::new();
        for (name, known) in &self.present {
            match root.get(name) {
                Some(entry) if (entry.mode, entry.oid) == (known.mode, known.oid) => {}
                Some(entry) if (entry.mode, known.mode) == (Mode::Tree, Mode::Tree) => changed.push(name),
                _ => return Ok(false),
            }
        }
        for (path, known) in &self.nested {
            let is_changed =
                changed.iter().any(|name| path.starts_with(name) && path.get(name.len()) == Some(&b'/'));
            if is_changed && store.find_entry(tree, path)? != *known {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the size in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        let paths = self.absent.iter().chain(self.present.keys()).chain(self.nested.keys());
        paths.map(|path| path.len() + PATH_BYTES).sum()
    }
}
