//! Signs that a script takes part of its text from another file, which may look at the name of the script.

use bstr::ByteSlice as _;

/// Modules that are known not to look at the name.
const MODULES: &[&str] = &[
    "os",
    "sys",
    "re",
    "subprocess",
    "json",
    "pathlib",
    "shutil",
    "tempfile",
    "__future__",
    "strict",
    "warnings",
    "utf8",
    "fs",
    "path",
    "child_process",
];

/// Words that read a script, wherever they are.
const READERS: &[&str] = &[
    "import(",
    "__import__",
    "runpy",
    "importlib",
    "execfile",
    "exec(open",
    "dofile",
    "loadfile",
    "instance_eval",
    "include(",
    "include_once",
    "require_once",
    "require_relative",
    "do \"",
    "do '",
    "source(",
    "autoload",
];

/// Starts of a statement that reads a script.
const STATEMENTS: &[&str] =
    &[". ", "source ", "load ", "include ", "@include", "@load", "export * ", "package require"];

/// Returns whether a script takes part of its text from another file, except for a few modules.
pub(super) fn reads_other_script(text: &[u8]) -> bool {
    READERS.iter().any(|word| text.contains_str(word))
        || requires_other(text)
        || text.lines().any(reads_other)
}

/// Returns whether a script calls `require(` with anything but the name of a known module.
fn requires_other(text: &[u8]) -> bool {
    text.find_iter("require(").any(|at| {
        let rest = text.split_at(at + "require(".len()).1.trim_start();
        !quoted(rest).is_some_and(is_known)
    })
}

fn reads_other(line: &[u8]) -> bool {
    let line = line.trim_start();
    if line.starts_with(b"#") || line.starts_with(b"//") {
        return false;
    }
    let statements = line.split_str(";").flat_map(|part| {
        // What is behind `try: ` or `BEGIN { ` is a statement, too; a list of imported names is none.
        let opened = if part.trim_start().starts_with(b"import") { None } else { part.split_once_str("{ ") };
        [Some(part), opened.map(|(_, rest)| rest), part.split_once_str(": ").map(|(_, rest)| rest)]
    });
    statements.flatten().any(|statement| names_other(statement.trim_start()))
}

/// Returns whether a statement reads something else than a known module.
fn names_other(statement: &[u8]) -> bool {
    if STATEMENTS.iter().any(|start| statement.starts_with(start.as_bytes())) {
        return true;
    }
    let Some((word, rest)) = statement.split_once_str(" ") else { return false };
    let rest = rest.trim();
    match word {
        b"import" if rest.contains_str("\"") || rest.contains_str("'") => {
            !rest.find_byteset(b"\"'").and_then(|at| quoted(rest.split_at(at).1)).is_some_and(is_known)
        }
        b"import" => !rest.split_str(",").all(|part| is_known(first_word(part))),
        b"from" | b"use" => !is_known(first_word(rest)),
        b"require" => !is_known(quoted(rest).unwrap_or_else(|| first_word(rest))),
        _ => false,
    }
}

fn first_word(text: &[u8]) -> &[u8] {
    text.fields().next().unwrap_or_default()
}

/// Returns the text in the quotes with which a text starts.
fn quoted(text: &[u8]) -> Option<&[u8]> {
    let (quote, rest) = text.split_first().filter(|(quote, _)| matches!(**quote, b'"' | b'\'' | b'`'))?;
    rest.find_byte(*quote).map(|end| rest.split_at(end).0)
}

fn is_known(name: &[u8]) -> bool {
    let module = name.strip_prefix(b"os.").map_or(name, |_| b"os");
    // A number is the version of perl.
    let is_version = name.strip_prefix(b"v").unwrap_or(name).first().is_some_and(u8::is_ascii_digit);
    let of_node = name.starts_with(b"node:") && !name.contains(&b'/');
    is_version || of_node || MODULES.iter().any(|known| module == known.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_read_others_are_found() {
        for text in [
            ". \"${0%/*}/h\"",
            "source lib.fish",
            "import hooklib",
            "import os, hooklib",
            "    from .lib import main",
            "try: import hooklib",
            "x = 1; import hooklib",
            "import argparse",
            "use lib 'x';",
            "use strict; use Hook;",
            "BEGIN { require Hook; }",
            "require \"./lib.pl\"; main();",
            "do './lib.pl';",
            "require './lib'",
            "load 'lib.rb'",
            "require(\"./lib/hooks.js\")",
            "const x = require(name)",
            "import main from \"./lib.mjs\"",
            "import './lib.mjs'",
            "await import('./lib.mjs')",
            "runpy.run_path('x')",
            "importlib.import_module('x')",
            "include 'lib.php';",
        ] {
            assert!(reads_other_script(text.as_bytes()), "{text}");
        }
        for text in [
            "import os, sys",
            "import os.path as p, re",
            "from pathlib import Path",
            "from __future__ import annotations",
            "use strict;",
            "use warnings; use v5.36;",
            "use 5.010;",
            "const fs = require('fs'), p = require(\"node:path\");",
            "import fs from 'node:fs'",
            "import { x } from \"child_process\";",
            "require 'json'",
            "# import hooklib",
            "print('important')",
            "exit 0",
        ] {
            assert!(!reads_other_script(text.as_bytes()), "{text}");
        }
    }
}
