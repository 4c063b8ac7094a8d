//! Files that one parent of a merge has moved, and another has changed where they were.
//!
//! A three-way merge by paths alone does not see that a change belongs to a moved file. No similarity is
//! measured here: every file that may have been moved is compared.

use super::diff::{ChangedFile, Changes};
use super::older::OfBase;
use super::{Mode, Oid, Older, Tree};
use crate::error::Result;

/// Maximum number of pairs of files in one merge that are compared whatever their names.
///
/// Of further ones only those are compared that have the same content or the same name.
const MAX_PAIRS: usize = 1 << 14;

/// File of a merge base that one parent no longer has, and another has changed or removed.
struct Origin {
    base: Option<(Mode, Oid)>,
    partner: Option<(Mode, Oid)>,
    name: Vec<u8>,
}

/// A merge base, and two parents of which one may have moved files of it.
struct Move {
    /// Number of the merge base among all of them.
    base: usize,
    /// Index of the parent that may have moved files.
    mover: usize,
    /// Index of the parent that has changed files.
    partner: usize,
}

impl Changes<'_> {
    /// Returns files of a merge that a parent may have moved, each with its older versions at its old place.
    ///
    /// `may_move` tells whether a file at the first path may come from one at the second, whatever its content.
    ///
    /// # Errors
    /// Fails when a tree is missing or cannot be read.
    pub(crate) fn moved(
        &mut self,
        tree: Oid,
        older: &Older<Oid>,
        may_move: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Result<Vec<ChangedFile>> {
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
                    base: Some((file.mode, file.oid)),
                    partner: *partner,
                    name: file.path.to_vec(),
                };
                if let [one, other] = file.older.parents() {
                    moved_by_one.extend(one.is_none().then(|| origin(other)));
                    moved_by_other.extend(other.is_none().then(|| origin(one)));
                }
                Ok(())
            })?;
            for (mover, partner, origins) in
                [(pair.one, pair.other, moved_by_one), (pair.other, pair.one, moved_by_other)]
            {
                if !origins.is_empty() {
                    let of = Move { base: number, mover, partner };
                    self.add_moved(tree, older, &of, &origins, &may_move, &mut moved)?;
                }
            }
        }
        Ok(moved)
    }

    fn add_moved(
        &mut self,
        tree: Oid,
        older: &Older<Oid>,
        of: &Move,
        origins: &[Origin],
        may_move: &impl Fn(&[u8], &[u8]) -> bool,
        moved: &mut Vec<ChangedFile>,
    ) -> Result<()> {
        let (Some(mover), Some(partner)) = (older.parents().get(of.mover), older.parents().get(of.partner))
        else {
            return Ok(());
        };
        let Some(base) = older.bases().nth(of.base) else { return Ok(()) };
        let mut added = Vec::new();
        self.between(tree, &Older::of_parents(vec![*partner, *base.value]), &mut |file| {
            added.extend(file.older.parents().iter().all(Option::is_none).then_some(file));
            Ok(())
        })?;
        for file in added {
            let Some(own) = self.entry_at(*mover, &file.path)? else { continue };
            for origin in origins {
                let is_same = origin.base == Some(own) || name(&origin.name) == name(&file.path);
                if is_same || moved.len() < MAX_PAIRS && may_move(&file.path, &origin.name) {
                    let versions = older.numbered(|version| match version {
                        version if version == of.mover => Some(own),
                        version if version == of.partner => origin.partner,
                        version if version == older.parents().len() + of.base => origin.base,
                        _ => None,
                    });
                    moved.push(ChangedFile { older: versions, ..file.clone() });
                }
            }
        }
        Ok(())
    }

    /// Returns the mode and the object of a file in a tree; `None` for a directory or no entry.
    fn entry_at(&mut self, tree: Oid, path: &[u8]) -> Result<Option<(Mode, Oid)>> {
        let mut at = tree;
        let mut names = path.split(|byte| *byte == b'/').peekable();
        while let Some(name) = names.next() {
            let tree: std::rc::Rc<Tree> = self.tree(at)?;
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
