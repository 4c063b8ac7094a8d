//! Commands that make a commit again without a credential in its message or its author.

use std::sync::OnceLock;

use super::facts::HeadHistory;
use super::tree_files::InHead;
use crate::git::{Commit, Repo};

/// Writer of the help for credentials in commits. The history of HEAD is read once, when the first is found.
#[derive(Default)]
pub(super) struct Rewording(OnceLock<Option<HeadHistory>>);

impl Rewording {
    /// Returns how to make a commit again without a credential in its message or in an identity.
    ///
    /// A rebase changes the branch that is checked out: a command is given only if this branch has the commit.
    pub(super) fn help(&self, repo: &Repo, commit: &Commit, is_message: bool) -> String {
        // Without the history there is no command, and the verdict does not depend on it.
        let head = self.0.get_or_init(|| HeadHistory::of_work_tree(repo).ok().flatten());
        let is_in_head = head.as_ref().is_some_and(|head| head.has(commit.oid) == InHead::Yes);
        match repo.store().parents(commit).map(<[_]>::len) {
            Ok(parents) if is_in_head => command(commit, parents, is_message),
            _ => "make the commit again without it, on the branch that has it".to_owned(),
        }
    }
}

fn command(commit: &Commit, parents: usize, is_message: bool) -> String {
    let base = if parents == 0 { "--root".to_owned() } else { format!("{}^", commit.oid) };
    let amend = "`git commit --amend --no-edit --reset-author` and `git rebase --continue`";
    let how = match (is_message, parents > 1) {
        (true, false) => "mark the commit `reword`".to_owned(),
        (true, true) => "change `merge -C` to `merge -c` for the commit".to_owned(),
        (false, false) => format!("mark the commit `edit`; then {amend}"),
        (false, true) => format!("add a line `break` below that of the commit; then {amend}"),
    };
    format!("`git rebase --interactive --rebase-merges {base}`, and {how}")
}
