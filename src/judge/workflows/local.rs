//! The local actions of a workflow that pushes images, looked up in the tree in which it stands.

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::workflow::{Document, LocalAction, scope};

/// More actions than this are not looked up; what they would sign counts as unsigned.
const MAX_ACTIONS: usize = 256;

/// Adds to each workflow that pushes an image the local actions that it uses, and those that they use. Returns whether
/// anything was looked for. An action that is not found, or cannot be read, does nothing.
///
/// # Errors
/// Fails when an object of the tree cannot be read.
pub(super) fn add_actions(repo: &Repo, tree: Option<Oid>, documents: &mut [Document]) -> Result<bool> {
    let mut looked = false;
    for document in documents {
        let mut wanted = document.model.local_actions();
        if wanted.is_empty() || !document.pushes_images() {
            continue;
        }
        looked = true;
        let Some(tree) = tree else { continue };
        let mut at = 0;
        while let Some(uses) = wanted.get(at).filter(|_| at < MAX_ACTIONS).cloned() {
            at += 1;
            let Some(action) = action(repo, tree, uses)? else { continue };
            for uses in action.model.local_actions() {
                if !wanted.contains(&uses) {
                    wanted.push(uses);
                }
            }
            document.actions.push(action);
        }
    }
    Ok(looked)
}

/// The action that a `uses` names. One that cannot be read for sure does nothing.
fn action(repo: &Repo, tree: Oid, uses: String) -> Result<Option<LocalAction>> {
    for path in Document::action_files(&uses) {
        let Some(text) = repo.file_at(tree, path.as_bytes())? else { continue };
        let Some(scope) = scope(path.as_bytes()) else { continue };
        let document = Document::read(&text, scope).pop().filter(|document| document.faults.is_empty());
        return Ok(document.map(|document| LocalAction::new(uses, document.model)));
    }
    Ok(None)
}
