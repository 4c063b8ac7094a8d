//! Lines that people add by hand to hooks that we do not change, one for each language.
//!
//! Such a line does what ours does in a shell script, and calls the `git-gate` on PATH.

use bstr::ByteSlice as _;

use crate::env::CHAIN;
use crate::hook::HookEvent;
use crate::hook::inside::OPTION;

/// Languages with such a line.
const LANGUAGES: [&str; 4] = ["python", "perl", "ruby", "node"];

/// Returns the line for the language of a script, according to its first line; `None` for other languages.
pub(super) fn line(event: HookEvent, script: &[u8]) -> Option<String> {
    let first = script.lines().next()?.strip_prefix(b"#!")?;
    let names = || first.fields().filter_map(|word| word.rsplit(|byte| *byte == b'/').next());
    let language =
        LANGUAGES.into_iter().find(|language| names().any(|name| name.starts_with(language.as_bytes())))?;
    Some(match language {
        "python" => format!(
            "import os, sys; os.environ.pop(\"{CHAIN}\", \"\") == str(os.getppid()) or os.execvp(\"git-gate\", \
             [\"git-gate\", \"hook\", \"{event}\", \"{OPTION}\", sys.argv[0], \"--\"] + sys.argv[1:])"
        ),
        "perl" => format!(
            "BEGIN {{ (delete $ENV{{{CHAIN}}} // \"\") eq getppid or exec(\"git-gate\", \"hook\", \"{event}\", \
             \"{OPTION}\", $0, \"--\", @ARGV) or exit 2 }}"
        ),
        "ruby" => format!(
            "ENV.delete(\"{CHAIN}\") == Process.ppid.to_s or exec(\"git-gate\", \"hook\", \"{event}\", \"{OPTION}\", \
             $0, \"--\", *ARGV)"
        ),
        _ => format!(
            "if (process.env.{CHAIN} === String(process.ppid)) delete process.env.{CHAIN}; else \
             process.exit(require(\"child_process\").spawnSync(\"git-gate\", [\"hook\", \"{event}\", \"{OPTION}\", \
             process.argv[1], \"--\", ...process.argv.slice(2)], {{ stdio: \"inherit\" }}).status ?? 2);"
        ),
    })
}

/// Declarations that may stand before the line.
const DECLARATIONS: [&str; 6] =
    ["use strict;", "use warnings;", "'use strict';", "\"use strict\";", "'use strict'", "\"use strict\""];

/// Returns the offset of the line for the language of a script, if the line is the first command.
pub(super) fn first_line(event: HookEvent, script: &[u8]) -> Option<usize> {
    let line = line(event, script)?;
    let mut offset = 0;
    for other in script.lines_with_terminator() {
        let text = other.trim_end_with(|end| matches!(end, '\r' | '\n'));
        if text == line.as_bytes() {
            return Some(offset);
        }
        if !is_innocent(text) {
            return None;
        }
        offset += other.len();
    }
    None
}

/// Returns whether a line is empty, a comment, or a declaration.
fn is_innocent(line: &[u8]) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with(b"#")
        || line.starts_with(b"//")
        || line.starts_with(b"from __future__ import ") && !line.contains(&b';')
        || DECLARATIONS.iter().any(|declaration| line == declaration.as_bytes())
}

/// Returns a script without the line for its language.
pub(super) fn without_line(event: HookEvent, script: &[u8]) -> Vec<u8> {
    let Some(line) = line(event, script) else { return script.to_vec() };
    let is_ours = |other: &&[u8]| other.trim_end_with(|end| matches!(end, '\r' | '\n')) == line.as_bytes();
    script.lines_with_terminator().filter(|other| !is_ours(other)).collect::<Vec<_>>().concat()
}
