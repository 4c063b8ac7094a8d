//! Linked worktrees in which git finds other hooks, or none.
//!
//! A relative `core.hooksPath` is resolved in each worktree.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::directory::HooksDirectory;
use super::hook_slot::{HookFile, HookSlot};
use super::inspect::problem;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::hook::HookEvent;
use crate::text::{as_path, escape_path, quoted_path};

/// Returns a problem for each worktree whose hooks are not all ours.
///
/// # Errors
/// Fails if git does not list the worktrees, or if a hook cannot be inspected.
pub(super) fn without_hooks(
    repo: &Repo,
    directory: &HooksDirectory,
    events: &[HookEvent],
) -> Result<Vec<Error>> {
    let mut problems = Vec::new();
    if directory.setting.is_none() || repo.is_bare() {
        return Ok(problems);
    }
    for worktree in list()? {
        let hooks = hooks_of(&worktree)?;
        if hooks != directory.path && !all_ours(&hooks, events)? {
            let own = quoted_path(&repo.common_dir().join("hooks"));
            problems.push(problem(
                format!("git does not find the hooks in the worktree {}", escape_path(&worktree)),
                format!(
                    "use one hooks directory for all worktrees: `git config core.hooksPath {own}`, then `git gate install`"
                ),
            ));
        }
    }
    Ok(problems)
}

/// Returns the worktrees that exist. git also lists those that were deleted by hand.
fn list() -> Result<Vec<PathBuf>> {
    let listed = Git::new("worktree").args(["list", "--porcelain"]).output()?;
    let mut worktrees = Vec::new();
    for line in listed.lines() {
        if let Some(path) = line.strip_prefix(b"worktree ") {
            worktrees.push(as_path(path).to_owned());
        }
    }
    worktrees.retain(|path| path.join(".git").exists());
    Ok(worktrees)
}

fn hooks_of(worktree: &Path) -> Result<PathBuf> {
    let question = ["--path-format=absolute", "--git-path", "hooks"];
    let answer = Git::elsewhere("rev-parse").args(question).dir(worktree).output()?;
    Ok(as_path(answer.trim_end_with(|c| c == '\n')).to_owned())
}

fn all_ours(hooks: &Path, events: &[HookEvent]) -> Result<bool> {
    for event in events {
        if !matches!(HookSlot::of(hooks, *event)?.ours().1, HookFile::Ours { runs: true, .. }) {
            return Ok(false);
        }
    }
    Ok(true)
}
