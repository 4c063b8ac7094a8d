//! Titles of commits that are meant for `git rebase --autosquash`.

use bstr::ByteSlice as _;

use crate::git::Oid;

/// Beginnings of the titles of commits that are meant for `git rebase --autosquash`, with a blank behind each.
const FIXUP: &[u8] = b"fixup! ";
const OTHERS: [&[u8]; 2] = [b"squash! ", b"amend! "];

/// Commit that is meant to be combined with an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Squashed {
    /// Title of the other commit, or the beginning of its oid.
    pub title: Vec<u8>,
    /// True if nothing of its own message is kept.
    pub is_fixup: bool,
}

impl Squashed {
    /// Reads the title of a message; `None` unless the commit is meant for `git rebase --autosquash`.
    pub(crate) fn read(message: &[u8]) -> Option<Self> {
        let line = message.lines().next().unwrap_or_default();
        let mut title = line;
        while let Some(rest) = OTHERS.iter().chain([&FIXUP]).find_map(|start| title.strip_prefix(*start)) {
            title = rest.trim_start();
        }
        (title.len() < line.len())
            .then(|| Self { title: title.trim_end().to_vec(), is_fixup: line.starts_with(FIXUP) })
    }

    /// Returns whether it belongs to a commit with an oid and a message.
    pub(crate) fn belongs_to(&self, oid: Oid, message: &[u8]) -> bool {
        let title = message.lines().next().unwrap_or_default().trim_end();
        let is_start_of_oid = self.title.len() >= 7 && oid.to_string().as_bytes().starts_with(&self.title);
        !self.title.is_empty() && (title == self.title || is_start_of_oid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_of_the_other_commit_is_read() {
        let read = |text: &str| {
            Squashed::read(text.as_bytes()).map(|it| (it.title.to_str().unwrap().to_owned(), it.is_fixup))
        };
        assert_eq!(read("fixup! docs: x\n\nmore"), Some(("docs: x".into(), true)));
        assert_eq!(read("squash! docs: x"), Some(("docs: x".into(), false)));
        assert_eq!(read("amend! fixup! docs: x"), Some(("docs: x".into(), false)));
        assert_eq!(read("fixup! fixup! 0123456"), Some(("0123456".into(), true)));
        for other in ["docs: x", "fixup!", "fixup!docs", "", "docs: fixup! x"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn other_commit_is_known_by_title_or_oid() {
        let oid = Oid::from_bytes(&[0x12; 20]).unwrap();
        let squashed = |title: &str| Squashed { title: title.into(), is_fixup: true };
        assert!(squashed("docs: x").belongs_to(oid, b"docs: x\n\nmore"));
        assert!(squashed("1212121").belongs_to(oid, b"y"));
        for other in ["docs", "docs: xy", "1212", "1313131", ""] {
            assert!(!squashed(other).belongs_to(oid, b"docs: x"), "{other}");
        }
    }
}
