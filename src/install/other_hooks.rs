//! Hooks of others beside ours, with which git refuses everything: they cannot be started, or a shell cannot read them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use bstr::{BString, ByteSlice as _};

use super::checks::defect_of_interpreter;
use super::config_hooks::{self, disable_event, is_true};
use super::defect::Defect;
use super::directory::HooksLocation;
use super::gits::present_path;
use super::hook_file::{HookFile, is_run};
use super::hook_slot::{BackedUpHook, HookSlot};
use super::setting::top;
use crate::env;
use crate::error::Result;
use crate::git::Repo;
use crate::hook::HookEvent;
use crate::text::{as_path, escape, escape_path, quoted, quoted_path};

/// Shells whose scripts are parsed.
const SHELLS: [&str; 4] = ["sh", "dash", "ash", "bash"];

/// Reports hook files of others that cannot be started or parsed.
///
/// # Errors
/// Fails if a hook cannot be inspected.
pub(super) fn broken(repo: &Repo, events: &[HookEvent]) -> Result<Vec<Defect>> {
    let HooksLocation::Directory(directory) = HooksLocation::find(repo)? else { return Ok(Vec::new()) };
    let mut defects = Vec::new();
    for event in events {
        let slot = HookSlot::inspect(&directory.path, *event)?;
        let runs = matches!(
            slot.hook_file,
            HookFile::Foreign { runs: true } | HookFile::WithLine { runs: true, .. }
        );
        if runs {
            defects.extend(defect_of_script(*event, &slot.hook, &slot.text));
        }
        if let BackedUpHook::Hook { runs: true, .. } = slot.backed_up {
            let text = std::fs::read(&slot.backup).unwrap_or_default();
            defects.extend(defect_of_script(*event, &slot.backup, &text));
        }
    }
    Ok(defects)
}

fn defect_of_script(event: HookEvent, script: &Path, text: &[u8]) -> Option<Defect> {
    defect_of_interpreter(script, text).or_else(|| defect_of_syntax(event, script, text))
}

/// Reports a shell script with a syntax error. A shell parses it, and runs nothing.
fn defect_of_syntax(event: HookEvent, script: &Path, text: &[u8]) -> Option<Defect> {
    let shell = shell_of(text)?;
    // A script may end before the fault, for example before data that is not for the shell.
    if parses(shell, text) || before_end(text).is_some_and(|text| parses(shell, text)) {
        return None;
    }
    let (shown, quoted) = (escape_path(script), quoted_path(script));
    let message = format!("{shown} has a syntax error, so that {event} refuses everything");
    Some(Defect::new(message, format!("correct it: `{shell} -n {quoted}` shows the error")))
}

/// Returns the shell that git starts for a script; `None` for any other program.
fn shell_of(text: &[u8]) -> Option<&'static str> {
    let mut words = text.strip_prefix(b"#!")?.lines().next()?.fields();
    let base = |word: &'_ [u8]| word.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_owned();
    let program = base(words.next()?);
    let program = if program == b"env" { base(words.next()?) } else { program };
    SHELLS.into_iter().find(|shell| shell.as_bytes() == program)
}

/// Returns the lines of a script before the first one that ends it; `None` if there is none.
fn before_end(text: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    for line in text.lines_with_terminator() {
        if matches!(line.fields().next(), Some(b"exit" | b"exec"))
            && !line.starts_with(b" ")
            && !line.starts_with(b"\t")
        {
            return text.get(..at);
        }
        at += line.len();
    }
    None
}

/// Returns whether a shell can parse a script; true if there is no such shell to ask.
fn parses(shell: &str, text: &[u8]) -> bool {
    let mut command = Command::new(shell);
    env::clear(&mut command).env("PATH", present_path());
    command.arg("-n").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return true };
    // A shell that gives up does not read the rest.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(text));
    child.wait().is_ok_and(|status| status.success())
}

/// Hook of another tool in git config.
#[derive(Debug, Default, PartialEq, Eq)]
struct OtherHook {
    command: BString,
    events: Vec<BString>,
    is_disabled: bool,
}

/// Reports hooks of others in git config whose program is not found.
///
/// # Errors
/// Fails if git cannot read its config.
pub(super) fn broken_in_config(repo: &Repo, events: &[HookEvent]) -> Result<Vec<Defect>> {
    let entries = config_hooks::entries(None)?;
    let mut defects = Vec::new();
    for (name, hook) in others(&entries) {
        let mut events = events.iter().filter(|event| hook.events.iter().any(|other| *other == event.name()));
        let event = events.find(|event| !disable_event(&entries, **event));
        let Some(event) = event.filter(|_| !hook.is_disabled) else { continue };
        if let Some(program) = program_of(&hook.command).filter(|program| !is_found(program, top(repo))) {
            let (name, program) = (escape(&name), escape(program));
            defects.push(Defect::new(
                format!(
                    "{event} refuses everything: it runs hook.{name}, whose program `{program}` is not found"
                ),
                format!(
                    "install that program, or: `git config {} false`",
                    quoted(&format!("hook.{name}.enabled"))
                ),
            ));
        }
    }
    Ok(defects)
}

/// Returns the hooks of others by name, from entries in the order in which git reads them.
fn others(entries: &[(BString, BString)]) -> BTreeMap<BString, OtherHook> {
    let mut hooks: BTreeMap<BString, OtherHook> = BTreeMap::new();
    for (key, value) in entries {
        let Some((name, key)) = key.strip_prefix(b"hook.").and_then(|key| key.rsplit_once_str(".")) else {
            continue;
        };
        if HookEvent::ALL.iter().any(|event| config_hooks::name(*event).as_bytes() == name) {
            continue;
        }
        let hook = hooks.entry(name.into()).or_default();
        match key {
            b"command" => hook.command.clone_from(value),
            // An empty value clears the earlier ones.
            b"event" if value.is_empty() => hook.events.clear(),
            b"event" => hook.events.push(value.clone()),
            b"enabled" => hook.is_disabled = !is_true(value.as_ref()),
            _ => {}
        }
    }
    hooks
}

/// Returns the first word of a command for the shell; `None` if the shell would change it.
fn program_of(command: &[u8]) -> Option<&[u8]> {
    let command = command.trim_ascii_start();
    if let Some(rest) = command.strip_prefix(b"'") {
        let (word, rest) = rest.split_once_str("'")?;
        return rest
            .first()
            .is_none_or(u8::is_ascii_whitespace)
            .then_some(word)
            .filter(|word| !word.is_empty());
    }
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./+-@".contains(byte);
    command.fields().next().filter(|word| word.iter().all(is_plain))
}

/// Returns whether the shell finds a program. `top` is the directory in which git runs hooks.
fn is_found(program: &[u8], top: &Path) -> bool {
    if program.contains(&b'/') {
        let program = top.join(as_path(program));
        return is_run(&program) && program.is_file();
    }
    // The shell has commands of its own. It only looks the name up.
    let mut shell = Command::new("sh");
    env::clear(&mut shell).env("PATH", present_path());
    shell.args(["-c", "command -v -- \"$1\"", "sh"]).arg(as_path(program));
    let status = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.map_or(true, |status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_defect(text: &str) -> bool {
        defect_of_syntax(HookEvent::PreReceive, Path::new("/x/pre-receive"), text.as_bytes()).is_some()
    }

    #[test]
    fn only_scripts_that_the_shell_cannot_read_are_broken() {
        for (text, broken) in [
            ("#!/bin/sh\nif true; then\n", true),
            ("#!/usr/bin/env sh\ndone\n", true),
            ("#!/bin/sh -e\necho \"\n", true),
            ("#!/bin/sh\nif true; then exit 1; fi\n", false),
            ("#!/bin/sh\ncat >/dev/null\nexit 0\n(data)) of a tool\n", false),
            ("#!/usr/bin/perl\nif (1) {\n", false),
            ("if true; then\n", false),
            ("", false),
        ] {
            assert_eq!(has_defect(text), broken, "{text}");
        }
    }

    #[test]
    fn parsing_runs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        for rest in ["", "if true; then\n"] {
            let text = format!("#!/bin/sh\ntouch '{}'\n{rest}", mark.display());
            assert_eq!(has_defect(&text), !rest.is_empty());
            assert!(!mark.exists());
        }
    }

    #[test]
    fn program_is_the_first_word_if_it_is_plain() {
        for (command, program) in [
            ("/opt/scan --all", Some("/opt/scan")),
            ("'/opt/my scan' x", Some("/opt/my scan")),
            ("scan", Some("scan")),
            ("  scan\tx", Some("scan")),
            ("'/opt/a'b", None),
            ("$HOME/scan", None),
            ("A=b scan", None),
            ("\"scan\"", None),
            ("~/scan", None),
            ("(scan)", None),
            ("", None),
        ] {
            assert_eq!(program_of(command.as_bytes()), program.map(str::as_bytes), "{command}");
        }
    }

    #[test]
    fn commands_of_the_shell_and_of_the_path_are_found() {
        let folder = tempfile::tempdir().unwrap();
        for (program, found) in [
            ("test", true),
            ("if", true),
            (".", true),
            ("sh", true),
            ("no-such-program", false),
            ("./sh", false),
        ] {
            assert_eq!(is_found(program.as_bytes(), folder.path()), found, "{program}");
        }
    }

    #[test]
    fn hooks_of_others_are_read_as_git_reads_them() {
        let entry = |key: &str, value: &str| (BString::from(key), BString::from(value));
        let found = others(&[
            entry("hook.a.b.event", "pre-push"),
            entry("hook.a.b.event", ""),
            entry("hook.a.b.event", "pre-receive"),
            entry("hook.a.b.command", "x"),
            entry("hook.a.b.command", "y"),
            entry("hook.off.enabled", "false"),
            entry("hook.git-gate-pre-push.command", "z"),
        ]);
        let a = OtherHook { command: "y".into(), events: vec!["pre-receive".into()], is_disabled: false };
        assert_eq!(found.len(), 2);
        assert_eq!(found.get(b"a.b".as_bstr()), Some(&a));
        assert!(found.get(b"off".as_bstr()).is_some_and(|hook| hook.is_disabled));
    }
}
