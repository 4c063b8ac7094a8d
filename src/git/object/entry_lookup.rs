//! Lookup of tree entries by name.

use std::collections::HashMap;

use super::tree::{RawEntries, RawEntry, Tree, TreeEntry};

/// Finds entries of a tree by name.
///
/// Lookups in the order of the tree are immediate. Others use an index, which is built on first use:
/// directories may be huge, and malformed trees unsorted.
pub(in crate::git) struct EntryLookup<'t> {
    tree: &'t Tree,
    rest: RawEntries<'t>,
    index: Option<HashMap<&'t [u8], RawEntries<'t>>>,
    skipped: bool,
}

impl<'t> EntryLookup<'t> {
    pub(in crate::git) fn new(tree: &'t Tree) -> Self {
        Self { tree, rest: tree.raw(), index: None, skipped: false }
    }

    /// Skips the next entry if it is identical to this one; returns true if it is.
    ///
    /// This is the whole cost of most entries of two neighbours in history.
    pub(in crate::git) fn pass(&mut self, entry: RawEntry<'_>) -> bool {
        self.rest.pass(entry)
    }

    /// Returns true if the next entry is identical to this one.
    pub(in crate::git) fn is_next(&self, entry: RawEntry<'_>) -> bool {
        self.rest.is_next(entry)
    }

    /// Skips the next entry if it has the name of this one.
    pub(in crate::git) fn pass_name(&mut self, entry: RawEntry<'_>) {
        if let Some(first) = self.rest.first().filter(|first| first.name == entry.name) {
            self.rest.step(first);
        }
    }

    /// Returns the tree.
    pub(in crate::git) fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// Returns true if an entry was not looked up, provided that all lookups were in the order of the tree.
    pub(in crate::git) fn has_skipped(&self) -> bool {
        self.skipped || !self.rest.is_empty()
    }

    /// Returns the first entry with a name.
    pub(in crate::git) fn find(&mut self, name: &[u8]) -> Option<TreeEntry<'t>> {
        if self.rest.first().is_none_or(|first| first.name != name) {
            self.rest = *self.index().get(name)?;
            self.skipped = true;
        }
        self.rest.next().and_then(RawEntry::read)
    }

    /// Returns the index of the first entry of each name.
    fn index(&mut self) -> &HashMap<&'t [u8], RawEntries<'t>> {
        let tree = self.tree;
        self.index.get_or_insert_with(|| {
            let mut index = HashMap::new();
            let mut at = tree.raw();
            while let Some(first) = at.first() {
                index.entry(first.name).or_insert(at);
                at.step(first);
            }
            index
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    #[test]
    fn lookup_finds_the_first_entry_in_any_order() {
        let old = tree(&[("100644", "a"), ("100644", "b"), ("40000", "c"), ("100755", "a")]).unwrap();
        let mut lookup = EntryLookup::new(&old);
        let found = ["a", "c", "new", "b", "c", "a", "z"].map(|name| lookup.find(name.as_bytes()));
        let expected = [Some(0), Some(2), None, Some(1), Some(2), Some(0), None];
        assert_eq!(found, expected.map(|at| at.and_then(|at| old.entries().nth(at))));
    }

    #[test]
    fn entries_not_looked_up_are_noticed() {
        let trees = |names: &str| {
            let modes: Vec<(&str, &str)> = names.split_terminator(' ').map(|name| ("100644", name)).collect();
            tree(&modes).unwrap()
        };
        for (old, new, skipped) in [
            ("", "", false),
            ("", "a", false),
            ("a b c", "a b c", false),
            ("a c", "0 a b c d", false),
            ("a", "", true),
            ("a b", "a", true),
            ("a b", "b", true),
            ("a b c", "a c", true),
            ("a b c", "0 a bb c", true),
            ("a b c", "d", true),
        ] {
            let (old, new) = (trees(old), trees(new));
            // Identical entries are skipped or else found; entries are skipped by name; entries are found.
            for way in 0..3 {
                let mut lookup = EntryLookup::new(&old);
                for entry in new.raw() {
                    match way {
                        0 => drop(lookup.pass(entry) || lookup.find(entry.name).is_some()),
                        1 => lookup.pass_name(entry),
                        _ => drop(lookup.find(entry.name)),
                    }
                }
                assert_eq!(lookup.has_skipped(), skipped, "{old:?} {new:?} {way}");
            }
        }
    }
}
