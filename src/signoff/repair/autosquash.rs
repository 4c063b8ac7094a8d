//! Commits that `git rebase --autosquash` combines with earlier ones.

use std::collections::HashSet;

use super::facts::{BadCommit, PushFacts};
use super::linear_history::LinearHistory;
use super::rebase::Rebase;
use crate::git::Oid;

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
