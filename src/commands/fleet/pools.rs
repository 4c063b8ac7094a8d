//! Repositories that share object stores: forks that borrow from a pool or from one another, and what they borrow from.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use crate::file;
use crate::platform;
use crate::text::as_path;

/// Maximum size of a list of object stores that is read, in bytes. Forges write one line.
///
/// Who owns a repository writes its list, and all lists are read before anything is judged.
const MAX_LIST: u64 = 8 << 10;

/// Object stores from which some repository borrows, by their real paths.
#[derive(Debug, Default)]
pub(super) struct Pools(HashSet<PathBuf>);

impl Pools {
    /// Finds the object stores from which repositories borrow. Where that cannot be read, the scan of the repository says so.
    pub(super) fn of<'d>(directories: impl Iterator<Item = &'d Path>) -> Self {
        Self(directories.filter_map(objects).flat_map(|objects| borrowed(&objects)).collect())
    }

    /// Returns whether no repository borrows.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a repository borrows from another one, or lends to one.
    pub(super) fn share(&self, directory: &Path) -> bool {
        !self.is_empty()
            && objects(directory).is_some_and(|objects| {
                self.0.contains(&objects) || borrowed(&objects).iter().any(|store| self.0.contains(store))
            })
    }
}

/// Returns the object store of a repository; a folder `objects` of a work tree is none.
fn objects(directory: &Path) -> Option<PathBuf> {
    let git = directory.join(".git");
    let git = if git.symlink_metadata().is_ok() { git } else { directory.to_owned() };
    platform::real_path(&git.join("objects")).ok()
}

/// Returns the object stores that a store names (gitrepository-layout(5)); empty if the list cannot be read or is long.
fn borrowed(objects: &Path) -> Vec<PathBuf> {
    let list = file::open(&objects.join("info/alternates"));
    let text = list.and_then(|list| file::read_regular(&list, MAX_LIST)).unwrap_or_default();
    text.lines().filter_map(|line| platform::real_path(&objects.join(as_path(line))).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_and_forks_share_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for objects in [
            "pool/objects",
            "fork/objects/info",
            "clone/.git/objects/info",
            "other/.git/objects",
            "other/objects/info",
        ] {
            std::fs::create_dir_all(path(objects)).unwrap();
        }
        let pool = path("pool/objects");
        for list in [
            "fork/objects/info/alternates",
            "clone/.git/objects/info/alternates",
            "other/objects/info/alternates",
        ] {
            std::fs::write(path(list), format!("{}\n", pool.display())).unwrap();
        }
        let all = ["pool", "fork", "clone", "other"].map(path);
        let pools = Pools::of(all.iter().map(|path| &**path));
        assert_eq!(all.map(|path| pools.share(&path)), [true, true, true, false]);
        assert!(!Pools::default().share(&path("fork")));
        let long = format!("{}\n{}", pool.display(), "x\n".repeat(5000));
        std::fs::write(path("fork/objects/info/alternates"), long).unwrap();
        assert!(Pools::of([&*path("fork")].into_iter()).is_empty());
    }
}
