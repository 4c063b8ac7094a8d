//! Cache of object contents.

use std::rc::Rc;

use super::oid::OidMap;
use crate::error::Result;
use crate::git::{ObjectKind, Oid, Repo};

/// Maximum size of one generation of the cache, in bytes; there are two.
///
/// Neighbours in history share most of their trees.
const KEPT: usize = 12 << 20;

/// Maximum size of a cached object, in bytes.
const LARGE: usize = 1 << 20;

type Object = (ObjectKind, Rc<[u8]>);

/// Reads objects and caches those that were used last, in two generations.
pub(in crate::git) struct ObjectCache<'r> {
    repo: &'r Repo,
    young: OidMap<Object>,
    old: OidMap<Object>,
    bytes: usize,
}

impl<'r> ObjectCache<'r> {
    pub(in crate::git) fn new(repo: &'r Repo) -> Self {
        Self { repo, young: OidMap::default(), old: OidMap::default(), bytes: 0 }
    }

    /// Returns the bytes of an object, which must exist and be of the given kind.
    pub(in crate::git) fn get(&mut self, oid: Oid, kind: ObjectKind) -> Result<Rc<[u8]>> {
        if let Some((_, data)) = self.young.get(&oid).filter(|(found, _)| *found == kind) {
            return Ok(Rc::clone(data));
        }
        let data = match self.old.remove(&oid).filter(|(found, _)| *found == kind) {
            Some((_, data)) => data,
            None => self.repo.look(oid, kind, |data| Ok(data.into()))?,
        };
        if data.len() <= LARGE {
            self.keep(oid, (kind, Rc::clone(&data)));
        }
        Ok(data)
    }

    fn keep(&mut self, oid: Oid, object: Object) {
        self.bytes += object.1.len();
        if self.bytes > KEPT {
            self.old = std::mem::take(&mut self.young);
            self.bytes = object.1.len();
        }
        self.young.insert(oid, object);
    }
}
