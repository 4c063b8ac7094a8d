//! Links of other hooks to a hook.

use std::path::{Path, PathBuf};

/// Links that are followed from one file.
const DEPTH: usize = 40;

/// Returns whether another entry of the directory of a hook is a link that leads to the hook, so that what is put
/// there runs for other events, too.
pub(super) fn is_link_target(hook: &Path) -> bool {
    let Some(entries) = hook.parent().and_then(|directory| std::fs::read_dir(directory).ok()) else {
        return false;
    };
    entries.flatten().map(|entry| entry.path()).any(|path| path != hook && leads_to(path, hook))
}

/// Returns whether a path is a link that leads to another path, perhaps through other links.
fn leads_to(mut path: PathBuf, hook: &Path) -> bool {
    let place = |path: &Path| Some((path.parent()?.canonicalize().ok()?, path.file_name()?.to_owned()));
    let Some(hook) = place(hook) else { return false };
    for _ in 0..DEPTH {
        let Ok(target) = path.read_link() else { return false };
        path = path.with_file_name("").join(target);
        if place(&path).as_ref() == Some(&hook) {
            return true;
        }
    }
    false
}
