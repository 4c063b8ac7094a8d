//! Inspection of an installation without running it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::config_hooks::{self, ConfigHook, GitVersion};
use super::directory::HooksDirectory;
use super::hook_slot::{BackedUpHook, HookFile, HookSlot, is_run};
use super::shim::Shim;
use super::{binary, worktrees};
use crate::error::{Error, ErrorKind, Result};
use crate::git::Repo;
use crate::hook::HookEvent;
use crate::policy::{self, Policy};
use crate::report::Level;
use crate::rules::RULES;
use crate::text::{escape_path, quoted_path};

/// Result of an inspection.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    /// Reasons why the hooks may not refuse, each with its repair.
    pub(crate) problems: Vec<Error>,
    /// Our hooks in the hooks directory that git runs. They can be proven.
    pub(crate) slots: Vec<HookSlot>,
    /// Events whose hook is in git config. They can be proven.
    pub(crate) configured: Vec<HookEvent>,
    missing: Vec<HookEvent>,
}

/// Creates a problem: a reason why a hook may not refuse, with its repair as a hint.
pub(super) fn problem(message: impl Into<String>, help: impl Into<String>) -> Error {
    Error::usage(message).hinted(help)
}

/// Inspects the hooks of events in a repository, and everything that they depend on.
///
/// # Errors
/// Fails if something cannot be inspected.
pub(crate) fn inspect(repo: &Repo, events: &[HookEvent]) -> Result<Inspection> {
    let mut inspection = Inspection::default();
    let version = GitVersion::of_git()?;
    let (mut in_directory, mut ignored) = (Vec::new(), Vec::new());
    for event in events.iter().copied() {
        match ConfigHook::read(None, event)? {
            Some(hook) if version.runs_config_hooks() => inspection.config_hook(event, &hook),
            hook => {
                in_directory.push(event);
                ignored.extend(hook.map(|_| event));
            }
        }
    }
    if !in_directory.is_empty() {
        inspection.directory(repo, &in_directory)?;
    }
    ignored.retain(|event| !inspection.slots.iter().any(|slot| slot.event == *event));
    inspection.problems.extend(ignored.into_iter().map(|event| too_old(event, version)));
    inspection.problems.extend(of_policy(repo)?);
    Ok(inspection)
}

fn too_old(event: HookEvent, version: GitVersion) -> Error {
    let name = config_hooks::name(event);
    problem(
        format!("git {version} ignores hook.{name} in git config"),
        "install the hook in the hooks directory: `git gate install`",
    )
}

impl Inspection {
    fn config_hook(&mut self, event: HookEvent, hook: &ConfigHook) {
        let name = config_hooks::name(event);
        if let Some(key) = &hook.disabled_by {
            self.problems.push(problem(
                format!("hook.{name} is disabled by {key}"),
                format!("enable it: `git config {key} true`"),
            ));
        }
        match hook.binary(event).filter(|_| hook.listens) {
            Some(binary) => {
                self.problems.extend(of_binary(event, &binary));
                self.configured.push(event);
            }
            None => self.problems.push(problem(
                format!("hook.{name} was edited, or written by another version of git-gate"),
                "reinstall it: `git gate install`",
            )),
        }
    }

    fn directory(&mut self, repo: &Repo, events: &[HookEvent]) -> Result<()> {
        let directory = match HooksDirectory::of(repo) {
            Ok(directory) => directory,
            Err(error) if error.kind() == ErrorKind::Usage => {
                self.problems.push(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for event in events {
            self.hook(repo, &directory, *event)?;
        }
        self.problems.extend(missing(&self.missing));
        self.problems.extend(open_directory(&directory.path));
        self.problems.extend(worktrees::without_hooks(repo, &directory, events)?);
        Ok(())
    }

    fn hook(&mut self, repo: &Repo, directory: &HooksDirectory, event: HookEvent) -> Result<()> {
        let slot = HookSlot::of(&directory.path, event)?;
        let (place, found) = slot.ours();
        match found {
            HookFile::Ours { shim, runs, .. } => {
                if !runs {
                    self.problems.push(not_run(place));
                }
                self.problems.extend(of_shim(&slot, shim));
                self.problems.extend(writable(place)?);
                if *runs {
                    self.slots.push(slot);
                }
            }
            HookFile::Altered => self.problems.push(problem(
                format!("{} was edited, or written by another version of git-gate", escape_path(place)),
                format!("remove and reinstall it: `rm {}`, then `git gate install`", quoted_path(place)),
            )),
            HookFile::Foreign { .. } => self.problems.push(problem(
                format!("{} is not a hook of git-gate", escape_path(place)),
                "run `git gate install`: it keeps the existing hook and runs both",
            )),
            HookFile::Nothing => match shadowed(repo, directory, event)? {
                Some(shadowed) => self.problems.push(shadowed),
                None => self.missing.push(event),
            },
        }
        Ok(())
    }
}

/// Reports the hooks that are not installed.
fn missing(events: &[HookEvent]) -> Option<Error> {
    let names: Vec<&str> = events.iter().map(|event| event.name()).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some(problem(format!("{name} is not installed"), "install it: `git gate install`")),
        names => Some(problem(
            format!("{} are not installed", names.join(", ")),
            "install them: `git gate install`",
        )),
    }
}

/// Reports a hook of ours in the directory that git used before `core.hooksPath` was set.
fn shadowed(repo: &Repo, directory: &HooksDirectory, event: HookEvent) -> Result<Option<Error>> {
    let inside = HooksDirectory::inside(repo);
    let Some(setting) = directory.setting.as_ref().filter(|_| !directory.is(&inside)) else {
        return Ok(None);
    };
    let installed = matches!(HookSlot::of(&inside.path, event)?.hook_file, HookFile::Ours { .. });
    Ok(installed.then(|| {
        let place = setting.place();
        let message = format!("git ignores the installed {event}: `core.hooksPath` is set in {place}");
        problem(message, setting.repair())
    }))
}

/// Reports a hooks directory in which every user may replace files.
///
/// It is writable by all users and does not have the sticky bit.
fn open_directory(directory: &Path) -> Option<Error> {
    let open = directory.metadata().is_ok_and(|metadata| metadata.mode() & 0o1002 == 0o002);
    open.then(|| {
        let message = format!("every user can replace the hooks in {}", escape_path(directory));
        problem(message, format!("remove the permission: `chmod o-w {}`", quoted_path(directory)))
    })
}

fn not_run(hook: &Path) -> Error {
    let anybody = hook.metadata().is_ok_and(|metadata| metadata.mode() & 0o111 != 0);
    if anybody {
        let message = format!("{} cannot be executed here, so git skips it", escape_path(hook));
        return problem(message, "check the mount options (`noexec`) and the owner");
    }
    let message = format!("{} is not executable, so git skips it", escape_path(hook));
    problem(message, format!("make it executable: `chmod +x {}`", quoted_path(hook)))
}

fn of_shim(slot: &HookSlot, shim: &Shim) -> Vec<Error> {
    let mut problems = Vec::new();
    if shim.chained {
        let kept = &slot.backup;
        match slot.backed_up {
            BackedUpHook::Nothing => problems.push(problem(
                format!("the chained hook is missing: {}", escape_path(kept)),
                format!(
                    "restore it, or continue without it: `rm {}`, then `git gate install`",
                    quoted_path(&slot.hook)
                ),
            )),
            BackedUpHook::Hook { runs: false, .. } => problems.push(problem(
                format!("the chained hook cannot be executed: {}", escape_path(kept)),
                format!("make it executable: `chmod +x {}`", quoted_path(kept)),
            )),
            BackedUpHook::Hook { .. } => {}
        }
    }
    problems.extend(of_binary(slot.event, &shim.binary));
    problems
}

fn of_binary(event: HookEvent, path: &Path) -> Option<Error> {
    let help = "make the hooks call this git-gate: `git gate install`";
    if !is_run(path) || !path.is_file() {
        return Some(problem(
            format!("{event} calls {}, which is missing or not executable", escape_path(path)),
            help,
        ));
    }
    if path.metadata().is_ok_and(|metadata| metadata.mode() & 0o002 != 0) {
        let message = format!("every user can write to {}, which {event} calls", escape_path(path));
        return Some(problem(message, format!("remove the permission: `chmod o-w {}`", quoted_path(path))));
    }
    match binary::version(path) {
        Some(version) if version == env!("CARGO_PKG_VERSION") => None,
        _ => Some(problem(
            format!("{event} calls {}, which is a different version of git-gate", escape_path(path)),
            help,
        )),
    }
}

fn writable(file: &Path) -> Result<Option<Error>> {
    let metadata =
        file.metadata().map_err(|error| Error::io(format!("cannot access {}", escape_path(file)), error))?;
    Ok((metadata.mode() & 0o022 != 0).then(|| {
        let message = format!("users other than the owner can write to {}", escape_path(file));
        problem(message, format!("remove the permission: `chmod go-w {}`", quoted_path(file)))
    }))
}

fn of_policy(repo: &Repo) -> Result<Vec<Error>> {
    let policy = match policy::in_force(repo) {
        Ok(policy) => policy,
        Err(error) => return Ok(vec![error]),
    };
    let mut problems = Vec::new();
    if RULES.iter().all(|rule| policy.level(&rule.meta).0 != Level::Deny) {
        problems.push(problem(
            "no rule of the policy has the level `deny`",
            "`git gate rules` shows which file sets the levels",
        ));
    }
    // In a clone, a user who may write the policy may also commit without the hooks. So only a server is
    // checked.
    if let Policy { path: Some(path), .. } = &policy
        && repo.is_bare()
    {
        problems.extend(writable(path)?);
    }
    Ok(problems)
}
