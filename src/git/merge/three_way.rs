//! Three-way merges decided without git: by object ids, and by lines for texts.

use std::collections::HashMap;

use super::lines::{BaseText, LineMerge, is_text};
use super::objects::{BaseTree, MergeObjects};
use super::sides::{Entry, Key, MAX_DEPTH, Sides, of_one_side};
use super::texts::{FileMerge, TextCheck, TextChecks};
use crate::error::Result;
use crate::git::history::merge_plan::Base;
use crate::git::{ObjectKind, Oid};

/// Maximum number of files of one merge about which git is asked one by one.
const MAX_FILES: usize = 64;

/// Trees of a merge of two commits.
#[derive(Debug, Clone)]
pub(super) struct MergedTrees {
    pub(super) base: Base,
    pub(super) ours: Oid,
    pub(super) theirs: Oid,
    pub(super) merged: Oid,
}

/// Result of comparing the trees of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TreeCheck {
    /// The merged tree is a three-way merge of the others.
    Clean,
    /// The merged tree is not what git makes of the others, if it can merge them.
    Differs,
    /// It is clean exactly if git merges each of these files without a conflict, as recorded.
    Files(Vec<FileMerge>),
    /// git has to repeat the merge.
    Unknown,
}

/// Compares a merged tree with the trees that were merged.
///
/// At every path, the merged entry must be that of the only side that changed it since the base; a file
/// changed on both sides must equal the merge of the texts.
///
/// If git's rename detection could matter, the merge is left to git: both sides deleted a path, or one side
/// deleted or added what the other changed. It never matters at a path that the base and both sides have.
pub(super) fn check(
    objects: &mut MergeObjects<'_>,
    texts: &TextChecks,
    trees: &MergedTrees,
) -> Result<TreeCheck> {
    let BaseTree::Known(base) = objects.begin(&trees.base)? else { return Ok(TreeCheck::Unknown) };
    let MergedTrees { ours, theirs, merged, .. } = *trees;
    let origin = match trees.base {
        Base::Merged(_) => BaseText::Merged,
        Base::None | Base::Tree(_) => BaseText::Recorded,
    };
    let mut walk = Walk { objects, texts, origin, differs: false, unknown: false, files: Vec::new() };
    walk.directory(Sides { base, ours: Some(ours), theirs: Some(theirs), merged: Some(merged) }, 0)?;
    let Walk { differs, unknown, files, .. } = walk;
    Ok(match files.len() {
        _ if differs => TreeCheck::Differs,
        _ if unknown => TreeCheck::Unknown,
        0 => TreeCheck::Clean,
        1..=MAX_FILES => TreeCheck::Files(files),
        _ => TreeCheck::Unknown,
    })
}

/// The comparison, as far as it has come.
struct Walk<'w, 's> {
    objects: &'w mut MergeObjects<'s>,
    texts: &'w TextChecks,
    origin: BaseText,
    /// True if a path is certain to differ.
    differs: bool,
    /// True if a path cannot be decided here. A later one may still be certain to differ.
    unknown: bool,
    files: Vec<FileMerge>,
}

impl Walk<'_, '_> {
    fn directory(&mut self, sides: Sides<Oid>, depth: usize) -> Result<()> {
        if sides.pick().is_some_and(|expected| expected == sides.merged) && !sides.may_hide_deletions() {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            self.unknown = true;
            return Ok(());
        }
        let data = sides.try_map(|oid| {
            let tree = self.objects.get(oid, ObjectKind::Tree)?;
            self.unknown |= tree.is_none();
            Ok(tree.unwrap_or_default())
        })?;
        let oid_len = sides.all().flatten().next().map_or(0, |oid| oid.as_bytes().len());
        let trees = data.as_ref();
        let mut rest = trees.bytes();
        let mut last: Option<Key<'_>> = None;
        let mut changed = HashMap::new();
        while let Some((key, entries)) = rest.next(oid_len) {
            let is_sorted = last.is_none_or(|last| last < key);
            last = Some(key);
            if let Some(entries) = entries {
                self.entry(key, entries, depth)?;
                if entries.differ() && changed.insert(key.name, key.directory).is_some() {
                    self.unknown = true;
                }
            }
            if !is_sorted || self.differs {
                self.unknown = true;
                return Ok(());
            }
        }
        // Bytes that are left could not be parsed.
        let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
        if !is_read || trees.have_other_kinds(&changed, oid_len) {
            self.unknown = true;
        }
        Ok(())
    }

    fn entry(&mut self, key: Key<'_>, entries: Sides<Entry<'_>>, depth: usize) -> Result<()> {
        let Sides { base, ours, theirs, merged } = entries;
        let is_deleted = base.is_some() && ours.is_none() && theirs.is_none();
        let expected = entries.pick();
        let is_as_expected = expected.is_some_and(|expected| expected == merged);
        if is_as_expected && !is_deleted && !(key.directory && entries.may_hide_deletions()) {
            return Ok(());
        }
        let (Some(one), Some(other), Some(recorded)) = (ours, theirs, merged) else {
            // Without a directory that all have, no path in it is one that all have.
            self.unknown = true;
            return Ok(());
        };
        if key.directory {
            let oids = entries.and_then(Entry::oid);
            return self.directory(oids, depth + 1);
        }
        let is_file = [one, other, recorded].into_iter().all(Entry::is_file);
        let Some(base) = base.filter(|base| is_file && base.is_file()) else {
            self.unknown = true;
            return Ok(());
        };
        if expected.is_some() || one.merged_mode(Some(base), other) != Some(recorded.mode) {
            // The path is a regular file in the base and on both sides, so no rename can touch it.
            let is_certain = self.origin == BaseText::Recorded || expected.is_some() && one == other;
            self.differs |= is_certain;
            self.unknown |= !is_certain;
            return Ok(());
        }
        self.text(entries.and_then(Entry::oid))
    }

    /// Compares a file that both sides changed.
    fn text(&mut self, oids: Sides<Oid>) -> Result<()> {
        let Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs), merged: Some(merged) } = oids
        else {
            self.unknown = true;
            return Ok(());
        };
        let file = FileMerge { base, ours, theirs, merged };
        match (self.origin, self.text_check(file)?) {
            (_, TextCheck::Clean) => {}
            (_, TextCheck::Differs) => self.differs = true,
            (BaseText::Recorded, TextCheck::Unknown) => self.files.push(file),
            (BaseText::Merged | BaseText::Unknown, TextCheck::Unknown) => self.unknown = true,
        }
        Ok(())
    }

    fn text_check(&mut self, file: FileMerge) -> Result<TextCheck> {
        if self.origin == BaseText::Merged {
            return self.text_compared(file);
        }
        if let Some(known) = self.texts.get(file) {
            return Ok(known);
        }
        let check = self.text_compared(file)?;
        self.texts.put(file, check);
        Ok(check)
    }

    fn text_compared(&mut self, file: FileMerge) -> Result<TextCheck> {
        if let Some(expected) = of_one_side(file.base, file.ours, file.theirs) {
            return Ok(match (expected == file.merged, self.origin) {
                (true, _) => TextCheck::Clean,
                (false, BaseText::Recorded) => TextCheck::Differs,
                (false, BaseText::Merged | BaseText::Unknown) => TextCheck::Unknown,
            });
        }
        let mut text =
            |oid| -> Result<_> { Ok(self.objects.get(oid, ObjectKind::Blob)?.filter(|text| is_text(text))) };
        let base = text(file.base)?;
        let [Some(ours), Some(theirs), Some(merged)] =
            [text(file.ours)?, text(file.theirs)?, text(file.merged)?]
        else {
            return Ok(TextCheck::Unknown);
        };
        let origin = if base.is_some() { self.origin } else { BaseText::Unknown };
        let base = base.unwrap_or_default();
        let mut merge = LineMerge::new(&base, &ours, &theirs);
        Ok(if merge.can_never_give(&merged, origin) {
            TextCheck::Differs
        } else if origin != BaseText::Unknown && merge.is_small() && merge.gives(&merged) {
            TextCheck::Clean
        } else {
            TextCheck::Unknown
        })
    }
}
