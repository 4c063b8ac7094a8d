//! Local actions and scripts of workflows that push images, read from the tree of the workflow.

use std::collections::HashSet;

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::workflow::{Document, FileKind, LocalAction};

/// Maximum number of local actions read per workflow.
///
/// Images that are signed only in further actions count as unsigned.
const MAX_ACTIONS: usize = 256;

/// Maximum number of paths at which a script is looked for per workflow. What is signed only in further scripts counts as
/// unsigned, too.
const MAX_FILES: usize = 256;

/// Maximum size of a script, in bytes; longer ones are not followed.
const MAX_FILE: u64 = 1 << 20;

/// Adds to each workflow that pushes an image the local actions and scripts that it uses, directly or through others.
///
/// Returns whether any workflow needs files of the tree. An action that is missing or unreadable counts as doing
/// nothing.
///
/// # Errors
/// Fails when an object of the tree cannot be read.
pub(super) fn add(repo: &Repo, tree: Option<Oid>, documents: &mut [Document]) -> Result<bool> {
    let mut uses_actions = false;
    for document in documents {
        let mut wanted = document.model.local_actions();
        if wanted.is_empty() && document.followed_paths().is_empty() || !document.pushes_images() {
            continue;
        }
        uses_actions = true;
        let Some(tree) = tree else { continue };
        let mut seen: HashSet<String> = wanted.iter().cloned().collect();
        let mut at = 0;
        while let Some(uses) = wanted.get(at).filter(|_| at < MAX_ACTIONS).cloned() {
            at += 1;
            let Some(action) = action(repo, tree, uses)? else { continue };
            let more = action.model.local_actions().into_iter();
            wanted.extend(more.filter(|uses| seen.insert(uses.clone())));
            document.actions.push(action);
        }
        add_files(repo, tree, document)?;
    }
    Ok(uses_actions)
}

/// Adds the scripts, Makefiles and configurations that the steps of a workflow run, directly or through others.
fn add_files(repo: &Repo, tree: Oid, document: &mut Document) -> Result<()> {
    let mut wanted = document.followed_paths();
    let mut seen: HashSet<String> = wanted.iter().cloned().collect();
    let mut at = 0;
    while let Some(path) = wanted.get(at).filter(|_| at < MAX_FILES).cloned() {
        at += 1;
        let Some(oid) = repo.store().find_file(tree, path.as_bytes())? else { continue };
        let read = |text: &[u8]| String::from_utf8(text.to_vec()).map_err(|error| error.to_string());
        let Ok(text) = repo.store().parsed_up_to(oid, MAX_FILE, read)? else { continue };
        let more = document.files.add(&path, text);
        wanted.extend(more.into_iter().filter(|path| seen.insert(path.clone())));
    }
    Ok(())
}

/// Returns the action that a `uses` names; `None` if it is missing or has faults.
fn action(repo: &Repo, tree: Oid, uses: String) -> Result<Option<LocalAction>> {
    for path in Document::action_files(&uses) {
        let Some(text) = repo.store().file_at(tree, path.as_bytes())? else { continue };
        let Some(kind) = FileKind::of(path.as_bytes()) else { continue };
        let document = Document::read(&text, kind).pop().filter(|document| document.faults.is_empty());
        return Ok(document.map(|document| LocalAction::new(uses, document.model)));
    }
    Ok(None)
}
