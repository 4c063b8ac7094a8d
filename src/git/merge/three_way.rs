//! Three-way merges decided without git: by object ids, and by lines for texts.

use std::collections::HashMap;

use super::lines::{LineMerge, is_text, without_equal_ends};
use super::objects::{BaseTree, MergeObjects};
use super::sides::{Entry, Key, MAX_DEPTH, Sides, of_one_side};
use super::texts::{FileMerge, TextCheck, TextChecks};
use super::xdiff::{self, MergedText};
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
/// deleted or added what the other changed, and there is a similar file. It never matters at a path that the base
/// and both sides have.
pub(super) fn check(
    objects: &mut MergeObjects<'_>,
    texts: &TextChecks,
    trees: &MergedTrees,
) -> Result<TreeCheck> {
    let BaseTree::Known(base) = objects.begin(&trees.base)? else { return Ok(TreeCheck::Unknown) };
    let MergedTrees { ours, theirs, merged, .. } = *trees;
    let (ours, theirs) = (Some(ours), Some(theirs));
    let mut walk = Walk { objects, texts, state: State::default(), files: Vec::new() };
    walk.directory(Sides { base, ours, theirs, merged: Some(merged) }, 0)?;
    let Walk { state, files, .. } = walk;
    if state.differs {
        return Ok(TreeCheck::Differs);
    }
    if state.odd || state.unknown && !state.differs_unless_renamed {
        return Ok(TreeCheck::Unknown);
    }
    let may_be_renamed = state.needs_no_rename && objects.may_rename(base, ours, theirs)?;
    Ok(match files.len() {
        _ if may_be_renamed => TreeCheck::Unknown,
        _ if state.differs_unless_renamed => TreeCheck::Differs,
        0 => TreeCheck::Clean,
        1..=MAX_FILES => TreeCheck::Files(files),
        _ => TreeCheck::Unknown,
    })
}

/// The comparison, as far as it has come.
struct Walk<'w, 's> {
    objects: &'w mut MergeObjects<'s>,
    texts: &'w TextChecks,
    state: State,
    files: Vec<FileMerge>,
}

/// Findings on the way.
#[derive(Debug, Default)]
struct State {
    /// True if a path is certain to differ.
    differs: bool,
    /// True if a path cannot be decided here. A later one may still be certain to differ.
    unknown: bool,
    /// True if a tree cannot be read, or is not as git writes it.
    odd: bool,
    /// True if a rename could change the result.
    needs_no_rename: bool,
    /// True if a path is certain to differ if nothing is renamed.
    differs_unless_renamed: bool,
}

impl Walk<'_, '_> {
    fn directory(&mut self, sides: Sides<Oid>, depth: usize) -> Result<()> {
        if sides.pick().is_some_and(|expected| expected == sides.merged) && !sides.may_hide_deletions() {
            return Ok(());
        }
        if depth > MAX_DEPTH {
            self.state.odd = true;
            return Ok(());
        }
        let data = sides.try_map(|oid| {
            let tree = self.objects.get(oid, ObjectKind::Tree)?;
            self.state.odd |= tree.is_none();
            Ok(tree.unwrap_or_default())
        })?;
        let oid_len = sides.all().flatten().next().map_or(0, |oid| oid.as_bytes().len());
        let trees = data.as_ref();
        let mut rest = trees.bytes();
        let mut last: Option<Key<'_>> = None;
        let mut changed = HashMap::new();
        loop {
            if rest.skip_equal(oid_len, &mut last).is_none() {
                self.state.odd = true;
                return Ok(());
            }
            let Some((key, entries)) = rest.next(oid_len) else { break };
            let is_sorted = last.is_none_or(|last| last < key);
            last = Some(key);
            self.entry(key, entries, depth)?;
            if entries.differ() && changed.insert(key.name, key.directory).is_some() {
                self.state.unknown = true;
            }
            self.state.odd |= !is_sorted;
            if !is_sorted || self.state.differs {
                return Ok(());
            }
        }
        // Bytes that are left could not be parsed.
        let is_read = rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty));
        // git writes no directory without entries, so none is seen below, either.
        let is_empty = depth > 0 && data.as_ref().all().flatten().any(|tree| tree.is_empty());
        self.state.odd |= !is_read || is_empty;
        self.state.unknown |= trees.have_other_kinds(&changed, oid_len);
        Ok(())
    }

    fn entry(&mut self, key: Key<'_>, entries: Sides<Entry<'_>>, depth: usize) -> Result<()> {
        let Sides { base, ours, theirs, merged } = entries;
        let is_deleted = base.is_some() && ours.is_none() && theirs.is_none();
        if base.is_some_and(Entry::is_unknown) && (ours != theirs || ours.is_none()) {
            // Where no side has anything, nothing is expected, whatever the base has.
            let is_gone = ours.is_none() && theirs.is_none();
            self.state.unknown |= !is_gone;
            self.state.needs_no_rename |= is_gone;
            self.state.differs_unless_renamed |= is_gone && merged.is_some();
            return Ok(());
        }
        let expected = self.objects.pick(entries)?;
        // A directory that one side has deleted may have been moved, and what the other has added to it moves along.
        let is_moved =
            key.directory && expected.is_none() && base.is_some() && (ours.is_none() || theirs.is_none());
        self.state.needs_no_rename |= is_deleted || is_moved;
        if expected.is_some_and(|expected| expected == merged)
            && !(key.directory && entries.may_hide_deletions())
        {
            return Ok(());
        }
        if key.directory {
            return self.directory(entries.and_then(Entry::oid), depth + 1);
        }
        let (Some(one), Some(other), Some(base)) = (ours, theirs, base) else {
            return self.entry_that_may_be_renamed(entries, expected.is_some());
        };
        let are_files = [base, one, other].into_iter().chain(merged).all(Entry::is_file);
        if expected.is_none() && [base, one, other].into_iter().all(Entry::is_symlink) {
            // git does not merge symbolic links, and no rename can touch the path.
            self.state.differs = true;
        } else if !are_files {
            self.state.unknown = true;
        } else if expected.is_some()
            || one.merged_mode(Some(base), other) != merged.map(|recorded| recorded.mode)
        {
            // The path is a regular file in the base and on both sides, so no rename can touch it.
            self.state.differs = true;
        } else {
            self.text(entries.and_then(Entry::oid))?;
        }
        Ok(())
    }

    /// Compares a path that not all of the base and both sides have.
    fn entry_that_may_be_renamed(&mut self, entries: Sides<Entry<'_>>, is_of_one_side: bool) -> Result<()> {
        self.state.needs_no_rename = true;
        let (None, Some(ours), Some(theirs)) = (entries.base, entries.ours, entries.theirs) else {
            // One side has deleted what the other has changed, which conflicts; or what is recorded is not the
            // version of the only side that has changed it.
            self.state.differs_unless_renamed = true;
            return Ok(());
        };
        let is_like_both = entries.merged.is_some_and(|merged| {
            [ours, theirs].iter().all(|side| side.is_file() && side.mode == merged.mode)
        });
        let oids = entries.and_then(Entry::oid);
        self.state.differs_unless_renamed |=
            is_of_one_side || !is_like_both || !self.is_added_by_both(oids)?;
        Ok(())
    }

    /// Returns true if the merge of two files without a base gives the recorded one, as if one of them is empty.
    fn is_added_by_both(&mut self, oids: Sides<Oid>) -> Result<bool> {
        let mut text = |oid: Option<Oid>| oid.map(|oid| self.objects.get(oid, ObjectKind::Blob)).transpose();
        let texts = (text(oids.ours)?.flatten(), text(oids.theirs)?.flatten(), text(oids.merged)?.flatten());
        let (Some(ours), Some(theirs), Some(merged)) = texts else { return Ok(false) };
        let both = ours.is_empty().then_some(&theirs).or(theirs.is_empty().then_some(&ours));
        Ok(both.is_some_and(|both| *both == merged && is_text(both)))
    }

    /// Compares a file that both sides changed.
    fn text(&mut self, oids: Sides<Oid>) -> Result<()> {
        let Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs), merged: Some(merged) } = oids
        else {
            self.state.unknown = true;
            return Ok(());
        };
        let file = FileMerge { base, ours, theirs, merged };
        // git has no base that was made here, and its oid is that of another one in the next merge.
        let is_made = self.objects.is_made(base);
        let known = if is_made { None } else { self.texts.get(file) };
        let check = match known {
            Some(known) => known,
            None => self.text_compared(file, is_made)?,
        };
        if known.is_none() && !is_made {
            self.texts.put(file, check);
        }
        match check {
            TextCheck::Clean => {}
            TextCheck::Differs => self.state.differs = true,
            TextCheck::Unknown if is_made => self.state.unknown = true,
            TextCheck::Unknown => self.files.push(file),
        }
        Ok(())
    }

    fn text_compared(&mut self, file: FileMerge, is_made: bool) -> Result<TextCheck> {
        if let Some(expected) = of_one_side(file.base, file.ours, file.theirs) {
            return Ok(if expected == file.merged { TextCheck::Clean } else { TextCheck::Differs });
        }
        let mut text =
            |oid| -> Result<_> { Ok(self.objects.get(oid, ObjectKind::Blob)?.filter(|text| is_text(text))) };
        let base = text(file.base)?;
        let [Some(ours), Some(theirs), Some(merged)] =
            [text(file.ours)?, text(file.theirs)?, text(file.merged)?]
        else {
            return Ok(TextCheck::Unknown);
        };
        let Some(base) = base else {
            let can_never_give = LineMerge::new(&[], &ours, &theirs).can_never_give(&merged, false);
            return Ok(if can_never_give { TextCheck::Differs } else { TextCheck::Unknown });
        };
        if is_made {
            // git has the same base only if it is merged with the same algorithm, and so is the rest.
            let own = xdiff::merge([&base, &ours, &theirs], xdiff::MARKER);
            return Ok(own.map_or(TextCheck::Unknown, |own| own.check(&merged)));
        }
        if gives(&base, &ours, &theirs, &merged) {
            return Ok(TextCheck::Clean);
        }
        let can_never_give = LineMerge::new(&base, &ours, &theirs).can_never_give(&merged, true);
        Ok(if can_never_give { TextCheck::Differs } else { TextCheck::Unknown })
    }
}

/// Returns true if a merge by lines gives a text.
fn gives(base: &[u8], ours: &[u8], theirs: &[u8], merged: &[u8]) -> bool {
    let [base, ours, theirs, merged] = without_equal_ends([base, ours, theirs, merged]);
    LineMerge::new(base, ours, theirs).gives(merged)
}

impl MergedText {
    /// Compares this merge with what is recorded.
    fn check(&self, recorded: &[u8]) -> TextCheck {
        if !self.has_conflicts && self.text == recorded { TextCheck::Clean } else { TextCheck::Differs }
    }
}
