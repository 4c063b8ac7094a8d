//! Files that git merges, as regular files of trees that contain nothing else.

use std::collections::HashSet;

use bstr::ByteSlice as _;

use super::scratch::{ScratchRepo, first_oid, refused};
use super::texts::FileMerge;
use super::tree_merges::NewCommits;
use crate::error::Result;
use crate::git::Oid;

/// Merges files and returns the results in their order; `None` for a conflict.
///
/// All files exist on both sides and in the base, so git looks for no renames.
///
/// # Errors
/// Fails if git cannot read one of the files.
pub(super) fn merge(scratch: &ScratchRepo, files: &[FileMerge]) -> Result<Vec<Option<Oid>>> {
    let mut new = NewCommits::new(scratch);
    let tree = |version: fn(&FileMerge) -> Oid| {
        let commands = files.iter().enumerate();
        let commands = commands.map(|(number, file)| format!("M 100644 {} {number:06}\n", version(file)));
        commands.collect::<String>().into_bytes()
    };
    let base = new.add(None, &tree(|file| file.base));
    new.add(Some(base), &tree(|file| file.ours));
    new.add(Some(base), &tree(|file| file.theirs));
    let made = new.make()?;
    let [_, ours, theirs] = made.as_slice() else { return Ok(Vec::new()) };
    let git = scratch.merge_tree().args(["--name-only", "-z", &ours.to_string(), &theirs.to_string()]);
    let answer = git.answer()?;
    if !matches!(answer.code, Some(0 | 1)) {
        return Err(refused(&answer));
    }
    let mut fields = answer.stdout.split(|byte| *byte == 0);
    let tree = first_oid("merge-tree", fields.next().unwrap_or_default())?;
    let conflicts: HashSet<&[u8]> = fields.collect();
    let entries = scratch.git("ls-tree").args(["-z", &tree.to_string()]).output()?;
    let mut merged = vec![None; files.len()];
    for entry in entries.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let file = parse_entry(entry).filter(|(name, _)| !conflicts.contains(name));
        if let Some((name, oid)) = file
            && let Some(merged) = number(name).and_then(|number| merged.get_mut(number))
        {
            *merged = Some(oid);
        }
    }
    Ok(merged)
}

/// Parses an entry of `git ls-tree -z`: name and oid.
fn parse_entry(entry: &[u8]) -> Option<(&[u8], Oid)> {
    let (fields, name) = entry.split_once_str("\t")?;
    let oid = fields.strip_prefix(b"100644 blob ").and_then(Oid::from_hex)?;
    Some((name, oid))
}

fn number(name: &[u8]) -> Option<usize> {
    name.to_str().ok()?.parse().ok()
}
