//! The trees of a merge, read side by side.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use memchr::{memchr, memmem};

use crate::error::Result;
use crate::git::Oid;

/// Maximum depth of nested directories compared here; git compares 2,048, which the stack of a debug build cannot.
pub(super) const MAX_DEPTH: usize = 512;

/// Mode of a directory in a tree.
pub(super) const DIRECTORY: &[u8] = b"40000";

/// Mode of an entry of a virtual base that is not known; no tree of a repository contains it.
pub(super) const UNKNOWN_MODE: &[u8] = b"7";

/// One value for each of the four trees of a merge; `None` where it does not exist.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct Sides<T> {
    pub(in crate::git) base: Option<T>,
    pub(in crate::git) ours: Option<T>,
    pub(in crate::git) theirs: Option<T>,
    pub(in crate::git) merged: Option<T>,
}

/// Returns the version that a merge takes unchanged; `None` if both sides changed it in different ways.
pub(super) fn of_one_side<T: PartialEq>(base: T, ours: T, theirs: T) -> Option<T> {
    if ours == theirs || base == theirs {
        Some(ours)
    } else if base == ours {
        Some(theirs)
    } else {
        None
    }
}

/// Entry of a tree object. The mode is kept as written, because git merges modes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) mode: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) oid: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Splits off the first entry.
    pub(super) fn split(data: &'a [u8], oid_len: usize) -> Option<(Self, &'a [u8])> {
        // A mode has at most six digits, so a byte-by-byte search is faster than starting a vectorised one.
        let (mode, rest) = data.split_at_checked(data.iter().take(8).position(|byte| *byte == b' ')?)?;
        let rest = rest.get(1..).filter(|_| mode.iter().all(u8::is_ascii_digit))?;
        let (name, rest) = rest.split_at_checked(memchr(0, rest)?)?;
        let (oid, rest) = rest.get(1..)?.split_at_checked(oid_len)?;
        Some((Self { mode, name, oid }, rest))
    }

    /// Returns the oid; `None` if it has not the length of one.
    pub(super) fn oid(self) -> Option<Oid> {
        Oid::from_bytes(self.oid)
    }

    /// Returns true for a regular file, of which git merges the text.
    pub(super) fn is_file(self) -> bool {
        matches!(self.mode, b"100644" | b"100755")
    }

    /// Returns true for a symbolic link.
    pub(super) fn is_symlink(self) -> bool {
        self.mode == b"120000"
    }

    /// Returns true for an entry of a virtual base that is not known. It may be absent.
    pub(super) fn is_unknown(self) -> bool {
        self.mode == UNKNOWN_MODE
    }

    /// Returns the mode of the merge of two directories or files; `None` unless all are of that kind.
    pub(super) fn merged_mode(self, base: Option<Self>, theirs: Self) -> Option<&'a [u8]> {
        if self.mode == DIRECTORY && theirs.mode == DIRECTORY {
            return base.is_none_or(|base| base.mode == DIRECTORY).then_some(DIRECTORY);
        }
        let are_files = self.is_file() && theirs.is_file() && base.is_none_or(Self::is_file);
        let is_unchanged = base.is_some_and(|base| base.mode == self.mode);
        are_files.then_some(if is_unchanged { theirs.mode } else { self.mode })
    }

    pub(super) fn key(self) -> Key<'a> {
        Key { name: self.name, directory: self.mode == DIRECTORY }
    }
}

/// Sort key of git for tree entries: the name, with a slash appended for a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key<'a> {
    pub(super) name: &'a [u8],
    pub(super) directory: bool,
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let common = self.name.len().min(other.name.len());
        let (start, end) = self.name.split_at(common);
        let (other_start, other_end) = other.name.split_at(common);
        let next =
            |end: &[u8], key: &Self| end.first().copied().unwrap_or(if key.directory { b'/' } else { 0 });
        start.cmp(other_start).then_with(|| next(end, self).cmp(&next(other_end, other)))
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Copy> Sides<T> {
    pub(super) fn all(self) -> impl Iterator<Item = Option<T>> {
        [self.base, self.ours, self.theirs, self.merged].into_iter()
    }

    pub(super) fn and_then<U>(self, f: impl Fn(T) -> Option<U>) -> Sides<U> {
        Sides {
            base: self.base.and_then(&f),
            ours: self.ours.and_then(&f),
            theirs: self.theirs.and_then(&f),
            merged: self.merged.and_then(&f),
        }
    }

    pub(super) fn try_map<U>(self, mut f: impl FnMut(T) -> Result<U>) -> Result<Sides<U>> {
        Ok(Sides {
            base: self.base.map(&mut f).transpose()?,
            ours: self.ours.map(&mut f).transpose()?,
            theirs: self.theirs.map(&mut f).transpose()?,
            merged: self.merged.map(&mut f).transpose()?,
        })
    }
}

impl<T: Copy + PartialEq> Sides<T> {
    /// Returns true for directories that both sides have changed in the same way.
    ///
    /// If both have deleted a file there, both may have moved it, each to another place.
    pub(super) fn may_hide_deletions(&self) -> bool {
        self.base.is_some() && self.ours.is_some() && self.ours == self.theirs && self.base != self.ours
    }

    /// Returns the result of the merge; outer `None` if both sides changed it in different ways.
    pub(super) fn pick(&self) -> Option<Option<T>> {
        of_one_side(self.base, self.ours, self.theirs)
    }

    pub(super) fn differ(&self) -> bool {
        self.base != self.ours || self.ours != self.theirs || self.theirs != self.merged
    }
}

impl<T> Sides<T> {
    pub(super) fn as_ref(&self) -> Sides<&T> {
        Sides {
            base: self.base.as_ref(),
            ours: self.ours.as_ref(),
            theirs: self.theirs.as_ref(),
            merged: self.merged.as_ref(),
        }
    }
}

impl<'a> Sides<&'a Arc<Vec<u8>>> {
    pub(super) fn bytes(self) -> Sides<&'a [u8]> {
        self.and_then(|data| Some(data.as_slice()))
    }

    /// Returns true if all trees have a file where there is a changed directory too, or the reverse.
    ///
    /// Entries of such a name cannot be decided one by one. `changed` maps each changed name to true for a
    /// directory. An entry that not all trees have has changed itself, and is in it.
    pub(super) fn have_other_kinds(self, changed: &HashMap<&[u8], bool>, oid_len: usize) -> bool {
        let every_tree = self.all().collect::<Option<Vec<_>>>();
        let Some(tree) = every_tree.and_then(|trees| Some(trees.first()?.as_slice())) else {
            return false;
        };
        let is_doubtful = changed.len() > FEW_NAMES
            || changed.iter().any(|(name, directory)| may_have_other_kind(tree, name, *directory));
        let mut rest = tree;
        while let Some((entry, after)) = Entry::split(rest, oid_len).filter(|_| is_doubtful) {
            if changed.get(entry.name).is_some_and(|directory| *directory != entry.key().directory) {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// Maximum number of names that are each searched for in a tree; more are looked up for each of its entries.
const FEW_NAMES: usize = 32;

/// Returns false if a tree certainly has no entry of a name that is a file instead of a directory, or the reverse.
///
/// Searches the bytes of the tree, which is far faster than taking it apart. They may occur in an oid, too.
fn may_have_other_kind(tree: &[u8], name: &[u8], directory: bool) -> bool {
    let entry = [b" ", name, &[0]].concat();
    memmem::find_iter(tree, &entry).any(|at| {
        let before = tree.get(..at).and_then(|before| before.strip_suffix(DIRECTORY));
        match before {
            // The mode may be longer, and a digit the last byte of an oid.
            Some(before) => !directory || before.last().is_some_and(u8::is_ascii_digit),
            None => directory,
        }
    })
}

impl<'a> Sides<&'a [u8]> {
    /// Skips the entries at the start that are identical in all four trees, and returns their bytes.
    ///
    /// `last` is the key before them, and then the last of theirs. Returns `None` if they are not in git's order.
    pub(super) fn skip_equal(&mut self, oid_len: usize, last: &mut Option<Key<'a>>) -> Option<&'a [u8]> {
        let (Some(base), Some(ours), Some(theirs), Some(merged)) =
            (self.base, self.ours, self.theirs, self.merged)
        else {
            return Some(&[]);
        };
        let equal = [base, theirs, merged].into_iter().fold(ours, |equal, other| equal_start(equal, other));
        let mut rest = equal;
        while let Some((entry, after)) = Entry::split(rest, oid_len) {
            let key = entry.key();
            if last.is_some_and(|last| last >= key) {
                return None;
            }
            *last = Some(key);
            rest = after;
        }
        let end = equal.len() - rest.len();
        *self = self.and_then(|data| data.get(end..));
        equal.get(..end)
    }

    /// Takes the first key in git's order and its entries.
    ///
    /// Returns `None` at the end, or if a tree cannot be parsed.
    pub(super) fn next(&mut self, oid_len: usize) -> Option<(Key<'a>, Sides<Entry<'a>>)> {
        let key = self.first_key(oid_len)?;
        let entries = self.take(key, oid_len)?;
        Some((key, entries))
    }

    /// Returns the first key in git's order.
    fn first_key(self, oid_len: usize) -> Option<Key<'a>> {
        self.all().flatten().filter_map(|data| Some(Entry::split(data, oid_len)?.0.key())).min()
    }

    /// Takes the entries with a key, which must be the first; `None` if a tree cannot be parsed.
    fn take(&mut self, key: Key<'_>, oid_len: usize) -> Option<Sides<Entry<'a>>> {
        let one = |data: &mut Option<&'a [u8]>| match data {
            Some(rest) if !rest.is_empty() => {
                let (entry, after) = Entry::split(rest, oid_len)?;
                let taken = (entry.key() == key).then_some(entry);
                if taken.is_some() {
                    *data = Some(after);
                }
                Some(taken)
            }
            _ => Some(None),
        };
        Some(Sides {
            base: one(&mut self.base)?,
            ours: one(&mut self.ours)?,
            theirs: one(&mut self.theirs)?,
            merged: one(&mut self.merged)?,
        })
    }
}

/// Returns the bytes at the start that are the same.
fn equal_start<'a>(one: &'a [u8], other: &[u8]) -> &'a [u8] {
    const PIECE: usize = 64;
    let pieces = one.chunks_exact(PIECE).zip(other.chunks_exact(PIECE));
    let start = PIECE * pieces.take_while(|(one, other)| one == other).count();
    let (_, rest) = one.split_at(start);
    let bytes = rest.iter().zip(other.get(start..).unwrap_or_default());
    let end = start + bytes.take_while(|(one, other)| one == other).count();
    one.get(..end).unwrap_or_default()
}

/// Returns true if git takes the version of the base for two different entries in a merge of merge bases: two symbolic
/// links, or a file and a symbolic link.
pub(super) fn are_left_to_base(base: Option<Entry<'_>>, sides: [Entry<'_>; 2]) -> bool {
    let [ours, theirs] = sides.map(Entry::is_symlink);
    let are_plain = sides.iter().chain(&base).all(|entry| entry.is_file() || entry.is_symlink());
    let is_base_link = base.is_none_or(Entry::is_symlink);
    are_plain && (ours != theirs || ours && is_base_link)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Entries with few names and oids of two bytes, in any order.
    fn trees() -> impl Strategy<Value = Vec<u8>> {
        let mode = prop::sample::select(vec!["40000", "100644", "040000", "140000"]);
        let entry = (mode, "[ab] ?[ab]?", prop::sample::select(vec!["xx", "x4", "40", "a\0", " a"]));
        prop::collection::vec(entry, 0..6).prop_map(|entries| {
            let written = entries.iter().map(|(mode, name, oid)| format!("{mode} {name}\0{oid}"));
            written.collect::<String>().into_bytes()
        })
    }

    fn entries(mut tree: &[u8]) -> Vec<Entry<'_>> {
        std::iter::from_fn(|| {
            let (entry, rest) = Entry::split(tree, 2)?;
            tree = rest;
            Some(entry)
        })
        .collect()
    }

    proptest! {
        #[test]
        fn other_kinds_are_those_of_the_entries(
            tree in trees(),
            changed in prop::collection::hash_map("[ab] ?[ab]?", any::<bool>(), 0..3),
        ) {
            let changed: HashMap<&[u8], bool> =
                changed.iter().map(|(name, directory)| (name.as_bytes(), *directory)).collect();
            let other = entries(&tree)
                .iter()
                .any(|entry| changed.get(entry.name).is_some_and(|directory| *directory != entry.key().directory));
            let tree = Arc::new(tree);
            let sides = Sides { base: Some(&tree), ours: Some(&tree), theirs: Some(&tree), merged: Some(&tree) };
            prop_assert_eq!(sides.have_other_kinds(&changed, 2), other);
        }

        #[test]
        fn equal_entries_at_the_start_are_skipped(start in trees(), ends in prop::array::uniform4(trees())) {
            let [base, ours, theirs, merged] = ends.map(|end| [start.as_slice(), &end].concat());
            let mut sides = Sides {
                base: Some(base.as_slice()),
                ours: Some(ours.as_slice()),
                theirs: Some(theirs.as_slice()),
                merged: Some(merged.as_slice()),
            };
            let all = [&base, &ours, &theirs, &merged].map(|tree| entries(tree));
            let is_equal = |at: &usize| all.iter().all(|tree| tree.get(*at).is_some() && tree.get(*at) == all[0].get(*at));
            let equal = &all[0][..(0..).take_while(is_equal).count()];
            let is_sorted = equal.is_sorted_by(|one, other| one.key() < other.key());
            let mut last = None;
            let skipped = sides.skip_equal(2, &mut last).map(<[u8]>::to_vec);
            prop_assert_eq!(skipped.is_some(), is_sorted);
            if let Some(skipped) = skipped {
                prop_assert_eq!(entries(&skipped), equal);
                prop_assert_eq!(last, equal.last().map(|entry| entry.key()));
                prop_assert_eq!(sides.ours, ours.strip_prefix(skipped.as_slice()));
                prop_assert_eq!(sides.merged, merged.strip_prefix(skipped.as_slice()));
            }
        }
    }
}
