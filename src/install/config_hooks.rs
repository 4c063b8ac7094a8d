//! Hooks that stand in git config (git 2.54 and newer): `hook.<name>.command` and `hook.<name>.event`.
//!
//! They run beside whatever is in the hooks directory, for every repository whose config says so. Their name is the
//! same in every scope, so that a hook that is set in two scopes runs once.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use super::line_end;
use super::shim::{quote, unquote};
use super::step::Step;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::hook::HookEvent;

/// The first git that runs hooks from its config; older ones ignore them without a word.
const SINCE: (u32, u32) = (2, 54);

/// A file of git config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfigFile {
    /// The repository's.
    Local,
    /// The user's.
    Global,
    /// The machine's.
    System,
}

impl ConfigFile {
    /// The option of `git config` that means it.
    fn option(self) -> &'static str {
        match self {
            Self::Local => "--local",
            Self::Global => "--global",
            Self::System => "--system",
        }
    }

    /// git's word for it.
    pub(super) fn word(self) -> &'static str {
        self.option().trim_start_matches('-')
    }
}

/// A hook of ours in git config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConfigHook {
    /// What it runs; the arguments of the hook follow.
    pub(super) command: Option<BString>,
    /// Whether it is there for its event.
    pub(super) listens: bool,
    /// The key that switches it off.
    pub(super) disabled_by: Option<String>,
}

impl ConfigHook {
    /// Reads the hook of an event: from one file, or as all files together say.
    ///
    /// # Errors
    /// Fails when git cannot read its config.
    pub(super) fn read(file: Option<ConfigFile>, event: HookEvent) -> Result<Option<Self>> {
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

    /// The program that it calls; none when it was edited.
    pub(super) fn binary(&self, event: HookEvent) -> Option<PathBuf> {
        let rest = self.command.as_deref()?.strip_prefix(BEFORE.as_bytes())?;
        let quoted = rest.strip_suffix(after(event).as_bytes())?;
        Some(PathBuf::from(OsString::from_vec(unquote(quoted)?)))
            .filter(|binary| self.command == Some(command(event, binary)))
    }

    fn set(&mut self, key: &[u8], value: BString, event: HookEvent) {
        match key {
            b"command" => self.command = Some(value),
            // An empty value takes back what came before.
            b"event" if value.is_empty() => self.listens = false,
            b"event" => self.listens |= value == event.name(),
            b"enabled" => {
                self.disabled_by = is_false(value.as_ref()).then(|| format!("hook.{}.enabled", name(event)));
            }
            _ => {}
        }
    }
}

/// The friendly name of the hook of an event. It must not be the event's own name, which is fatal to git 2.55.
pub(super) fn name(event: HookEvent) -> String {
    format!("git-gate-{event}")
}

/// What git is to run: through the shell, with the hook's arguments behind it. It does what our hooks in a directory do.
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

/// Whether the hook of an event belongs into git config unless somebody wants it otherwise: that of a push does, beside
/// whatever hook is there. A hook of messages comes behind one that edits them, which only a hooks directory gives.
pub(crate) fn belongs_into_config(event: HookEvent, version: Version) -> bool {
    matches!(event, HookEvent::PrePush | HookEvent::PreReceive) && version.runs_config_hooks()
}

/// The steps that set the hooks of events in a file of git config.
///
/// # Errors
/// Fails when git is too old to run them, or cannot read its config.
pub(crate) fn plan_configure(file: ConfigFile, events: &[HookEvent], binary: &Path) -> Result<Vec<Step>> {
    let version = Version::of_git()?;
    if !version.runs_config_hooks() {
        return Err(Error::usage(format!(
            "git {version} does not run hooks from its config; 2.54 and newer do"
        ))
        .hinted("without `--mode config` they go into the hooks directory, where every git runs them"));
    }
    let mut steps = Vec::new();
    for event in events.iter().copied() {
        let wanted = ConfigHook { command: Some(command(event, binary)), listens: true, disabled_by: None };
        if ConfigHook::read(Some(file), event)?.as_ref() != Some(&wanted) {
            steps.push(Step::Configure { file, event, command: command(event, binary) });
        }
    }
    Ok(steps)
}

/// The steps that take our hooks of events out of a file of git config.
///
/// # Errors
/// Fails when git cannot read its config.
pub(crate) fn plan_unconfigure(file: ConfigFile, events: &[HookEvent]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for event in events.iter().copied() {
        if ConfigHook::read(Some(file), event)?.is_some() {
            steps.push(Step::Unconfigure { file, event });
        }
    }
    Ok(steps)
}

/// Sets a hook.
pub(super) fn configure(file: ConfigFile, event: HookEvent, command: &BStr) -> Result<()> {
    line_end::kept(file, true, || set(file, event, command))
}

/// The command comes first: an event without a command is fatal to git.
fn set(file: ConfigFile, event: HookEvent, command: &BStr) -> Result<()> {
    let name = name(event);
    let set = |key: &str, value: &BStr| {
        let key = format!("hook.{name}.{key}");
        let value =
            value.to_os_str().map_err(|error| Error::git("no value for git config").caused_by(error))?;
        Git::new("config").args([file.option(), "--replace-all", &key]).arg(value).output()
    };
    set("command", command)?;
    set("event", event.name().into())?;
    let enabled = format!("hook.{name}.enabled");
    // 5: it was not set.
    match Git::new("config").args([file.option(), "--unset-all", &enabled]).answer()? {
        answer if matches!(answer.code, Some(0 | 5)) => Ok(()),
        answer => Err(answer.refusal("config")),
    }
}

/// Removes a hook.
pub(super) fn unconfigure(file: ConfigFile, event: HookEvent) -> Result<()> {
    let section = format!("hook.{}", name(event));
    let remove = || Git::new("config").args([file.option(), "--remove-section", &section]).output().map(drop);
    line_end::kept(file, false, remove)
}

/// Every entry below `hook`, in the order in which git reads them.
pub(super) fn entries(file: Option<ConfigFile>) -> Result<Vec<(BString, BString)>> {
    let answer = Git::new("config")
        .args(file.map(ConfigFile::option))
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

/// The version of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u32, u32);

impl Version {
    /// Asks git.
    ///
    /// # Errors
    /// Fails when git cannot be run or does not say it.
    pub(crate) fn of_git() -> Result<Self> {
        let said = Git::new("version").output()?;
        Self::parse(&said).ok_or_else(|| Error::git("git does not say its version"))
    }

    /// Whether hooks in its config are run.
    pub(super) fn runs_config_hooks(self) -> bool {
        self >= Self(SINCE.0, SINCE.1)
    }

    fn parse(said: &[u8]) -> Option<Self> {
        let mut numbers = said.to_str().ok()?.strip_prefix("git version ")?.split(['.', ' ', '\n']);
        Some(Self(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_git_is_read() {
        for (said, version, runs) in [
            ("git version 2.47.3\n", Version(2, 47), false),
            ("git version 2.53.0\n", Version(2, 53), false),
            ("git version 2.54.0.rc1\n", Version(2, 54), true),
            ("git version 2.55.0.windows.1\n", Version(2, 55), true),
            ("git version 3.0.0 (Apple Git-1)\n", Version(3, 0), true),
        ] {
            assert_eq!(Version::parse(said.as_bytes()), Some(version), "{said}");
            assert_eq!(version.runs_config_hooks(), runs, "{said}");
        }
        for said in ["", "git version\n", "git version x.y\n", "hub version 2.1\n"] {
            assert_eq!(Version::parse(said.as_bytes()), None, "{said}");
        }
    }

    #[test]
    fn the_hooks_of_pushes_belong_into_the_config_of_a_git_that_runs_them() {
        for (version, pushes) in [
            (Version(2, 39), false),
            (Version(2, 53), false),
            (Version(2, 54), true),
            (Version(2, 55), true),
            (Version(3, 0), true),
        ] {
            for event in HookEvent::ALL {
                let push = matches!(event, HookEvent::PrePush | HookEvent::PreReceive);
                assert_eq!(belongs_into_config(event, version), push && pushes, "{event} with {version}");
            }
        }
    }

    #[test]
    fn the_entries_of_a_hook_add_up_as_in_git() {
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
