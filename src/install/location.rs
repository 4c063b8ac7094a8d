//! Choice between git config and the hooks directory for the hook of an event.

use std::path::Path;

use super::hook_file::{HookFile, ReadHook};
use super::hook_line;
use super::hook_slot::{BackedUpHook, HookSlot};
use super::keeping::{Keeping, KeptHook};
use super::manager::HookManager;
use super::plan::Installation;
use crate::error::Result;
use crate::hook::HookEvent;

/// Returns whether the hook of an event is installed into git config by default, if git runs hooks from there.
///
/// There, no other tool removes it, and the hook in the directory is not changed. But it runs before that hook. So a
/// hook that checks messages is put into a hook that may change the message, if that is possible. The scripts of hook
/// managers are not taken for such hooks.
///
/// # Errors
/// Fails if a hook cannot be read.
pub(crate) fn belongs_into_config(
    directory: &Path,
    event: HookEvent,
    installation: Installation<'_>,
) -> Result<bool> {
    if event == HookEvent::PreReceive {
        return Ok(true);
    }
    let slot = HookSlot::inspect(directory, event)?;
    let is_tracked = installation.tracked.contains(&slot.hook);
    if let HookFile::WithLine { runs: true, line, .. } = &slot.hook_file
        && (is_tracked || line.is_by_hand())
    {
        return Ok(false);
    }
    if event == HookEvent::PrePush {
        return Ok(true);
    }
    let (text, is_link) = match (&slot.hook_file, slot.backed_up) {
        (HookFile::Foreign { runs: true }, _) if slot.dispatches => return Ok(false),
        (
            HookFile::Foreign { runs: true }
            | HookFile::WithLine { runs: true, .. }
            | HookFile::WithAlteredLine,
            _,
        ) => (hook_line::remove(event, &slot.text).text, slot.is_link),
        (
            HookFile::Ours { .. } | HookFile::Altered | HookFile::Nothing,
            BackedUpHook::Hook { runs: true, .. },
        ) => {
            let ReadHook { text, is_link, .. } = ReadHook::read(&slot.backup, event)?;
            (hook_line::remove(event, &text).text, is_link)
        }
        _ => return Ok(true),
    };
    let kept = KeptHook { path: &slot.hook, text: &text, is_link, is_tracked };
    Ok(HookManager::of(&text).is_some() || matches!(kept.keeping(), Keeping::Impossible(_)))
}
