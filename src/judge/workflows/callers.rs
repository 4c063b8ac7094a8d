//! Workflows that a commit leaves as they are while it changes an action that they call.

use std::collections::HashSet;
use std::rc::Rc;

use bstr::BString;

use super::Trees;
use super::pins::folder_at;
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Tree};
use crate::workflow::{Scope, scope};

/// Where workflows stand that use local actions.
const FOLDER: &str = ".github/workflows";

/// The workflows and actions that a commit changes.
#[derive(Default)]
pub(super) struct Touched {
    paths: HashSet<BString>,
    action: bool,
}

impl Touched {
    /// Notes a file of the commit.
    pub(super) fn note(&mut self, file: &ChangedFile) {
        self.action |= matches!(scope(&file.path), Some(Scope::File { action: true, .. }));
        self.paths.insert(file.path.clone());
    }

    /// Notes what the commit takes away: an action that is found in another file now, or not at all, signs no more.
    pub(super) fn note_removed(&mut self, removed: Option<&[(BString, Mode)]>) {
        let is_action = |(path, mode): &(BString, Mode)| {
            *mode == Mode::Tree || matches!(scope(path), Some(Scope::File { action: true, .. }))
        };
        self.action |= removed.is_none_or(|removed| removed.iter().any(is_action));
    }

    /// The workflows that stand in the tree as they stood before, where an action has changed. Which of them call it shows
    /// when they are judged.
    ///
    /// # Errors
    /// Fails when a tree cannot be read.
    pub(super) fn bystanders(&self, changes: &mut Changes<'_>, trees: &Trees) -> Result<Vec<ChangedFile>> {
        // A merge may bring the workflow from one side and the action from the other, and change neither.
        let may_differ = self.action && !trees.before.is_empty() || trees.before.len() > 1;
        let Some(new) = trees.new.filter(|_| may_differ) else {
            return Ok(Vec::new());
        };
        let Some(now) = folder(changes, new)? else { return Ok(Vec::new()) };
        let before = trees.before.iter().map(|tree| folder(changes, *tree));
        let before: Vec<Option<Rc<Tree>>> = before.collect::<Result<_>>()?;
        let entries = now.entries().filter(|entry| entry.mode == Mode::File);
        let files = entries.map(|entry| {
            let old = |tree: &Option<Rc<Tree>>| tree.as_ref()?.get(entry.name).map(|old| (old.mode, old.oid));
            ChangedFile {
                path: [FOLDER.as_bytes(), b"/", entry.name].concat().into(),
                mode: entry.mode,
                oid: entry.oid,
                before: before.iter().map(old).collect(),
            }
        });
        Ok(files.filter(|file| !self.paths.contains(&file.path)).collect())
    }
}

fn folder(changes: &mut Changes<'_>, tree: Oid) -> Result<Option<Rc<Tree>>> {
    folder_at(changes, tree, FOLDER)?.map(|oid| changes.tree(oid)).transpose()
}
