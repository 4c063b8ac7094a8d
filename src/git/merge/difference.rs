//! Differences between two trees, as git finds them in the scratch repository.

use bstr::ByteSlice as _;

use super::scratch::ScratchRepo;
use crate::error::{Error, Result};
use crate::git::{Mode, Oid};

/// Entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Kind of the entry.
    pub(super) mode: Mode,
    /// True if it is an executable file.
    is_executable: bool,
    /// Object of the entry.
    pub(super) oid: Oid,
}

/// A path with two different entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Path from the root of the trees.
    pub(super) path: Vec<u8>,
    /// Entry of the first tree; `None` if there is none.
    pub(super) was: Option<Entry>,
    /// Entry of the second tree; `None` if there is none.
    pub(super) recorded: Option<Entry>,
}

/// Differences between two trees.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    /// Differences of all that is no directory.
    pub(super) files: Vec<Difference>,
    /// Directories of the second tree that differ from those of the first.
    pub(super) directories: Vec<Oid>,
}

impl Entry {
    /// Parses a mode and an oid in hexadecimal; inner `None` if they say that there is no entry.
    pub(super) fn parse(mode: &[u8], hex: &[u8]) -> Option<Option<Self>> {
        let oid = Oid::from_hex(hex)?;
        Some(Some(match mode {
            b"100644" | b"100755" => Self { mode: Mode::File, is_executable: mode == b"100755", oid },
            b"120000" => Self { mode: Mode::Symlink, is_executable: false, oid },
            b"160000" => Self { mode: Mode::Submodule, is_executable: false, oid },
            b"040000" => Self { mode: Mode::Tree, is_executable: false, oid },
            b"000000" => return Some(None),
            _ => return None,
        }))
    }
}

/// Lets git compare a tree with the recorded one.
///
/// # Errors
/// Fails if git cannot read a tree.
pub(super) fn differences(scratch: &ScratchRepo, automatic: Oid, recorded: Oid) -> Result<Differences> {
    let git = scratch.git("diff-tree").args(["-r", "-t", "-z", "--raw", "--no-renames", "--no-abbrev"]);
    let output =
        git.arg("--ignore-submodules=none").arg(automatic.to_string()).arg(recorded.to_string()).output()?;
    parse(&output).ok_or_else(|| Error::git("unexpected output of `git diff-tree`"))
}

/// Parses lines `:mode mode oid oid status`, each followed by a path; `None` if they are malformed.
fn parse(output: &[u8]) -> Option<Differences> {
    let mut found = Differences::default();
    let mut fields = output.split(|byte| *byte == 0);
    while let Some(facts) = fields.next().filter(|facts| !facts.is_empty()) {
        let facts: Vec<&[u8]> = facts.strip_prefix(b":")?.split_str(" ").collect();
        let path = fields.next()?.to_vec();
        let [old, new, old_oid, new_oid, _] = *facts.as_slice() else { return None };
        let (was, recorded) = (Entry::parse(old, old_oid)?, Entry::parse(new, new_oid)?);
        let is_directory = |entry: Option<Entry>| entry.is_some_and(|entry| entry.mode == Mode::Tree);
        if is_directory(recorded) {
            found.directories.extend(recorded.map(|entry| entry.oid));
        }
        // What replaces a directory, or is replaced by one, has lines of its own.
        if !is_directory(recorded) && !is_directory(was) {
            found.files.push(Difference { path, was, recorded });
        }
    }
    Some(found)
}
