//! Workflows that a commit does not change, although it changes an action that they call, or the lock file.

use std::collections::{HashMap, HashSet};

use bstr::BString;

use super::folders::workflows;
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Older, RemovedPaths};
use crate::workflow::{FileKind, may_be_followed};

/// Workflows and actions that a commit changes.
#[derive(Default)]
pub(super) struct ChangedWorkflows {
    paths: HashSet<BString>,
    /// Set if an action, or a script that a workflow may run, has been changed or removed.
    has_action: bool,
    /// Set if the lock file has been changed or removed.
    has_lock: bool,
    /// Set if a changed file calls a local reusable workflow, or may be one.
    has_call: bool,
}

impl ChangedWorkflows {
    /// Records a changed file of the commit.
    pub(super) fn note(&mut self, file: &ChangedFile) {
        self.has_action |= FileKind::of(&file.path).is_some_and(|kind| kind.action);
        self.has_lock |= FileKind::of(&file.path).is_some_and(|kind| kind.lock);
        self.paths.insert(file.path.clone());
    }

    /// Records a changed file that is no workflow.
    pub(super) fn note_script(&mut self, path: &[u8]) {
        self.has_action |= may_be_followed(path);
    }

    /// Records that a changed file calls a local reusable workflow, or may be one.
    pub(super) fn note_call(&mut self) {
        self.has_call = true;
    }

    /// Returns whether a called workflow may differ from the older trees, or be called for the first time.
    ///
    /// A merge may take the caller from one parent and the called workflow from another.
    pub(super) fn may_affect_calls(&self, older: &Older<Oid>) -> bool {
        self.has_call || self.has_action || older.parents().len() > 1
    }

    /// Returns whether an unchanged workflow may differ in the actions that it uses.
    ///
    /// A merge may take the workflow from one parent and the action from another, and change neither.
    pub(super) fn may_affect_actions(&self, older: &Older<Oid>) -> bool {
        changes(self.has_action, older)
    }

    /// Returns whether an unchanged workflow may differ in the commits that the lock file gives for its actions.
    pub(super) fn may_affect_locks(&self, older: &Older<Oid>) -> bool {
        changes(self.has_lock, older)
    }

    /// Records the paths that the commit removes.
    ///
    /// A removed action signs no longer, nor does one that is now found in another file. A removed lock file pins
    /// no longer.
    pub(super) fn note_removed(&mut self, removed: &RemovedPaths) {
        self.has_action |= removed.may_include(|path, mode| {
            mode == Mode::Tree || FileKind::of(path).is_some_and(|kind| kind.action) || may_be_followed(path)
        });
        self.has_lock |= removed
            .may_include(|path, mode| mode == Mode::Tree || FileKind::of(path).is_some_and(|kind| kind.lock));
    }

    /// Returns the unchanged workflows of the tree.
    ///
    /// This includes those that do not call a changed action: judging them finds nothing new.
    ///
    /// # Errors
    /// Fails when a tree cannot be read.
    pub(super) fn unchanged_workflows(
        &self,
        changes: &mut Changes<'_>,
        tree: Oid,
        older: &Older<Oid>,
    ) -> Result<Vec<ChangedFile>> {
        let older = older.try_map(|tree| {
            let entries = workflows(changes, *tree)?.into_iter().map(|old| (old.path, (Mode::File, old.oid)));
            Ok(entries.collect::<HashMap<BString, (Mode, Oid)>>())
        })?;
        let files = workflows(changes, tree)?.into_iter().filter(|file| !self.paths.contains(&file.path));
        let changed = files.map(|file| ChangedFile {
            older: older.map(|old| old.get(&file.path).copied()),
            path: file.path,
            mode: Mode::File,
            oid: file.oid,
        });
        Ok(changed.collect())
    }
}

/// Returns whether a tree may differ in a file, if that has changed: a merge takes files from each parent.
fn changes(has_changed: bool, older: &Older<Oid>) -> bool {
    match older.parents() {
        [] => false,
        [_] => has_changed,
        _ => true,
    }
}
