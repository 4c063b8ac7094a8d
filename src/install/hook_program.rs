//! Kind of program that a hook is, according to its first line.

use bstr::{BStr, ByteSlice as _};

/// Kind of program that a hook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HookProgram {
    /// Script of a POSIX shell. It may begin with a command of ours.
    Shell,
    /// Script of another interpreter, or of a shell that is started in an unusual way.
    Script,
    /// No script.
    Native,
    /// Script whose first line ends with CR, so that its interpreter is not found.
    CarriageReturn,
}

/// Shells that understand our line.
const SHELLS: [&str; 10] = ["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "yash", "posh"];

/// Letters of the options with which a shell runs the script, and our line leaves nothing behind.
const OPTIONS: &[u8] = b"befhklmpuvxBCEHPT";

const LONG_OPTIONS: [&str; 5] = ["--posix", "--norc", "--noprofile", "--login", "--noediting"];

impl HookProgram {
    /// Reads the first line of a hook.
    pub(super) fn of(text: &[u8]) -> Self {
        let Some(rest) = text.strip_prefix(b"#!") else {
            // The system does not start a text without `#!`; git starts it with the shell.
            let is_text = !text.starts_with(b"\x7fELF") && !text.iter().take(8000).any(|byte| *byte == 0);
            return if is_text { Self::Shell } else { Self::Native };
        };
        let line = rest.lines_with_terminator().next().unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.contains(&b'\r') {
            return Self::CarriageReturn;
        }
        let words: Vec<&BStr> = line
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty())
            .map(BStr::new)
            .collect();
        match words.split_first() {
            Some((program, arguments)) if runs_in_shell(program, arguments) => Self::Shell,
            _ => Self::Script,
        }
    }
}

/// Returns whether a shell runs the script. The system passes everything after the program as one argument.
fn runs_in_shell(program: &BStr, arguments: &[&BStr]) -> bool {
    if base_name(program) != b"env" {
        return arguments.len() <= 1 && is_shell(program, arguments);
    }
    match arguments {
        [shell] if !shell.starts_with(b"-") => is_shell(shell, &[]),
        [first, rest @ ..] if first.starts_with(b"-S") => {
            let first = first.strip_prefix(b"-S").map(BStr::new).filter(|word| !word.is_empty());
            let words: Vec<&BStr> = first.into_iter().chain(rest.iter().copied()).collect();
            let plain = words.iter().all(|word| !word.iter().any(|byte| b"'\"\\$#".contains(byte)));
            let at = words.iter().position(|word| !word.contains(&b'=')).unwrap_or(words.len());
            plain
                && words
                    .split_at(at)
                    .1
                    .split_first()
                    .is_some_and(|(shell, options)| !shell.starts_with(b"-") && is_shell(shell, options))
        }
        _ => false,
    }
}

fn is_shell(program: &BStr, options: &[&BStr]) -> bool {
    let (name, options) = match (base_name(program), options.split_first()) {
        (b"busybox", Some((applet, options))) if *applet == "sh" || *applet == "ash" => (&b"sh"[..], options),
        (name, _) => (name, options),
    };
    SHELLS.iter().any(|shell| name == shell.as_bytes()) && are_harmless(options)
}

fn base_name(path: &BStr) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

fn are_harmless(options: &[&BStr]) -> bool {
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let letters = option.strip_prefix(b"-").or_else(|| option.strip_prefix(b"+"));
        let harmless = match letters {
            _ if LONG_OPTIONS.iter().any(|long| *option == long) => true,
            Some(b"" | b"-") => options.len() == 0,
            // The next word is the name of an option.
            Some([letters @ .., b'o']) => {
                are_known(letters)
                    && options.next().is_some_and(|name| *name != "restricted" && *name != "noexec")
            }
            Some(letters) => are_known(letters),
            None => false,
        };
        if !harmless {
            return false;
        }
    }
    true
}

fn are_known(letters: &[u8]) -> bool {
    letters.iter().all(|letter| OPTIONS.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_line_tells_the_program() {
        use HookProgram::{CarriageReturn, Native, Script, Shell};
        for (text, program) in [
            (&b""[..], Shell),
            (b"exit 0\n", Shell),
            (b"# comment\n", Shell),
            (b"caf\xe9\n", Shell),
            (b"\xef\xbb\xbf#!/bin/sh\n", Shell),
            (b"exit\r\n", Shell),
            (b"#!/bin/sh", Shell),
            (b"#! /bin/sh -e\n", Shell),
            (b"#!\t/bin/bash\t-eu \n", Shell),
            (b"#!/bin/sh -\n", Shell),
            (b"#!/bin/bash --\n", Shell),
            (b"#!/bin/bash --posix\n", Shell),
            (b"#!/usr/bin/env bash\n", Shell),
            (b"#!/usr/bin/env -S bash -e -u\n", Shell),
            (b"#!/usr/bin/env -S bash -eo pipefail\n", Shell),
            (b"#!/usr/bin/env -SLC_ALL=C A=b zsh -f\n", Shell),
            (b"#!/bin/busybox sh\n", Shell),
            (b"#!/usr/bin/env -S busybox ash -e\n", Shell),
            (b"#!sh\n", Shell),
            (b"#!/bin/sh\r\n", CarriageReturn),
            (b"#!/usr/bin/env bash\r\n", CarriageReturn),
            (b"#!/bin/sh -e -u\n", Script),
            (b"#!/bin/sh -c\n", Script),
            (b"#!/bin/sh -s\n", Script),
            (b"#!/bin/sh -n\n", Script),
            (b"#!/bin/sh -a\n", Script),
            (b"#!/bin/bash -r\n", Script),
            (b"#!/bin/bash -eo pipefail\n", Script),
            (b"#!/bin/rbash\n", Script),
            (b"#!/usr/bin/env -i bash\n", Script),
            (b"#!/usr/bin/env -S -i bash\n", Script),
            (b"#!/usr/bin/env -S bash -c 'x'\n", Script),
            (b"#!/usr/bin/env -S bash -o restricted\n", Script),
            (b"#!/usr/bin/env bash -e\n", Script),
            (b"#!/usr/bin/env nix-shell\n#! nix-shell -i bash\n", Script),
            (b"#!/usr/bin/python3\n", Script),
            (b"#!/bin/csh\n", Script),
            (b"#!/usr/bin/fish\n", Script),
            (b"#!/bin/busybox sh -e\n", Script),
            (b"#!\n", Script),
            (b"#!", Script),
            (b"\x7fELF\x02\x01", Native),
            (b"MZ\0\0", Native),
        ] {
            assert_eq!(HookProgram::of(text), program, "{:?}", text.as_bstr());
        }
    }
}
