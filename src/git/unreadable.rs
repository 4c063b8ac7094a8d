//! Objects that cannot be read, in trees that are not judged because something else could not be read.

use bstr::BString;

use super::diff::Changes;
use super::{Mode, Oid};
use crate::error::Error;

impl Changes<'_> {
    /// Returns the path and the error of each object of a tree that cannot be read.
    ///
    /// Each object is read once by one walker, whatever trees have it.
    pub(crate) fn unreadable(&mut self, tree: Oid, path: &[u8]) -> Vec<(BString, Error)> {
        let (mut found, mut left) = (Vec::new(), vec![(BString::from(path), Mode::Tree, tree)]);
        while let Some((path, mode, oid)) = left.pop() {
            if mode == Mode::Submodule || !self.tried.insert(oid) {
                continue;
            }
            let read = match mode {
                Mode::Tree => self.tree(oid).map(|tree| {
                    for entry in tree.entries() {
                        let mut path = path.clone();
                        path.extend_from_slice(entry.name);
                        path.extend((entry.mode == Mode::Tree).then_some(b'/'));
                        left.push((path, entry.mode, entry.oid));
                    }
                }),
                Mode::File | Mode::Symlink | Mode::Submodule => self.store.check_blob(oid),
            };
            found.extend(read.err().map(|error| (path, error)));
        }
        found
    }
}
