//! Plans for installing hooks. Planning changes nothing, and fails as a whole if one hook must not be changed.

use std::path::{Path, PathBuf};

use super::hook_file::{HookFile, ReadHook, no_hook};
use super::hook_line::{self, HookLine};
use super::hook_slot::{BackedUpHook, HookSlot};
use super::keeping::{Hindrance, Keeping, KeptHook};
use super::linked::{is_link_target, links_to};
use super::manager::HookManager;
use super::rewritten::{
    EDITED, KeptFate, free_name, keep_edited, kept_is_gone, restore_put_aside, take_out_of_put_aside,
};
use super::shim::Shim;
use super::step::{InstallStep, leftovers};
use crate::error::{Error, Result};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{escape_path, quoted_path};

/// Values of an installation: the program, and the files that it may not change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Installation<'a> {
    /// Program that the hooks call.
    pub(crate) binary: &'a Path,
    /// Hooks that git tracks, and that are not changed therefore.
    pub(crate) tracked: &'a [PathBuf],
}

/// Plans the steps that install the hooks of events in a directory; empty if they are installed.
///
/// # Errors
/// Fails if a hook cannot be kept so that it behaves as before.
pub(crate) fn plan_install(
    directory: &Path,
    events: &[HookEvent],
    installation: Installation<'_>,
) -> Result<Vec<InstallStep>> {
    let mut steps = Vec::new();
    if !directory.exists() {
        steps.push(InstallStep::CreateDirectory(directory.to_owned()));
    }
    steps.extend(sweep(directory)?);
    for event in events {
        let slot = HookSlot::inspect(directory, *event)?;
        let mut plan = SlotPlan { fate: KeptFate::of(&slot)?, slot, events, installation, steps: Vec::new() };
        plan.install()?;
        steps.append(&mut plan.steps);
    }
    Ok(steps)
}

/// Returns whether nothing is left to do in a directory for the hooks of some events.
pub(crate) fn is_complete(directory: &Path, events: &[HookEvent], binary: &Path) -> bool {
    let planned = plan_install(directory, events, Installation { binary, tracked: &[] });
    planned.is_ok_and(|steps| steps.is_empty())
}

/// Plans the removal of leftovers in the directory and in the `.d` directories of its dispatchers.
pub(super) fn sweep(directory: &Path) -> Result<Vec<InstallStep>> {
    let mut files = leftovers(directory)?;
    for event in HookEvent::ALL {
        files.extend(leftovers(&directory.join(format!("{event}.d")))?);
    }
    Ok(files.into_iter().map(InstallStep::Remove).collect())
}

/// Plan for the hook of one event.
struct SlotPlan<'a> {
    slot: HookSlot,
    fate: KeptFate,
    /// Events whose hooks are installed.
    events: &'a [HookEvent],
    installation: Installation<'a>,
    steps: Vec<InstallStep>,
}

impl SlotPlan<'_> {
    fn install(&mut self) -> Result<()> {
        self.steps.extend(restore_put_aside(&self.slot, &self.fate));
        if self.slot.dispatches {
            if matches!(self.slot.member_file, HookFile::Foreign { .. } | HookFile::WithLine { .. }) {
                return Err(not_ours(&self.slot.member));
            }
            self.steps.extend(self.fate.steps(&self.slot));
            self.write_member();
        } else {
            self.install_hook()?;
        }
        self.steps.extend(take_out_of_put_aside(&self.slot, &self.fate));
        Ok(())
    }

    fn install_hook(&mut self) -> Result<()> {
        match &self.slot.hook_file {
            HookFile::Ours { runs: true, linked: true, .. }
            | HookFile::WithLine { runs: true, linked: true, .. } => {}
            HookFile::WithLine { runs: true, line, .. }
                if line.is_by_hand() || *line == self.line() || self.is_tracked() =>
            {
                self.steps.extend(self.fate.steps(&self.slot));
            }
            HookFile::WithLine { runs: true, .. } | HookFile::WithAlteredLine if self.is_tracked() => {
                let kept = self.kept(&self.slot.text, self.slot.is_link);
                return Err(kept.refusal(&Hindrance::Tracked, self.slot.event));
            }
            HookFile::WithLine { runs: true, .. } | HookFile::WithAlteredLine => {
                self.steps.extend(self.fate.steps(&self.slot));
                self.steps.extend(keep_edited(&self.slot));
                self.insert_line();
            }
            HookFile::WithLine { runs: false, .. } if self.is_tracked() => {
                return Err(not_executable(&self.slot.hook));
            }
            HookFile::WithLine { runs: false, .. } => {
                self.steps.extend(self.fate.steps(&self.slot));
                self.steps
                    .push(InstallStep::RemoveLine { hook: self.slot.hook.clone(), event: self.slot.event });
                self.rename(false)?;
            }
            HookFile::Foreign { runs } => {
                let runs = *runs;
                self.steps.extend(self.fate.steps(&self.slot));
                self.keep_foreign(runs)?;
            }
            HookFile::Altered => {
                let (from, to) = (self.slot.hook.clone(), free_name(&self.slot.hook, "edited"));
                self.steps.push(InstallStep::SetAside { from, to, why: EDITED });
                self.write_over_ours()?;
            }
            HookFile::Nothing => {
                if let Some(other) = other_name(&self.slot.hook) {
                    return Err(would_be_silenced(&self.slot, &other));
                }
                self.write_over_ours()?;
            }
            HookFile::Ours { .. } => self.write_over_ours()?,
        }
        Ok(())
    }

    /// Keeps a hook that stands alone at its place.
    fn keep_foreign(&mut self, runs: bool) -> Result<()> {
        let HookSlot { hook, text, is_link, .. } = &self.slot;
        if hook.is_dir() && !is_link {
            return Err(no_hook(hook));
        }
        // A link may lead to a hook that has got our line.
        let text = hook_line::remove(self.slot.event, text).text;
        let kept = self.kept(&text, *is_link);
        if !runs && kept.is_tracked {
            return Err(not_executable(hook));
        }
        match kept.keeping() {
            // git does not run it, and would run our line neither.
            _ if !runs => self.rename(false)?,
            Keeping::Line => self.insert_line(),
            Keeping::Rename => self.rename(true)?,
            Keeping::Impossible(hindrance) => return Err(kept.refusal(&hindrance, self.slot.event)),
        }
        Ok(())
    }

    /// Writes our hook where there is none, or one of ours. A hook that is kept from before goes back to its place.
    fn write_over_ours(&mut self) -> Result<()> {
        let BackedUpHook::Hook { runs, .. } = self.slot.backed_up else {
            if let HookFile::Ours { shim: Shim { chained: true, .. }, .. } = &self.slot.hook_file {
                self.steps.push(InstallStep::Note(kept_is_gone(&self.slot)));
            }
            return self.write_hook(false);
        };
        let ReadHook { text, is_link, .. } = ReadHook::read(&self.slot.backup, self.slot.event)?;
        let text = hook_line::remove(self.slot.event, &text).text;
        let kept = self.kept(&text, is_link);
        match kept.keeping() {
            Keeping::Impossible(hindrance) if runs => {
                let why = kept.refusal(&hindrance, self.slot.event);
                return Err(why.hinted("to bring it back to its place: `git gate uninstall`"));
            }
            Keeping::Line if runs => {
                let (hook, backup) = (self.slot.hook.clone(), self.slot.backup.clone());
                self.steps.push(InstallStep::BringBack { backup: backup.clone(), hook, line: self.line() });
                self.steps.push(InstallStep::Remove(backup));
            }
            _ => self.write_hook(runs)?,
        }
        Ok(())
    }

    fn kept<'t>(&'t self, text: &'t [u8], is_link: bool) -> KeptHook<'t> {
        let path = &self.slot.hook;
        KeptHook { path, text, is_link, is_tracked: self.is_tracked() }
    }

    fn is_tracked(&self) -> bool {
        self.installation.tracked.contains(&self.slot.hook)
    }

    fn line(&self) -> HookLine {
        let binary = self.installation.binary.to_owned();
        HookLine { event: self.slot.event, by_name: is_link_target(&self.slot.hook), binary }
    }

    fn insert_line(&mut self) {
        self.steps.push(InstallStep::InsertLine { hook: self.slot.hook.clone(), line: self.line() });
        let manager = HookManager::of(&self.slot.text);
        self.steps.extend(manager.map(|manager| InstallStep::Note(manager.note(self.slot.event))));
    }

    fn rename(&mut self, runs: bool) -> Result<()> {
        let (hook, backup) = (self.slot.hook.clone(), self.slot.backup.clone());
        self.steps.push(InstallStep::BackUp { hook, backup, runs });
        self.write_hook(runs)
    }

    fn write_hook(&mut self, chained: bool) -> Result<()> {
        // The hooks of these events are replaced, also where they are links.
        let is_ours = |link: &PathBuf| self.events.iter().any(|event| link.ends_with(event.name()));
        if let Some(link) = links_to(&self.slot.hook).into_iter().find(|link| !is_ours(link)) {
            return Err(woken_link(&link, &self.slot.hook));
        }
        let shim = self.shim(chained);
        let (hook, file) = (&self.slot.hook, &self.slot.hook_file);
        self.steps.extend(write(hook, file, &shim));
        Ok(())
    }

    fn write_member(&mut self) {
        if self.slot.member_file == HookFile::Altered {
            let (from, to) = (self.slot.member.clone(), free_name(&self.slot.backup, "edited"));
            self.steps.push(InstallStep::SetAside { from, to, why: EDITED });
        }
        let shim = self.shim(false);
        self.steps.extend(write(&self.slot.member, &self.slot.member_file, &shim));
    }

    fn shim(&self, chained: bool) -> Shim {
        Shim { event: self.slot.event, binary: self.installation.binary.to_owned(), chained }
    }
}

fn write(hook: &Path, found: &HookFile, shim: &Shim) -> Option<InstallStep> {
    match found {
        HookFile::Ours { runs: true, linked: true, .. } => None,
        HookFile::Ours { shim: old, runs: true, .. } if old == shim => None,
        _ => Some(InstallStep::Write { hook: hook.to_owned(), text: shim.text() }),
    }
}

/// Returns the error for a link that does nothing, and would run a hook that is put at its end.
fn woken_link(link: &Path, hook: &Path) -> Error {
    Error::usage(format!(
        "{} is a link to {}: a hook of git-gate there would run for it, too",
        escape_path(link),
        escape_path(hook)
    ))
    .hinted(format!("remove the link, if nothing needs it: `rm {}`", quoted_path(link)))
    .hinted("with git 2.54 or newer, it can stay as it is: `git gate install --mode config`")
}

fn not_executable(hook: &Path) -> Error {
    Error::usage(format!("{} is tracked by git, and is not executable", escape_path(hook)))
        .hinted(format!("let git run it: `chmod +x {}`", quoted_path(hook)))
        .hinted("or let it be renamed: `git gate install --edit-tracked`")
}

/// Returns the file that git runs as a hook as long as there is none with its plain name.
fn other_name(hook: &Path) -> Option<PathBuf> {
    let mut name = hook.as_os_str().to_owned();
    name.push(platform::HOOK_ENDING?);
    Some(PathBuf::from(name)).filter(|other| other.symlink_metadata().is_ok())
}

fn would_be_silenced(slot: &HookSlot, other: &Path) -> Error {
    let (plain, name, other) = (escape_path(&slot.hook), slot.event.name(), quoted_path(other));
    Error::usage(format!("{other} is a hook, which git would no longer run beside {plain}"))
        .hinted(format!("git also runs it under its plain name; in PowerShell: `Rename-Item {other} {name}`"))
        .hinted("with git 2.54 or newer, it can stay as it is: `git gate install --mode config`")
}

fn not_ours(member: &Path) -> Error {
    Error::usage(format!("{} already exists and is not a hook of git-gate", escape_path(member)))
        .hinted(format!("move it: `mv {0} {0}.old`", quoted_path(member)))
}

#[cfg(test)]
mod tests;
