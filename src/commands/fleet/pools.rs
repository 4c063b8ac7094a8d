//! Repositories that share object stores: forks that borrow from a pool or from one another, and what they borrow from.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::git::with_alternates;
use crate::platform;

/// Object stores from which some repository borrows, by their real paths.
#[derive(Debug, Default)]
pub(super) struct Pools(HashSet<PathBuf>);

impl Pools {
    /// Finds the object stores from which repositories borrow. Where that cannot be read, the scan of the repository says so.
    pub(super) fn of<'d>(directories: impl Iterator<Item = &'d Path>) -> Self {
        Self(directories.flat_map(|directory| stores(directory).into_iter().skip(1)).collect())
    }

    /// Returns whether a repository borrows from another one, or lends to one.
    pub(super) fn share(&self, directory: &Path) -> bool {
        !self.0.is_empty() && stores(directory).iter().any(|store| self.0.contains(store))
    }
}

/// Returns the object stores of a repository, its own first; empty if they cannot be read.
fn stores(directory: &Path) -> Vec<PathBuf> {
    let own = ["objects", ".git/objects"].map(|objects| directory.join(objects));
    let own = own.into_iter().find(|objects| objects.is_dir());
    let stores = own.and_then(|own| with_alternates(own).ok()).unwrap_or_default();
    stores.iter().filter_map(|store| platform::real_path(store).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_and_forks_share_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for objects in ["pool/objects", "fork/objects/info", "clone/.git/objects/info", "other/objects"] {
            std::fs::create_dir_all(path(objects)).unwrap();
        }
        let pool = path("pool/objects");
        for list in ["fork/objects/info/alternates", "clone/.git/objects/info/alternates"] {
            std::fs::write(path(list), format!("{}\n", pool.display())).unwrap();
        }
        let all = ["pool", "fork", "clone", "other"].map(path);
        let pools = Pools::of(all.iter().map(|path| &**path));
        assert_eq!(all.map(|path| pools.share(&path)), [true, true, true, false]);
        assert!(!Pools::default().share(&path("fork")));
    }
}
