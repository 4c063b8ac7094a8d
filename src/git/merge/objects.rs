//! Objects of a merge: those of the repository, and those of its virtual merge base.
//!
//! If a merge has several merge bases, git merges them first, and the result is the virtual base. Here, its trees
//! and texts are made when they are read, which is only where both sides of the merge have changed a path. Until
//! then, they have an oid and no content.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use super::lines::{LineMerge, is_text};
use super::sides::{Entry, MAX_DEPTH, Sides, of_one_side};
use crate::error::Result;
use crate::git::history::merge_plan::Base;
use crate::git::object::object_cache::ObjectCache;
use crate::git::object::packed::PackedObjects;
use crate::git::object::store::Store;
use crate::git::{ObjectKind, Oid};

/// Mode of an entry of a virtual base that is not known; no tree of a repository contains it.
const UNKNOWN_MODE: &[u8] = b"7";

/// Maximum size of all objects of a virtual base, in bytes.
const MAX_MADE: usize = 32 << 20;

/// Reads the objects of merges, one merge after the other.
pub(super) struct MergeObjects<'s> {
    cache: ObjectCache<'s>,
    made: HashMap<Oid, Made>,
    made_bytes: usize,
    /// True if git may make another virtual base.
    is_uncertain: bool,
    /// Begin of the oids of objects without content, which nobody can foresee.
    secret: RandomState,
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
}

/// Objects that are merged into one.
#[derive(Debug, Clone, Copy)]
struct Origin {
    base: Option<Oid>,
    ours: Oid,
    theirs: Oid,
}

impl<'s> MergeObjects<'s> {
    pub(super) fn new(store: &'s Store, packs: Option<PackedObjects>) -> Self {
        let secret = RandomState::new();
        let cache = ObjectCache::new(store, packs);
        Self { cache, made: HashMap::new(), made_bytes: 0, is_uncertain: false, secret }
    }

    /// Begins a merge: returns its base, and forgets the virtual base of the merge before.
    ///
    /// # Errors
    /// Fails if an object is missing or cannot be read.
    pub(super) fn begin(&mut self, base: &Base) -> Result<BaseTree> {
        self.made.clear();
        (self.made_bytes, self.is_uncertain) = (0, false);
        let tree = self.tree_of(base)?;
        Ok(if self.is_uncertain { BaseTree::Unknown } else { BaseTree::Known(tree) })
    }

    fn tree_of(&mut self, base: &Base) -> Result<Option<Oid>> {
        Ok(match base {
            Base::None => None,
            Base::Tree(tree) => Some(*tree),
            Base::Merged(merged) => {
                self.is_uncertain |= merged.is_in_any_order;
                let base = self.tree_of(&merged.base)?;
                let Some(ours) = self.tree_of(&merged.ours)? else { return Ok(None) };
                let theirs = merged.theirs;
                self.is_uncertain = self.is_uncertain || self.may_rename(base, ours, theirs, 0)?;
                Some(self.merged_oid(Origin { base, ours, theirs }))
            }
        })
    }

    /// Returns true if git's rename detection may matter in a merge of directories of the virtual base.
    ///
    /// It matters only if a path of the base is missing on one side and not as it was on the other. What is renamed
    /// then has at its new path, maybe in a directory that only one side has changed, what both sides have made of
    /// it.
    fn may_rename(&mut self, base: Option<Oid>, ours: Oid, theirs: Oid, depth: usize) -> Result<bool> {
        let Some(base) = base.filter(|base| *base != ours && *base != theirs) else { return Ok(false) };
        if depth > MAX_DEPTH {
            return Ok(true);
        }
        let oids = Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs), merged: Some(theirs) };
        let mut is_known = true;
        let data = oids.try_map(|oid| {
            let tree = self.get(oid, ObjectKind::Tree)?;
            is_known &= tree.is_some();
            Ok(tree.unwrap_or_default())
        })?;
        let mut rest = data.as_ref().bytes();
        while let Some((key, entries)) = rest.next(base.as_bytes().len()) {
            let Some(Sides { base: Some(base), ours, theirs, .. }) = entries else { continue };
            let is_rename = match (ours, theirs) {
                (None, None) => true,
                (None, Some(other)) | (Some(other), None) => other != base,
                (Some(ours), Some(theirs)) if key.directory => match (ours.oid(), theirs.oid()) {
                    (Some(ours), Some(theirs)) => self.may_rename(base.oid(), ours, theirs, depth + 1)?,
                    _ => true,
                },
                (Some(_), Some(_)) => false,
            };
            if is_rename {
                return Ok(true);
            }
        }
        Ok(!is_known || rest.all().any(|rest| rest.is_some_and(|rest| !rest.is_empty())))
    }

    /// Returns the bytes of an object; `None` for one of the virtual base that cannot be made.
    pub(super) fn get(&mut self, oid: Oid, kind: ObjectKind) -> Result<Option<Arc<Vec<u8>>>> {
        let origin = match self.made.get(&oid) {
            None => return self.cache.get(oid, kind).map(Some),
            Some(Made::Done(data)) => return Ok(data.clone()),
            Some(Made::Pending(origin)) => *origin,
        };
        // Until it is made, it cannot be made, so that no chain of objects leads to itself.
        self.made.insert(oid, Made::Done(None));
        let data = match kind {
            ObjectKind::Tree => self.merged_tree(origin)?,
            _ => self.merged_text(origin)?,
        };
        let data = data.filter(|data| {
            self.made_bytes += data.len();
            self.made_bytes <= MAX_MADE
        });
        self.made.insert(oid, Made::Done(data.clone()));
        Ok(data)
    }

    /// Returns the oid of the merge of objects; the objects are merged when they are read.
    fn merged_oid(&mut self, origin: Origin) -> Oid {
        let Origin { base, ours, theirs, .. } = origin;
        match of_one_side(base, Some(ours), Some(theirs)).flatten() {
            Some(oid) => oid,
            None => self.new_oid(ours, Made::Pending(origin)),
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
        let Some(base) = origin.base else { return Ok(None) };
        let Some(base) = self.get(base, ObjectKind::Blob)? else { return Ok(None) };
        let Some(ours) = self.get(origin.ours, ObjectKind::Blob)? else { return Ok(None) };
        let Some(theirs) = self.get(origin.theirs, ObjectKind::Blob)? else { return Ok(None) };
        if ![&base, &ours, &theirs].into_iter().all(|text| is_text(text)) {
            return Ok(None);
        }
        let merge = LineMerge::new(&base, &ours, &theirs);
        Ok(if merge.is_small() { merge.clean().map(Into::into) } else { None })
    }

    fn merged_tree(&mut self, origin: Origin) -> Result<Option<Arc<Vec<u8>>>> {
        let base = match origin.base {
            Some(base) => self.get(base, ObjectKind::Tree)?,
            None => None,
        };
        let is_read = base.is_some() == origin.base.is_some();
        let ours = self.get(origin.ours, ObjectKind::Tree)?;
        let theirs = self.get(origin.theirs, ObjectKind::Tree)?;
        if !is_read || ours.is_none() || theirs.is_none() {
            return Ok(None);
        }
        let trees = Sides { base, ours, theirs: theirs.clone(), merged: theirs };
        let (trees, oid_len) = (trees.as_ref(), origin.ours.as_bytes().len());
        let (mut rest, mut tree) = (trees.bytes(), Vec::new());
        let (mut last, mut changed) = (None, HashMap::new());
        while let before = rest.ours.unwrap_or_default()
            && let Some((key, entries)) = rest.next(oid_len)
        {
            if last.is_some_and(|last| last >= key) {
                return Ok(None);
            }
            last = Some(key);
            let Some(entries) = entries else {
                let after = rest.ours.map_or(0, <[u8]>::len);
                tree.extend_from_slice(before.get(..before.len() - after).unwrap_or_default());
                continue;
            };
            if entries.differ() && changed.insert(key.name, key.directory).is_some() {
                return Ok(None);
            }
            self.add_entry(&mut tree, entries);
        }
        let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
        Ok((is_read && !trees.have_other_kinds(&changed, oid_len)).then(|| tree.into()))
    }

    /// Adds an entry of the merged tree.
    fn add_entry(&mut self, tree: &mut Vec<u8>, entries: Sides<Entry<'_>>) {
        let Sides { base, ours, theirs, .. } = entries;
        let (mode, entry, oid) = match (entries.pick(), ours, theirs) {
            (Some(None), ..) | (None, None, None) => return,
            (Some(Some(entry)), ..) => (entry.mode, entry, entry.oid()),
            (None, Some(entry), Some(theirs)) => match entry.merged_mode(base, theirs) {
                None => (UNKNOWN_MODE, entry, self.unknown(entry)),
                Some(mode) => {
                    let base = base.and_then(|base| base.oid());
                    let oids = entry.oid().zip(theirs.oid());
                    let origin = |(ours, theirs)| Origin { base, ours, theirs };
                    (mode, entry, oids.map(|oids| self.merged_oid(origin(oids))))
                }
            },
            (None, Some(entry), None) | (None, None, Some(entry)) => {
                (UNKNOWN_MODE, entry, self.unknown(entry))
            }
        };
        for part in [mode, b" ", entry.name, &[0], oid.as_ref().map_or(entry.oid, Oid::as_bytes)] {
            tree.extend_from_slice(part);
        }
    }

    /// Returns the oid of an entry that is not known, which differs from all others.
    fn unknown(&mut self, like: Entry<'_>) -> Option<Oid> {
        like.oid().map(|oid| self.new_oid(oid, Made::Done(None)))
    }
}
