//! Processes: this one, and those that it starts.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::windows::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bstr::ByteSlice as _;
use winapi_util::sysinfo::{ComputerNameKind, get_computer_name};

use super::{os_str, os_string, path_bytes};

/// Number of a process that runs, or whose end nobody has forgotten.
pub(crate) type ProcessId = u32;

/// Returns the number of a child.
pub(crate) fn id_of(child: &Child) -> ProcessId {
    child.id()
}

/// Ends a process at once, with those that it has started.
pub(crate) fn end(process: ProcessId) {
    let mut command = Command::new("taskkill");
    command.args(["/F", "/T", "/PID", &process.to_string()]);
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Waits for the end of a child, which keeps its number until it is dropped.
pub(crate) fn await_end(child: &mut Child) {
    let _ = child.wait();
}

/// Script of the shell that starts a hook in its place, so that both have the same parent.
///
/// Programs know each other by other numbers in the shell of git than elsewhere, so the shell itself writes that of its
/// parent, which the hook will see as its own parent.
const STARTER: &str = r#"[ -z "$1" ] || export "$1=$PPID"; shift; exec "$@""#;

/// Number of bytes in which git looks for the first line of a script (`parse_interpreter` in its compat/mingw.c).
const FIRST_LINE: u64 = 99;

/// Starts a hook as git would: a program by itself, and a script by the interpreter on PATH that has the name of the one
/// in its first line. In `variable` it finds the number of its parent. `prepare` adds all else.
///
/// # Errors
/// Fails if the hook cannot be read, or there is no shell: git has one on PATH for its hooks.
pub(crate) fn start_hook(
    hook: &Path,
    _event: &str,
    variable: Option<&str>,
    arguments: &[OsString],
    prepare: impl Fn(&mut Command),
) -> io::Result<Child> {
    let mut start = Vec::new();
    File::open(hook)?.take(FIRST_LINE).read_to_end(&mut start)?;
    if start.starts_with(b"MZ") {
        let mut command = Command::new(hook);
        prepare(command.args(arguments));
        return command.spawn();
    }
    let mut command = Command::new("sh");
    let interpreter = interpreter(&start).unwrap_or(OsStr::new("sh"));
    let start = ["-c", STARTER, "sh", variable.unwrap_or_default()].map(OsStr::new);
    let hook = for_shell(hook);
    let words = start.into_iter().chain([interpreter, &hook]).chain(arguments.iter().map(|word| &**word));
    for word in words {
        command.raw_arg(quoted(word));
    }
    prepare(&mut command);
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "there is no `sh` on PATH"),
        _ => error,
    })
}

/// Returns the name of the interpreter in the first line of a script, without its directory and its options, as git takes
/// it; `None` if there is none.
fn interpreter(start: &[u8]) -> Option<&OsStr> {
    let line = start.strip_prefix(b"#!")?;
    let line = line.get(..line.find_byteset(b"\r\n")?)?;
    let name = line.get(line.rfind_byte(b'/').or_else(|| line.rfind_byte(b'\\'))? + 1..)?;
    Some(os_str(name.split(|byte| *byte == b' ').next()?))
}

/// Returns a word as the shell of git reads it in its command line: in quotes, where it would otherwise look for quotes,
/// and for names that match.
fn quoted(word: &OsStr) -> OsString {
    let mut quoted = OsString::from("\"");
    for part in word.to_string_lossy().split_inclusive(['"', '\\']) {
        let (text, escaped) = match part.strip_suffix(['"', '\\']) {
            Some(text) => (text, part.get(text.len()..)),
            None => (part, None),
        };
        quoted.push(text);
        escaped.into_iter().for_each(|mark| quoted.push(format!("\\{mark}")));
    }
    quoted.push("\"");
    quoted
}

/// Returns the path of a hook for the shell, which looks for a name without a slash on PATH.
fn for_shell(hook: &Path) -> OsString {
    let path = path_bytes(hook).into_owned();
    os_string(if path.contains(&b'/') { path } else { [b"./", &*path].concat() })
}

/// Runs a program and ends this one with its status. Returns only if it cannot be run.
pub(crate) fn become_program(command: &mut Command) -> io::Error {
    match command.status() {
        Ok(status) =>
        {
            #[expect(
                clippy::exit,
                clippy::disallowed_methods,
                reason = "the other program takes the place of this one"
            )]
            std::process::exit(status.code().unwrap_or(2))
        }
        Err(error) => error,
    }
}

/// Does nothing: the system does not end a process with the one that has started it.
pub(crate) fn end_with_parent() {}

/// Returns `None`: the system always tells the path of the running program.
pub(crate) fn started_as() -> Option<PathBuf> {
    None
}

/// Returns the name of this machine.
pub(crate) fn machine_name() -> String {
    let name = get_computer_name(ComputerNameKind::PhysicalDnsHostname).unwrap_or_default();
    name.to_string_lossy().into_owned()
}
