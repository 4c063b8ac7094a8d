//! Lookup of tree entries by name.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Number of lookups in a tree for which its entries are read one by one.
const MAX_WALKS: usize = 4;

/// Minimum size in bytes of a tree for which more lookups use an index.
const MIN_INDEXED: usize = 2048;

/// Tree in which names are looked up again and again.
pub(crate) struct IndexedTree {
    tree: Tree,
    lookups: AtomicUsize,
    /// Offset of the first entry of each name.
    index: OnceLock<HashMap<Box<[u8]>, usize>>,
}

impl From<Tree> for IndexedTree {
    fn from(tree: Tree) -> Self {
        Self { tree, lookups: AtomicUsize::new(0), index: OnceLock::new() }
    }
}

impl IndexedTree {
    /// Returns the tree.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Returns the first entry with a name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<TreeEntry<'_>> {
        if self.tree.size() < MIN_INDEXED || self.lookups.fetch_add(1, Ordering::Relaxed) < MAX_WALKS {
            return self.tree.get(name);
        }
        let index = self.index.get_or_init(|| {
            let (mut index, mut at) = (HashMap::new(), self.tree.raw());
            while let Some(first) = at.first() {
                index.entry(first.name.into()).or_insert(self.tree.size() - at.len());
                at.step(first);
            }
            index
        });
        self.tree.raw_from(*index.get(name)?).next().and_then(RawEntry::read)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;
    use crate::git::Oid;

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

    #[test]
    fn indexed_tree_has_the_first_entry_of_each_name() {
        let (one, other) = ([1; 20], [2; 20]);
        let mut data = Vec::new();
        for number in 0..100 {
            // Out of order, and one name twice.
            let name = if number == 50 { 7 } else { 1000 - number };
            for oid in [one, other].iter().skip(usize::from(number != 20)) {
                data.extend(format!("100644 name {name}\0").bytes());
                data.extend(oid);
            }
        }
        let tree = Tree::parse(Oid::from_bytes(&one).unwrap(), &data).unwrap();
        assert!(tree.size() >= MIN_INDEXED);
        let indexed = IndexedTree::from(tree.clone());
        for _ in 0..MAX_WALKS {
            for number in 0..=1000 {
                let name = format!("name {number}");
                assert_eq!(indexed.get(name.as_bytes()), tree.get(name.as_bytes()), "{name}");
            }
        }
    }
}
