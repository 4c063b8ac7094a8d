//! Hooks in git config (git 2.54 and newer): `hook.<name>.command` and `hook.<name>.event`.
//!
//! git runs them in addition to the hooks directory, in every repository whose config contains them. The
//! name is the same in every scope, so that a hook set in two scopes runs once.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use super::final_newline;
use super::step::InstallStep;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::hook::HookEvent;
use crate::text::{as_path, quote, unquote};

/// First version of git that runs hooks from its config; older ones silently ignore them.
const SINCE: (u32, u32) = (2, 54);

/// File of git config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigTarget {
    /// Config of the repository.
    Local,
    /// Config of the user.
    Global,
    /// Config of the machine.
    System,
}

impl ConfigTarget {
    /// Returns the option of `git config` that selects the file.
    fn option(self) -> &'static str {
        match self {
            Self::Local => "--local",
            Self::Global => "--global",
            Self::System => "--system",
        }
    }

    /// Returns git's name of the file.
    pub(super) fn word(self) -> &'static str {
        self.option().trim_start_matches('-')
    }
}

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

const BEFORE: &str = "git_gate=";

fn after(event: HookEvent) -> String {
    format!(
        "; [ -x \"$git_gate\" ] || git_gate=$(command -v git-gate) || {{ echo 'error: git-gate is gone, and nothing \
         passes without it: put it back, then run: git-gate install' >&2; exit 2; }}; exec \"$git_gate\" hook {event} --"
    )
}

/// Returns whether the hook of an event is installed into git config by default.
///
/// Hooks of a push are, if git is new enough: they run in addition to any hook in the directory. A hook
/// that checks messages must run after one that edits them, which is only possible in a hooks directory.
pub(crate) fn belongs_into_config(event: HookEvent, version: GitVersion) -> bool {
    matches!(event, HookEvent::PrePush | HookEvent::PreReceive) && version.runs_config_hooks()
}

/// Plans the steps that set the hooks of events in a file of git config.
///
/// # Errors
/// Fails if git is too old to run such hooks, or cannot read its config.
pub(crate) fn plan_configure(
    file: ConfigTarget,
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
        let wanted = ConfigHook { command: Some(command(event, binary)), listens: true, disabled_by: None };
        if ConfigHook::read(Some(file), event)?.as_ref() != Some(&wanted) {
            steps.push(InstallStep::Configure { file, event, command: command(event, binary) });
        }
    }
    Ok(steps)
}

/// Plans the steps that remove our hooks of events from a file of git config.
///
/// # Errors
/// Fails if git cannot read its config.
pub(crate) fn plan_unconfigure(file: ConfigTarget, events: &[HookEvent]) -> Result<Vec<InstallStep>> {
    let mut steps = Vec::new();
    for event in events.iter().copied() {
        if ConfigHook::read(Some(file), event)?.is_some() {
            steps.push(InstallStep::Unconfigure { file, event });
        }
    }
    Ok(steps)
}

/// Sets a hook in a file of git config.
pub(super) fn configure(file: ConfigTarget, event: HookEvent, command: &BStr) -> Result<()> {
    final_newline::kept(file, true, || set(file, event, command))
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
    final_newline::kept(file, false, remove)
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

/// Major and minor version of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GitVersion(u32, u32);

impl GitVersion {
    /// Queries the version of git.
    ///
    /// # Errors
    /// Fails if git cannot be run or does not report a version.
    pub(crate) fn of_git() -> Result<Self> {
        let said = Git::new("version").output()?;
        Self::parse(&said).ok_or_else(|| Error::git("unexpected output of `git version`"))
    }

    /// Returns whether git runs hooks from its config.
    pub(super) fn runs_config_hooks(self) -> bool {
        self >= Self(SINCE.0, SINCE.1)
    }

    fn parse(said: &[u8]) -> Option<Self> {
        let mut numbers = said.to_str().ok()?.strip_prefix("git version ")?.split(['.', ' ', '\n']);
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

impl std::fmt::Display for GitVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_version_is_parsed() {
        for (said, version, runs) in [
            ("git version 2.47.3\n", GitVersion(2, 47), false),
            ("git version 2.53.0\n", GitVersion(2, 53), false),
            ("git version 2.54.0.rc1\n", GitVersion(2, 54), true),
            ("git version 2.55.0.windows.1\n", GitVersion(2, 55), true),
            ("git version 3.0.0 (Apple Git-1)\n", GitVersion(3, 0), true),
        ] {
            assert_eq!(GitVersion::parse(said.as_bytes()), Some(version), "{said}");
            assert_eq!(version.runs_config_hooks(), runs, "{said}");
        }
        for said in ["", "git version\n", "git version x.y\n", "hub version 2.1\n"] {
            assert_eq!(GitVersion::parse(said.as_bytes()), None, "{said}");
        }
    }

    #[test]
    fn only_push_hooks_belong_into_config() {
        for (version, pushes) in [
            (GitVersion(2, 39), false),
            (GitVersion(2, 53), false),
            (GitVersion(2, 54), true),
            (GitVersion(2, 55), true),
            (GitVersion(3, 0), true),
        ] {
            for event in HookEvent::ALL {
                let push = matches!(event, HookEvent::PrePush | HookEvent::PreReceive);
                assert_eq!(belongs_into_config(event, version), push && pushes, "{event} with {version}");
            }
        }
    }

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
