//! What stands in the place of a hook.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use rustix::fs::{Access, access};

use super::directory::shown;
use super::shim::{Reading, Shim, kept_name};
use crate::error::{Error, Result};
use crate::hook::HookEvent;

/// The name of our member in a `.d` directory.
const MEMBER: &str = "git-gate";

/// What stands in the place of the hook of one event, and beside it.
#[derive(Debug)]
pub(crate) struct Survey {
    /// The event.
    pub(crate) event: HookEvent,
    /// Where git looks for the hook.
    pub(crate) hook: PathBuf,
    /// What stands there.
    pub(crate) found: Found,
    /// Where an earlier hook is kept.
    pub(crate) kept: PathBuf,
    /// Whether one is.
    pub(crate) keeps: Keeps,
    /// Our place among the members of a dispatcher.
    pub(crate) member: PathBuf,
    /// What stands there.
    pub(crate) found_member: Found,
    /// Whether the hook is a dispatcher.
    pub(crate) is_dispatcher: bool,
    /// Whether it is one that git runs, and its directory of members is there.
    pub(crate) dispatches: bool,
    /// Whether the hook finds out what to do by the name under which it is called.
    pub(crate) goes_by_name: bool,
}

/// What stands in the place of a hook.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A hook of ours, to the byte.
    Ours {
        /// What it says.
        shim: Shim,
        /// Whether git runs it.
        runs: bool,
        /// Whether it is a link to a hook of ours in another place, as gitolite makes them: not ours to change.
        linked: bool,
    },
    /// A hook of ours that was edited, or that another version wrote.
    Altered,
    /// Somebody else's hook.
    Foreign {
        /// Whether git runs it: not without the executable bit, and not a link that leads nowhere.
        runs: bool,
    },
}

/// Whether the hook that was there before is kept beside ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// There is none.
    Nothing,
    /// There is one.
    Hook {
        /// Whether git ran it.
        runs: bool,
        /// Whether it is the very file that stands in the place of the hook: an installation that was cut off.
        same: bool,
    },
}

impl Survey {
    /// Looks at the place of an event's hook in a hooks directory.
    ///
    /// # Errors
    /// Fails when something there cannot be read, or is neither a file nor a link.
    pub(crate) fn of(directory: &Path, event: HookEvent) -> Result<Self> {
        let hook = directory.join(event.name());
        let members = directory.join(format!("{event}.d"));
        let kept = directory.join(kept_name(event));
        let (found, text) = look(&hook, event)?;
        let is_dispatcher = is_dispatcher(&text, event);
        let driven = if is_driver(&hook) { driven(&hook, event)? } else { None };
        let has_members = is_dispatcher && members.is_dir() || driven.is_some();
        let dispatches = found == (Found::Foreign { runs: true }) && has_members;
        let member = driven.unwrap_or_else(|| members.join(MEMBER));
        Ok(Self {
            event,
            keeps: keeps(&kept, &hook)?,
            is_dispatcher,
            found_member: look(&member, event)?.0,
            goes_by_name: goes_by_name(&hook, &text),
            hook,
            found,
            kept,
            member,
            dispatches,
        })
    }

    /// The place where a hook of ours belongs, and what stands there.
    pub(crate) fn ours(&self) -> (&Path, &Found) {
        if self.dispatches { (&self.member, &self.found_member) } else { (&self.hook, &self.found) }
    }
}

/// Whether git would run a file as a hook; git asks the system in the same way.
pub(crate) fn is_run(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}

fn look(path: &Path, event: HookEvent) -> Result<(Found, Vec<u8>)> {
    let Some(metadata) = metadata(path)? else {
        return Ok((Found::Nothing, Vec::new()));
    };
    let foreign = Found::Foreign { runs: is_run(path) };
    if metadata.is_symlink() && !path.is_file() {
        return Ok((foreign, Vec::new()));
    }
    let text =
        std::fs::read(path).map_err(|error| Error::io(format!("cannot read {}", shown(path)), error))?;
    let linked = metadata.is_symlink();
    let found = match Reading::of(event, &text) {
        Reading::Ours(shim) => Found::Ours { shim, runs: is_run(path), linked },
        Reading::Altered if !linked => Found::Altered,
        Reading::Altered | Reading::Foreign => foreign,
    };
    Ok((found, text))
}

fn keeps(kept: &Path, hook: &Path) -> Result<Keeps> {
    let Some(beside) = metadata(kept)? else {
        return Ok(Keeps::Nothing);
    };
    let same = metadata(hook)?.is_some_and(|hook| (hook.dev(), hook.ino()) == (beside.dev(), beside.ino()));
    Ok(Keeps::Hook { runs: is_run(kept), same })
}

/// The metadata of a file or a link itself; none where nothing is.
fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(found) if found.is_file() || found.is_symlink() => Ok(Some(found)),
        Ok(_) => Err(Error::usage(format!("{} is neither a file nor a link", shown(path)))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::io(format!("cannot look at {}", shown(path)), error)),
    }
}

/// Whether a hook runs the members of its `.d` directory, as far as its text says so.
fn is_dispatcher(text: &[u8], event: HookEvent) -> bool {
    text.contains_str(format!("{event}.d")) || names_members(text)
}

/// Whether a text puts `.d` behind a variable: `$0.d`, `${hookname}.d`.
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

/// Whether a hook is one script for all hooks, which under another name would quietly do nothing: one of husky's or
/// overcommit's, gitolite's driver, or a dispatcher of that kind.
fn goes_by_name(hook: &Path, text: &[u8]) -> bool {
    let signs = ["\"${0%/*}/h\"", "/husky.sh\"", "File.basename($0)"];
    is_driver(hook) || names_members(text) || signs.iter().any(|sign| text.contains_str(sign))
}

/// Whether a hook is gitolite's link to a script that runs `<hook>.h00-<name>`, `<hook>.h01-<name>` and so on.
fn is_driver(hook: &Path) -> bool {
    hook.read_link().is_ok_and(|target| target.ends_with("multi-hook-driver"))
}

/// The one among the hooks of a driver that is ours; gitolite makes and removes them.
fn driven(hook: &Path, event: HookEvent) -> Result<Option<PathBuf>> {
    for number in 0..100 {
        let member = hook.with_file_name(format!("{event}.h{number:02}-{MEMBER}"));
        if let (Found::Ours { .. }, _) = look(&member, event)? {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::{Path, goes_by_name, is_dispatcher};
    use crate::hook::HookEvent::PreReceive;

    #[test]
    fn a_dispatcher_names_the_directory_of_its_members() {
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
    fn a_hook_that_goes_by_its_name_is_known() {
        for (text, by_name) in [
            ("#!/usr/bin/env sh\n. \"${0%/*}/h\"", true),
            ("#!/bin/sh\n. \"$(dirname \"$0\")/_/husky.sh\"\n", true),
            ("#!/usr/bin/env ruby\nhook_type = File.basename($0)\n", true),
            ("#!/bin/sh\necho \"$(basename \"$0\"): no\" >&2\n", false),
            ("#!/bin/sh\ndir=$(dirname \"$0\")/$(basename \"$0\").d\n", false),
            ("#!/bin/sh\nname=$(basename \"$0\")\nls \"hooks/$name.d\"\n", true),
            ("", false),
        ] {
            assert_eq!(goes_by_name(Path::new(""), text.as_bytes()), by_name, "{text}");
        }
    }
}
