//! Hooks in git config (git 2.54 and newer): `hook.<name>.command` and `hook.<name>.event`.
//!
//! git runs them in addition to the hooks directory, in every repository whose config contains them. The
//! name is the same in every scope, so that a hook set in two scopes runs once.

use std::ops::Range;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice as _};

use super::config_target::ConfigTarget;
use super::final_newline::{self, ConfigEdit};
use crate::config::{self, ConfigPart, Section};
use crate::error::{Error, Result};
use crate::file;
use crate::git::{Git, Repo};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{as_path, escape_path, quote, slice, unquote};

/// A git-gate hook in git config.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConfigHook {
    /// Command; git appends the arguments of the hook.
    pub(super) command: Option<BString>,
    /// True if the hook is set for its event.
    pub(super) listens: bool,
    /// Key that disables the hook; `None` if it is enabled.
    pub(super) disabled_by: Option<String>,
    /// True if the hook and its event are enabled by keys of their own, so that no file that git reads earlier can
    /// disable them.
    pub(super) pinned: bool,
}

impl ConfigHook {
    /// Reads the hook of an event from one file, or from all files together if `file` is `None`.
    ///
    /// Returns `None` if the hook is not set.
    ///
    /// # Errors
    /// Fails if git cannot read its config.
    pub(super) fn read(file: Option<ConfigTarget>, event: HookEvent) -> Result<Option<Self>> {
        Ok(Self::of_entries(&entries(file)?, event))
    }

    /// Reads the hook of an event from entries, in the order in which git reads them.
    pub(super) fn of_entries(entries: &[(BString, BString)], event: HookEvent) -> Option<Self> {
        let prefix = format!("hook.{}.", name(event));
        let whole_event = enabled_key(event);
        let mut hook: Option<Self> = None;
        let (mut enabled, mut event_enabled) = (None, None);
        for (key, value) in entries {
            if *key == whole_event {
                event_enabled = Some(is_true(value.as_ref()));
            }
            match key.strip_prefix(prefix.as_bytes()) {
                Some(b"enabled") => enabled = Some(is_true(value.as_ref())),
                Some(key) => hook.get_or_insert_default().set(key, value, event),
                None => {}
            }
        }
        let mut hook = hook.or_else(|| enabled.map(|_| Self::default()))?;
        hook.disabled_by = match (enabled, event_enabled) {
            (_, Some(false)) => Some(whole_event),
            (Some(false), _) => Some(format!("{prefix}enabled")),
            _ => None,
        };
        hook.pinned = (enabled, event_enabled) == (Some(true), Some(true));
        Some(hook)
    }

    /// Returns the program that the command calls; `None` if the command was edited.
    pub(super) fn binary(&self, event: HookEvent) -> Option<PathBuf> {
        let rest = self.command.as_deref()?.strip_prefix(BEFORE.as_bytes())?;
        let quoted = rest.strip_suffix(after(event).as_bytes())?;
        Some(as_path(&unquote(quoted)?).to_owned())
            .filter(|binary| self.command == Some(command(event, binary)))
    }

    /// Returns the key for which git does not run the hook as an installation sets it; `None` if git runs it.
    pub(super) fn fault(&self, event: HookEvent) -> Option<String> {
        match &self.disabled_by {
            Some(key) => Some(key.clone()),
            None if !self.listens => Some(format!("hook.{}.event", name(event))),
            None => self.binary(event).is_none().then(|| command_key(event)),
        }
    }

    fn set(&mut self, key: &[u8], value: &BString, event: HookEvent) {
        match key {
            b"command" => self.command = Some(value.clone()),
            // An empty value clears the earlier ones.
            b"event" if value.is_empty() => self.listens = false,
            b"event" => self.listens |= *value == event.name(),
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

/// Returns whether entries disable all hooks of an event.
pub(super) fn disable_event(entries: &[(BString, BString)], event: HookEvent) -> bool {
    let key = enabled_key(event);
    entries.iter().rfind(|(other, _)| *other == key).is_some_and(|(_, value)| !is_true(value.as_ref()))
}

/// Returns the key that enables or disables all hooks of an event.
pub(super) fn enabled_key(event: HookEvent) -> String {
    format!("hook.{event}.enabled")
}

/// Returns the key of the command of a hook.
pub(super) fn command_key(event: HookEvent) -> String {
    format!("hook.{}.command", name(event))
}

/// Returns the command of a hook. git runs it through the shell and appends the arguments of the hook.
///
/// The command does the same as a hook of ours in a hooks directory.
pub(super) fn command(event: HookEvent, binary: &Path) -> BString {
    let binary = quote(&platform::path_bytes(binary));
    [BEFORE.as_bytes(), &binary, after(event).as_bytes()].concat().into()
}

/// Returns the keys and values that an installation sets for an event, sorted.
pub(super) fn settings(event: HookEvent, binary: &Path) -> Vec<(BString, BString)> {
    let key = |key: &str| BString::from(format!("hook.{}.{key}", name(event)));
    vec![
        (key("command"), command(event, binary)),
        (key("enabled"), "true".into()),
        (key("event"), event.name().into()),
        (enabled_key(event).into(), "true".into()),
    ]
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
    let set = |options: &[&str], key: &str, value: &BStr| {
        let config = Git::new("config").arg(file.option()).args(options).args(["--replace-all", key]);
        config.arg(as_path(value)).output()
    };
    let name = name(event);
    set(&[], &format!("hook.{name}.command"), command)?;
    set(&[], &format!("hook.{name}.event"), event.name().into())?;
    set(&[], &format!("hook.{name}.enabled"), "true".into())?;
    let whole_event = enabled_key(event);
    if !entries(Some(file))?.iter().any(|(key, _)| *key == whole_event) {
        set(&["--comment", COMMENT], &whole_event, "true".into())?;
    }
    Ok(())
}

/// Removes a hook from a file of git config. Everything else in the file stays.
pub(super) fn unconfigure(file: ConfigTarget, event: HookEvent) -> Result<()> {
    let remove = || match path(file, event)? {
        Some(path) => unconfigure_included(&path, event),
        None => Ok(()),
    };
    final_newline::preserve(file, ConfigEdit::Removes, remove)
}

/// Removes a hook from a config file, also from one that is included. Everything else in the file stays.
pub(super) fn unconfigure_included(path: &Path, event: HookEvent) -> Result<()> {
    file::edit_locked(path, |text| without(text, event))
        .map_err(|error| Error::io(format!("cannot edit {}", escape_path(path)), error))
}

/// Returns the files that the config of a repository includes, and that have our hook of an event.
///
/// # Errors
/// Fails if git cannot read its config.
pub(super) fn included(repo: &Repo, event: HookEvent) -> Result<Vec<PathBuf>> {
    let top = super::setting::top(repo);
    let pattern = format!(r"^hook\.{}\.", name(event));
    let options = ["--local", "--includes", "-z", "--name-only", "--show-origin", "--get-regexp", &pattern];
    let answer = Git::new("config").args(options).dir(top).answer()?;
    let own = platform::real_path(&repo.common_dir().join("config")).ok();
    let origins = answer.stdout.split(|byte| *byte == 0).filter_map(|field| field.strip_prefix(b"file:"));
    let mut files: Vec<PathBuf> =
        origins.filter_map(|origin| platform::real_path(&top.join(as_path(origin))).ok()).collect();
    files.retain(|file| Some(file) != own.as_ref());
    files.dedup();
    Ok(files)
}

/// Returns the path of the file of git config that has our hook.
fn path(file: ConfigTarget, event: HookEvent) -> Result<Option<PathBuf>> {
    if file == ConfigTarget::Local {
        return final_newline::local().map(Some);
    }
    let pattern = format!(r"^hook\.{}\.", name(event));
    let origins = ["-z", "--name-only", "--show-origin", "--get-regexp", &pattern];
    let answer = Git::new("config").arg(file.option()).args(origins).answer()?;
    let origin = answer.stdout.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(origin.strip_prefix(b"file:").map(|path| as_path(path).to_owned()))
}

/// Removes our hook of an event from the text of a config file.
fn without(text: &[u8], event: HookEvent) -> Vec<u8> {
    let ours = |section: &Section, name: &str| {
        section.name == "hook" && section.subsection.as_ref().is_some_and(|subsection| subsection == name)
    };
    let items = config::parse(text);
    let line_of =
        |offset: usize| text.get(..offset).and_then(|before| before.rfind_byte(b'\n')).map_or(0, |at| at + 1);
    let mut removed: Vec<Range<usize>> = Vec::new();
    // Header of the section at hand, as long as only entries of ours were seen in it.
    let mut header: Option<Range<usize>> = None;
    let mut has_entries = false;
    for item in &items {
        match &item.part {
            ConfigPart::Section(section) => {
                removed.extend(header.take().filter(|_| has_entries));
                has_entries = false;
                let is_ours = ours(section, &name(event)) || ours(section, event.name());
                header = is_ours.then(|| line_of(item.offset)..end_of_entry(text, item.offset));
            }
            ConfigPart::Entry(entry) => {
                let lines = line_of(item.offset)..end_of_entry(text, item.offset);
                let is_switch = ours(&entry.section, event.name())
                    && entry.name == "enabled"
                    && slice(text, lines.clone()).contains_str(COMMENT);
                if ours(&entry.section, &name(event)) || is_switch {
                    has_entries = true;
                    removed.push(lines);
                } else {
                    header = None;
                }
            }
            ConfigPart::Comment(_) if header.is_some() => {
                let line = line_of(item.offset)..end_of_entry(text, item.offset);
                removed.extend(Some(line).filter(|line| final_newline::is_tail(slice(text, line.clone()))));
            }
            ConfigPart::Comment(_) => {}
            ConfigPart::Fault(_) => header = None,
        }
    }
    removed.extend(header.filter(|_| has_entries));
    let kept = |at: usize| !removed.iter().any(|range| range.contains(&at));
    text.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, byte)| *byte).collect()
}

/// Returns the offset behind the line end of an entry, which a backslash may continue on the next line.
fn end_of_entry(text: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let Some(line) = rest.find_byte(b'\n') else { return text.len() };
        end += line + 1;
        let value = rest.get(..line).unwrap_or_default();
        if !value.strip_suffix(b"\r").unwrap_or(value).ends_with(b"\\") {
            return end;
        }
    }
}

/// Comment behind the key that enables the event, by which an uninstallation recognises it.
const COMMENT: &str = "set by git-gate";

/// Returns all entries below `hook`, in the order in which git reads them.
pub(super) fn entries(file: Option<ConfigTarget>) -> Result<Vec<(BString, BString)>> {
    let answer = Git::new("config")
        .args(file.map(ConfigTarget::option))
        .args(["-z", "--get-regexp", r"^hook\."])
        .answer()?;
    if !matches!(answer.code, Some(0 | 1)) {
        return Err(answer.refusal("config"));
    }
    Ok(parse_entries(&answer.stdout))
}

/// Parses entries as `git config -z --get-regexp` prints them.
pub(super) fn parse_entries(printed: &[u8]) -> Vec<(BString, BString)> {
    let entries = printed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let pair = |entry: &[u8]| match entry.split_once_str("\n") {
        Some((key, value)) => (key.into(), value.into()),
        // A key without a value is true.
        None => (entry.into(), "true".into()),
    };
    entries.map(pair).collect()
}

/// Returns whether git takes a value for true: a word, or an integer other than zero.
///
/// Anything else is false: git ends at a value that is none of them.
pub(super) fn is_true(value: &BStr) -> bool {
    let text = value.to_str_lossy().trim_start().to_ascii_lowercase();
    let number = text.trim_start_matches(['+', '-']).trim_end_matches(['k', 'm', 'g']);
    let digits = match number.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if number.starts_with('0') => (number, 8),
        None => (number, 10),
    };
    let is_other_than_zero = || u64::from_str_radix(digits.0, digits.1).is_ok_and(|number| number != 0);
    ["true", "yes", "on"].contains(&text.as_str()) || is_other_than_zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_entries_combine_as_in_git() {
        let ours = "hook.git-gate-pre-push";
        let read = |entries: &[(&str, &str)]| {
            let entries: Vec<(BString, BString)> =
                entries.iter().map(|(key, value)| (key.replace('~', ours).into(), (*value).into())).collect();
            let hook = ConfigHook::of_entries(&entries, HookEvent::PrePush).unwrap_or_default();
            (hook.command.is_some(), hook.listens, hook.disabled_by.is_some(), hook.pinned)
        };
        let (command, event) = (("~.command", "x"), ("~.event", "pre-push"));
        let (off, whole) = (("~.enabled", "false"), "hook.pre-push.enabled");
        assert_eq!(read(&[]), (false, false, false, false));
        assert_eq!(read(&[command, event]), (true, true, false, false));
        assert_eq!(read(&[("~.event", "commit-msg"), event]), (false, true, false, false));
        assert_eq!(read(&[event, ("~.event", "")]), (false, false, false, false));
        assert_eq!(read(&[off]), (false, false, true, false));
        assert_eq!(read(&[("~.enabled", "Off"), ("~.enabled", "yes")]), (false, false, false, false));
        assert_eq!(read(&[command, (whole, "off")]), (true, false, true, false));
        assert_eq!(
            read(&[off, (whole, "0"), command, ("~.enabled", "true"), (whole, "1k")]),
            (true, false, false, true)
        );
    }

    #[test]
    fn values_are_true_as_in_git() {
        for value in ["true", "Yes", "ON", "1", "0x1", "+1", "-1", "2k", " 7"] {
            assert!(is_true(value.into()), "{value}");
        }
        for value in ["false", "no", "off", "", "0", "0k", "00", "0x0", "+0", " 0", "truth"] {
            assert!(!is_true(value.into()), "{value}");
        }
    }

    #[test]
    fn only_our_lines_are_removed_from_a_config() {
        let ours = "[hook \"git-gate-pre-receive\"]\n\tcommand = \"a\\\n b\"\n\tevent = pre-receive\n";
        let switch = "[hook \"pre-receive\"]\n\tenabled = true # set by git-gate\n";
        for (before, after) in [
            (format!("[core]\n\tbare = true\n{ours}{switch}"), "[core]\n\tbare = true\n"),
            (
                format!("{ours}# of somebody else\n{switch}[x]\n\ty = z\n"),
                "# of somebody else\n[x]\n\ty = z\n",
            ),
            (format!("{switch}\tother = x\n"), "[hook \"pre-receive\"]\n\tother = x\n"),
            (
                "[hook \"pre-receive\"]\n\tenabled = true\n".to_owned(),
                "[hook \"pre-receive\"]\n\tenabled = true\n",
            ),
            (format!("[hook \"mine\"]\n\tcommand = x\n{ours}"), "[hook \"mine\"]\n\tcommand = x\n"),
            (format!("{ours}[x]\n\ty = z\n{ours}"), "[x]\n\ty = z\n"),
        ] {
            let left = without(before.as_bytes(), HookEvent::PreReceive);
            assert_eq!(left.as_bstr(), after, "{before}");
        }
    }
}
