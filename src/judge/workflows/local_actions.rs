//! Local actions and scripts of workflows that need them, read from the tree of the workflow.

use std::collections::HashSet;

use super::dependencies::Dependencies;
use crate::error::Result;
use crate::git::Repo;
use crate::policy::Policy;
use crate::rules::{MISSING_SBOM, SCRIPT_INJECTION, UNSIGNED_IMAGE, passes_on};
use crate::text::Span;
use crate::workflow::{Document, Fault, FaultKind, FileKind, LocalAction};

/// Maximum number of local actions that are read for one workflow.
const MAX_ACTIONS: usize = 256;

/// Maximum number of paths at which the scripts of one workflow are looked for. Most words that may be a path are none.
const MAX_PATHS: usize = 1 << 16;

/// Maximum size of all scripts that are read for one workflow, in bytes.
const MAX_TEXT: usize = 16 << 20;

/// Maximum size of a script, in bytes; longer ones are not followed, which a finding about an image says.
const MAX_FILE: u64 = 1 << 20;

/// Rules whose results depend on other files of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct TreeRules {
    /// A rule about images is on.
    pub(super) images: bool,
    /// The rule about scripts is on.
    pub(super) scripts: bool,
}

impl TreeRules {
    /// Returns the rules that a policy turns on.
    pub(super) fn of(policy: &Policy) -> Self {
        let images = [&UNSIGNED_IMAGE.meta, &MISSING_SBOM.meta].iter().any(|rule| policy.is_on(rule));
        Self { images, scripts: policy.is_on(&SCRIPT_INJECTION.meta) }
    }

    /// Returns whether any of them is on.
    pub(super) fn any(self) -> bool {
        self.images || self.scripts
    }
}

/// Adds to each workflow that pushes an image the local actions and scripts that it uses, directly or through others; to one that
/// gives a local action what outsiders write, the local actions.
///
/// An action that is missing or unreadable counts as doing nothing. A workflow that needs more than is read gets a fault.
///
/// # Errors
/// Fails when an object of the tree cannot be read.
pub(super) fn add(
    repo: &Repo,
    dependencies: &mut Dependencies,
    rules: TreeRules,
    documents: &mut [Document],
) -> Result<()> {
    for document in documents {
        let pushes = rules.images && document.pushes_images();
        let may_push = pushes || rules.images && document.may_push_by_make();
        if rules.images && !may_push {
            document.note_no_push();
        }
        if !(may_push || rules.scripts && passes_on(document)) {
            continue;
        }
        let mut wanted = document.model.local_actions();
        if wanted.is_empty() && (!may_push || document.followed_paths().is_empty()) {
            continue;
        }
        if dependencies.tree().is_none() {
            continue;
        }
        let mut seen: HashSet<String> = wanted.iter().cloned().collect();
        let mut at = 0;
        let mut is_cut = false;
        while let Some(uses) = wanted.get(at).cloned() {
            at += 1;
            if document.actions.len() == MAX_ACTIONS || at > MAX_PATHS {
                is_cut = true;
                break;
            }
            let Some(action) = action(repo, dependencies, uses)? else { continue };
            let more = action.model.local_actions().into_iter();
            wanted.extend(more.filter(|uses| seen.insert(uses.clone())));
            document.actions.push(action);
        }
        is_cut |= may_push && add_files(repo, dependencies, document)?;
        if may_push && !pushes && !document.pushes_images() {
            document.note_no_push();
        }
        if is_cut {
            let span = Span { start: 0, end: 0 };
            document.faults.push(Fault { kind: FaultKind::TooManyFiles, span });
        }
    }
    Ok(())
}

/// Adds the scripts, Makefiles and configurations that the steps of a workflow run, directly or through others. Returns
/// true if there are more than are read.
fn add_files(repo: &Repo, dependencies: &mut Dependencies, document: &mut Document) -> Result<bool> {
    let mut wanted = document.followed_paths();
    let mut seen: HashSet<String> = wanted.iter().cloned().collect();
    let (mut at, mut size) = (0, 0);
    while let Some(path) = wanted.get(at).cloned() {
        at += 1;
        if at > MAX_PATHS || size > MAX_TEXT {
            return Ok(true);
        }
        let Some(oid) = dependencies.find_file(repo.store(), path.as_bytes())? else { continue };
        let read = |text: &[u8]| String::from_utf8(text.to_vec()).map_err(|error| error.to_string());
        let Ok(text) = repo.store().parsed_up_to(oid, MAX_FILE, read)? else {
            document.files.note_cut();
            continue;
        };
        size += text.len();
        let more = document.files.add(&path, text);
        wanted.extend(more.into_iter().filter(|path| seen.insert(path.clone())));
    }
    Ok(false)
}

/// Returns the action that a `uses` names; `None` if it is missing or has faults.
fn action(repo: &Repo, dependencies: &mut Dependencies, uses: String) -> Result<Option<LocalAction>> {
    for path in Document::action_files(&uses) {
        let Some(oid) = dependencies.find_file(repo.store(), path.as_bytes())? else { continue };
        let Some(kind) = FileKind::of(path.as_bytes()) else { continue };
        let text = repo.store().blob(oid)?;
        let document = Document::read(&text, kind).pop().filter(|document| document.faults.is_empty());
        return Ok(document.map(|document| LocalAction::new(uses, document.model)));
    }
    Ok(None)
}
