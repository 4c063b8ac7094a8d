//! Local reusable workflows outside the folders of workflows: the files that the `uses` of jobs name.
//!
//! Gitea, Forgejo and local runners find them anywhere in the tree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use bstr::{BString, ByteSlice as _};

use super::folders::{WorkflowEntry, joined, workflows};
use crate::error::Result;
use crate::git::{ChangedFile, Changes, Mode, Oid, Repo};
use crate::workflow::{Document, FileKind};

/// Maximum number of reusable workflows that are followed per tree; more are refused.
const MAX_CALLED: usize = 256;

/// Maximum number of paths outside these folders that are looked up per tree.
const MAX_ASKED: usize = 1024;

/// Maximum number of files whose calls are remembered.
const MAX_KEPT: usize = 1 << 16;

/// Reusable workflows that the workflows of a tree call, directly or through others.
#[derive(Default)]
pub(super) struct CalledWorkflows {
    /// Mode and object by path. A link or a submodule on the way to a workflow has its own path.
    pub(super) files: BTreeMap<BString, Called>,
    /// Workflow at which the maximum was reached.
    pub(super) cut_at: Option<WorkflowEntry>,
}

/// Reusable workflow that is called.
pub(super) struct Called {
    pub(super) mode: Mode,
    pub(super) oid: Oid,
    /// Path of a workflow that calls it.
    pub(super) caller: BString,
}

impl CalledWorkflows {
    /// Returns the entry at a path.
    pub(super) fn entry(&self, path: &BString) -> Option<(Mode, Oid)> {
        self.files.get(path).map(|called| (called.mode, called.oid))
    }
}

/// Finds the reusable workflows of trees, and remembers what each file calls.
#[derive(Default)]
pub(super) struct CallFinder {
    calls: HashMap<(Oid, FileKind), Rc<[String]>>,
}

impl CallFinder {
    /// Returns the reusable workflows of a tree outside the folders of workflows.
    ///
    /// # Errors
    /// Fails when a tree or a workflow cannot be read.
    pub(super) fn find(
        &mut self,
        repo: &Repo,
        changes: &mut Changes<'_>,
        tree: Oid,
    ) -> Result<CalledWorkflows> {
        let mut found = CalledWorkflows::default();
        let mut waiting = workflows(changes, tree)?;
        let mut asked = HashSet::new();
        while let Some(caller) = waiting.pop() {
            for call in self.calls(repo, &caller)?.iter() {
                if is_found_anyway(call.as_bytes()) || !asked.insert(call.clone()) {
                    continue;
                }
                let files = resolved(changes, tree, call.as_bytes())?;
                if found.files.len() + files.len() > MAX_CALLED || asked.len() > MAX_ASKED {
                    found.cut_at = Some(caller);
                    return Ok(found);
                }
                for (path, mode, oid) in files {
                    if is_found_anyway(&path) || found.files.contains_key(&path) {
                        continue;
                    }
                    if mode == Mode::File {
                        waiting.push(WorkflowEntry { path: path.clone(), oid, kind: FileKind::CALLED });
                    }
                    found.files.insert(path, Called { mode, oid, caller: caller.path.clone() });
                }
            }
        }
        Ok(found)
    }

    /// Remembers the paths that a workflow calls, which has been read.
    pub(super) fn learn(&mut self, oid: Oid, kind: FileKind, calls: &[String]) {
        if self.calls.len() >= MAX_KEPT {
            self.calls.clear();
        }
        self.calls.entry((oid, kind)).or_insert_with(|| calls.into());
    }

    /// Returns the paths that a workflow calls.
    fn calls(&mut self, repo: &Repo, file: &WorkflowEntry) -> Result<Rc<[String]>> {
        let key = (file.oid, file.kind);
        if let Some(calls) = self.calls.get(&key) {
            return Ok(Rc::clone(calls));
        }
        let text = repo.store().blob(file.oid)?;
        let calls: Rc<[String]> = match may_call(&text) {
            true => calls(&Document::read(&text, file.kind)).into(),
            false => Rc::default(),
        };
        self.learn(file.oid, file.kind, &calls);
        Ok(calls)
    }
}

/// Returns whether a path is in a folder of workflows.
fn is_found_anyway(path: &[u8]) -> bool {
    FileKind::of(path).is_some_and(|kind| kind.workflow)
}

/// Returns the paths that a file calls, read in every way.
pub(super) fn calls(documents: &[Document]) -> Vec<String> {
    let mut calls: Vec<String> =
        documents.iter().flat_map(|document| document.model.called_workflows()).collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

/// Returns whether a text may contain a local path; an escape can spell one, and UTF-16 has a NUL in it.
fn may_call(text: &[u8]) -> bool {
    text.find_byteset(b"\\\0").is_some() || text.contains_str("./") || text.contains_str("$/")
}

/// Returns whether a changed file may be a reusable workflow outside of the folders of workflows, or lead to one.
///
/// Only its name is looked at: YAML has many ways to spell the key of a workflow.
pub(super) fn may_be_called(file: &ChangedFile) -> bool {
    file.mode != Mode::File || may_be_called_by_name(&file.path) && !is_found_anyway(&file.path)
}

/// Returns whether a workflow may call a file of this name.
pub(in crate::judge) fn may_be_called_by_name(name: &[u8]) -> bool {
    [&b".yml"[..], b".yaml"].iter().any(|end| {
        let (_, last) = name.split_at(name.len().saturating_sub(end.len()));
        last.eq_ignore_ascii_case(end)
    })
}

/// Returns the files at a path of a tree, which is compared without case, as a runner's file system may do.
///
/// A link or a submodule on the way stands for what is below it. More files than are followed are never
/// complete: names that differ only in case can multiply.
fn resolved(changes: &mut Changes<'_>, tree: Oid, path: &[u8]) -> Result<Vec<(BString, Mode, Oid)>> {
    let (mut found, mut directories) = (Vec::new(), vec![(BString::default(), tree)]);
    let mut parts = path.split_str("/").peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let mut below = Vec::new();
        for (directory, oid) in directories {
            let tree = changes.tree(oid)?;
            for entry in tree.entries().filter(|entry| entry.name.eq_ignore_ascii_case(part)) {
                let path = joined(&directory, entry.name);
                if found.len() + below.len() > MAX_CALLED {
                    return Ok(found
                        .into_iter()
                        .chain(below.into_iter().map(|(path, oid)| (path, Mode::Tree, oid)))
                        .collect());
                }
                match entry.mode {
                    Mode::Tree => below.push((path, entry.oid)),
                    Mode::File if !is_last => {}
                    mode => found.push((path, mode, entry.oid)),
                }
            }
        }
        directories = below;
    }
    Ok(found)
}
