//! Tree objects, read from their raw bytes.

use std::collections::HashMap;

use bstr::BString;
use memchr::memchr;

use super::Oid;
use crate::error::{Error, Result};

/// The kind of a tree entry. git knows five; whatever else a mode says, git treats it as one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A file, executable or not.
    File,
    /// A symbolic link; its blob holds the target.
    Symlink,
    /// A directory.
    Tree,
    /// A commit of another repository: a submodule.
    Submodule,
}

/// One name in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub mode: Mode,
    /// Its name, without a slash.
    pub name: BString,
    /// The object it names.
    pub oid: Oid,
}

/// A tree object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Its entries in git's order: by name, a directory as if its name ended in a slash.
    pub entries: Vec<Entry>,
}

impl Tree {
    /// Reads a tree object; `oid` is its own, whose length tells that of the oids inside.
    ///
    /// # Errors
    /// Fails when the bytes are not a list of entries.
    pub fn parse(oid: Oid, mut data: &[u8]) -> Result<Self> {
        let mut entries = Vec::new();
        while !data.is_empty() {
            let (entry, rest) = parse_entry(data, oid.hex_len() / 2)
                .ok_or_else(|| Error::git(format!("tree {oid} cannot be read")))?;
            entries.push(entry);
            data = rest;
        }
        Ok(Self { entries })
    }

    /// The entry with a name. Malformed trees are out of order, so every entry is looked at.
    pub fn get(&self, name: &[u8]) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

/// Finds entries of a tree by name: at once when they are asked for in the order in which they stand, else by an index that
/// is made when it is first needed. Directories may be huge, and malformed trees out of order.
pub(super) struct Lookup<'t> {
    entries: &'t [Entry],
    next: usize,
    index: Option<HashMap<&'t [u8], usize>>,
}

impl<'t> Lookup<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self { entries: &tree.entries, next: 0, index: None }
    }

    /// The first entry with a name.
    pub(super) fn find(&mut self, name: &[u8]) -> Option<&'t Entry> {
        if self.entries.get(self.next).is_none_or(|entry| entry.name != name) {
            let entries = self.entries.iter().enumerate().rev();
            let index = || entries.map(|(at, entry)| (entry.name.as_slice(), at)).collect();
            self.next = *self.index.get_or_insert_with(index).get(name)?;
        }
        let entry = self.entries.get(self.next);
        self.next += 1;
        entry
    }
}

fn parse_entry(data: &[u8], oid_len: usize) -> Option<(Entry, &[u8])> {
    let space = memchr(b' ', data)?;
    let (mode, rest) = (data.get(..space)?, data.get(space + 1..)?);
    let nul = memchr(0, rest)?;
    let (name, rest) = (rest.get(..nul)?, rest.get(nul + 1..)?);
    let oid = Oid::from_bytes(rest.get(..oid_len)?)?;
    let entry = Entry { mode: parse_mode(mode)?, name: name.into(), oid };
    Some((entry, rest.get(oid_len..)?))
}

/// Reads the octal mode as git's `canon_mode` does: the file type alone counts, and an unknown one is a submodule.
fn parse_mode(digits: &[u8]) -> Option<Mode> {
    let mut mode: u32 = 0;
    for digit in digits {
        let value = digit.checked_sub(b'0').filter(|value| *value < 8)?;
        mode = mode.checked_mul(8)?.checked_add(value.into())?;
    }
    match mode & 0o170_000 {
        _ if digits.is_empty() => None,
        0o100_000 => Some(Mode::File),
        0o120_000 => Some(Mode::Symlink),
        0o040_000 => Some(Mode::Tree),
        _ => Some(Mode::Submodule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    fn tree(modes: &[(&str, &str)]) -> Result<Tree> {
        let oid = Oid::from_hex(OID.as_bytes()).unwrap();
        let mut data = Vec::new();
        for (mode, name) in modes {
            data.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            data.extend_from_slice(oid.as_bytes());
        }
        Tree::parse(oid, &data)
    }

    #[test]
    fn modes_are_read_as_git_reads_them() {
        for (text, mode) in [
            ("100644", Mode::File),
            ("100664", Mode::File),
            ("100755", Mode::File),
            ("120000", Mode::Symlink),
            ("40000", Mode::Tree),
            ("040000", Mode::Tree),
            ("160000", Mode::Submodule),
        ] {
            assert_eq!(tree(&[(text, "x")]).unwrap().get(b"x").unwrap().mode, mode, "{text}");
        }
    }

    #[test]
    fn entries_are_found_in_any_order_and_the_first_of_two() {
        let old = tree(&[("100644", "a"), ("100644", "b"), ("40000", "c"), ("100755", "a")]).unwrap();
        let mut lookup = Lookup::new(&old);
        let found = ["a", "c", "new", "b", "c", "a", "z"].map(|name| lookup.find(name.as_bytes()));
        let expected = [Some(0), Some(2), None, Some(1), Some(2), Some(0), None];
        assert_eq!(found, expected.map(|at: Option<usize>| at.map(|at| &old.entries[at])));
    }

    #[test]
    fn a_tree_that_cannot_be_read_is_an_error() {
        assert!(tree(&[("1x", "a")]).is_err());
        let oid = Oid::from_hex(OID.as_bytes()).unwrap();
        for data in [&b"100644"[..], b"100644 a", b"100644 a\0short", b" a\0aaaaaaaaaaaaaaaaaaaa"] {
            assert!(Tree::parse(oid, data).is_err());
        }
    }
}
