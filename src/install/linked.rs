//! Links of other hooks to a hook.

use std::path::{Path, PathBuf};

use super::shim::KEPT;
use crate::platform;

/// Links that are followed from one file.
const DEPTH: usize = 40;

/// Returns whether another entry of the directory of a hook is a link that leads to the hook, so that what is put
/// there runs for other events, too.
pub(super) fn is_link_target(hook: &Path) -> bool {
    !all_links_to(hook).is_empty()
}

/// Returns the links that lead to a hook from its directory, or from the folders in it; the hook need not exist.
///
/// Hooks that we keep under another name are left out: git does not run them.
pub(super) fn links_to(hook: &Path) -> Vec<PathBuf> {
    let is_kept = |path: &PathBuf| path.extension().is_some_and(|word| word == KEPT);
    all_links_to(hook).into_iter().filter(|path| !is_kept(path)).collect()
}

/// Returns the links that lead to a hook, also those that we keep under another name and run for their event.
fn all_links_to(hook: &Path) -> Vec<PathBuf> {
    let Some(directory) = hook.parent() else { return Vec::new() };
    let folders = entries(directory).filter(|path| path.is_dir() && !path.is_symlink());
    let inner: Vec<PathBuf> = folders.flat_map(|folder| entries(&folder)).collect();
    let mut links: Vec<PathBuf> =
        entries(directory).chain(inner).filter(|path| path != hook && leads_to(path.clone(), hook)).collect();
    links.sort();
    links
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Returns whether a path is a link that leads to another path, perhaps through other links.
fn leads_to(mut path: PathBuf, hook: &Path) -> bool {
    let place = |path: &Path| Some((platform::real_path(path.parent()?).ok()?, path.file_name()?.to_owned()));
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
