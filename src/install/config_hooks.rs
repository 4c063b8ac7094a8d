//! Hooks in git config (git 2.54 and newer): `hook.<name>.command` and `hook.<name>.event`.
//!
//! git runs them in addition to the hooks directory, in every repository whose config contains them. The
//! name is the same in every scope, so that a hook set in two scopes runs once.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use super::config_target::ConfigTarget;
use super::final_newline::{self, ConfigEdit};
use crate::error::Result;
use crate::git::Git;
use crate::hook::HookEvent;
use crate::text::{as_path, quote, unquote};

/// A git-gate hook in git config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConfigHook {
    /// Command; git appends the arguments of the hook.
    pub(super) command: Option<BString>,
    /// True if the hook is set for its event.
    pub(super) listens: bool,
    /// Key that disables the hook; `None` if it is enabled.
    pub(super) disabled_by: Option<String>,
}

impl ConfigHook {
    /// Reads the hook of an event from one file, or from all files together if `file` is `None`.
    ///
    /// Returns `None` if the hook is not set.
    ///
    /// # Errors
    /// Fails if git cannot read its config.
    pub(super) fn read(file: Option<ConfigTarget>, event: HookEvent) -> Result<Option<Self>> {
        let prefix = format!("hook.{}.", name(event));
        let whole_event = format!("hook.{event}.enabled");
        let mut hook: Option<Self> = None;
        let mut event_disabled = false;
        for (key, value) in entries(file)? {
            if key == whole_event {
                event_disabled = is_false(value.as_ref());
            }
            if let Some(key) = key.strip_prefix(prefix.as_bytes()) {
                hook.get_or_insert_default().set(key, value, event);
            }
        }
        if let Some(hook) = hook.as_mut().filter(|_| event_disabled) {
            hook.disabled_by = Some(whole_event);
        }
        Ok(hook)
    }

    /// Returns the program that the command calls; `None` if the command was edited.
    pub(super) fn binary(&self, event: HookEvent) -> Option<PathBuf> {
        let rest = self.command.as_deref()?.strip_prefix(BEFORE.as_bytes())?;
        let quoted = rest.strip_suffix(after(event).as_bytes())?;
        Some(as_path(&unquote(quoted)?).to_owned())
            .filter(|binary| self.command == Some(command(event, binary)))
    }

    fn set(&mut self, key: &[u8], value: BString, event: HookEvent) {
        match key {
            b"command" => self.command = Some(value),
            // An empty value clears the earlier ones.
            b"event" if value.is_empty() => self.listens = false,
            b"event" => self.listens |= value == event.name(),
            b"enabled" => {
                self.disabled_by = is_false(value.as_ref()).then(|| format!("hook.{}.enabled", name(event)));
            }
            _ => {}
        }
    }
}

/// Returns the friendly name of the hook of an event.
///
/// It must differ from the name of the event, which is a fatal error in git 2.55.
pub(super) fn name(event: HookEvent) -> String {
    format!("git-gate-{event}")
}

/// Returns the command of a hook. git runs it through the shell and appends the arguments of the hook.
///
/// The command does the same as a hook of ours in a hooks directory.
pub(super) fn command(event: HookEvent, binary: &Path) -> BString {
    let binary = quote(binary.as_os_str().as_bytes());
    [BEFORE.as_bytes(), &binary, after(event).as_bytes()].concat().into()
}

/// Returns the keys and values that an installation sets for an event, sorted.
pub(super) fn settings(event: HookEvent, binary: &Path) -> Vec<(BString, BString)> {
    let key = |key: &str| BString::from(format!("hook.{}.{key}", name(event)));
    vec![(key("command"), command(event, binary)), (key("event"), event.name().into())]
}

const BEFORE: &str = "git_gate=";

fn after(event: HookEvent) -> String {
    format!(
        "; [ -x \"$git_gate\" ] || git_gate=$(command -v git-gate) || {{ echo 'error: git-gate is gone, and nothing \
         passes without it: put it back, then run: git-gate install' >&2; exit 2; }}; exec \"$git_gate\" hook {event} --"
    )
}

/// Sets a hook in a file of git config.
pub(super) fn configure(file: ConfigTarget, event: HookEvent, command: &BStr) -> Result<()> {
    final_newline::preserve(file, ConfigEdit::Adds, || set(file, event, command))
}

/// Writes the keys of a hook. The command comes first: an event without a command is a fatal error in git.
fn set(file: ConfigTarget, event: HookEvent, command: &BStr) -> Result<()> {
    let name = name(event);
    let set = |key: &str, value: &BStr| {
        let key = format!("hook.{name}.{key}");
        Git::new("config").args([file.option(), "--replace-all", &key]).arg(as_path(value)).output()
    };
    set("command", command)?;
    set("event", event.name().into())?;
    let enabled = format!("hook.{name}.enabled");
    // Exit status 5: the key was not set.
    match Git::new("config").args([file.option(), "--unset-all", &enabled]).answer()? {
        answer if matches!(answer.code, Some(0 | 5)) => Ok(()),
        answer => Err(answer.refusal("config")),
    }
}

/// Removes a hook from a file of git config.
pub(super) fn unconfigure(file: ConfigTarget, event: HookEvent) -> Result<()> {
    let section = format!("hook.{}", name(event));
    let remove = || Git::new("config").args([file.option(), "--remove-section", &section]).output().map(drop);
    final_newline::preserve(file, ConfigEdit::Removes, remove)
}

/// Returns all entries below `hook`, in the order in which git reads them.
pub(super) fn entries(file: Option<ConfigTarget>) -> Result<Vec<(BString, BString)>> {
    let answer = Git::new("config")
        .args(file.map(ConfigTarget::option))
        .args(["-z", "--get-regexp", r"^hook\."])
        .answer()?;
    if !matches!(answer.code, Some(0 | 1)) {
        return Err(answer.refusal("config"));
    }
    let entries = answer.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let pair = |entry: &[u8]| match entry.split_once_str("\n") {
        Some((key, value)) => (key.into(), value.into()),
        // A key without a value is true.
        None => (entry.into(), "true".into()),
    };
    Ok(entries.map(pair).collect())
}

fn is_false(value: &BStr) -> bool {
    ["false", "no", "off", "0", ""].iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_entries_combine_as_in_git() {
        let read = |entries: &[(&str, &str)]| {
            let mut hook = ConfigHook::default();
            for (key, value) in entries {
                hook.set(key.as_bytes(), (*value).into(), HookEvent::PrePush);
            }
            (hook.command.is_some(), hook.listens, hook.disabled_by.is_some())
        };
        assert_eq!(read(&[("command", "x"), ("event", "pre-push")]), (true, true, false));
        assert_eq!(read(&[("event", "commit-msg"), ("event", "pre-push")]), (false, true, false));
        assert_eq!(read(&[("event", "pre-push"), ("event", "")]), (false, false, false));
        assert_eq!(read(&[("enabled", "false")]), (false, false, true));
        assert_eq!(read(&[("enabled", "Off"), ("enabled", "true")]), (false, false, false));
    }
}
