//! Linked worktrees in which git finds other hooks, or none.
//!
//! A relative `core.hooksPath` is resolved in each worktree, and with `extensions.worktreeConfig` each may have a config of
//! its own.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::config_hooks::{self, ConfigHook};
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
    if repo.is_bare() || directory.setting.is_none() && !have_configs()? {
        return Ok(defects);
    }
    for worktree in list()? {
        let hooks = query_hooks_path(Git::elsewhere("rev-parse").dir(&worktree))?;
        if hooks != directory.path && !all_ours(&hooks, events)? {
            defects.push(Defect::new(
                format!("git does not find the hooks in the worktree {}", escape_path(&worktree)),
                repair(directory, &worktree)?,
            ));
        }
    }
    Ok(defects)
}

/// Returns a defect for each worktree whose own config disables a hook in git config.
///
/// # Errors
/// Fails if git does not list the worktrees, or cannot read their config.
pub(super) fn with_disabled_hooks(repo: &Repo, events: &[HookEvent]) -> Result<Vec<Defect>> {
    let mut defects = Vec::new();
    if repo.is_bare() || events.is_empty() || !have_configs()? {
        return Ok(defects);
    }
    for worktree in list()? {
        let config = Git::elsewhere("config").dir(&worktree).args(["-z", "--get-regexp", r"^hook\."]);
        let entries = config_hooks::parse_entries(&config.answer()?.stdout);
        for event in events {
            let hook = ConfigHook::of_entries(&entries, *event).unwrap_or_default();
            if !hook.listens || hook.disabled_by.is_some() {
                let listens = format!("hook.{}.event", config_hooks::name(*event));
                defects.push(Defect::new(
                    format!("the config of the worktree {} disables {event}", escape_path(&worktree)),
                    format!(
                        "remove the setting: `git -C {} config --worktree --unset-all {}`",
                        quoted_path(&worktree),
                        hook.disabled_by.unwrap_or(listens)
                    ),
                ));
            }
        }
    }
    Ok(defects)
}

/// Returns whether each worktree may have a config of its own.
fn have_configs() -> Result<bool> {
    let asked = ["--type=bool", "--get", "extensions.worktreeConfig"];
    Ok(Git::new("config").args(asked).answer()?.stdout.starts_with(b"true"))
}

/// Returns the instruction that gives a worktree the hooks of the others.
fn repair(directory: &HooksDirectory, worktree: &Path) -> Result<String> {
    let scope = ["--show-scope", "--get", "core.hooksPath"];
    let answer = Git::elsewhere("config").dir(worktree).args(scope).answer()?;
    if answer.stdout.starts_with(b"worktree") {
        let worktree = quoted_path(worktree);
        return Ok(format!(
            "remove the setting: `git -C {worktree} config --worktree --unset core.hooksPath`"
        ));
    }
    // Its absolute path keeps the hooks of a hook manager in it.
    let shown = quoted_path(&directory.path);
    Ok(format!("use one hooks directory for all worktrees: `git config core.hooksPath {shown}`"))
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
