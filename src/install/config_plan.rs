//! Plans for setting hooks in git config and removing them. Planning changes nothing.

use std::path::Path;

use super::config_hooks::{self, ConfigHook, command};
use super::config_target::ConfigTarget;
use super::git_version::GitVersion;
use super::step::InstallStep;
use crate::error::{Error, Result};
use crate::git::Repo;
use crate::hook::HookEvent;

/// Plans the steps that set the hooks of events in a file of git config.
///
/// # Errors
/// Fails if git is too old to run such hooks, or cannot read its config.
pub(crate) fn plan_configure(
    target: ConfigTarget,
    events: &[HookEvent],
    binary: &Path,
) -> Result<Vec<InstallStep>> {
    let version = GitVersion::of_git()?;
    if !version.runs_config_hooks() {
        return Err(Error::usage(format!(
            "git {version} does not support hooks in git config; git 2.54 or newer is needed"
        ))
        .hinted("to use the hooks directory instead: `git gate install --mode shim` in each repository"));
    }
    let mut steps = Vec::new();
    for event in events.iter().copied() {
        let wanted = ConfigHook {
            command: Some(command(event, binary)),
            listens: true,
            disabled_by: None,
            pinned: true,
        };
        let entries = config_hooks::entries(Some(target))?;
        if config_hooks::disable_event(&entries, event) {
            return Err(disabled(target, &config_hooks::enabled_key(event)));
        }
        if ConfigHook::of_entries(&entries, event).as_ref() != Some(&wanted) {
            steps.push(InstallStep::Configure { target, event, command: command(event, binary) });
        }
    }
    Ok(steps)
}

/// Returns the error for a file that disables all hooks of an event, which only its owner may change.
fn disabled(target: ConfigTarget, key: &str) -> Error {
    Error::usage(format!("all hooks of the event are disabled by {key} in the {} config", target.word()))
        .hinted(format!("enable them: `git config {} --unset-all {key}`", target.option()))
}

/// Plans the steps that remove our hooks of events from a file of git config.
///
/// # Errors
/// Fails if git cannot read its config.
pub(crate) fn plan_unconfigure(target: ConfigTarget, events: &[HookEvent]) -> Result<Vec<InstallStep>> {
    let mut steps = Vec::new();
    for event in events.iter().copied() {
        if ConfigHook::read(Some(target), event)?.is_some() {
            steps.push(InstallStep::Unconfigure { target, event });
        }
    }
    Ok(steps)
}

/// Plans the steps that remove our hooks from the files that the config of a repository includes.
///
/// # Errors
/// Fails if git cannot read its config.
pub(crate) fn plan_unconfigure_included(repo: &Repo) -> Result<Vec<InstallStep>> {
    let mut steps = Vec::new();
    for event in HookEvent::ALL {
        let files = config_hooks::included(repo, event)?;
        steps.extend(files.into_iter().map(|path| InstallStep::UnconfigureIncluded { path, event }));
    }
    Ok(steps)
}
