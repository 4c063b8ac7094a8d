//! Cache of object contents.

use std::rc::Rc;

use super::generational_cache::GenerationalCache;
use super::store::Store;
use crate::error::Result;
use crate::git::{ObjectKind, Oid};

/// Size in bytes of each of the two generations of the cache.
///
/// Neighbours in history share most of their trees.
const MAX_CACHED: usize = 12 << 20;

/// Maximum size of a cached object, in bytes.
const MAX_OBJECT: usize = 1 << 20;

/// Reads objects and caches those that were used last.
pub(in crate::git) struct ObjectCache<'s> {
    store: &'s Store,
    objects: GenerationalCache<(Oid, ObjectKind), Rc<[u8]>>,
}

impl<'s> ObjectCache<'s> {
    pub(in crate::git) fn new(store: &'s Store) -> Self {
        Self { store, objects: GenerationalCache::new(MAX_CACHED) }
    }

    /// Returns the bytes of an object, which must exist and be of the given kind.
    pub(in crate::git) fn get(&mut self, oid: Oid, kind: ObjectKind) -> Result<Rc<[u8]>> {
        if let Some(data) = self.objects.get((oid, kind)) {
            return Ok(data);
        }
        let data: Rc<[u8]> = self.store.read_with(oid, kind, |data| Ok(data.into()))?;
        if data.len() <= MAX_OBJECT {
            self.objects.put((oid, kind), Rc::clone(&data), data.len());
        }
        Ok(data)
    }
}
