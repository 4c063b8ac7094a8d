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
    let first = script.lines().next().filter(|line| line.starts_with(b"#!"))?;
    let language = LANGUAGES.into_iter().find(|language| first.contains_str(language))?;
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

/// Returns whether a script contains the line for its language.
pub(super) fn has_line(event: HookEvent, script: &[u8]) -> bool {
    line(event, script).is_some_and(|line| script.lines().any(|other| other == line.as_bytes()))
}

/// Returns a script without the line for its language.
pub(super) fn without_line(event: HookEvent, script: &[u8]) -> Vec<u8> {
    let Some(line) = line(event, script) else { return script.to_vec() };
    let is_ours = |other: &&[u8]| other.trim_end_with(|end| matches!(end, '\r' | '\n')) == line.as_bytes();
    script.lines_with_terminator().filter(|other| !is_ours(other)).collect::<Vec<_>>().concat()
}
