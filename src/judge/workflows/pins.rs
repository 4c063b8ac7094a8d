//! Conflicting pins: an added pin whose version has another oid elsewhere in the tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::{BString, ByteSlice as _};

use super::version::{FileVersion, OlderVersion, Role};
use super::version_cache::VersionCache;
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Older, Repo, TreeEntry};
use crate::judge::multiset::{Known, Novelty};
use crate::report::{RuleMeta, WorkflowProblem};
use crate::rules::{MISMATCHED_LOCK, UNLABELLED_PIN, lock_conflict, pin_conflict};
use crate::text::lossless;
use crate::workflow::{LOCK_PATH, LabelledPin};

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
    /// Version of the file.
    pub(super) version: Arc<FileVersion>,
    /// The pin itself.
    pub(super) pin: LabelledPin,
    /// Novelty of the pin in the file.
    novelty: Novelty,
}

impl AddedPins {
    /// Records the pins of a file that are not known from older versions of it.
    pub(super) fn note(&mut self, file: &ChangedFile, new: &Arc<FileVersion>, older: &Older<OlderVersion>) {
        let pins = older.map(|version| version.file().into_iter().flat_map(|file| &file.pins));
        let mut known = Known::of(&pins.map(|pins| pins.clone().map(pin_key).collect()));
        for pin in &new.pins {
            let novelty = known.take(&pin_key(pin));
            if novelty != Novelty::Known {
                let (path, version, pin) = (file.path.clone(), Arc::clone(new), pin.clone());
                self.0.push(AddedPin { path, blob: file.oid, version, pin, novelty });
            }
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
        versions: &mut VersionCache<'_>,
    ) -> Result<Vec<(AddedPin, &'static RuleMeta, WorkflowProblem)>> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known_oids(repo, changes, tree, versions)?;
        let contradicted = |added: AddedPin| {
            let first = known.get(&release(&added.pin)).filter(|first| first.oid != added.pin.oid)?;
            let (rule, mut problem) = match added.path == LOCK_PATH || first.path == LOCK_PATH {
                true => (&MISMATCHED_LOCK.meta, lock_conflict(&added.pin, &first.oid, &first.place())),
                false => (&UNLABELLED_PIN.meta, pin_conflict(&added.pin, &first.oid, &first.place())),
            };
            problem.notes.extend(added.novelty.note());
            Some((added, rule, problem))
        };
        Ok(self.0.into_iter().filter_map(contradicted).collect())
    }

    /// Returns the oid of each version: of a pin that the tree had before, else of the first added pin.
    fn known_oids(
        &self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        tree: Oid,
        versions: &mut VersionCache<'_>,
    ) -> Result<HashMap<(String, String), KnownOid>> {
        let added: HashSet<(&BString, usize)> =
            self.0.iter().map(|added| (&added.path, added.pin.span.start)).collect();
        let mut old = HashMap::new();
        let mut new = HashMap::new();
        for (path, oid) in workflow_files(changes, tree)? {
            let Some(version) = versions.read(repo, &path, (Mode::File, oid), Some(tree), Role::Found)?
            else {
                continue;
            };
            for pin in &version.pins {
                let pins = if added.contains(&(&path, pin.span.start)) { &mut new } else { &mut old };
                pins.entry(release(pin)).or_insert_with(|| KnownOid::new(pin, &path, &version.text));
            }
        }
        new.extend(old);
        Ok(new)
    }
}

/// Oid of a version, and the place of its pin.
struct KnownOid {
    oid: String,
    path: BString,
    line: u32,
}

impl KnownOid {
    fn new(pin: &LabelledPin, path: &BString, text: &[u8]) -> Self {
        Self { oid: pin.oid.clone(), path: path.clone(), line: pin.span.position(text).0 }
    }

    /// Returns the path and the line of the pin.
    fn place(&self) -> String {
        format!("{}:{}", lossless(&self.path), self.line)
    }
}

/// Returns the repository and the version of a pin.
fn release(pin: &LabelledPin) -> (String, String) {
    (pin.repository.clone(), pin.version.clone())
}

/// Returns the comparison key of a pin: equal keys in two versions of a file mean the same pin.
fn pin_key(pin: &LabelledPin) -> (String, String, String) {
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
fn folder_at(changes: &mut Changes<'_>, tree: Oid, path: &str) -> Result<Option<Oid>> {
    let mut at = tree;
    for name in path.split('/') {
        match changes.tree(at)?.get(name.as_bytes()) {
            Some(TreeEntry { mode: Mode::Tree, oid, .. }) => at = oid,
            _ => return Ok(None),
        }
    }
    Ok(Some(at))
}
