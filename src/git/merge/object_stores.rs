//! Object stores of the judged repository, as the scratch repository reads them.

use std::ffi::OsString;
use std::path::Path;

use crate::env;
use crate::error::{Error, Result};
use crate::git::object::stores::{own_store, with_alternates};
use crate::platform;

/// Returns the object stores of a repository, as the value of `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
///
/// In a push these are the stores themselves. Else they are views of them in `directory`, without the
/// directory `info`: a commit-graph in it may contain other parents than the commits themselves. Where the system makes
/// no links, they are the stores, and the scratch repository does not use commit-graphs.
pub(super) fn alternates(common_dir: &Path, directory: &Path) -> Result<OsString> {
    let objects = own_store(common_dir);
    let objects =
        std::path::absolute(objects).map_err(|error| Error::io("cannot find the object store", error))?;
    let mut alternates = OsString::new();
    if env::git_variable("GIT_QUARANTINE_PATH").is_some() || !platform::ISOLATES_STORES {
        alternates.push(quoted(&objects));
    } else {
        for (number, store) in with_alternates(objects)?.iter().enumerate() {
            let view = directory.join(format!("store-{number}"));
            link(store, &view).map_err(|error| Error::io("cannot read the object store", error))?;
            alternates.push(if number == 0 { "" } else { platform::LIST_SEPARATOR });
            alternates.push(quoted(&view));
        }
    }
    if let Some(others) = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
        alternates.push(platform::LIST_SEPARATOR);
        alternates.push(others);
    }
    Ok(alternates)
}

/// Creates a directory with links to all that is in an object store but `info`.
fn link(store: &Path, view: &Path) -> std::io::Result<()> {
    std::fs::create_dir(view)?;
    for entry in std::fs::read_dir(store)? {
        let name = entry?.file_name();
        if name != "info" {
            platform::link(&store.join(&name), &view.join(&name))?;
        }
    }
    Ok(())
}

/// Quotes a path for a list (git(1), `GIT_ALTERNATE_OBJECT_DIRECTORIES`).
fn quoted(path: &Path) -> OsString {
    let text = path.to_string_lossy();
    if !text.contains(platform::LIST_SEPARATOR) && !text.contains(['"', '\\']) {
        return path.as_os_str().to_owned();
    }
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")).into()
}
