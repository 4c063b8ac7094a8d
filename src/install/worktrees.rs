//! Linked worktrees in which git finds other hooks, or none.
//!
//! A relative `core.hooksPath` is resolved in each worktree.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::defect::Defect;
use super::directory::{HooksDirectory, query_hooks_path};
use super::hook_slot::HookSlot;
use crate::error::Result;
use crate::git::{Git, Repo};
use crate::hook::HookEvent;
use crate::text::{as_path, escape_path, quoted_path};

/// Returns a defect for each worktree whose hooks are not all ours.
///
/// # Errors
/// Fails if git does not list the worktrees, or if a hook cannot be inspected.
pub(super) fn without_hooks(
    repo: &Repo,
    directory: &HooksDirectory,
    events: &[HookEvent],
) -> Result<Vec<Defect>> {
    let mut defects = Vec::new();
    if directory.setting.is_none() || repo.is_bare() {
        return Ok(defects);
    }
    for worktree in list()? {
        let hooks = query_hooks_path(Git::elsewhere("rev-parse").dir(&worktree))?;
        if hooks != directory.path && !all_ours(&hooks, events)? {
            // Its absolute path keeps the hooks of a hook manager in it.
            let shown = quoted_path(&directory.path);
            defects.push(Defect::new(
                format!("git does not find the hooks in the worktree {}", escape_path(&worktree)),
                format!("use one hooks directory for all worktrees: `git config core.hooksPath {shown}`"),
            ));
        }
    }
    Ok(defects)
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

fn all_ours(hooks: &Path, events: &[HookEvent]) -> Result<bool> {
    for event in events {
        if !HookSlot::inspect(hooks, *event)?.ours().1.runs_ours() {
            return Ok(false);
        }
    }
    Ok(true)
}
