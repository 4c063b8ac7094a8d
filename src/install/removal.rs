//! Plans for removing hooks. Planning changes nothing.
//!
//! A removal always takes ours away. What cannot be brought back as it was is said.

use std::path::Path;

use super::hook_file::HookFile;
use super::hook_line;
use super::hook_slot::{BackedUpHook, HookSlot};
use super::plan::sweep;
use super::rewritten::{
    EDITED, KeptFate, free_name, keep_edited, kept_is_gone, restore_put_aside, take_out_of_put_aside,
};
use super::step::{InstallStep, is_ours};
use crate::error::Result;
use crate::hook::HookEvent;

/// Plans the steps that remove our hooks from a directory and restore the earlier ones.
///
/// The plan is empty if there is no hook of ours.
///
/// # Errors
/// Fails if a hook cannot be read.
pub(crate) fn plan_uninstall(directory: &Path, events: &[HookEvent]) -> Result<Vec<InstallStep>> {
    let mut steps = sweep(directory)?;
    let mut stays = false;
    for event in HookEvent::ALL {
        let slot = HookSlot::inspect(directory, event)?;
        if events.contains(&event) {
            uninstall(&slot, &mut steps)?;
        } else {
            stays |= !matches!(slot.ours().1, HookFile::Nothing | HookFile::Foreign { .. });
        }
    }
    if is_ours(directory) && !stays {
        steps.push(InstallStep::RemoveDirectory(directory.to_owned()));
    }
    Ok(steps)
}

fn uninstall(slot: &HookSlot, steps: &mut Vec<InstallStep>) -> Result<()> {
    match slot.member_file {
        HookFile::Ours { linked: false, .. } => steps.push(InstallStep::Remove(slot.member.clone())),
        HookFile::Altered => {
            let (from, to) = (slot.member.clone(), free_name(&slot.backup, "edited"));
            steps.push(InstallStep::SetAside { from, to, why: EDITED });
            steps.push(InstallStep::Remove(slot.member.clone()));
        }
        _ => {}
    }
    let fate = KeptFate::of(slot)?;
    match (&slot.hook_file, slot.backed_up) {
        (HookFile::Ours { linked: true, .. } | HookFile::WithLine { linked: true, .. }, _) => {}
        (HookFile::WithLine { .. } | HookFile::WithAlteredLine, _) => {
            steps.extend(keep_edited(slot));
            steps.push(InstallStep::RemoveLine { hook: slot.hook.clone(), event: slot.event });
            steps.extend(fate.steps(slot));
        }
        (HookFile::Foreign { .. }, _) => {
            // A line that was added by hand where it does nothing.
            if !slot.is_link && hook_line::remove(slot.event, &slot.text).text != slot.text {
                steps.push(InstallStep::RemoveLine { hook: slot.hook.clone(), event: slot.event });
            }
            steps.extend(fate.steps(slot));
        }
        (HookFile::Ours { .. } | HookFile::Altered | HookFile::Nothing, backed_up) => {
            take_away(slot, backed_up, steps);
        }
    }
    steps.extend(restore_put_aside(slot, &fate));
    steps.extend(take_out_of_put_aside(slot, &fate));
    Ok(())
}

/// Removes a hook of ours, or brings the kept hook back over it.
fn take_away(slot: &HookSlot, backed_up: BackedUpHook, steps: &mut Vec<InstallStep>) {
    if slot.hook_file == HookFile::Altered {
        let (from, to) = (slot.hook.clone(), free_name(&slot.hook, "edited"));
        steps.push(InstallStep::SetAside { from, to, why: EDITED });
    }
    match (&slot.hook_file, backed_up) {
        (_, BackedUpHook::Hook { .. }) => {
            steps.push(InstallStep::Restore { backup: slot.backup.clone(), hook: slot.hook.clone() });
        }
        (HookFile::Nothing, BackedUpHook::Nothing) => {}
        (found, BackedUpHook::Nothing) => {
            if matches!(found, HookFile::Ours { shim, .. } if shim.chained) {
                steps.push(InstallStep::Note(kept_is_gone(slot)));
            }
            steps.push(InstallStep::Remove(slot.hook.clone()));
        }
    }
}
