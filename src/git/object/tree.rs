//! Tree objects, read from their raw bytes.

use bstr::BStr;
use memchr::memchr;

use crate::error::{Error, Result};
use crate::git::Oid;

/// ObjectKind of a tree entry. git writes five modes and treats any other as one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Regular file, executable or not.
    File,
    /// Symbolic link; its blob contains the target.
    Symlink,
    /// Directory.
    Tree,
    /// Submodule: a commit of another repository.
    Submodule,
}

/// Entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry<'t> {
    /// ObjectKind of the entry.
    pub mode: Mode,
    /// Name without a slash.
    pub name: &'t BStr,
    /// Object of the entry.
    pub oid: Oid,
}

/// A tree object. The bytes are kept unparsed, because few entries of most trees are ever read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    data: Box<[u8]>,
    oid_len: usize,
}

impl Tree {
    /// Parses a tree object; `oid` is its own id, whose length is that of the oids inside.
    ///
    /// # Errors
    /// Fails when the bytes are not a list of entries.
    pub fn parse(oid: Oid, data: &[u8]) -> Result<Self> {
        let mut raw = RawEntries::new(data, oid.hex_len() / 2);
        while let Some(entry) = raw.first() {
            if parse_mode(entry.mode).is_none() {
                break;
            }
            raw.step(entry);
        }
        if !raw.rest.is_empty() {
            return Err(Error::git(format!("tree {oid} cannot be read")).about(oid, Some("tree")));
        }
        Ok(Self { data: data.into(), oid_len: raw.oid_len })
    }

    /// Returns the size of the tree object, in bytes.
    pub fn size(&self) -> usize {
        self.data.len()
    }

    /// Returns the entries in their order; git sorts by name, with a slash appended for a directory.
    pub fn entries(&self) -> impl Iterator<Item = TreeEntry<'_>> {
        self.raw().filter_map(RawEntry::read)
    }

    /// Returns the first entry with a name. Malformed trees may be unsorted, so the search is linear.
    pub fn get(&self, name: &[u8]) -> Option<TreeEntry<'_>> {
        self.raw().find(|raw| raw.name == name).and_then(RawEntry::read)
    }

    pub(in crate::git) fn raw(&self) -> RawEntries<'_> {
        RawEntries::new(&self.data, self.oid_len)
    }

    /// Returns the entries from the one at an offset in the tree object.
    pub(in crate::git) fn raw_from(&self, offset: usize) -> RawEntries<'_> {
        RawEntries::new(self.data.get(offset..).unwrap_or_default(), self.oid_len)
    }

    /// Returns true if the tree is as git writes it: in order, each name once, and no mode that git corrects.
    ///
    /// Of any other tree, what git compares need not be what it checks out.
    pub(in crate::git) fn is_as_git_writes(&self) -> bool {
        let mut order = OrderCheck::default();
        self.raw().for_each(|entry| order.see(entry));
        order.holds() && self.raw().all(RawEntry::is_as_git_writes)
    }
}

/// An entry as written in the tree object.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct RawEntry<'t> {
    /// All bytes of the entry.
    whole: &'t [u8],
    mode: &'t [u8],
    pub(super) name: &'t [u8],
    oid: &'t [u8],
}

impl<'t> RawEntry<'t> {
    /// Returns all bytes of the entry.
    pub(in crate::git) fn bytes(self) -> &'t [u8] {
        self.whole
    }

    pub(in crate::git) fn has_name_of(self, other: RawEntry<'_>) -> bool {
        self.name == other.name
    }

    /// Returns true if the name begins with that of another entry.
    ///
    /// Compares backwards: names of neighbours differ near the end.
    fn begins_like(self, shorter: RawEntry<'_>) -> bool {
        let start = self.name.get(..shorter.name.len());
        start.is_some_and(|start| start.iter().rev().eq(shorter.name.iter().rev()))
    }

    fn is_as_git_writes(self) -> bool {
        let modes: [&[u8]; 5] = [b"100644", b"100755", b"120000", b"160000", b"40000"];
        let is_name = !matches!(self.name, b"" | b"." | b"..") && !self.name.contains(&b'/');
        is_name && modes.contains(&self.mode)
    }

    fn is_directory(self) -> bool {
        parse_mode(self.mode) == Some(Mode::Tree)
    }

    /// Returns true if the entry precedes another one in git's order.
    ///
    /// The order is that of the names, with a slash appended for a directory.
    fn is_before(self, other: RawEntry<'_>) -> bool {
        let common = self.name.len().min(other.name.len());
        let end = |entry: RawEntry<'_>| {
            let end = if entry.is_directory() { b'/' } else { 0 };
            entry.name.get(common).copied().unwrap_or(end)
        };
        let (own, others) = (self.name.get(..common), other.name.get(..common));
        own.cmp(&others).then_with(|| end(self).cmp(&end(other))).is_lt()
    }

    /// Parses mode and oid; `None` if either is malformed.
    pub(in crate::git) fn read(self) -> Option<TreeEntry<'t>> {
        let (mode, oid) = (parse_mode(self.mode)?, Oid::from_bytes(self.oid)?);
        Some(TreeEntry { mode, name: self.name.into(), oid })
    }
}

/// The remaining entries of a tree.
#[derive(Debug, Clone, Copy)]
pub(in crate::git) struct RawEntries<'t> {
    rest: &'t [u8],
    oid_len: usize,
}

impl<'t> RawEntries<'t> {
    pub(in crate::git) fn new(data: &'t [u8], oid_len: usize) -> Self {
        Self { rest: data, oid_len }
    }

    /// Returns true if no bytes are left. Bytes that cannot be parsed are never consumed.
    pub(in crate::git) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the number of bytes that are left.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Returns true if the next entry is identical to this one.
    pub(super) fn is_next(&self, entry: RawEntry<'_>) -> bool {
        self.rest.starts_with(entry.whole)
    }

    /// Skips the next entry if it is identical to this one; returns true if it is.
    pub(in crate::git) fn pass(&mut self, entry: RawEntry<'_>) -> bool {
        let rest = self.rest.strip_prefix(entry.whole);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Returns the next entry without skipping it; `None` at the end, and before bytes that cannot be parsed.
    pub(super) fn first(&self) -> Option<RawEntry<'t>> {
        // A mode is short, so a byte-by-byte search is faster than any other.
        let space = self.rest.iter().position(|byte| *byte == b' ')?;
        let (mode, rest) = (self.rest.get(..space)?, self.rest.get(space + 1..)?);
        let nul = memchr(0, rest)?;
        let (name, oid) = (rest.get(..nul)?, rest.get(nul + 1..nul + 1 + self.oid_len)?);
        let whole = self.rest.get(..space + nul + 2 + self.oid_len)?;
        Some(RawEntry { whole, mode, name, oid })
    }

    /// Skips the next entry, which has been read.
    pub(super) fn step(&mut self, first: RawEntry<'t>) {
        self.rest = self.rest.get(first.whole.len()..).unwrap_or_default();
    }
}

impl<'t> Iterator for RawEntries<'t> {
    type Item = RawEntry<'t>;

    fn next(&mut self) -> Option<RawEntry<'t>> {
        let first = self.first()?;
        self.step(first);
        Some(first)
    }
}

/// Checks that the entries of a tree are in git's order and that each name occurs once.
///
/// In any other tree, the entry found for a name depends on its neighbours.
#[derive(Default)]
pub(in crate::git) struct OrderCheck<'t> {
    last: Option<RawEntry<'t>>,
    /// Entries before the last one with names that its name begins with, and the last one itself.
    ///
    /// A file may be far before the directory of the same name.
    shorter: Vec<RawEntry<'t>>,
    broken: bool,
}

impl<'t> OrderCheck<'t> {
    /// Adds the next entry of a tree.
    pub(in crate::git) fn see(&mut self, entry: RawEntry<'t>) {
        self.broken |= self.last.is_some_and(|last| !last.is_before(entry));
        self.see_next(entry);
    }

    /// Adds the next entry of a tree, which is known to follow the last one in git's order.
    pub(in crate::git) fn see_next(&mut self, entry: RawEntry<'t>) {
        while self.shorter.pop_if(|shorter| !entry.begins_like(*shorter)).is_some() {}
        self.broken |= self.shorter.last().is_some_and(|shorter| shorter.has_name_of(entry));
        self.shorter.push(entry);
        self.last = Some(entry);
    }

    pub(in crate::git) fn holds(&self) -> bool {
        !self.broken
    }
}

/// Parses an octal mode as git's `canon_mode` does.
///
/// Only the file type counts; an unknown type is a submodule.
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
pub(super) mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    pub(in crate::git::object) fn tree(modes: &[(&str, &str)]) -> Result<Tree> {
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
    fn order_holds_for_trees_that_git_would_write() {
        let (file, folder) = ("100644", "40000");
        for (entries, holds) in [
            (&[][..], true),
            (&[(file, "a"), (file, "b")], true),
            (&[(file, "b"), (file, "a")], false),
            (&[(file, "a"), (file, "a")], false),
            (&[(file, "a.b"), (folder, "a"), (file, "a0")], true),
            (&[(file, "a"), (file, "a.b"), (file, "a.c"), (folder, "a")], false),
            (&[(file, "a"), (folder, "a")], false),
            (&[(folder, "a"), (file, "a.b")], false),
            (&[(file, "a"), (file, "ab"), (file, "abc"), (folder, "abc.d"), (file, "b")], true),
        ] {
            let tree = tree(entries).unwrap();
            let mut order = OrderCheck::default();
            tree.raw().for_each(|entry| order.see(entry));
            assert_eq!(order.holds(), holds, "{entries:?}");
        }
    }

    #[test]
    fn unreadable_tree_is_an_error() {
        assert!(tree(&[("1x", "a")]).is_err());
        let oid = Oid::from_hex(OID.as_bytes()).unwrap();
        for data in [&b"100644"[..], b"100644 a", b"100644 a\0short", b" a\0aaaaaaaaaaaaaaaaaaaa"] {
            assert!(Tree::parse(oid, data).is_err());
        }
    }
}
