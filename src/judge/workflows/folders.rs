//! Folders in which forges look for workflows.

use bstr::BString;

use crate::error::Result;
use crate::git::{Changes, Mode, Oid};
use crate::workflow::FileKind;

/// Workflow of a tree, at a path where a forge looks for it.
#[derive(Debug, Clone)]
pub(super) struct WorkflowEntry {
    /// Path from the root of the tree.
    pub(super) path: BString,
    /// Blob of the file.
    pub(super) oid: Oid,
    /// Kind of the file, by its path.
    pub(super) kind: FileKind,
}

/// Returns the workflows of a tree.
///
/// # Errors
/// Fails when a tree cannot be read.
pub(super) fn workflows(changes: &mut Changes<'_>, tree: Oid) -> Result<Vec<WorkflowEntry>> {
    let mut found = Vec::new();
    for (forge, below) in subtrees(changes, tree, b"", &[b".github", b".gitea", b".forgejo"])? {
        for (folder, oid) in subtrees(changes, below, &forge, &[b"workflows"])? {
            if forge.eq_ignore_ascii_case(b".github") {
                let files = changes.tree(oid)?;
                let files = files.entries().filter(|entry| entry.mode == Mode::File);
                files.for_each(|entry| add(&mut found, &folder, entry.name, entry.oid));
                continue;
            }
            changes.all(oid, &mut |file| {
                if file.mode == Mode::File {
                    add(&mut found, &folder, &file.path, file.oid);
                }
                Ok(())
            })?;
        }
    }
    Ok(found)
}

/// Returns the directories of a tree that have one of the names, which are compared without case.
fn subtrees(
    changes: &mut Changes<'_>,
    tree: Oid,
    path: &[u8],
    names: &[&[u8]],
) -> Result<Vec<(BString, Oid)>> {
    let tree = changes.tree(tree)?;
    let is_named = |name: &[u8]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let found = tree.entries().filter(|entry| entry.mode == Mode::Tree && is_named(entry.name));
    Ok(found.map(|entry| (joined(path, entry.name), entry.oid)).collect())
}

fn add(found: &mut Vec<WorkflowEntry>, folder: &[u8], name: &[u8], oid: Oid) {
    let path = joined(folder, name);
    let kind = FileKind::of(&path).filter(|kind| kind.workflow);
    found.extend(kind.map(|kind| WorkflowEntry { path, oid, kind }));
}

/// Returns the path of an entry of a directory, which is empty for the root of the tree.
pub(super) fn joined(directory: &[u8], name: &[u8]) -> BString {
    let slash: &[u8] = if directory.is_empty() { b"" } else { b"/" };
    [directory, slash, name].concat().into()
}
