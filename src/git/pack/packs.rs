//! All packs that a repository reads, with one numbering of their objects.

use std::path::PathBuf;

use super::file::Pack;
use crate::git::{ObjectKind, Oid};

/// The packs of a repository and of those that it borrows from. Their objects are numbered; the number of an object is its position.
pub struct Packs {
    pub(in crate::git) packs: Vec<Pack>,
    count: u32,
}

impl Packs {
    /// Opens the packs of object directories.
    ///
    /// Skips packs that cannot be opened, and those that would make more objects than there are positions.
    pub(in crate::git) fn open(directories: &[PathBuf]) -> Self {
        let mut packs: Vec<Pack> = directories.iter().flat_map(|objects| Pack::all(objects)).collect();
        let mut count = 0_u32;
        // The largest packs come first, because most objects are found there.
        packs.sort_by_key(|pack| std::cmp::Reverse(pack.index.num_objects()));
        packs.retain_mut(|pack| {
            let next = count.checked_add(pack.index.num_objects());
            pack.first = count;
            count = next.unwrap_or(count);
            next.is_some()
        });
        Self { packs, count }
    }

    /// Returns the number of objects in all packs; an object in several packs counts for each.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Returns the position of an object; `None` if no pack has it.
    pub(in crate::git) fn position(&self, oid: Oid) -> Option<u32> {
        self.packs.iter().find_map(|pack| Some(pack.first + pack.lookup(oid)?))
    }

    /// Returns the kind of an object from the headers along its delta chain, without unpacking it.
    pub(in crate::git) fn kind(&self, oid: Oid) -> Option<ObjectKind> {
        let (pack, number) = self.packs.iter().find_map(|pack| Some((pack, pack.lookup(oid)?)))?;
        pack.kind(number)
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice as _;

    use super::*;
    use crate::git::Git;

    #[test]
    fn each_object_has_its_own_position() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str], input: String| {
            let git = Git::elsewhere(arguments[0]).args(&arguments[1..]).dir(folder.path());
            git.output_with_input(input.into_bytes()).unwrap()
        };
        git(&["init", "-q", "--bare", "."], String::new());
        for part in 0..3 {
            let blob = |at: usize| format!("blob\ndata 9\n{part} {at:06}\n");
            git(&["fast-import", "--quiet"], (0..1000).map(blob).collect());
        }
        let packs = Packs::open(&[folder.path().join("objects")]);
        let list = git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"], String::new());
        assert!(list.lines().all(|line| packs.kind(Oid::from_hex(line).unwrap()) == Some(ObjectKind::Blob)));
        let position = |line: &[u8]| packs.position(Oid::from_hex(line).unwrap());
        let mut positions: Vec<u32> = list.lines().filter_map(position).collect();
        positions.sort_unstable();
        assert!(packs.packs.len() > 1 && positions.into_iter().eq(0..packs.count));
        for line in list.lines() {
            let mut other = line.to_vec();
            other[20] = if other[20] == b'0' { b'1' } else { b'0' };
            assert_eq!(position(&other), None);
        }
        assert_eq!([b"0", b"f"].map(|digit| position(&digit.repeat(40))), [None; 2]);
    }
}
