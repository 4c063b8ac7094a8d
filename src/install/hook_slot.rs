//! Inspection of the place of a hook.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use rustix::fs::{Access, access};

use super::shim::{HookText, Shim, backup_name};
use crate::error::{Error, Result};
use crate::hook::HookEvent;
use crate::text::escape_path;

/// Name of our member in a `.d` directory.
const MEMBER: &str = "git-gate";

/// Files at the place of the hook of one event, and next to it.
#[derive(Debug)]
pub(crate) struct HookSlot {
    /// Event of the hook.
    pub(crate) event: HookEvent,
    /// Path at which git looks for the hook.
    pub(crate) hook: PathBuf,
    /// File at that path.
    pub(crate) hook_file: HookFile,
    /// Path at which an earlier hook is kept.
    pub(crate) backup: PathBuf,
    /// State of the kept hook.
    pub(crate) backed_up: BackedUpHook,
    /// Path of our member of a dispatcher.
    pub(crate) member: PathBuf,
    /// File at that path.
    pub(crate) member_file: HookFile,
    /// True if the hook is a dispatcher.
    pub(crate) is_dispatcher: bool,
    /// True if git runs the hook and the hook runs members.
    ///
    /// Their directory exists, or gitolite has made a member of ours.
    pub(crate) dispatches: bool,
    /// True if the hook depends on the name under which it is called.
    pub(crate) depends_on_name: bool,
}

/// File at the place of a hook.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HookFile {
    /// No file.
    Nothing,
    /// A hook of ours, byte for byte.
    Ours {
        /// Values of the hook.
        shim: Shim,
        /// True if git runs it.
        runs: bool,
        /// True if it is a link to a hook of ours elsewhere, as made by gitolite. We do not change it.
        linked: bool,
    },
    /// A hook of ours that was edited or written by another version.
    Altered,
    /// A hook of the user or another tool.
    Foreign {
        /// True if git runs it: it is executable, and not a dangling link.
        runs: bool,
    },
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
        let (hook_file, text) = read_hook_file(&hook, event)?;
        let is_dispatcher = is_dispatcher(&text, event);
        let driver_member = if is_driver_link(&hook) { driver_member(&hook, event)? } else { None };
        let has_members = is_dispatcher && members.is_dir() || driver_member.is_some();
        let dispatches = hook_file == (HookFile::Foreign { runs: true }) && has_members;
        let member = driver_member.unwrap_or_else(|| members.join(MEMBER));
        Ok(Self {
            event,
            backed_up: backed_up(&backup, &hook)?,
            is_dispatcher,
            member_file: read_hook_file(&member, event)?.0,
            depends_on_name: depends_on_name(&hook, &text),
            hook,
            hook_file,
            backup,
            member,
            dispatches,
        })
    }

    /// Returns the path where a hook of ours belongs, and the file there.
    pub(crate) fn ours(&self) -> (&Path, &HookFile) {
        if self.dispatches { (&self.member, &self.member_file) } else { (&self.hook, &self.hook_file) }
    }
}

/// Returns whether git would run a file as a hook. Uses access(2), as git does.
pub(crate) fn is_run(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}

fn read_hook_file(path: &Path, event: HookEvent) -> Result<(HookFile, Vec<u8>)> {
    let Some(metadata) = metadata(path)? else {
        return Ok((HookFile::Nothing, Vec::new()));
    };
    let foreign = HookFile::Foreign { runs: is_run(path) };
    if metadata.is_symlink() && !path.is_file() {
        return Ok((foreign, Vec::new()));
    }
    let text = std::fs::read(path)
        .map_err(|error| Error::io(format!("cannot read {}", escape_path(path)), error))?;
    let linked = metadata.is_symlink();
    let found = match HookText::classify(event, &text) {
        HookText::Ours(shim) => HookFile::Ours { shim, runs: is_run(path), linked },
        HookText::Altered if !linked => HookFile::Altered,
        HookText::Altered | HookText::Foreign => foreign,
    };
    Ok((found, text))
}

fn backed_up(backup: &Path, hook: &Path) -> Result<BackedUpHook> {
    let Some(beside) = metadata(backup)? else {
        return Ok(BackedUpHook::Nothing);
    };
    let same = metadata(hook)?.is_some_and(|hook| (hook.dev(), hook.ino()) == (beside.dev(), beside.ino()));
    Ok(BackedUpHook::Hook { runs: is_run(backup), same })
}

/// Returns the metadata of a file or of a link itself; `None` if neither exists.
fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(found) if found.is_file() || found.is_symlink() => Ok(Some(found)),
        Ok(_) => Err(Error::usage(format!("{} is neither a file nor a link", escape_path(path)))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::io(format!("cannot access {}", escape_path(path)), error)),
    }
}

/// Returns whether a hook runs the members of its `.d` directory, according to its text.
fn is_dispatcher(text: &[u8], event: HookEvent) -> bool {
    text.contains_str(format!("{event}.d")) || names_members(text)
}

/// Returns whether a text contains `.d` after a variable: `$0.d`, `${hookname}.d`.
fn names_members(text: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.find_iter(".d").any(|at| {
        let (before, after) = text.split_at(at);
        let ends = !after.get(2).is_some_and(word);
        let name = before.iter().rev().take_while(|byte| word(byte)).count();
        let variable = before.ends_with(b"}") || name > 0 && before.iter().rev().nth(name) == Some(&b'$');
        ends && variable
    })
}

/// Returns whether a hook is one script for all hooks, which would silently do nothing under another name.
///
/// Such scripts are those of husky and overcommit, the driver of gitolite, and dispatchers of that kind.
fn depends_on_name(hook: &Path, text: &[u8]) -> bool {
    let signs = ["\"${0%/*}/h\"", "/husky.sh\"", "File.basename($0)"];
    is_driver_link(hook) || names_members(text) || signs.iter().any(|sign| text.contains_str(sign))
}

/// Returns whether a hook is gitolite's link to its driver.
///
/// The driver runs `<hook>.h00-<name>`, `<hook>.h01-<name>` and so on.
fn is_driver_link(hook: &Path) -> bool {
    hook.read_link().is_ok_and(|target| target.ends_with("multi-hook-driver"))
}

/// Returns our hook among those of a gitolite driver, if there is one. gitolite creates and removes them.
fn driver_member(hook: &Path, event: HookEvent) -> Result<Option<PathBuf>> {
    for number in 0..100 {
        let member = hook.with_file_name(format!("{event}.h{number:02}-{MEMBER}"));
        if let (HookFile::Ours { .. }, _) = read_hook_file(&member, event)? {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::{Path, depends_on_name, is_dispatcher};
    use crate::hook::HookEvent::PreReceive;

    #[test]
    fn dispatcher_names_its_directory_of_members() {
        for (text, dispatches) in [
            ("for hook in ${GIT_DIR}/hooks/pre-receive.d/*; do", true),
            ("for hook in \"$0.d\"/*; do", true),
            ("run-parts \"hooks/pre-receive.d\"", true),
            ("for hook in ${GIT_DIR}/hooks/${hookname}.d/*; do", true),
            ("hook_dir=$hooks_dir/$hook_name.d", true),
            ("cat /etc/profile.d/git.sh ${x}.dat $x.data", false),
            ("for hook in hooks/pre-push.d/*; do", false),
            ("exit 0", false),
            ("", false),
        ] {
            assert_eq!(is_dispatcher(text.as_bytes(), PreReceive), dispatches, "{text}");
        }
    }

    #[test]
    fn hooks_that_depend_on_their_name_are_found() {
        for (text, by_name) in [
            ("#!/usr/bin/env sh\n. \"${0%/*}/h\"", true),
            ("#!/bin/sh\n. \"$(dirname \"$0\")/_/husky.sh\"\n", true),
            ("#!/usr/bin/env ruby\nhook_type = File.basename($0)\n", true),
            ("#!/bin/sh\necho \"$(basename \"$0\"): no\" >&2\n", false),
            ("#!/bin/sh\ndir=$(dirname \"$0\")/$(basename \"$0\").d\n", false),
            ("#!/bin/sh\nname=$(basename \"$0\")\nls \"hooks/$name.d\"\n", true),
            ("", false),
        ] {
            assert_eq!(depends_on_name(Path::new(""), text.as_bytes()), by_name, "{text}");
        }
    }
}
