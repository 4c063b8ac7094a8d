//! Renames that git may find in a merge, and that may change its result.
//!
//! git looks for a new path of a file on the side that has deleted it, if the other side has not left it as it was.
//! Files that are unlike each other are no rename. Whatever else may be one is left to git.

use std::collections::HashSet;

use super::objects::{MergeObjects, UNKNOWN_MODE};
use super::sides::{Entry, Key, MAX_DEPTH, Sides};
use super::similarity::{Compared, Similarities};
use crate::error::Result;
use crate::git::{ObjectKind, Oid};

/// Maximum number of pairs of a deleted and an added file that are compared.
const MAX_PAIRS: usize = 1 << 14;

/// Search for renames in one merge.
pub(super) struct Renames<'r, 's> {
    objects: &'r mut MergeObjects<'s>,
    similarities: &'r mut Similarities,
    /// Files that ours or theirs has deleted, and that the other side has not left as they were.
    sources: [Vec<File>; 2],
    /// True if something was found that may be a rename.
    is_possible: bool,
}

/// A file of a tree.
#[derive(Debug, Clone, Copy)]
struct File {
    oid: Oid,
    /// False for symbolic links and submodules, which are renamed only as they are.
    is_regular: bool,
}

/// Files that a side has added or deleted.
#[derive(Default)]
struct Moves {
    added: Vec<File>,
    /// Those that the other side has added too.
    added_by_both: Vec<Oid>,
    deleted: HashSet<Oid>,
}

impl<'r, 's> Renames<'r, 's> {
    pub(super) fn new(objects: &'r mut MergeObjects<'s>, similarities: &'r mut Similarities) -> Self {
        Self { objects, similarities, sources: Default::default(), is_possible: false }
    }

    /// Returns true if a rename may change the result of the merge of trees.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read.
    pub(super) fn may_matter(mut self, trees: Sides<Oid>) -> Result<bool> {
        self.find_sources(trees, 0)?;
        let Sides { base, ours, theirs, .. } = trees;
        let [by_ours, by_theirs] = std::mem::take(&mut self.sources);
        for (sources, side, other) in [(by_ours, ours, theirs), (by_theirs, theirs, ours)] {
            if sources.is_empty() || self.is_possible {
                continue;
            }
            let mut moves = Moves::default();
            self.find_moves(Sides { base, ours: side, theirs: other, merged: other }, &mut moves, 0)?;
            self.is_possible |= moves.added_by_both.iter().any(|oid| moves.deleted.contains(oid));
            self.is_possible |= sources.len().saturating_mul(moves.added.len()) > MAX_PAIRS;
            for (source, added) in
                sources.iter().flat_map(|one| moves.added.iter().map(move |other| (one, other)))
            {
                self.is_possible = self.is_possible || self.is_rename(*source, *added)?;
            }
        }
        Ok(self.is_possible)
    }

    fn is_rename(&mut self, source: File, added: File) -> Result<bool> {
        if source.oid == added.oid {
            return Ok(true);
        }
        if !source.is_regular || !added.is_regular {
            return Ok(false);
        }
        let [source, added] =
            [source.oid, added.oid].map(|oid| Compared { oid, is_lasting: !self.objects.is_made(oid) });
        let read = &mut |oid| self.objects.get(oid, ObjectKind::Blob);
        self.similarities.may_be_similar(source, added, read)
    }

    /// Finds files of the base that a side has deleted, if what the other side has made of them matters.
    fn find_sources(&mut self, trees: Sides<Oid>, depth: usize) -> Result<()> {
        let Sides { base, ours, theirs, .. } = trees;
        if base.is_none() || base == ours || base == theirs {
            return Ok(());
        }
        let is_removed = ours.is_none() != theirs.is_none();
        self.each_entry(Sides { merged: theirs, ..trees }, depth, |search, key, entries| {
            let (Some(base), ours, theirs) = (entries.base, entries.ours, entries.theirs) else {
                // The directory may have been moved, and what the other side has added to it moves along.
                search.is_possible |= is_removed;
                return Ok(());
            };
            if key.directory {
                return search.find_sources(entries.and_then(Entry::oid), depth + 1);
            }
            let changed = |side: Option<Entry<'_>>| side != Some(base);
            let is_source = [ours.is_none() && changed(theirs), theirs.is_none() && changed(ours)];
            for (sources, _) in search.sources.iter_mut().zip(is_source).filter(|(_, is_source)| *is_source) {
                sources.extend(File::of(base));
            }
            Ok(())
        })
    }

    /// Finds what a side, given as ours, has added or deleted.
    fn find_moves(&mut self, trees: Sides<Oid>, moves: &mut Moves, depth: usize) -> Result<()> {
        if trees.base == trees.ours {
            return Ok(());
        }
        self.each_entry(trees, depth, |search, key, entries| {
            match (entries.base, entries.ours) {
                _ if key.directory => {
                    return search.find_moves(entries.and_then(Entry::oid), moves, depth + 1);
                }
                (None, Some(added)) => {
                    moves.added.extend(File::of(added));
                    moves.added_by_both.extend(entries.theirs.and_then(|_| added.oid()));
                }
                (Some(deleted), None) => moves.deleted.extend(deleted.oid()),
                _ => {}
            }
            Ok(())
        })
    }

    /// Passes each entry that differs between trees to a closure.
    fn each_entry(
        &mut self,
        trees: Sides<Oid>,
        depth: usize,
        mut visit: impl FnMut(&mut Self, Key<'_>, Sides<Entry<'_>>) -> Result<()>,
    ) -> Result<()> {
        if self.is_possible || depth > MAX_DEPTH {
            self.is_possible = true;
            return Ok(());
        }
        let mut is_known = true;
        let data = trees.try_map(|oid| {
            let tree = self.objects.get(oid, ObjectKind::Tree)?;
            is_known &= tree.is_some();
            Ok(tree.unwrap_or_default())
        })?;
        let oid_len = trees.all().flatten().next().map_or(0, |oid| oid.as_bytes().len());
        let mut rest = data.as_ref().bytes();
        while let Some((key, entries)) = rest.next(oid_len) {
            let Some(entries) = entries else { continue };
            is_known &= entries.all().flatten().all(|entry| entry.mode != UNKNOWN_MODE);
            if is_known {
                visit(self, key, entries)?;
            }
        }
        let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
        self.is_possible |= !is_known || !is_read;
        Ok(())
    }
}

impl File {
    fn of(entry: Entry<'_>) -> Option<Self> {
        Some(Self { oid: entry.oid()?, is_regular: entry.is_file() })
    }
}
