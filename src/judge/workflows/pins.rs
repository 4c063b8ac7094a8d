//! Conflicting pins: an added pin whose version has another oid elsewhere in the tree.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::reading::{Reading, Readings};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Repo, TreeEntry};
use crate::judge::multiset::Multiset;
use crate::report::WorkflowProblem;
use crate::rules::pin_conflict;
use crate::text::lossless;
use crate::workflow::LabelledPin;

/// Folders whose files are compared. Looking for every `action.yml` would require a walk of the whole tree.
const FOLDERS: &[&str] = &[".github/workflows", ".github/actions", ".gitea", ".forgejo"];

/// Pins that a commit adds.
#[derive(Default)]
pub(super) struct AddedPins(Vec<AddedPin>);

/// Pin that a commit adds.
pub(super) struct AddedPin {
    /// Path of the file.
    pub(super) path: BString,
    /// Blob of the file.
    pub(super) blob: Oid,
    /// Reading of the file.
    pub(super) reading: Arc<Reading>,
    /// The pin itself.
    pub(super) pin: LabelledPin,
}

impl AddedPins {
    /// Records the pins of a file that no parent's version of it has.
    pub(super) fn note(&mut self, file: &ChangedFile, new: &Arc<Reading>, parents: &[Arc<Reading>]) {
        let mut known = Multiset::default();
        for parent in parents {
            known.raise_to(parent.pins.iter().map(likeness).collect());
        }
        for pin in new.pins.iter().filter(|pin| !known.take(&likeness(pin))) {
            let (path, reading, pin) = (file.path.clone(), Arc::clone(new), pin.clone());
            self.0.push(AddedPin { path, blob: file.oid, reading, pin });
        }
    }

    /// Compares the pins with those of the whole tree, and returns those whose version has another oid.
    ///
    /// If added pins contradict each other, the first one is taken to be right.
    ///
    /// # Errors
    /// Fails when a tree or a file cannot be read.
    pub(super) fn conflicts(
        self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        tree: Oid,
        readings: &mut Readings<'_>,
    ) -> Result<Vec<(AddedPin, WorkflowProblem)>> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let believed = self.believed(repo, changes, tree, readings)?;
        let contradicted = |added: AddedPin| {
            let first = believed.get(&version(&added.pin)).filter(|first| first.oid != added.pin.oid)?;
            let problem = pin_conflict(&added.pin, &first.oid, &first.place);
            Some((added, problem))
        };
        Ok(self.0.into_iter().filter_map(contradicted).collect())
    }

    /// Returns the oid of each version: of a pin that the tree had before, else of the first added pin.
    fn believed(
        &self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        tree: Oid,
        readings: &mut Readings<'_>,
    ) -> Result<HashMap<(String, String), Believed>> {
        let added: HashMap<(&BString, usize), ()> =
            self.0.iter().map(|added| ((&added.path, added.pin.span.start), ())).collect();
        let mut old = HashMap::new();
        let mut new = HashMap::new();
        for (path, oid) in workflow_files(changes, tree)? {
            let Some(reading) = readings.read(repo, &path, (Mode::File, oid), Some(tree))? else { continue };
            for pin in &reading.pins {
                let pins = if added.contains_key(&(&path, pin.span.start)) { &mut new } else { &mut old };
                pins.entry(version(pin)).or_insert_with(|| Believed::new(pin, &path, &reading.text));
            }
        }
        new.extend(old);
        Ok(new)
    }
}

/// Oid of a version, and the `path:line` of its pin.
struct Believed {
    oid: String,
    place: String,
}

impl Believed {
    fn new(pin: &LabelledPin, path: &BString, text: &[u8]) -> Self {
        Self { oid: pin.oid.clone(), place: format!("{}:{}", lossless(path), pin.span.position(text).0) }
    }
}

fn version(pin: &LabelledPin) -> (String, String) {
    (pin.repository.clone(), pin.version.clone())
}

/// Returns the comparison key of a pin: equal keys in two versions of a file mean the same pin.
fn likeness(pin: &LabelledPin) -> (String, String, String) {
    (pin.repository.clone(), pin.version.clone(), pin.oid.clone())
}

/// Returns the files in the folders of workflows and local actions, and the action at the root.
fn workflow_files(changes: &mut Changes<'_>, tree: Oid) -> Result<Vec<(BString, Oid)>> {
    let mut files = Vec::new();
    let root = changes.tree(tree)?;
    for name in ["action.yml", "action.yaml"] {
        let entry = root.get(name.as_bytes()).filter(|entry| entry.mode == Mode::File);
        files.extend(entry.map(|entry| (name.into(), entry.oid)));
    }
    for folder in FOLDERS {
        if let Some(oid) = folder_at(changes, tree, folder)? {
            changes.all(oid, &mut |file| {
                let path = [folder.as_bytes(), b"/", file.path.as_bytes()].concat();
                files.extend((file.mode == Mode::File).then(|| (path.into(), file.oid)));
                Ok(())
            })?;
        }
    }
    Ok(files)
}

/// Returns the tree of a folder; `None` if there is no such folder.
pub(super) fn folder_at(changes: &mut Changes<'_>, tree: Oid, path: &str) -> Result<Option<Oid>> {
    let mut at = tree;
    for name in path.split('/') {
        match changes.tree(at)?.get(name.as_bytes()) {
            Some(TreeEntry { mode: Mode::Tree, oid, .. }) => at = oid,
            _ => return Ok(None),
        }
    }
    Ok(Some(at))
}
