//! Paths of a merge of merge bases that a rename may change.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::sides::Key;
use crate::git::Oid;

/// Paths in a directory, by name, and by whether it is the name of a directory.
#[derive(Debug, Clone, Default)]
pub(super) struct TouchedPaths(BTreeMap<(Vec<u8>, bool), Touched>);

#[derive(Debug, Clone)]
enum Touched {
    Inside(Rc<TouchedPaths>),
    Itself(Touch),
}

/// Content of a touched path, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Touch {
    /// Nothing, because the file was renamed.
    Gone,
    /// The merge of a renamed file, if it has no conflict.
    Renamed(RenamedFile),
    /// Nothing, or the version of the base.
    AbsentOrBase,
    /// Nothing, or a file that is not known.
    Anything,
}

/// Versions of a file that one side has renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RenamedFile {
    pub(super) mode: Vec<u8>,
    pub(super) base: Oid,
    pub(super) ours: Oid,
    pub(super) theirs: Oid,
}

impl TouchedPaths {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a path.
    pub(super) fn add(&mut self, path: &[u8], touch: Touch) {
        match memchr::memchr(b'/', path).and_then(|at| path.split_at_checked(at)) {
            Some((name, rest)) => {
                let inside =
                    self.0.entry((name.to_vec(), true)).or_insert_with(|| Touched::Inside(Rc::default()));
                if let Touched::Inside(inside) = inside {
                    Rc::make_mut(inside).add(rest.get(1..).unwrap_or_default(), touch);
                }
            }
            None => {
                let own =
                    self.0.entry((path.to_vec(), false)).or_insert_with(|| Touched::Itself(touch.clone()));
                if let Touched::Itself(own) = own
                    && *own != touch
                {
                    *own = Touch::Anything;
                }
            }
        }
    }

    /// Returns what may be at the path of a file in this directory; `None` if no rename touches it.
    pub(super) fn file(&self, key: Key<'_>) -> Option<&Touch> {
        match self.0.get(&(key.name.to_vec(), false)).filter(|_| !key.directory)? {
            Touched::Itself(touch) => Some(touch),
            Touched::Inside(_) => None,
        }
    }

    /// Returns the touched paths in a directory of this directory, if there are some.
    pub(super) fn inside(&self, key: Key<'_>) -> Option<Rc<Self>> {
        match self.0.get(&(key.name.to_vec(), true)).filter(|_| key.directory)? {
            Touched::Inside(inside) => Some(Rc::clone(inside)),
            Touched::Itself(_) => None,
        }
    }
}
