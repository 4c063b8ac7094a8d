//! Inspection of the place of a hook.

use std::path::{Path, PathBuf};

use super::by_hand;
use super::dispatcher::{MEMBER, driver_member, is_dispatcher};
use super::hook_file::{HookFile, ReadHook, is_run, is_same_file};
use super::manager::REPLACED;
use super::shim::{Shim, backup_name};
use crate::error::Result;
use crate::hook::HookEvent;

/// Files at the place of the hook of one event, and next to it.
#[derive(Debug)]
pub(crate) struct HookSlot {
    /// Event of the hook.
    pub(crate) event: HookEvent,
    /// Path at which git looks for the hook.
    pub(crate) hook: PathBuf,
    /// File at that path.
    pub(crate) hook_file: HookFile,
    /// Text of that file.
    pub(super) text: Vec<u8>,
    /// True if that file is a link.
    pub(super) is_link: bool,
    /// Path at which an earlier hook is kept.
    pub(crate) backup: PathBuf,
    /// State of the kept hook.
    pub(crate) backed_up: BackedUpHook,
    /// Path of our member of a dispatcher.
    pub(crate) member: PathBuf,
    /// File at that path.
    pub(crate) member_file: HookFile,
    /// True if git runs the hook and the hook runs members.
    ///
    /// Their directory exists, or gitolite has made a member of ours.
    pub(crate) dispatches: bool,
    /// Files with something of ours that another tool has put aside to run them, or to bring them back.
    pub(super) put_aside: Vec<PutAside>,
}

/// File with something of ours under the name that another tool has given to it.
#[derive(Debug)]
pub(super) struct PutAside {
    /// Path of the file.
    pub(super) path: PathBuf,
    /// Classification of the file.
    pub(super) file: HookFile,
}

/// State of the earlier hook that is kept next to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackedUpHook {
    /// No hook is kept.
    Nothing,
    /// A hook is kept.
    Hook {
        /// True if git ran it.
        runs: bool,
        /// True if it is the same file as the hook in place, as after an interrupted installation.
        same: bool,
    },
}

impl HookSlot {
    /// Inspects the place of an event's hook in a hooks directory.
    ///
    /// # Errors
    /// Fails if a file there cannot be read, or is neither a file nor a link.
    pub(crate) fn inspect(directory: &Path, event: HookEvent) -> Result<Self> {
        let hook = directory.join(event.name());
        let members = directory.join(format!("{event}.d"));
        let backup = directory.join(backup_name(event));
        let ReadHook { file: hook_file, text, is_link } = ReadHook::read(&hook, event)?;
        let driver_member = driver_member(&hook, event)?;
        let has_members = is_dispatcher(&text, event) && members.is_dir() || driver_member.is_some();
        let dispatches = hook_file == (HookFile::Foreign { runs: true }) && has_members;
        let member = driver_member.unwrap_or_else(|| members.join(MEMBER));
        Ok(Self {
            event,
            backed_up: backed_up(&backup, &hook, event)?,
            member_file: ReadHook::read(&member, event)?.file,
            put_aside: put_aside(directory, event)?,
            hook,
            hook_file,
            text,
            is_link,
            backup,
            member,
            dispatches,
        })
    }

    /// Returns whether the hook calls the `git-gate` on the PATH of whoever pushes.
    pub(super) fn needs_path(&self) -> bool {
        matches!(&self.hook_file, HookFile::WithLine { line, .. } if line.is_by_hand())
    }

    /// Returns whether our hook also runs another one.
    pub(super) fn keeps_another(&self) -> bool {
        match &self.hook_file {
            HookFile::Ours { shim, .. } => shim.chained,
            HookFile::WithLine { line, .. } => by_hand::line(line.event, &self.text).is_none(),
            _ => false,
        }
    }

    /// Returns the path where a hook of ours belongs, and the file there.
    pub(crate) fn ours(&self) -> (&Path, &HookFile) {
        if self.dispatches { (&self.member, &self.member_file) } else { (&self.hook, &self.hook_file) }
    }
}

fn backed_up(backup: &Path, hook: &Path, event: HookEvent) -> Result<BackedUpHook> {
    let ReadHook { file, text, is_link } = ReadHook::read(backup, event)?;
    Ok(match file {
        HookFile::Nothing => BackedUpHook::Nothing,
        // A link that led nowhere may lead to a hook of ours now.
        _ => BackedUpHook::Hook {
            runs: is_run(backup) && !(is_link && Shim::is_marked(&text)),
            same: is_same_file(backup, hook)?,
        },
    })
}

fn put_aside(directory: &Path, event: HookEvent) -> Result<Vec<PutAside>> {
    let mut found = Vec::new();
    let beside = REPLACED.map(|word| directory.join(format!("{event}.{word}")));
    for path in beside.into_iter().chain([directory.join("old-hooks").join(event.name())]) {
        if !path.is_file() {
            continue;
        }
        let ReadHook { file, .. } = ReadHook::read(&path, event)?;
        if file.has_ours() {
            found.push(PutAside { path, file });
        }
    }
    Ok(found)
}
