//! Object stores of a repository: its own, and those that it borrows from.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use crate::env;
use crate::error::{Error, Result};
use crate::file;
use crate::text::{as_path, escape_path};

/// Maximum number of object stores that are followed through `info/alternates`. git follows five levels.
const MAX_STORES: usize = 1024;

/// Maximum size in bytes of a list of object stores.
const MAX_LIST: u64 = 1 << 20;

/// Returns the object store of a repository into which git writes: in a push, that is the quarantine.
pub(in crate::git) fn own_store(common_dir: &Path) -> PathBuf {
    env::git_variable("GIT_OBJECT_DIRECTORY").map_or_else(|| common_dir.join("objects"), PathBuf::from)
}

/// Returns an object store and those that it names in `info/alternates` (gitrepository-layout(5)).
///
/// # Errors
/// Fails when a list of stores cannot be read, is too long, or quotes a path.
pub(in crate::git) fn with_alternates(first: PathBuf) -> Result<Vec<PathBuf>> {
    let mut stores = vec![first];
    let mut at = 0;
    while let Some(store) = stores.get(at).cloned() {
        at += 1;
        let list = store.join("info/alternates");
        let text = match file::open(&list).and_then(|list| file::read_regular(&list, MAX_LIST)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("cannot read the list of alternate object stores", error)),
        };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            if line.starts_with(b"\"") {
                let list = escape_path(&store.join("info/alternates"));
                return Err(
                    Error::git(format!("{list} names a quoted path")).hinted("write the path without quotes")
                );
            }
            if stores.len() >= MAX_STORES {
                return Err(Error::git(format!(
                    "the repository borrows from more than {MAX_STORES} object stores"
                ))
                .hinted("copy what it needs of them: `git repack -ad`"));
            }
            let other = store.join(as_path(line));
            if other.is_dir() && !stores.contains(&other) {
                stores.push(other);
            }
        }
    }
    Ok(stores)
}
