//! Cache of object contents.

use std::sync::Arc;

use super::generational_cache::GenerationalCache;
use super::packed::PackedObjects;
use super::store::Store;
use crate::error::Result;
use crate::git::{ObjectKind, Oid};

/// Size in bytes of each of the two generations of the cache.
///
/// Neighbours in history share most of their trees.
const MAX_CACHED: usize = 12 << 20;

/// As [`MAX_CACHED`], in front of packs, which cache unpacked objects themselves.
const MAX_CACHED_OF_PACKS: usize = 4 << 20;

/// Maximum size of a cached object, in bytes.
const MAX_OBJECT: usize = 1 << 20;

/// Reads objects and caches those that were used last.
pub(in crate::git) struct ObjectCache<'s> {
    store: &'s Store,
    packs: Option<PackedObjects>,
    objects: GenerationalCache<(Oid, ObjectKind), Arc<Vec<u8>>>,
}

impl<'s> ObjectCache<'s> {
    /// Creates a cache; what the packs do not have is read from the store.
    pub(in crate::git) fn new(store: &'s Store, packs: Option<PackedObjects>) -> Self {
        let room = if packs.is_some() { MAX_CACHED_OF_PACKS } else { MAX_CACHED };
        Self { store, packs, objects: GenerationalCache::new(room) }
    }

    /// Returns the size of an object in bytes; `None` if no pack has it, or only unpacking it tells.
    pub(in crate::git) fn size(&self, oid: Oid) -> Option<u64> {
        self.packs.as_ref()?.size(oid)
    }

    /// Returns the bytes of an object, which must exist and be of the given kind.
    pub(in crate::git) fn get(&mut self, oid: Oid, kind: ObjectKind) -> Result<Arc<Vec<u8>>> {
        if let Some(data) = self.objects.get((oid, kind)) {
            return Ok(data);
        }
        let packed = self.packs.as_ref().and_then(|packs| packs.find(oid));
        let data = match packed.filter(|(found, _)| *found == kind) {
            Some((_, data)) => data,
            None => self.store.read_with(oid, kind, |data| Ok(Arc::new(data.to_vec())))?,
        };
        if data.len() <= MAX_OBJECT {
            self.objects.put((oid, kind), Arc::clone(&data), data.len());
        }
        Ok(data)
    }
}
