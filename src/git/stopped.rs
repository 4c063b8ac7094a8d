//! Operations of git that have stopped in a work tree, and wait to be continued.

use super::Repo;

/// Operation of git that has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoppedOperation {
    /// Subcommand of git that continues it with `--continue` and ends it with `--abort`.
    pub(crate) command: &'static str,
}

/// Files of the git directory that tell of such an operation, in the order in which git itself asks for them.
///
/// Source: `wt_status_get_state` in git's wt-status.c. A sequence of commits that stops between two of them leaves only
/// the directory `sequencer`.
const STATES: &[(&str, &str)] = &[
    ("MERGE_HEAD", "merge"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("rebase-merge", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
];

/// Returns the operation that has stopped in the work tree of a repository; `None` if there is none.
pub(crate) fn stopped_operation(repo: &Repo) -> Option<StoppedOperation> {
    let is_there = |name: &str| repo.git_dir().join(name).symlink_metadata().is_ok();
    let known = STATES.iter().find(|(name, _)| is_there(name)).map(|(_, command)| *command);
    let in_sequence = || {
        let todo = std::fs::read(repo.git_dir().join("sequencer").join("todo")).ok()?;
        Some(if todo.starts_with(b"revert") { "revert" } else { "cherry-pick" })
    };
    known.or_else(in_sequence).map(|command| StoppedOperation { command })
}
