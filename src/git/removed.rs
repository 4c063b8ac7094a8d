//! Entries of older trees that a newer tree lacks.

use bstr::{BStr, BString};

use super::object::entry_lookup::EntryLookup;
use super::{Mode, Tree, TreeEntry};

/// Maximum size of the list of removed paths, in bytes.
///
/// Each path counts 64 bytes more than its length. A few trees that are emptied many times over would
/// otherwise fill the memory.
const MAX_SIZE: usize = 1 << 20;

/// Paths of older trees that a newer tree lacks, or has as another kind: a directory in place of a file, or the
/// reverse. A removed directory is listed by its own path only.
#[derive(Debug, Default)]
pub(crate) struct RemovedPaths {
    paths: Vec<(BString, Mode)>,
    size: usize,
    /// True if there were too many to list.
    is_cut: bool,
}

impl RemovedPaths {
    /// Returns true if any removed path, with its old mode, fulfils a condition, or if there are too many to
    /// tell.
    pub(crate) fn may_include(&self, condition: impl Fn(&BStr, Mode) -> bool) -> bool {
        self.is_cut || self.paths.iter().any(|(path, mode)| condition(path.as_ref(), *mode))
    }

    /// Adds the entries of an older directory whose names no longer exist.
    pub(super) fn add_names(&mut self, directory: &BStr, now: &Tree, old: &Tree) {
        let mut now = EntryLookup::new(now);
        let mut removed = old.entries().filter(|entry| now.find(entry.name).is_none());
        while !self.is_cut
            && let Some(entry) = removed.next()
        {
            self.add(directory, entry);
        }
    }

    /// Adds the older entries of a name that was a file and is a directory now, or the reverse.
    pub(super) fn add_kinds(
        &mut self,
        directory: &BStr,
        now: TreeEntry<'_>,
        before: &[Option<TreeEntry<'_>>],
    ) {
        let is_tree = |entry: &TreeEntry<'_>| entry.mode == Mode::Tree;
        let others = before.iter().flatten().filter(|old| is_tree(old) != is_tree(&now));
        others.for_each(|old| self.add(directory, *old));
    }

    fn add(&mut self, directory: &BStr, entry: TreeEntry<'_>) {
        self.size = self.size.saturating_add(64 + directory.len() + entry.name.len());
        self.is_cut |= self.size > MAX_SIZE;
        if !self.is_cut {
            self.paths.push(([directory, entry.name].map(AsRef::<[u8]>::as_ref).concat().into(), entry.mode));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Oid;

    fn tree(names: impl Iterator<Item = String>) -> Tree {
        let oid = Oid::from_hex(&[b'1'; 40]).unwrap();
        let entries = names.map(|name| [b"100644 ", name.as_bytes(), b"\0", oid.as_bytes()].concat());
        Tree::parse(oid, &entries.collect::<Vec<_>>().concat()).unwrap()
    }

    #[test]
    fn a_list_that_is_cut_may_include_anything() {
        let mut removed = RemovedPaths::default();
        assert!(!removed.may_include(|_, _| true));
        removed.add_names("d/".into(), &tree(std::iter::empty()), &tree(["a".to_owned()].into_iter()));
        assert!(removed.may_include(|path, mode| path == "d/a" && mode == Mode::File));
        assert!(!removed.may_include(|path, _| path == "d/b"));
        let many = tree((0..20_000).map(|number| format!("{number:05}")));
        removed.add_names("d/".into(), &tree(std::iter::empty()), &many);
        assert!(removed.may_include(|_, _| false));
    }
}
