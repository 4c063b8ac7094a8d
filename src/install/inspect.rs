//! Inspection of an installation without running it.

use super::config_hooks::{self, ConfigHook};
use super::defect::Defect;
use super::directory::{HooksDirectory, HooksLocation};
use super::git_version::GitVersion;
use super::hook_file::HookFile;
use super::hook_slot::HookSlot;
use super::setting::{Setting, top};
use super::{checks, other_hooks, worktrees};
use crate::error::Result;
use crate::git::Repo;
use crate::hook::HookEvent;
use crate::text::escape_path;

/// Result of an inspection.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    /// Reasons why the hooks may not refuse, each with its repair.
    pub(crate) defects: Vec<Defect>,
    /// Our hooks in the hooks directory that git runs. They can be proven.
    pub(crate) slots: Vec<HookSlot>,
    /// Events whose hook is in git config. They can be proven.
    pub(crate) configured: Vec<HookEvent>,
    missing: Vec<HookEvent>,
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
            Some(hook) if version.runs_config_hooks() => inspection.config_hook(repo, event, &hook)?,
            hook => {
                in_directory.push(event);
                ignored.extend(hook.map(|_| event));
            }
        }
    }
    if !in_directory.is_empty() {
        inspection.directory(repo, &in_directory)?;
    }
    inspection.defects.extend(worktrees::with_disabled_hooks(repo, &inspection.configured)?);
    inspection.defects.extend(other_hooks::broken(repo, events)?);
    if version.runs_config_hooks() {
        inspection.defects.extend(other_hooks::broken_in_config(repo, events)?);
    }
    ignored.retain(|event| !inspection.slots.iter().any(|slot| slot.event == *event));
    inspection.defects.extend(ignored.into_iter().map(|event| too_old(event, version)));
    Ok(inspection)
}

fn too_old(event: HookEvent, version: GitVersion) -> Defect {
    let name = config_hooks::name(event);
    Defect::new(
        format!("git {version} ignores hook.{name} in git config"),
        "install the hook in the hooks directory: `git gate install`",
    )
}

impl Inspection {
    fn config_hook(&mut self, repo: &Repo, event: HookEvent, hook: &ConfigHook) -> Result<()> {
        let name = config_hooks::name(event);
        let elsewhere = match hook.fault(event) {
            Some(_) => Setting::against(repo, event)?.map(|setting| setting.removal(top(repo))),
            None => None,
        };
        let repair = |usual: String| elsewhere.clone().unwrap_or(usual);
        if let Some(key) = &hook.disabled_by {
            self.defects.push(Defect::new(
                format!("hook.{name} is disabled by {key}"),
                repair(format!("enable it: `git config {key} true`")),
            ));
        }
        match hook.binary(event).filter(|_| hook.listens) {
            Some(binary) => {
                self.defects.extend(checks::defect_of_binary(event, &binary));
                if checks::may_run(&binary) {
                    self.configured.push(event);
                }
            }
            None => self.defects.push(Defect::new(
                format!("hook.{name} was edited, or written by another version of git-gate"),
                repair("reinstall it: `git gate install`".to_owned()),
            )),
        }
        Ok(())
    }

    fn directory(&mut self, repo: &Repo, events: &[HookEvent]) -> Result<()> {
        let directory = match HooksLocation::find(repo)? {
            HooksLocation::Directory(directory) => directory,
            HooksLocation::Nowhere(reason) => {
                self.defects.push(Defect::new(reason.to_string(), reason.repair()));
                return Ok(());
            }
        };
        if let Some(error) = directory.stale_error() {
            self.defects.push(error.into());
            return Ok(());
        }
        for event in events {
            self.hook(repo, &directory, *event)?;
        }
        self.defects.extend(missing(&self.missing));
        self.defects.extend(checks::directory_open_to_all(&directory.path));
        self.defects.extend(worktrees::without_hooks(repo, &directory, events)?);
        Ok(())
    }

    fn hook(&mut self, repo: &Repo, directory: &HooksDirectory, event: HookEvent) -> Result<()> {
        let slot = HookSlot::inspect(&directory.path, event)?;
        let (place, found) = slot.ours();
        match found {
            HookFile::Ours { shim, runs, .. } => {
                if !runs {
                    self.defects.push(checks::hook_not_run(place));
                }
                self.defects.extend(checks::defects_of_shim(&slot, shim));
                self.defects.extend(checks::runs_through_link(place));
                self.defects.extend(checks::writable_by_others(place)?);
                if *runs && checks::may_run(&shim.binary) {
                    self.slots.push(slot);
                }
            }
            HookFile::WithLine { line, runs, .. } => {
                if !runs {
                    self.defects.push(checks::hook_not_run(place));
                }
                self.defects.extend(checks::defect_of_binary(event, &line.program()));
                if !line.by_name && !line.is_by_hand() {
                    self.defects.extend(checks::runs_through_link(place));
                }
                self.defects.extend(checks::writable_by_others(place)?);
                if *runs && checks::may_run(&line.program()) {
                    self.slots.push(slot);
                }
            }
            HookFile::WithAlteredLine => self.defects.push(Defect::new(
                format!("the line of git-gate in {} was edited", escape_path(place)),
                "repair it: `git gate install`",
            )),
            HookFile::Altered => self.defects.push(Defect::new(
                format!("{} was edited, or written by another version of git-gate", escape_path(place)),
                "write it again: `git gate install`",
            )),
            HookFile::Foreign { .. } => self.defects.push(Defect::new(
                format!("{} is not a hook of git-gate", escape_path(place)),
                "run `git gate install`: it lets both run, or says why it cannot",
            )),
            HookFile::Nothing => match shadowed(repo, directory, event)? {
                Some(shadowed) => self.defects.push(shadowed),
                None => self.missing.push(event),
            },
        }
        Ok(())
    }
}

/// Reports the hooks that are not installed.
fn missing(events: &[HookEvent]) -> Option<Defect> {
    let names: Vec<&str> = events.iter().map(|event| event.name()).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some(Defect::new(format!("{name} is not installed"), "install it: `git gate install`")),
        names => Some(Defect::new(
            format!("{} are not installed", names.join(", ")),
            "install them: `git gate install`",
        )),
    }
}

/// Reports a hook of ours in the directory that git used before `core.hooksPath` was set.
fn shadowed(repo: &Repo, directory: &HooksDirectory, event: HookEvent) -> Result<Option<Defect>> {
    let inside = HooksDirectory::inside(repo);
    let Some(setting) = directory.setting.as_ref().filter(|_| !directory.is(&inside)) else {
        return Ok(None);
    };
    let installed = matches!(
        HookSlot::inspect(&inside.path, event)?.hook_file,
        HookFile::Ours { .. } | HookFile::WithLine { .. }
    );
    Ok(installed.then(|| {
        let place = setting.place();
        let message = format!("git ignores the installed {event}: `core.hooksPath` is set in {place}");
        Defect::new(message, setting.repair())
    }))
}
