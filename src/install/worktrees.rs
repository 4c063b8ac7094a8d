//! Linked worktrees in which git finds other hooks, or none.
//!
//! A relative `core.hooksPath` is resolved in each worktree, and with `extensions.worktreeConfig` each may have a config of
//! its own.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::config_hooks::{self, ConfigHook};
use super::defect::Defect;
use super::directory::{AFTER_A_MOVE, HooksDirectory, query_hooks_path};
use super::forge::reserved_directory;
use super::hook_slot::HookSlot;
use super::setting::Setting;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::hook::HookEvent;
use crate::platform;
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
    for worktree in list(repo)? {
        let hooks = query_hooks_path(worktree.ask("rev-parse"))?;
        let hooks = reserved_directory(&hooks).filter(|_| repo.is_bare()).unwrap_or(hooks);
        if hooks != directory.path && !all_ours(&hooks, events)? {
            defects.push(Defect::new(
                format!("git does not find the hooks in the worktree {}", escape_path(&worktree.path)),
                repair(directory, &worktree)?,
            ));
        }
    }
    Ok(defects)
}

/// Returns a defect for each worktree whose own config disables or changes a hook in git config.
///
/// # Errors
/// Fails if git does not list the worktrees, or cannot read their config.
pub(super) fn with_disabled_hooks(repo: &Repo, events: &[HookEvent]) -> Result<Vec<Defect>> {
    let mut defects = Vec::new();
    if events.is_empty() {
        return Ok(defects);
    }
    // A fault of the whole repository is reported there.
    let here = config_hooks::entries(None)?;
    let is_sound = |event: &&HookEvent| {
        ConfigHook::of_entries(&here, **event).is_some_and(|hook| hook.fault(**event).is_none())
    };
    for worktree in list(repo)? {
        let entries = worktree.ask("config").args(["-z", "--get-regexp", r"^hook\."]).answer()?;
        let entries = config_hooks::parse_entries(&entries.stdout);
        for event in events.iter().filter(is_sound) {
            let hook = ConfigHook::of_entries(&entries, *event).unwrap_or_default();
            if let Some(key) = hook.fault(*event) {
                let path = escape_path(&worktree.path);
                let message = format!("the config of the worktree {path} disables {event}");
                defects.push(Defect::new(message, worktree.removal(&key)?));
            }
        }
    }
    Ok(defects)
}

/// Returns the instruction that gives a worktree the hooks of the others.
fn repair(directory: &HooksDirectory, worktree: &Worktree) -> Result<String> {
    let scope = ["--show-scope", "--get", "core.hooksPath"];
    if worktree.ask("config").args(scope).answer()?.stdout.starts_with(b"worktree") {
        return worktree.removal("core.hooksPath");
    }
    // Its absolute path keeps the hooks of a hook manager in it.
    let shown = quoted_path(&directory.path);
    Ok(format!(
        "use one hooks directory for all worktrees: `git config core.hooksPath {shown}`{AFTER_A_MOVE}"
    ))
}

/// Worktree in which git runs hooks.
struct Worktree {
    /// Path for people.
    path: PathBuf,
    /// Its git directory, if a push into it is received there: that of a bare repository is no work tree.
    git_dir: Option<PathBuf>,
}

impl Worktree {
    /// Returns a command that runs where git runs the hooks.
    fn ask(&self, subcommand: &str) -> Git {
        let git = Git::elsewhere(subcommand).dir(self.git_dir.as_ref().unwrap_or(&self.path));
        self.git_dir.iter().fold(git, |git, git_dir| git.env("GIT_DIR", git_dir))
    }

    /// Returns the instruction that removes a setting which only this worktree has.
    fn removal(&self, key: &str) -> Result<String> {
        let setting = Setting::last(self.ask("config"), key)?;
        let top = self.git_dir.as_ref().unwrap_or(&self.path);
        Ok(match setting.filter(|setting| setting.scope != "worktree") {
            Some(setting) => setting.removal(top),
            None => {
                let path = quoted_path(&self.path);
                format!("remove the setting: `git -C {path} config --worktree --unset-all {key}`")
            }
        })
    }
}

/// Returns the worktrees that exist. Without a linked one, there is none that differs.
fn list(repo: &Repo) -> Result<Vec<Worktree>> {
    let linked = repo.common_dir().join("worktrees");
    match (linked.is_dir(), repo.is_bare()) {
        (false, _) => Ok(Vec::new()),
        (true, false) => with_work_tree(),
        (true, true) => {
            let cannot = |error| Error::io(format!("cannot read {}", escape_path(&linked)), error);
            let mut worktrees = Vec::new();
            for entry in linked.read_dir().map_err(cannot)? {
                let git_dir = entry.map_err(cannot)?.path();
                if git_dir.join("commondir").exists() {
                    worktrees.push(Worktree { path: top(&git_dir), git_dir: Some(git_dir) });
                }
            }
            worktrees.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(worktrees)
        }
    }
}

/// Returns the work tree of a git directory; the directory itself if it has none any more.
fn top(git_dir: &Path) -> PathBuf {
    let text = std::fs::read(git_dir.join("gitdir")).unwrap_or_default();
    let file = git_dir.join(as_path(text.trim_end()));
    let top = file.parent().filter(|_| file.ends_with(".git")).and_then(|top| platform::real_path(top).ok());
    top.unwrap_or_else(|| git_dir.to_owned())
}

/// Returns the work trees of a repository that exist. git also lists those that were deleted by hand.
fn with_work_tree() -> Result<Vec<Worktree>> {
    let answer = Git::new("worktree").args(["list", "--porcelain", "-z"]).answer()?;
    let (listed, end) = match answer.code {
        Some(0) => (answer.stdout, 0),
        // Before git 2.36, a path with a line break cannot be told from two.
        _ => (Git::new("worktree").args(["list", "--porcelain"]).output()?, b'\n'),
    };
    let paths = listed.split(|byte| *byte == end).filter_map(|line| line.strip_prefix(b"worktree "));
    let worktrees = paths.map(|path| Worktree { path: as_path(path).to_owned(), git_dir: None });
    Ok(worktrees.filter(|worktree| worktree.path.join(".git").exists()).collect())
}

fn all_ours(hooks: &Path, events: &[HookEvent]) -> Result<bool> {
    for event in events {
        if !HookSlot::inspect(hooks, *event)?.ours().1.runs_ours() {
            return Ok(false);
        }
    }
    Ok(true)
}
