//! Files that one parent of a merge has moved, and another has changed where they were.
//!
//! A three-way merge by paths alone does not see that a change belongs to a moved file. No similarity is
//! measured here: every file that may have been moved is compared.

use std::rc::Rc;

use bstr::BString;

use super::diff::{ChangedFile, Changes};
use super::older::OfBase;
use super::{Mode, Oid, Older, Tree};
use crate::error::Result;

/// File of a merge that one of its parents may have moved there.
pub(crate) struct MovedFile {
    /// The file, without older versions.
    pub file: ChangedFile,
    /// Mode and object that the parent has at its path.
    own: (Mode, Oid),
    of: Move,
    origins: Rc<[Origin]>,
}

/// File of a merge, and a place from which a parent may have moved it.
pub(crate) struct MovedPair {
    /// File of the merge base at the old place, without older versions.
    pub origin: ChangedFile,
    /// File of the merge, with the older versions at the old place.
    pub file: ChangedFile,
}

/// File of a merge base that one parent no longer has, and another has changed or removed.
struct Origin {
    path: BString,
    base: (Mode, Oid),
    partner: Option<(Mode, Oid)>,
}

/// A merge base, and two parents of which one may have moved files of it, by their numbers.
#[derive(Clone, Copy)]
struct Move {
    base: usize,
    mover: usize,
    partner: usize,
}

impl MovedFile {
    /// Returns the places from which the file may come.
    ///
    /// `may_move` tells whether a file at the first path may come from one at the second, whatever its name and
    /// its content.
    pub(crate) fn at_origins<'a>(
        &'a self,
        older: &'a Older<Oid>,
        may_move: impl Fn(&[u8], &[u8]) -> bool + 'a,
    ) -> impl Iterator<Item = MovedPair> + 'a {
        let Self { file, own, of, origins } = self;
        let from = move |origin: &&Origin| {
            let is_same = origin.base == *own || name(&origin.path) == name(&file.path);
            is_same || may_move(&file.path, &origin.path)
        };
        origins.iter().filter(from).map(move |origin| {
            let base = older.parents().len() + of.base;
            let versions = older.numbered(|version| match version {
                version if version == of.mover => Some(*own),
                version if version == of.partner => origin.partner,
                version if version == base => Some(origin.base),
                _ => None,
            });
            let (mode, oid) = origin.base;
            let nothing = older.numbered(|_| None);
            MovedPair {
                origin: ChangedFile { path: origin.path.clone(), mode, oid, older: nothing },
                file: ChangedFile { older: versions, ..file.clone() },
            }
        })
    }
}

impl Changes<'_> {
    /// Returns the files of a merge that one parent may have moved, while another changed them at their old
    /// place.
    ///
    /// # Errors
    /// Fails when a tree is missing or cannot be read.
    pub(crate) fn moved(&mut self, tree: Oid, older: &Older<Oid>) -> Result<Vec<MovedFile>> {
        let mut moved = Vec::new();
        for (number, OfBase { pair, value: base }) in older.bases().enumerate() {
            let (Some(one), Some(other)) = (older.parents().get(pair.one), older.parents().get(pair.other))
            else {
                continue;
            };
            let both = Older::of_parents(vec![*one, *other]);
            let (mut moved_by_one, mut moved_by_other) = (Vec::new(), Vec::new());
            self.between(*base, &both, &mut |file| {
                let origin = |partner: &Option<(Mode, Oid)>| Origin {
                    path: file.path.clone(),
                    base: (file.mode, file.oid),
                    partner: *partner,
                };
                if let [one, other] = file.older.parents() {
                    moved_by_one.extend(one.is_none().then(|| origin(other)));
                    moved_by_other.extend(other.is_none().then(|| origin(one)));
                }
                Ok(())
            })?
            .whole()?;
            for (mover, partner, origins) in
                [(pair.one, pair.other, moved_by_one), (pair.other, pair.one, moved_by_other)]
            {
                if !origins.is_empty() {
                    let of = Move { base: number, mover, partner };
                    moved.extend(self.added_by(tree, older, of, &origins.into())?);
                }
            }
        }
        Ok(moved)
    }

    /// Returns the files that a parent has, and neither its partner nor their merge base.
    fn added_by(
        &mut self,
        tree: Oid,
        older: &Older<Oid>,
        of: Move,
        origins: &Rc<[Origin]>,
    ) -> Result<Vec<MovedFile>> {
        let parent = |number| older.parents().get(number).copied();
        let base = older.bases().nth(of.base).map(|base| *base.value);
        let (Some(mover), Some(partner), Some(base)) = (parent(of.mover), parent(of.partner), base) else {
            return Ok(Vec::new());
        };
        let mut added = Vec::new();
        self.between(tree, &Older::of_parents(vec![partner, base]), &mut |file| {
            added.extend(file.older.parents().iter().all(Option::is_none).then_some(file));
            Ok(())
        })?
        .whole()?;
        let mut moved = Vec::new();
        for file in added {
            if let Some(own) = self.entry_at(mover, &file.path)? {
                let file = ChangedFile { older: older.numbered(|_| None), ..file };
                moved.push(MovedFile { file, own, of, origins: Rc::clone(origins) });
            }
        }
        Ok(moved)
    }

    /// Returns the mode and the object of a file in a tree; `None` for a directory or no entry.
    fn entry_at(&mut self, tree: Oid, path: &[u8]) -> Result<Option<(Mode, Oid)>> {
        let mut at = tree;
        let mut names = path.split(|byte| *byte == b'/').peekable();
        while let Some(name) = names.next() {
            let tree: Rc<Tree> = self.tree(at)?;
            match tree.get(name) {
                Some(entry) if names.peek().is_some() && entry.mode == Mode::Tree => at = entry.oid,
                Some(entry) if names.peek().is_none() && entry.mode != Mode::Tree => {
                    return Ok(Some((entry.mode, entry.oid)));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}
