//! Hooks that another tool has written again, or put aside, after an installation.

use std::path::{Path, PathBuf};

use super::hook_file::{HookFile, ReadHook};
use super::hook_line;
use super::hook_slot::{BackedUpHook, HookSlot};
use super::manager::{HookManager, is_generated};
use super::shim::Shim;
use super::step::InstallStep;
use crate::error::Result;
use crate::text::escape_path;

/// Reason for which an edited hook of ours is put aside.
pub(super) const EDITED: &str = "it was edited";

/// Whereabouts of a kept hook in the future, if another hook of somebody else is at its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeptFate {
    /// No hook is kept, or no other one is at its place.
    Nothing,
    /// It is removed: the hook at its place is the same one.
    Removed,
    /// It replaces our hook that ran it, and that another tool has put aside under this path.
    PutAside(PathBuf),
    /// It gets a name of its own, and does not run.
    SetAside,
}

impl KeptFate {
    /// Decides about the kept hook of a slot.
    ///
    /// # Errors
    /// Fails if the kept hook cannot be read.
    pub(super) fn of(slot: &HookSlot) -> Result<Self> {
        let is_ours = matches!(slot.hook_file, HookFile::Ours { .. } | HookFile::Altered | HookFile::Nothing);
        if slot.backed_up == BackedUpHook::Nothing || is_ours {
            return Ok(Self::Nothing);
        }
        let kept = ReadHook::read(&slot.backup, slot.event)?.text;
        let here = hook_line::remove(slot.event, &slot.text).text;
        let manager = HookManager::of(&here);
        if kept == here {
            return Ok(Self::Removed);
        }
        // An older script of the same tool must not become the one that the tool has put aside and runs.
        if manager.is_some() && manager == HookManager::of(&kept) && is_generated(&kept) {
            return Ok(Self::SetAside);
        }
        let chains =
            |file: &HookFile| matches!(file, HookFile::Ours { shim: Shim { chained: true, .. }, .. });
        let chaining = slot.put_aside.iter().find(|file| chains(&file.file));
        Ok(chaining.map_or(Self::SetAside, |file| Self::PutAside(file.path.clone())))
    }

    /// Returns the steps for the kept hook, except for one that takes the place of ours elsewhere.
    pub(super) fn steps(&self, slot: &HookSlot) -> Vec<InstallStep> {
        let remove = InstallStep::Remove(slot.backup.clone());
        match self {
            Self::Nothing | Self::PutAside(_) => Vec::new(),
            Self::Removed => vec![remove],
            Self::SetAside => {
                let (from, to) = (slot.backup.clone(), free_name(&slot.hook, "replaced"));
                vec![InstallStep::SetAside { from, to, why: "another hook is at its place" }, remove]
            }
        }
    }
}

/// Plans that the kept hook replaces ours which another tool has put aside. Its name is free then for another one.
pub(super) fn restore_put_aside(slot: &HookSlot, fate: &KeptFate) -> Option<InstallStep> {
    let KeptFate::PutAside(path) = fate else { return None };
    Some(InstallStep::Restore { backup: slot.backup.clone(), hook: path.clone() })
}

/// Plans the removal of everything else of ours that another tool has put aside.
pub(super) fn take_out_of_put_aside(slot: &HookSlot, fate: &KeptFate) -> Vec<InstallStep> {
    let mut steps = Vec::new();
    for file in &slot.put_aside {
        let path = file.path.clone();
        match &file.file {
            HookFile::Ours { .. } if *fate == KeptFate::PutAside(path.clone()) => {}
            HookFile::Ours { .. } => steps.push(InstallStep::Remove(path)),
            HookFile::Altered => {
                let (from, to) = (path.clone(), free_name(&path, "edited"));
                steps.push(InstallStep::SetAside { from, to, why: EDITED });
                steps.push(InstallStep::Remove(path));
            }
            _ => steps.push(InstallStep::RemoveLine { hook: path, event: slot.event }),
        }
    }
    steps
}

/// Plans that a hook is also kept as it is, if more than our line may be removed from it.
pub(super) fn keep_edited(slot: &HookSlot) -> Option<InstallStep> {
    let (from, to) = (slot.hook.clone(), free_name(&slot.hook, "edited"));
    let is_exact = hook_line::remove(slot.event, &slot.text).exact;
    (!is_exact).then_some(InstallStep::SetAside { from, to, why: EDITED })
}

/// Returns a name next to a hook that no file has.
pub(super) fn free_name(hook: &Path, word: &str) -> PathBuf {
    let mut name = hook.as_os_str().to_owned();
    name.push(format!(".git-gate-{word}"));
    let numbered = |number: u32| {
        let mut name = name.clone();
        name.push(format!("-{number}"));
        PathBuf::from(name)
    };
    let first = PathBuf::from(&name);
    let mut names = std::iter::once(first.clone()).chain((2..).map(numbered));
    names.find(|name| name.symlink_metadata().is_err()).unwrap_or(first)
}

/// Returns the message about a kept hook that somebody has removed.
pub(super) fn kept_is_gone(slot: &HookSlot) -> String {
    format!("the hook that was kept in {} is gone: it cannot be brought back", escape_path(&slot.backup))
}
