//! Objects of a merge: those of the repository, and those of its virtual merge base.
//!
//! If a merge has several merge bases, git merges them first, and the result is the virtual base. Here, its trees and
//! texts are made when both sides of the merge have changed a path. Until then, they have an oid and no content.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::rc::Rc;
use std::sync::Arc;

use super::lines::is_text;
use super::renames::Renames;
use super::sides::{DIRECTORY, Entry, Key, Sides, UNKNOWN_MODE, are_left_to_base, of_one_side};
use super::similarity::Similarities;
use super::touched::{RenamedFile, Touch, TouchedPaths};
use super::xdiff;
use crate::error::Result;
use crate::git::history::merge_plan::{Base, BaseOrder};
use crate::git::object::object_cache::ObjectCache;
use crate::git::object::packed::PackedObjects;
use crate::git::object::store::Store;
use crate::git::{ObjectKind, Oid};

/// Maximum size of all objects of a virtual base, in bytes.
const MAX_MADE: usize = 32 << 20;

/// Reads the objects of merges, one merge after the other.
pub(super) struct MergeObjects<'s> {
    cache: ObjectCache<'s>,
    made: HashMap<Oid, Made>,
    made_bytes: usize,
    /// Tree of the virtual base.
    made_base: Option<Oid>,
    /// True if git may make another virtual base.
    is_uncertain: bool,
    /// Begin of the oids of objects without content, which nobody can foresee.
    secret: RandomState,
    similarities: Similarities,
}

/// Base of a merge.
pub(super) enum BaseTree {
    /// Its tree; `None` if the sides have no common history.
    Known(Option<Oid>),
    /// A virtual base that only git can make.
    Unknown,
}

/// Object of a virtual base.
enum Made {
    /// Not yet made.
    Pending(Origin),
    /// Content; `None` if it cannot be made.
    Done(Option<Arc<Vec<u8>>>),
    /// It may be absent; else it has the content of another object.
    Doubtful(Oid),
}

/// Objects that are merged into one.
#[derive(Debug, Clone)]
struct Origin {
    base: Option<Oid>,
    ours: Option<Oid>,
    theirs: Option<Oid>,
    /// Size of the markers of conflicts; `None` if it is not known which object is ours for git.
    markers: Option<usize>,
    /// Paths in a directory that a rename may change.
    touched: Option<Rc<TouchedPaths>>,
}

impl Origin {
    /// Returns the merge of a renamed file. git marks conflicts in it with its paths, so with conflicts it is not known.
    fn of_renamed(file: &RenamedFile) -> Self {
        let [base, ours, theirs] = [file.base, file.ours, file.theirs].map(Some);
        Self { base, ours, theirs, markers: None, touched: None }
    }
}

impl<'s> MergeObjects<'s> {
    pub(super) fn new(store: &'s Store, packs: Option<PackedObjects>) -> Self {
        let secret = RandomState::new();
        let cache = ObjectCache::new(store, packs);
        let similarities = Similarities::default();
        Self {
            cache,
            made: HashMap::new(),
            made_bytes: 0,
            made_base: None,
            is_uncertain: false,
            secret,
            similarities,
        }
    }

    /// Begins a merge: returns its base, and forgets the virtual base of the merge before.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read.
    pub(super) fn begin(&mut self, base: &Base) -> Result<BaseTree> {
        self.made.clear();
        self.similarities.begin();
        (self.made_bytes, self.is_uncertain) = (0, false);
        let tree = self.tree_of(base, 1)?;
        self.made_base = tree.filter(|tree| !self.is_uncertain && self.is_made(*tree));
        Ok(if self.is_uncertain { BaseTree::Unknown } else { BaseTree::Known(tree) })
    }

    /// Returns the tree of a base. `depth` is 1 for the base of a merge, 2 for that of two merge bases, and so on.
    fn tree_of(&mut self, base: &Base, depth: usize) -> Result<Option<Oid>> {
        Ok(match base {
            Base::None => None,
            Base::Tree(tree) => Some(*tree),
            Base::Merged(merged) => {
                self.is_uncertain |= merged.order == BaseOrder::Unknown;
                let base = self.tree_of(&merged.base, depth + 1)?;
                let Some(ours) = self.tree_of(&merged.ours, depth)? else { return Ok(None) };
                let (ours, theirs) = (Some(ours), Some(merged.theirs));
                let sides = Sides { base, ours, theirs, merged: None };
                let touched = if self.is_uncertain { None } else { self.touched_by_renames(sides)? };
                self.is_uncertain |= touched.is_none();
                let touched = touched.filter(|touched| !touched.is_empty()).map(Rc::new);
                let markers = (merged.order == BaseOrder::Known).then_some(xdiff::MARKER + 2 * depth);
                self.merged_oid(Origin { base, ours, theirs, markers, touched })
            }
        })
    }

    /// Returns true if git may find a renamed file that changes the result of a merge.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read.
    pub(super) fn may_rename(
        &mut self,
        base: Option<Oid>,
        ours: Option<Oid>,
        theirs: Option<Oid>,
    ) -> Result<bool> {
        let mut similarities = std::mem::take(&mut self.similarities);
        let found =
            Renames::new(self, &mut similarities).may_matter(Sides { base, ours, theirs, merged: None });
        self.similarities = similarities;
        found
    }

    /// Returns the paths that a rename may change in a merge of merge bases; `None` if they cannot be told.
    fn touched_by_renames(&mut self, trees: Sides<Oid>) -> Result<Option<TouchedPaths>> {
        let mut similarities = std::mem::take(&mut self.similarities);
        let found = Renames::new(self, &mut similarities).touched(trees);
        self.similarities = similarities;
        found
    }

    /// Returns the tree of the virtual base; `None` if there is none, or only git can make it.
    pub(super) fn made_base(&self) -> Option<Oid> {
        self.made_base
    }

    /// Returns true if an object was made here.
    pub(super) fn is_made(&self, oid: Oid) -> bool {
        self.made.contains_key(&oid)
    }

    /// Returns the result of the merge of entries; outer `None` if both sides changed it in different ways.
    ///
    /// Where a side has nothing, the other entry may have the content of a base that was made, and another oid.
    pub(super) fn pick<'e>(&mut self, entries: Sides<Entry<'e>>) -> Result<Option<Option<Entry<'e>>>> {
        let picked = entries.pick();
        let (Some(base), None) = (entries.base, picked) else { return Ok(picked) };
        let side = match (entries.ours, entries.theirs) {
            (Some(side), None) | (None, Some(side)) if base.mode == side.mode => side,
            _ => return Ok(None),
        };
        let Some((one, other)) = base.oid().zip(side.oid()) else { return Ok(None) };
        if !side.is_file() || !self.is_made(one) && !self.is_made(other) {
            return Ok(None);
        }
        let one = self.get(one, ObjectKind::Blob)?;
        let other = self.get(other, ObjectKind::Blob)?;
        Ok((one.is_some() && one == other).then_some(None))
    }

    /// Returns the size of an object in bytes; `None` if only reading or making it tells.
    pub(super) fn size(&mut self, oid: Oid) -> Option<u64> {
        if self.is_made(oid) { None } else { self.cache.size(oid) }
    }

    /// Returns the bytes of an object; `None` for one of the virtual base that cannot be made.
    pub(super) fn get(&mut self, oid: Oid, kind: ObjectKind) -> Result<Option<Arc<Vec<u8>>>> {
        let origin = match self.made.get(&oid) {
            None => return self.cache.get(oid, kind).map(Some),
            Some(Made::Done(data)) => return Ok(data.clone()),
            Some(Made::Doubtful(_)) => return Ok(None),
            Some(Made::Pending(origin)) => origin.clone(),
        };
        // Until it is made, it cannot be made, so that no chain of objects leads to itself.
        self.made.insert(oid, Made::Done(None));
        let data = match kind {
            ObjectKind::Tree => self.merged_tree(origin)?,
            _ => self.merged_text(origin)?,
        };
        self.made_bytes += data.as_ref().map_or(0, |data| data.len());
        let data = data.filter(|_| self.made_bytes <= MAX_MADE);
        self.made.insert(oid, Made::Done(data.clone()));
        Ok(data)
    }

    /// Returns the oid of the merge of objects, `None` if there is nothing left; the objects are merged when they are read.
    fn merged_oid(&mut self, origin: Origin) -> Option<Oid> {
        let Origin { base, ours, theirs, .. } = origin;
        match of_one_side(base, ours, theirs).filter(|_| origin.touched.is_none()) {
            Some(oid) => oid,
            None => Some(self.new_oid(ours.or(theirs)?, Made::Pending(origin))),
        }
    }

    /// Returns an oid, as long as an example, for an object of the virtual base.
    fn new_oid(&mut self, example: Oid, made: Made) -> Oid {
        let number = self.made.len();
        let parts = (0..4).map(|part| self.secret.hash_one([number, part]).to_be_bytes());
        let bytes: Vec<u8> = parts.flatten().take(example.as_bytes().len()).collect();
        let oid = Oid::from_bytes(&bytes).unwrap_or(example);
        self.made.insert(oid, made);
        oid
    }

    fn merged_text(&mut self, origin: Origin) -> Result<Option<Arc<Vec<u8>>>> {
        let base = match origin.base {
            Some(base) => self.get(base, ObjectKind::Blob)?,
            None => Some(Arc::default()),
        };
        let (Some(base), Some(ours), Some(theirs)) = (base, origin.ours, origin.theirs) else {
            return Ok(None);
        };
        let Some(ours) = self.get(ours, ObjectKind::Blob)? else { return Ok(None) };
        let Some(theirs) = self.get(theirs, ObjectKind::Blob)? else { return Ok(None) };
        if ![&base, &ours, &theirs].into_iter().all(|text| is_text(text)) {
            return Ok(None);
        }
        let merged = xdiff::merge([&base, &ours, &theirs], origin.markers.unwrap_or(xdiff::MARKER));
        let merged = merged.filter(|merged| !merged.has_conflicts || origin.markers.is_some());
        Ok(merged.map(|merged| merged.text.into()))
    }

    fn merged_tree(&mut self, origin: Origin) -> Result<Option<Arc<Vec<u8>>>> {
        let Origin { base, ours, theirs, .. } = origin;
        let mut is_read = true;
        let trees = Sides { base, ours, theirs, merged: theirs }.try_map(|oid| {
            let tree = self.get(oid, ObjectKind::Tree)?;
            is_read &= tree.is_some();
            Ok(tree.unwrap_or_default())
        })?;
        if !is_read {
            return Ok(None);
        }
        let oid_len = ours.or(theirs).map_or(0, |oid| oid.as_bytes().len());
        let trees = trees.as_ref();
        let (mut rest, mut tree) = (trees.bytes(), Vec::new());
        let (mut last, mut changed) = (None, HashMap::new());
        loop {
            let Some(equal) = rest.skip_equal(oid_len, &mut last) else { return Ok(None) };
            tree.extend_from_slice(equal);
            let Some((key, entries)) = rest.next(oid_len) else { break };
            if last.is_some_and(|last| last >= key) {
                return Ok(None);
            }
            last = Some(key);
            if entries.differ() && changed.insert(key.name, key.directory).is_some() {
                return Ok(None);
            }
            match key.directory {
                true => self.add_directory(&mut tree, key, entries, &origin)?,
                false => self.add_file(&mut tree, key, entries, &origin)?,
            }
        }
        let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
        Ok((is_read && !trees.have_other_kinds(&changed, oid_len)).then(|| tree.into()))
    }

    /// Adds a directory of the merged tree, unless nothing is left of it.
    fn add_directory(
        &mut self,
        tree: &mut Vec<u8>,
        key: Key<'_>,
        entries: Sides<Entry<'_>>,
        origin: &Origin,
    ) -> Result<()> {
        let Sides { base, ours, theirs, .. } = entries.and_then(Entry::oid);
        let touched = origin.touched.as_ref().and_then(|touched| touched.inside(key));
        let inside = Origin { base, ours, theirs, markers: origin.markers, touched };
        let Some(oid) = self.merged_oid(inside) else { return Ok(()) };
        let may_be_empty = ours.is_none() || theirs.is_none();
        if may_be_empty && self.get(oid, ObjectKind::Tree)?.is_some_and(|tree| tree.is_empty()) {
            return Ok(());
        }
        add_entry(tree, DIRECTORY, key.name, oid);
        Ok(())
    }

    /// Adds what is no directory to the merged tree.
    fn add_file(
        &mut self,
        tree: &mut Vec<u8>,
        key: Key<'_>,
        entries: Sides<Entry<'_>>,
        origin: &Origin,
    ) -> Result<()> {
        let Sides { base, ours, theirs, .. } = entries;
        let Some(some) = [base, ours, theirs].into_iter().flatten().find_map(Entry::oid) else {
            return Ok(());
        };
        if let Some(touch) = origin.touched.as_ref().and_then(|touched| touched.file(key)) {
            let (mode, oid) = match (touch, base.and_then(Entry::oid)) {
                (Touch::Gone, _) => return Ok(()),
                (Touch::Renamed(file), _) => {
                    (file.mode.as_slice(), self.merged_oid(Origin::of_renamed(file)))
                }
                (Touch::AbsentOrBase, Some(base)) => {
                    (UNKNOWN_MODE, Some(self.new_oid(some, Made::Doubtful(base))))
                }
                (Touch::AbsentOrBase, None) | (Touch::Anything, _) => (UNKNOWN_MODE, None),
            };
            let oid = oid.unwrap_or_else(|| self.new_oid(some, Made::Done(None)));
            add_entry(tree, mode, key.name, oid);
            return Ok(());
        }
        let mut present = [base, ours, theirs].into_iter().flatten();
        let is_known = present.clone().all(|entry| !entry.is_unknown());
        let has_made = present.any(|entry| entry.oid().is_some_and(|oid| self.is_made(oid)));
        let (mode, oid) = match (self.pick(entries)?, ours, theirs) {
            (Some(None), ..) | (None, None, None) => return Ok(()),
            (Some(Some(entry)), ..) => (entry.mode, entry.oid()),
            (None, Some(entry), Some(theirs)) => match entry.merged_mode(base, theirs) {
                Some(mode) if is_known => {
                    let [base, ours, theirs] = [base, Some(entry), Some(theirs)].map(|side| side?.oid());
                    let touched = None;
                    (mode, self.merged_oid(Origin { base, ours, theirs, markers: origin.markers, touched }))
                }
                // git takes the version of the base of other kinds, unless a side has just that: a made oid does not tell.
                None if is_known && !has_made && are_left_to_base(base, [entry, theirs]) => match base {
                    Some(base) => (base.mode, base.oid()),
                    None => return Ok(()),
                },
                _ => (UNKNOWN_MODE, None),
            },
            (None, Some(side), None) | (None, None, Some(side)) => match base {
                // One side has deleted what the other has changed. For git, the base of merge bases wins.
                Some(kept) if is_known && self.is_readable(kept)? && self.is_readable(side)? => {
                    (kept.mode, kept.oid())
                }
                _ => (UNKNOWN_MODE, None),
            },
        };
        let oid = oid.unwrap_or_else(|| self.new_oid(some, Made::Done(None)));
        add_entry(tree, mode, key.name, oid);
        Ok(())
    }

    /// Returns whether the content of a file is known.
    fn is_readable(&mut self, entry: Entry<'_>) -> Result<bool> {
        match entry.oid().filter(|oid| entry.is_file() && self.is_made(*oid)) {
            Some(oid) => Ok(self.get(oid, ObjectKind::Blob)?.is_some()),
            None => Ok(true),
        }
    }

    /// Returns the object at a path that is not known, for the case that there is one; `None` if it may be any.
    pub(super) fn content_if_any(&self, unknown: Oid) -> Option<Oid> {
        match self.made.get(&unknown) {
            Some(Made::Doubtful(oid)) => Some(*oid),
            _ => None,
        }
    }

    /// Returns the text at a path of a virtual base; `None` if it is not known.
    #[cfg(test)]
    pub(super) fn text_in_base(&mut self, base: &Base, path: &str) -> Option<Arc<Vec<u8>>> {
        let BaseTree::Known(Some(mut oid)) = self.begin(base).unwrap() else { return None };
        for name in path.split('/') {
            let tree = self.get(oid, ObjectKind::Tree).unwrap()?;
            let mut rest = tree.as_slice();
            let entry = loop {
                let (entry, after) = Entry::split(rest, oid.as_bytes().len())?;
                rest = after;
                if entry.name == name.as_bytes() && entry.mode != UNKNOWN_MODE {
                    break entry;
                }
            };
            oid = entry.oid()?;
        }
        self.get(oid, ObjectKind::Blob).unwrap()
    }
}

/// Adds an entry to a tree object.
fn add_entry(tree: &mut Vec<u8>, mode: &[u8], name: &[u8], oid: Oid) {
    for part in [mode, b" ", name, &[0], oid.as_bytes()] {
        tree.extend_from_slice(part);
    }
}
