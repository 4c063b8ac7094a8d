//! Merges with resolved conflicts: the recorded tree differs from what git merges only where git sees a conflict.

use std::collections::BTreeMap;

use bstr::{BStr, ByteSlice as _};

use super::difference::{Difference, Entry, differences};
use super::places::{DifferencesByPath, Places};
use super::scratch::ScratchRepo;
use crate::error::{Error, Result};
use crate::git::Oid;

/// Result of comparing the tree of a merge with the conflicts that git sees in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Every difference is inside a path in conflict, if these directories of the recorded tree are as git writes
    /// them.
    Inside {
        /// The recorded tree.
        root: Oid,
        /// Directories in it.
        directories: Vec<Oid>,
    },
    /// An entry that differs is outside.
    Outside(Vec<u8>),
}

/// Conflicts of a merge that git has repeated.
#[derive(Debug, Default, PartialEq, Eq)]
struct Conflicts {
    /// Entries of the parents and the merge base for each path in conflict.
    entries: BTreeMap<Vec<u8>, Vec<Entry>>,
    /// Places of entries that git has moved out of the way, or proposes to move.
    places: Places,
}

/// Lets git repeat the merge of two commits, and compares its result with the recorded tree.
///
/// # Errors
/// Fails if git cannot merge, or cannot read the recorded tree.
pub(super) fn compare(scratch: &ScratchRepo, parents: [Oid; 2], recorded: Oid) -> Result<Comparison> {
    let [ours, theirs] = parents.map(|parent| parent.to_string());
    let git = scratch.git("merge-tree").args(["--write-tree", "-z", "--messages"]);
    let answer = git.args(["--allow-unrelated-histories", &ours, &theirs]).answer()?;
    if !matches!(answer.code, Some(0 | 1)) {
        return Err(answer.refusal("merge-tree"));
    }
    let unexpected = || Error::git("unexpected output of `git merge-tree`: not a list of conflicts");
    let (automatic, conflicts) = Conflicts::parse(&answer.stdout).ok_or_else(unexpected)?;
    let found = differences(scratch, automatic, recorded)?;
    Ok(match conflicts.first_outside(&found.files) {
        Some(path) => Comparison::Outside(path.to_vec()),
        None => Comparison::Inside { root: recorded, directories: found.directories },
    })
}

impl Conflicts {
    /// Parses the tree in which git leaves a merge, and its conflicts; `None` if the output is malformed.
    ///
    /// `git merge-tree --write-tree -z --messages` writes the tree; `mode oid stage<tab>path` for each entry in conflict; an empty field; and messages: a number of
    /// paths, these paths, the kind, and a text.
    fn parse(output: &[u8]) -> Option<(Oid, Self)> {
        let mut fields = output.strip_suffix(b"\0").unwrap_or(output).split(|byte| *byte == 0);
        let (tree, mut conflicts) = (Oid::from_hex(fields.next()?)?, Self::default());
        for field in fields.by_ref().take_while(|field| !field.is_empty()) {
            let (facts, path) = field.split_once_str("\t")?;
            let mut facts = facts.split_str(" ");
            let entry = Entry::parse(facts.next()?, facts.next()?)??;
            conflicts.entries.entry(path.to_vec()).or_default().push(entry);
        }
        let number = |field: &[u8]| field.to_str().ok()?.parse::<usize>().ok();
        // Old versions of git append an advice.
        while let Some(count) = fields.next().and_then(number) {
            let paths: Vec<Vec<u8>> = fields.by_ref().take(count).map(<[u8]>::to_vec).collect();
            let kind = fields.next().filter(|_| paths.len() == count)?;
            fields.next()?;
            conflicts.places.add(kind, paths, &conflicts.entries);
        }
        Some((tree, conflicts))
    }

    /// Returns the path of the first difference that no conflict explains.
    fn first_outside<'d>(&self, differences: &'d [Difference]) -> Option<&'d BStr> {
        let all: DifferencesByPath<'_> =
            differences.iter().map(|difference| (difference.path.as_slice(), difference)).collect();
        let is_outside = |difference: &&Difference| {
            let last = all.get(difference.path.as_slice());
            let is_twice = last.is_some_and(|last| !std::ptr::eq(*last, *difference));
            is_twice || !self.explains(difference, &all)
        };
        let outside = differences.iter().find(is_outside).map(|difference| difference.path.as_bstr());
        outside.or_else(|| self.places.surplus(differences, &all))
    }

    /// Returns true if a difference is inside a path in conflict.
    fn explains(&self, difference: &Difference, all: &DifferencesByPath<'_>) -> bool {
        let entries = self.entries.get(&difference.path);
        entries.is_some_and(|entries| difference.is_one_of(entries)) || self.places.explain(difference, all)
    }
}

impl Difference {
    /// Returns true if nothing is recorded, or something of the kind of one of these entries.
    pub(super) fn is_one_of<'e>(&self, entries: impl IntoIterator<Item = &'e Entry>) -> bool {
        self.recorded.is_none_or(|recorded| entries.into_iter().any(|entry| entry.mode == recorded.mode))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    fn parse(output: &str) -> Option<(Oid, Conflicts)> {
        Conflicts::parse(output.replace("OID", OID).as_bytes())
    }

    #[test]
    fn conflicts_and_places_are_read() {
        let text = "OID\x00100644 OID 2\td~x\x00120000 OID 3\te\tf\x00\x002\0d~x\0d\0CONFLICT (file/directory)\0text\n\x001\0e\tf\0CONFLICT (contents)\0text\n\0";
        for end in ["", "advice of an old git"] {
            let (tree, conflicts) = parse(&format!("{text}{end}")).unwrap();
            assert_eq!(Some(tree), Oid::from_hex(OID.as_bytes()));
            assert_eq!(conflicts.entries.keys().collect::<Vec<_>>(), [b"d~x".as_slice(), b"e\tf"]);
            let mut places = Places::default();
            let kind = b"CONFLICT (file/directory)";
            places.add(kind, vec![b"d~x".to_vec(), b"d".to_vec()], &conflicts.entries);
            assert_eq!(conflicts.places, places);
        }
        assert_eq!(parse("OID\0\0").unwrap().1.entries.len(), 0);
    }

    #[test]
    fn malformed_lists_are_none() {
        for output in [
            "",
            "x\0",
            "OID\x00100644 OID 2 a\0\0",
            "OID\x00100644 x 2\ta\0\0",
            "OID\x00100600 OID 2\ta\0\0",
            "OID\x00000000 OID 2\ta\0\0",
            "OID\0\x003\0a\0b\0",
            "OID\0\x001\0a\0",
        ] {
            assert_eq!(parse(output), None, "{output:?}");
        }
    }
}
