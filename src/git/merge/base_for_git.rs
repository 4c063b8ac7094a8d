//! Merge bases for git, so that it need not find them, nor merge several of them once more.

use super::objects::MergeObjects;
use super::sides::{Entry, MAX_DEPTH, Sides};
use super::tree_merges::whole_tree;
use crate::error::Result;
use crate::git::history::merge_plan::Base;
use crate::git::{ObjectKind, Oid};

/// Maximum size of the commands for one merge base, in bytes.
const MAX_COMMANDS: usize = 1 << 20;

/// Modes that `git fast-import` accepts; old trees have others.
const MODES: [&[u8]; 5] = [b"100644", b"100755", b"120000", b"160000", b"40000"];

/// Commands of `git fast-import` that make one tree of another.
#[derive(Default)]
struct Commands {
    deleted: Vec<u8>,
    changed: Vec<u8>,
}

/// Returns the commands of `git fast-import` that make the tree of the base of the merge that was begun last; `None` if
/// there is no base, or it is not fully known, or large.
///
/// # Errors
/// Fails if an object is missing or cannot be read.
pub(super) fn commands(objects: &mut MergeObjects<'_>, base: &Base) -> Result<Option<Vec<u8>>> {
    let merged = match base {
        Base::None => return Ok(None),
        Base::Tree(tree) => return Ok(Some(whole_tree(*tree))),
        Base::Merged(merged) => merged,
    };
    let Some(tree) = objects.made_base() else { return Ok(None) };
    let mut commands = Commands::default();
    if !commands.add(objects, Some(merged.theirs), tree, &mut Vec::new(), 0)? {
        return Ok(None);
    }
    Ok(Some([whole_tree(merged.theirs), commands.deleted, commands.changed].concat()))
}

/// Returns whether a name in a tree is one of a path, too.
fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/')
}

impl Commands {
    /// Adds the differences of a directory from another one; returns false if they cannot be told.
    fn add(
        &mut self,
        objects: &mut MergeObjects<'_>,
        from: Option<Oid>,
        tree: Oid,
        path: &mut Vec<u8>,
        depth: usize,
    ) -> Result<bool> {
        let mut is_known = depth <= MAX_DEPTH;
        let trees = Sides { base: from, ours: Some(tree), theirs: Some(tree), merged: Some(tree) };
        let data = trees.try_map(|oid| {
            let tree = objects.get(oid, ObjectKind::Tree)?;
            is_known &= tree.is_some();
            Ok(tree.unwrap_or_default())
        })?;
        let mut rest = data.as_ref().bytes();
        let start = path.len();
        let (oid_len, mut last) = (tree.as_bytes().len(), None);
        while rest.skip_equal(oid_len, &mut last).is_some()
            && let Some((key, Sides { base: old, ours: new, .. })) = rest.next(oid_len)
        {
            last = Some(key);
            path.extend_from_slice(key.name);
            is_known &= !path.starts_with(b"\"") && !path.contains(&b'\n') && is_name(key.name);
            is_known = is_known && self.deleted.len() + self.changed.len() <= MAX_COMMANDS;
            if !is_known {
                return Ok(false);
            }
            match new {
                None => self.deleted.extend([b"D ", path.as_slice(), b"\n"].concat()),
                Some(new) => is_known = self.change(objects, [old, Some(new)], path, depth)?,
            }
            path.truncate(start);
        }
        Ok(is_known && rest.all().all(|rest| rest.is_none_or(<[u8]>::is_empty)))
    }

    /// Adds a new or changed entry.
    fn change(
        &mut self,
        objects: &mut MergeObjects<'_>,
        [old, new]: [Option<Entry<'_>>; 2],
        path: &mut Vec<u8>,
        depth: usize,
    ) -> Result<bool> {
        let Some(entry) = new.filter(|entry| MODES.contains(&entry.mode)) else { return Ok(false) };
        let Some(oid) = entry.oid() else { return Ok(false) };
        let mode = String::from_utf8_lossy(entry.mode);
        if !objects.is_made(oid) {
            self.changed.extend(format!("M {mode:0>6} {oid} ").as_bytes());
            self.changed.extend([path.as_slice(), b"\n"].concat());
            return Ok(true);
        }
        if entry.key().directory {
            path.push(b'/');
            return self.add(objects, old.and_then(Entry::oid), oid, path, depth + 1);
        }
        let Some(text) = objects.get(oid, ObjectKind::Blob)? else { return Ok(false) };
        self.changed.extend([format!("M {mode:0>6} inline ").as_bytes(), path, b"\n"].concat());
        self.changed.extend([format!("data {}\n", text.len()).as_bytes(), &text, b"\n"].concat());
        Ok(true)
    }
}
