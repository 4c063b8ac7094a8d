//! Plans for installing and removing hooks.
//!
//! Planning changes nothing, and fails as a whole if one hook must not be changed.

use std::path::Path;

use super::directory::shown;
use super::shim::{Shim, quoted};
use super::step::{Step, is_made, leftovers};
use super::survey::{Found, Keeps, Survey};
use crate::error::{Error, Result};
use crate::hook::HookEvent;

/// Plans the steps that install the hooks of events in a directory; empty if they are installed.
///
/// # Errors
/// Fails if a hook was edited, or cannot be kept because another one is kept already.
pub(crate) fn plan_install(directory: &Path, events: &[HookEvent], binary: &Path) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    if !directory.exists() {
        steps.push(Step::Make(directory.to_owned()));
    }
    steps.extend(sweep(directory)?);
    for event in events {
        install(&Survey::of(directory, *event)?, binary, &mut steps)?;
    }
    Ok(steps)
}

/// Plans the steps that remove our hooks from a directory and restore the earlier ones.
///
/// The plan is empty if there is no hook of ours.
///
/// # Errors
/// Fails if a hook was edited, or if an earlier hook to be restored is gone.
pub(crate) fn plan_uninstall(directory: &Path, events: &[HookEvent]) -> Result<Vec<Step>> {
    let mut steps = sweep(directory)?;
    let mut stays = false;
    for event in HookEvent::ALL {
        let survey = Survey::of(directory, event)?;
        if events.contains(&event) {
            uninstall(&survey, &mut steps)?;
        } else {
            stays |= !matches!(survey.ours().1, Found::Nothing | Found::Foreign { .. });
        }
    }
    if is_made(directory) && !stays {
        steps.push(Step::Unmake(directory.to_owned()));
    }
    Ok(steps)
}

/// Plans the removal of leftovers in the directory and in the `.d` directories of its dispatchers.
fn sweep(directory: &Path) -> Result<Vec<Step>> {
    let mut files = leftovers(directory)?;
    for event in HookEvent::ALL {
        files.extend(leftovers(&directory.join(format!("{event}.d")))?);
    }
    Ok(files.into_iter().map(Step::Remove).collect())
}

fn install(survey: &Survey, binary: &Path, steps: &mut Vec<Step>) -> Result<()> {
    let event = survey.event;
    let shim = |chained| Shim { event, binary: binary.to_owned(), chained };
    if survey.dispatches {
        return match &survey.found_member {
            Found::Foreign { .. } => Err(not_ours(&survey.member)),
            found => write(&survey.member, found, &shim(false), steps),
        };
    }
    match (&survey.found, survey.keeps) {
        (Found::Foreign { runs: true }, _) if survey.goes_by_name => Err(goes_by_name(survey)),
        (Found::Foreign { .. }, Keeps::Hook { same: false, .. }) => Err(two_hooks(survey)),
        (Found::Foreign { runs }, Keeps::Nothing) => {
            let (hook, kept) = (survey.hook.clone(), survey.kept.clone());
            steps.push(Step::Keep { hook, kept, runs: *runs });
            write(&survey.hook, &survey.found, &shim(*runs), steps)
        }
        (Found::Ours { shim: old, .. }, Keeps::Nothing) if old.chained => Err(kept_is_gone(survey)),
        (found, Keeps::Nothing) => write(&survey.hook, found, &shim(false), steps),
        (found, Keeps::Hook { runs, .. }) => write(&survey.hook, found, &shim(runs), steps),
    }
}

fn write(hook: &Path, found: &Found, shim: &Shim, steps: &mut Vec<Step>) -> Result<()> {
    match found {
        Found::Altered => Err(altered(hook)),
        Found::Ours { shim: old, runs: true, linked } if *linked || old == shim => Ok(()),
        _ => {
            steps.push(Step::Write { hook: hook.to_owned(), text: shim.text() });
            Ok(())
        }
    }
}

fn uninstall(survey: &Survey, steps: &mut Vec<Step>) -> Result<()> {
    match survey.found_member {
        Found::Ours { linked: false, .. } => steps.push(Step::Remove(survey.member.clone())),
        Found::Altered => return Err(altered(&survey.member)),
        Found::Nothing | Found::Foreign { .. } | Found::Ours { .. } => {}
    }
    let restore = || Step::Restore { kept: survey.kept.clone(), hook: survey.hook.clone() };
    match (&survey.found, survey.keeps) {
        (Found::Altered, _) => return Err(altered(&survey.hook)),
        (Found::Ours { linked: true, .. }, _) => {}
        (Found::Ours { shim, .. }, Keeps::Nothing) if shim.chained => return Err(kept_is_gone(survey)),
        (Found::Foreign { .. }, Keeps::Hook { same: false, .. }) => return Err(two_hooks(survey)),
        (Found::Foreign { .. }, Keeps::Hook { .. }) => steps.push(Step::Remove(survey.kept.clone())),
        (Found::Ours { .. } | Found::Nothing, Keeps::Hook { .. }) => steps.push(restore()),
        (Found::Ours { .. }, Keeps::Nothing) => steps.push(Step::Remove(survey.hook.clone())),
        (Found::Nothing | Found::Foreign { .. }, Keeps::Nothing) => {}
    }
    Ok(())
}

fn altered(hook: &Path) -> Error {
    Error::usage(format!("{} was edited, or written by another version of git-gate", shown(hook)))
        .hinted("move your own commands to a separate hook")
        .hinted(format!("then: `rm {}` and `git gate install`", quoted(hook)))
}

fn not_ours(member: &Path) -> Error {
    Error::usage(format!("{} already exists and is not a hook of git-gate", shown(member)))
        .hinted(format!("move it: `mv {0} {0}.old`", quoted(member)))
}

fn two_hooks(survey: &Survey) -> Error {
    Error::usage(format!(
        "{} is not a hook of git-gate, and {} contains another hook",
        shown(&survey.hook),
        shown(&survey.kept)
    ))
    .hinted("merge the two hooks, or remove one, and try again")
}

fn goes_by_name(survey: &Survey) -> Error {
    let (event, hook) = (survey.event, shown(&survey.hook));
    if let Some(members) = survey.member.parent().filter(|members| survey.is_dispatcher && !members.exists())
    {
        return Error::usage(format!("{hook} runs the files in {}, which does not exist", shown(members)))
            .hinted(format!("create it and try again: `mkdir {}`", quoted(members)));
    }
    Error::usage(format!("{hook} depends on its own file name, so it cannot be renamed and chained"))
        .hinted(format!("call `git-gate hook {event} -- \"$@\"` from a script that it runs"))
        .hinted("or, with git 2.54 or newer: `git gate install --mode config`")
}

fn kept_is_gone(survey: &Survey) -> Error {
    Error::usage(format!("the chained hook is missing: {} runs {}", shown(&survey.hook), shown(&survey.kept)))
        .hinted(format!("restore it, or continue without it: `rm {}`, and try again", quoted(&survey.hook)))
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

    fn apply(steps: &[Step]) {
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
