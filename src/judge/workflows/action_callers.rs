//! Workflows that a commit does not change, although it changes an action that they call.

use std::collections::HashSet;
use std::rc::Rc;

use bstr::BString;

use super::pins::folder_at;
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Older, RemovedPaths, Tree};
use crate::workflow::FileKind;

/// Folder of the workflows that can use local actions.
const FOLDER: &str = ".github/workflows";

/// Workflows and actions that a commit changes.
#[derive(Default)]
pub(super) struct ChangedWorkflows {
    paths: HashSet<BString>,
    /// Set if an action has been changed or removed.
    has_action: bool,
}

impl ChangedWorkflows {
    /// Records a changed file of the commit.
    pub(super) fn note(&mut self, file: &ChangedFile) {
        self.has_action |= FileKind::of(&file.path).is_some_and(|kind| kind.action);
        self.paths.insert(file.path.clone());
    }

    /// Records the paths that the commit removes.
    ///
    /// A removed action signs no longer, nor does one that is now found in another file.
    pub(super) fn note_removed(&mut self, removed: &RemovedPaths) {
        self.has_action |= removed.may_include(|path, mode| {
            mode == Mode::Tree || FileKind::of(path).is_some_and(|kind| kind.action)
        });
    }

    /// Returns the unchanged workflows of the tree, if an action has changed or the commit is a merge.
    ///
    /// This includes those that do not call the action: judging them finds nothing new.
    ///
    /// # Errors
    /// Fails when a tree cannot be read.
    pub(super) fn unchanged_workflows(
        &self,
        changes: &mut Changes<'_>,
        tree: Oid,
        older: &Older<Oid>,
    ) -> Result<Vec<ChangedFile>> {
        // A merge may take the workflow from one parent and the action from another, and change neither.
        let may_differ = match older.parents() {
            [] => false,
            [_] => self.has_action,
            _ => true,
        };
        if !may_differ {
            return Ok(Vec::new());
        }
        let Some(now) = folder(changes, tree)? else { return Ok(Vec::new()) };
        let older = older.try_map(|tree| folder(changes, *tree))?;
        let entries = now.entries().filter(|entry| entry.mode == Mode::File);
        let files = entries.map(|entry| {
            let old = |tree: &Option<Rc<Tree>>| tree.as_ref()?.get(entry.name).map(|old| (old.mode, old.oid));
            ChangedFile {
                path: [FOLDER.as_bytes(), b"/", entry.name].concat().into(),
                mode: entry.mode,
                oid: entry.oid,
                older: older.map(old),
            }
        });
        Ok(files.filter(|file| !self.paths.contains(&file.path)).collect())
    }
}

fn folder(changes: &mut Changes<'_>, tree: Oid) -> Result<Option<Rc<Tree>>> {
    folder_at(changes, tree, FOLDER)?.map(|oid| changes.tree(oid)).transpose()
}
