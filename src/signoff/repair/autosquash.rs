//! Commits that `git rebase --autosquash` combines with earlier ones.

use std::collections::HashSet;

use bstr::ByteSlice as _;

use super::facts::{BadCommit, PushFacts};
use super::linear_history::LinearHistory;
use super::rebase::Rebase;
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

/// Returns the commands that combine commits with those that they belong to, and repair the others.
///
/// `None` if none belongs to another, or one rebase without merges does not reach all of them.
pub(super) fn commands(push: &PushFacts, bad: &[&BadCommit]) -> Option<Vec<String>> {
    let goals: HashSet<Oid> = bad.iter().filter_map(|bad| bad.combined_with).collect();
    if goals.is_empty() {
        return None;
    }
    let mut history = LinearHistory::new(push, bad);
    history.bad.extend(&goals);
    let bases = push.tips().into_iter().filter_map(|tip| Some((tip, history.base(tip)?)));
    let bases: Vec<_> = bases.collect();
    let [(tip, base)] = bases.as_slice() else { return None };
    if !history.bad.iter().all(|oid| history.bases.contains_key(oid)) {
        return None;
    }
    let is_fixup = |bad: &&&BadCommit| {
        bad.combined_with.is_some() && bad.squashed.as_ref().is_some_and(|squashed| squashed.is_fixup)
    };
    let unsigned: Vec<&BadCommit> = bad.iter().filter(|bad| !is_fixup(bad)).copied().collect();
    let joins = push.joins();
    // Messages that are put together have their sign-offs in the middle, so each result is signed at its end.
    let puts_together = unsigned.iter().any(|bad| bad.combined_with.is_some());
    let rebase = Rebase {
        bad: &unsigned,
        has_foreign: push.has_foreign(),
        has_one_malformed_author: push.has_one_malformed_author(),
        signs_results: puts_together,
        joins: &joins,
    };
    let editor = if puts_together { "GIT_EDITOR=: " } else { "" };
    let git = format!("{editor}git -c sequence.editor=: rebase -i --autosquash");
    Some(push.at_tip(*tip, rebase.command(&git, *base)))
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
