//! Line of git-gate inside a hook of somebody else, which stays at its place.
//!
//! The line is put before the second line of a script, or before the first one if there is no `#!`, so that all lines
//! keep their numbers. It is recognised by its start and its end.

use std::path::PathBuf;

use bstr::ByteSlice as _;

use super::by_hand;
use crate::env::{self, CHAIN};
use crate::hook::HookEvent;
use crate::hook::inside;
use crate::platform;
use crate::text::{as_path, quote, unquote};

/// Start of every line of ours; the format number follows.
const MARKER: &str = ": 'git-gate line, format ";
const START: &str = ": 'git-gate line, format 1, removed by git gate uninstall'; ";
const END: &str = ": 'end of the git-gate line'";
/// Text between our line and the line before which it is put.
const JOINT: &str = "; ";

/// Values of a line of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HookLine {
    /// Event of the hook.
    pub(crate) event: HookEvent,
    /// True if the script serves several hooks, so that the line asks for the name of the hook.
    pub(crate) by_name: bool,
    /// Program that the line calls. If it is missing, the line calls the `git-gate` on PATH. It is empty if the line
    /// was added by hand.
    pub(crate) binary: PathBuf,
}

/// Line of ours that was found in a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FoundLine {
    /// A line of ours, byte for byte.
    Ours(HookLine),
    /// A line of ours that was edited, doubled or written by another version.
    Altered,
    /// No line of ours.
    Nothing,
}

/// Script without our lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WithoutLine {
    /// Text of the script.
    pub(super) text: Vec<u8>,
    /// True if this is, byte for byte, the script into which the line was put.
    pub(super) exact: bool,
}

impl HookLine {
    /// Returns the line itself, without a line end.
    pub(super) fn code(&self) -> Vec<u8> {
        let (before, after) = template(self.event, self.by_name);
        let binary = quote(&platform::path_bytes(&self.binary));
        [before.as_bytes(), &binary, after.as_bytes()].concat()
    }

    /// Returns a script with the line.
    pub(super) fn put_into(&self, script: &[u8]) -> Vec<u8> {
        let (head, rest) = split_shebang(script);
        match head.is_empty() || head.ends_with(b"\n") {
            true => [head, &self.code(), JOINT.as_bytes(), rest].concat(),
            false => [head, b"\n", &self.code()].concat(),
        }
    }

    /// Creates the line for a hook that people change by hand, on several machines.
    pub(super) fn by_hand(event: HookEvent) -> Self {
        Self { event, by_name: false, binary: PathBuf::new() }
    }

    /// Creates the line for a script of several hooks that people change by hand.
    pub(super) fn by_hand_and_name(event: HookEvent) -> Self {
        Self { by_name: true, ..Self::by_hand(event) }
    }

    /// Returns whether the line was added by hand, so that it is left as it is.
    pub(super) fn is_by_hand(&self) -> bool {
        self.binary.as_os_str().is_empty()
    }

    /// Returns the program that the line calls.
    pub(super) fn program(&self) -> PathBuf {
        let named = || env::on_path("git-gate").unwrap_or_else(|| "git-gate".into());
        if self.is_by_hand() { named() } else { self.binary.clone() }
    }

    /// Returns a script with everything up to the line, and another text of the shell behind it.
    ///
    /// A script of another language has nothing behind the line.
    pub(super) fn before(&self, script: &[u8], rest: &[u8]) -> Vec<u8> {
        let of_language = by_hand::first_line(self.event, script).zip(by_hand::line(self.event, script));
        match (of_language, start(script)) {
            (Some((at, line)), _) => [script.split_at(at).0, line.as_bytes(), b"\n"].concat(),
            (None, Some(at)) => [script.split_at(at).0, &self.code(), b"\n", rest].concat(),
            (None, None) => self.put_into(&[split_shebang(script).0, rest].concat()),
        }
    }
}

impl FoundLine {
    /// Looks for our line in a script.
    pub(super) fn of(event: HookEvent, script: &[u8]) -> Self {
        let Some(start) = start(script) else {
            let found = by_hand::first_line(event, script).map(|_| Self::Ours(HookLine::by_hand(event)));
            return found.unwrap_or(Self::Nothing);
        };
        let (before, rest) = script.split_at(start);
        let parse = |by_name| {
            let (expected_before, after) = template(event, by_name);
            let end = rest.find(END)? + END.len();
            let (code, rest) = rest.split_at(end);
            let binary = code.strip_prefix(expected_before.as_bytes())?.strip_suffix(after.as_bytes())?;
            let line = HookLine { event, by_name, binary: as_path(&unquote(binary)?).to_owned() };
            let script = rest.strip_prefix(JOINT.as_bytes()).unwrap_or(rest);
            let is_only = line.code() == code && self::start(script).is_none();
            (is_only && before.lines().all(does_nothing)).then_some(line)
        };
        parse(false).or_else(|| parse(true)).map_or(Self::Altered, Self::Ours)
    }
}

/// Names of options that may be set before our line.
const SET_OPTIONS: [&[u8]; 8] =
    [b"errexit", b"nounset", b"pipefail", b"xtrace", b"verbose", b"noglob", b"errtrace", b"posix"];

/// Returns whether a line before ours does nothing that would be done twice, and does not end the script.
fn does_nothing(line: &[u8]) -> bool {
    let line = line.trim();
    if line.is_empty() || line.starts_with(b"#") {
        return true;
    }
    let mut words = line.fields();
    if words.next() != Some(b"set") {
        return false;
    }
    let mut is_name = false;
    let harmless = words.all(|word| {
        if std::mem::take(&mut is_name) {
            return SET_OPTIONS.contains(&word);
        }
        let letters = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or_default();
        is_name = letters.ends_with(b"o");
        !letters.is_empty() && letters.iter().all(|letter| b"befhmouvxBCEHPT".contains(letter))
    });
    harmless && !is_name
}

/// Removes all lines of ours from a script.
pub(super) fn remove(event: HookEvent, script: &[u8]) -> WithoutLine {
    let mut text = by_hand::without_line(event, script);
    let mut exact = true;
    while let Some(start) = start(&text) {
        let (before, rest) = text.split_at(start);
        let end = rest.find(END).map(|end| end + END.len());
        exact &= end.is_some();
        // Without its end, the line is all up to the line end.
        let (_, after) = rest.split_at(end.or_else(|| rest.find_byte(b'\n')).unwrap_or(rest.len()));
        text = match after.strip_prefix(JOINT.as_bytes()) {
            Some(after) => [before, after].concat(),
            None if after.starts_with(b"\n") && end.is_some() => {
                [before, after.strip_prefix(b"\n").unwrap_or(after)].concat()
            }
            None if after.is_empty() => before.strip_suffix(b"\n").unwrap_or(before).to_vec(),
            None => {
                exact = false;
                [before, after].concat()
            }
        };
    }
    WithoutLine { text, exact }
}

/// Returns the offset of our first line.
fn start(script: &[u8]) -> Option<usize> {
    script.find_iter(MARKER).find(|at| *at == 0 || script.get(at - 1) == Some(&b'\n'))
}

/// Splits a script after its `#!` line.
fn split_shebang(script: &[u8]) -> (&[u8], &[u8]) {
    match script.starts_with(b"#!") {
        true => script.split_at(script.find_byte(b'\n').map_or(script.len(), |end| end + 1)),
        false => (&[], script),
    }
}

/// Returns the text of the line before and after the path of the program.
fn template(event: HookEvent, by_name: bool) -> (String, String) {
    let option = inside::OPTION;
    // A script of several hooks has names, too, under which it is no hook of ours.
    let (name, open, close) = match by_name {
        false => (event.to_string(), String::new(), "exit 2"),
        true => {
            let names = HookEvent::ALL.map(HookEvent::name).join("|");
            ("\"${0##*/}\"".to_owned(), format!("case \"${{0##*/}}\" in {names}) "), "exit 2;; esac")
        }
    };
    (
        format!("{START}if [ \"${{{CHAIN}-}}\" = \"$PPID\" ]; then unset {CHAIN}; else {open}_git_gate="),
        format!(
            "; [ -x \"$_git_gate\" ] || _git_gate=$(command -v git-gate) || {{ echo 'error: git-gate is gone, and \
             nothing passes without it: put it back, then run: git-gate install' >&2; exit 2; }}; \
             exec \"$_git_gate\" hook {name} {option} \"$0\" -- \"$@\"; {close}; fi; {END}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> HookLine {
        HookLine {
            event: HookEvent::PrePush,
            by_name: false,
            binary: as_path(b"/opt/git gate's/bin/git-gate").into(),
        }
    }

    const SCRIPTS: [&[u8]; 14] = [
        b"",
        b"\n",
        b"\n\n",
        b"exit 0",
        b"exit 0\n",
        b"# comment\nexit 0\n",
        b"#!/bin/sh",
        b"#!/bin/sh\n",
        b"#!/bin/sh\n\n",
        b"#!/bin/sh\nexit 0",
        b"#!/bin/sh -e\n# caf\xe9\nexit 0\n",
        b"#!/bin/sh\n; x\n",
        b"#!/bin/sh\n\n; \n",
        b"\xef\xbb\xbf#!/bin/sh\r\nexit 0\r\n",
    ];

    #[test]
    fn line_goes_in_and_out() {
        for script in SCRIPTS {
            let with = line().put_into(script);
            assert_eq!(FoundLine::of(HookEvent::PrePush, &with), FoundLine::Ours(line()));
            assert_eq!(FoundLine::of(HookEvent::CommitMsg, &with), FoundLine::Altered);
            for event in HookEvent::ALL {
                let by_name = HookLine::by_hand_and_name(event);
                assert_eq!(FoundLine::of(event, &by_name.put_into(script)), FoundLine::Ours(by_name));
            }
            assert_eq!(remove(HookEvent::PrePush, &with), WithoutLine { text: script.to_vec(), exact: true });
            assert_eq!(FoundLine::of(HookEvent::PrePush, script), FoundLine::Nothing);
            assert_eq!(
                remove(HookEvent::PrePush, script),
                WithoutLine { text: script.to_vec(), exact: true }
            );
            let numbered = |text: &[u8]| text.lines_with_terminator().count();
            assert!(numbered(&with) <= numbered(script) + 1);
        }
    }

    #[test]
    fn any_edit_of_the_line_is_noticed_and_removed() {
        for script in SCRIPTS {
            let (head, _) = split_shebang(script);
            let with = line().put_into(script);
            let code = line().code();
            let from = head.len() + usize::from(!head.is_empty() && !head.ends_with(b"\n"));
            for at in MARKER.len()..code.len() {
                let mut edited = with.clone();
                edited[from + at] ^= 1;
                if let FoundLine::Ours(found) = FoundLine::of(HookEvent::PrePush, &edited) {
                    assert_eq!(found.put_into(script), edited, "only another path is no edit");
                }
                let WithoutLine { text, exact } = remove(HookEvent::PrePush, &edited);
                assert!(!text.contains_str(MARKER));
                if code[..at].len() + END.len() < code.len() && edited[from + at] != b'\n' {
                    assert_eq!((text.as_bstr(), exact), (script.as_bstr(), true), "{at}");
                }
            }
        }
    }

    #[test]
    fn only_harmless_lines_stand_before_ours() {
        for before in ["", "# x", "set -e", "set -eu", "set -euo pipefail", "set +x -o nounset", "  set -e  "]
        {
            assert!(does_nothing(before.as_bytes()), "{before}");
        }
        for before in [
            "set -e && exit 0",
            "set -e & exit",
            "set -n",
            "set -e|exit",
            "set -e \\",
            "set --",
            "set -o noexec",
            "set -o",
            "set -en",
            "exit",
            "set",
            "settle -e",
        ] {
            assert_eq!(does_nothing(before.as_bytes()), before == "set", "{before}");
            let script = format!("#!/bin/sh\n{before}\n{}\n", line().code().as_bstr());
            let is_ours = before == "set";
            assert_eq!(FoundLine::of(HookEvent::PrePush, script.as_bytes()) != FoundLine::Altered, is_ours);
        }
    }

    #[test]
    fn line_by_hand_is_the_first_command() {
        let perl = "#!/usr/bin/perl\n";
        let line = by_hand::line(HookEvent::PrePush, perl.as_bytes()).unwrap();
        for (before, is_first) in
            [("", true), ("# x\n\nuse strict;\n", true), ("=pod\n\n", false), ("exit 0;\n", false)]
        {
            let script = format!("{perl}{before}{line}\nexit 0;\n");
            let found = FoundLine::of(HookEvent::PrePush, script.as_bytes());
            assert_eq!(found != FoundLine::Nothing, is_first, "{before}");
        }
    }

    #[test]
    fn doubled_line_is_removed() {
        let script = b"#!/bin/sh\nexit 0\n";
        let twice = line().put_into(&line().put_into(script));
        assert_eq!(FoundLine::of(HookEvent::PrePush, &twice), FoundLine::Altered);
        let joined = [twice.as_slice(), &line().put_into(b"true\n")].concat();
        assert_eq!(remove(HookEvent::PrePush, &joined).text, b"#!/bin/sh\nexit 0\ntrue\n");
    }
}
