//! Plans for installing and removing hooks.
//!
//! Planning changes nothing, and fails as a whole if one hook must not be changed.

use std::path::Path;

use super::hook_slot::{BackedUpHook, HookFile, HookSlot};
use super::shim::Shim;
use super::step::{InstallStep, is_ours, leftovers};
use crate::error::{Error, Result};
use crate::hook::HookEvent;
use crate::text::{escape_path, quoted_path};

/// Plans the steps that install the hooks of events in a directory; empty if they are installed.
///
/// # Errors
/// Fails if a hook was edited, or cannot be kept because another one is kept already.
pub(crate) fn plan_install(
    directory: &Path,
    events: &[HookEvent],
    binary: &Path,
) -> Result<Vec<InstallStep>> {
    let mut steps = Vec::new();
    if !directory.exists() {
        steps.push(InstallStep::CreateDirectory(directory.to_owned()));
    }
    steps.extend(sweep(directory)?);
    for event in events {
        install(&HookSlot::inspect(directory, *event)?, binary, &mut steps)?;
    }
    Ok(steps)
}

/// Plans the steps that remove our hooks from a directory and restore the earlier ones.
///
/// The plan is empty if there is no hook of ours.
///
/// # Errors
/// Fails if a hook was edited, or if an earlier hook to be restored is gone.
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

/// Plans the removal of leftovers in the directory and in the `.d` directories of its dispatchers.
fn sweep(directory: &Path) -> Result<Vec<InstallStep>> {
    let mut files = leftovers(directory)?;
    for event in HookEvent::ALL {
        files.extend(leftovers(&directory.join(format!("{event}.d")))?);
    }
    Ok(files.into_iter().map(InstallStep::Remove).collect())
}

fn install(slot: &HookSlot, binary: &Path, steps: &mut Vec<InstallStep>) -> Result<()> {
    let event = slot.event;
    let shim = |chained| Shim { event, binary: binary.to_owned(), chained };
    if slot.dispatches {
        return match &slot.member_file {
            HookFile::Foreign { .. } => Err(not_ours(&slot.member)),
            found => write(&slot.member, found, &shim(false), steps),
        };
    }
    match (&slot.hook_file, slot.backed_up) {
        (HookFile::Foreign { runs: true }, _) if slot.depends_on_name => Err(depends_on_name(slot)),
        (HookFile::Foreign { .. }, BackedUpHook::Hook { same: false, .. }) => Err(two_hooks(slot)),
        (HookFile::Foreign { runs }, BackedUpHook::Nothing) => {
            let (hook, backup) = (slot.hook.clone(), slot.backup.clone());
            steps.push(InstallStep::BackUp { hook, backup, runs: *runs });
            write(&slot.hook, &slot.hook_file, &shim(*runs), steps)
        }
        (HookFile::Ours { shim: old, .. }, BackedUpHook::Nothing) if old.chained => Err(kept_is_gone(slot)),
        (found, BackedUpHook::Nothing) => write(&slot.hook, found, &shim(false), steps),
        (found, BackedUpHook::Hook { runs, .. }) => write(&slot.hook, found, &shim(runs), steps),
    }
}

fn write(hook: &Path, found: &HookFile, shim: &Shim, steps: &mut Vec<InstallStep>) -> Result<()> {
    match found {
        HookFile::Altered => Err(altered(hook)),
        HookFile::Ours { shim: old, runs: true, linked } if *linked || old == shim => Ok(()),
        _ => {
            steps.push(InstallStep::Write { hook: hook.to_owned(), text: shim.text() });
            Ok(())
        }
    }
}

fn uninstall(slot: &HookSlot, steps: &mut Vec<InstallStep>) -> Result<()> {
    match slot.member_file {
        HookFile::Ours { linked: false, .. } => steps.push(InstallStep::Remove(slot.member.clone())),
        HookFile::Altered => return Err(altered(&slot.member)),
        HookFile::Nothing | HookFile::Foreign { .. } | HookFile::Ours { .. } => {}
    }
    let restore = || InstallStep::Restore { backup: slot.backup.clone(), hook: slot.hook.clone() };
    match (&slot.hook_file, slot.backed_up) {
        (HookFile::Altered, _) => return Err(altered(&slot.hook)),
        (HookFile::Ours { linked: true, .. }, _) => {}
        (HookFile::Ours { shim, .. }, BackedUpHook::Nothing) if shim.chained => {
            return Err(kept_is_gone(slot));
        }
        (HookFile::Foreign { .. }, BackedUpHook::Hook { same: false, .. }) => return Err(two_hooks(slot)),
        (HookFile::Foreign { .. }, BackedUpHook::Hook { .. }) => {
            steps.push(InstallStep::Remove(slot.backup.clone()));
        }
        (HookFile::Ours { .. } | HookFile::Nothing, BackedUpHook::Hook { .. }) => steps.push(restore()),
        (HookFile::Ours { .. }, BackedUpHook::Nothing) => steps.push(InstallStep::Remove(slot.hook.clone())),
        (HookFile::Nothing | HookFile::Foreign { .. }, BackedUpHook::Nothing) => {}
    }
    Ok(())
}

fn altered(hook: &Path) -> Error {
    Error::usage(format!("{} was edited, or written by another version of git-gate", escape_path(hook)))
        .hinted("move your own commands to a separate hook")
        .hinted(format!("then: `rm {}` and `git gate install`", quoted_path(hook)))
}

fn not_ours(member: &Path) -> Error {
    Error::usage(format!("{} already exists and is not a hook of git-gate", escape_path(member)))
        .hinted(format!("move it: `mv {0} {0}.old`", quoted_path(member)))
}

fn two_hooks(slot: &HookSlot) -> Error {
    Error::usage(format!(
        "{} is not a hook of git-gate, and {} contains another hook",
        escape_path(&slot.hook),
        escape_path(&slot.backup)
    ))
    .hinted("merge the two hooks, or remove one, and try again")
}

fn depends_on_name(slot: &HookSlot) -> Error {
    let (event, hook) = (slot.event, escape_path(&slot.hook));
    if let Some(members) = slot.member.parent().filter(|members| slot.is_dispatcher && !members.exists()) {
        return Error::usage(format!(
            "{hook} runs the files in {}, which does not exist",
            escape_path(members)
        ))
        .hinted(format!("create it and try again: `mkdir {}`", quoted_path(members)));
    }
    Error::usage(format!("{hook} depends on its own file name, so it cannot be renamed and chained"))
        .hinted(format!("call `git-gate hook {event} -- \"$@\"` from a script that it runs"))
        .hinted("or, with git 2.54 or newer: `git gate install --mode config`")
}

fn kept_is_gone(slot: &HookSlot) -> Error {
    Error::usage(format!(
        "the chained hook is missing: {} runs {}",
        escape_path(&slot.hook),
        escape_path(&slot.backup)
    ))
    .hinted(format!("restore it, or continue without it: `rm {}`, and try again", quoted_path(&slot.hook)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;

    const FOREIGN: &[u8] = b"#!/bin/sh\n# foreign \xff\n";

    /// Creates a hooks directory with a foreign hook for each event; none if `mode` is `None`.
    fn directory(folder: &tempfile::TempDir, mode: Option<u32>) -> PathBuf {
        let hooks = folder.path().join("hooks");
        let _ = fs::remove_dir_all(&hooks);
        if let Some(mode) = mode {
            fs::create_dir(&hooks).unwrap();
            for event in HookEvent::ALL {
                fs::write(hooks.join(event.name()), FOREIGN).unwrap();
                fs::set_permissions(hooks.join(event.name()), Permissions::from_mode(mode)).unwrap();
            }
        }
        hooks
    }

    fn files(hooks: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
        let entries = fs::read_dir(hooks).into_iter().flatten().map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| {
            let mode = path.metadata().unwrap().permissions().mode();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), (mode, fs::read(&path).unwrap()))
        };
        entries.map(read).collect()
    }

    fn apply(steps: &[InstallStep]) {
        steps.iter().for_each(|step| step.apply().unwrap());
    }

    #[test]
    fn interruption_leaves_the_old_or_the_new_hook() {
        let folder = tempfile::tempdir().unwrap();
        let binary = Path::new("/opt/git-gate");
        for mode in [Some(0o755), Some(0o644), None] {
            let hooks = directory(&folder, mode);
            let before = files(&hooks);
            let steps = plan_install(&hooks, &HookEvent::ALL, binary).unwrap();
            apply(&steps);
            let installed = files(&hooks);
            let back = plan_uninstall(&hooks, &HookEvent::ALL).unwrap().len();
            for (cut, goes_in) in
                (0..=steps.len()).map(|cut| (cut, true)).chain((0..=back).map(|cut| (cut, false)))
            {
                for leads_in in [true, false] {
                    directory(&folder, mode);
                    let mut steps = plan_install(&hooks, &HookEvent::ALL, binary).unwrap();
                    if !goes_in {
                        apply(&steps);
                        steps = plan_uninstall(&hooks, &HookEvent::ALL).unwrap();
                    }
                    apply(&steps[..cut]);
                    let now = files(&hooks);
                    for name in HookEvent::ALL.map(HookEvent::name) {
                        let hook = now.get(name);
                        assert!(
                            hook == before.get(name) || hook == installed.get(name),
                            "{name} after {cut}"
                        );
                    }
                    if hooks.exists() {
                        fs::write(hooks.join(".git-gate-x.new"), "half a ho").unwrap();
                    }
                    if leads_in {
                        apply(&plan_install(&hooks, &HookEvent::ALL, binary).unwrap());
                        assert_eq!(files(&hooks), installed, "after {cut}");
                    } else {
                        apply(&plan_uninstall(&hooks, &HookEvent::ALL).unwrap());
                        assert_eq!(files(&hooks), before, "after {cut}");
                    }
                }
            }
        }
    }
}
