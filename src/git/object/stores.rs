//! Object stores of a repository: its own, and those that it borrows from.

use std::path::PathBuf;

use bstr::ByteSlice as _;

use crate::error::{Error, Result};
use crate::text::as_path;

/// Maximum number of object stores that are followed through `info/alternates`. git follows five levels.
const MAX_STORES: usize = 64;

/// Returns an object store and those that it names in `info/alternates` (gitrepository-layout(5)).
///
/// # Errors
/// Fails when a list of stores cannot be read, is too long, or quotes a path.
pub(in crate::git) fn with_alternates(first: PathBuf) -> Result<Vec<PathBuf>> {
    let mut stores = vec![first];
    let mut at = 0;
    while let Some(store) = stores.get(at).cloned() {
        at += 1;
        let text = match std::fs::read(store.join("info/alternates")) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("cannot read the list of alternate object stores", error)),
        };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            if line.starts_with(b"\"") || stores.len() >= MAX_STORES {
                return Err(Error::git("the list of alternate object stores is too long, or quotes a path"));
            }
            let other = store.join(as_path(line));
            if other.is_dir() && !stores.contains(&other) {
                stores.push(other);
            }
        }
    }
    Ok(stores)
}
