//! Runs the chained hook: the hook of another tool or the user, called as git would have called it.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::{HookEvent, inside};
use crate::env::{CHAIN, DEPTH};
use crate::error::{Error, Result};
use crate::platform;
use crate::text::escape_path;

/// Hook of another tool or the user, which git would have run without git-gate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChainedHook<'a> {
    /// Event, under whose name the hook is called.
    pub event: HookEvent,
    /// Path of the hook.
    pub path: &'a Path,
    /// Place of the hook.
    pub place: ChainedPlace,
    /// Arguments that git passed to git-gate.
    pub arguments: &'a [OsString],
    /// Standard input that git passed to git-gate. With `None` the hook inherits the standard input.
    pub input: Option<&'a [u8]>,
}

/// Place of a chained hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChainedPlace {
    /// The path at which git looks for it. The hook contains the line of git-gate, and is told that git-gate has started it.
    AsBefore,
    /// Under another name.
    Elsewhere,
}

impl ChainedHook<'_> {
    /// Runs the hook in our environment and process group and with our output streams, and waits for it, as git
    /// would: it may ask the user at the terminal, and take its time.
    ///
    /// The hook need not read its input. It is called by the name that git would use (`argv[0]`); a script
    /// still sees the path from which it is read.
    ///
    /// # Errors
    /// Fails if the hook cannot be started: an earlier hook that no longer runs has accepted nothing.
    pub(crate) fn run(self) -> Result<ExitStatus> {
        let cannot =
            |error| Error::io(format!("cannot run the chained hook `{}`", self.escaped_path()), error);
        let variable = (self.place == ChainedPlace::AsBefore).then_some(CHAIN);
        let prepare = |command: &mut Command| self.prepare(command);
        let started = platform::start_hook(self.path, self.event.name(), variable, self.arguments, prepare);
        let mut child = started.map_err(cannot)?;
        self.feed(&mut child);
        child.wait().map_err(cannot)
    }

    /// Returns the path, escaped for output.
    pub(crate) fn escaped_path(self) -> String {
        escape_path(self.path)
    }

    fn prepare(self, command: &mut Command) {
        if self.place == ChainedPlace::AsBefore {
            command.envs(inside::depth().map(|depth| (DEPTH, depth.to_string())));
        }
        if self.input.is_some() {
            command.stdin(Stdio::piped());
        }
    }

    /// Writes the input in a thread that is never joined.
    ///
    /// The hook may leave its input unread, or pass it to a process that never reads it.
    fn feed(self, child: &mut Child) {
        if let (Some(input), Some(mut stdin)) = (self.input, child.stdin.take()) {
            let input = input.to_vec();
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    use bstr::ByteSlice as _;

    fn run(script: &str, mode: u32, input: &[u8]) -> Result<ExitStatus> {
        let folder = tempfile::tempdir().unwrap();
        let (status, written) = run_in(&folder, script, mode, input);
        if status.as_ref().is_ok_and(ExitStatus::success) {
            assert_eq!(written, input);
        }
        status
    }

    /// Runs a hook. Returns its result and the contents of the file that is its argument.
    fn run_in(
        folder: &tempfile::TempDir,
        script: &str,
        mode: u32,
        input: &[u8],
    ) -> (Result<ExitStatus>, Vec<u8>) {
        let path = folder.path().join("pre-receive.git-gate-chained");
        // A separate process writes the file. If this process wrote it, a process started by another test
        // meanwhile could inherit the open file, and the file could not be executed.
        let write = format!("printf %s \"$2\" >\"$1\" && chmod {mode:o} \"$1\"");
        assert!(
            Command::new("sh").args(["-c", &write, "sh"]).arg(&path).arg(script).status().unwrap().success()
        );
        let arguments = [folder.path().join("out").into_os_string()];
        let hook = ChainedHook {
            event: HookEvent::PreReceive,
            path: &path,
            place: ChainedPlace::Elsewhere,
            arguments: &arguments,
            input: Some(input),
        };
        let status = hook.run();
        (status, std::fs::read(folder.path().join("out")).unwrap_or_default())
    }

    #[test]
    fn hook_gets_arguments_and_exact_input() {
        let many = b"x\0\xff\n".repeat(100_000);
        for input in [&b""[..], b"a\n", b"no line end", &many] {
            assert!(run("#!/bin/sh\ncat >\"$1\"\n", 0o755, input).unwrap().success());
        }
    }

    #[test]
    fn background_processes_are_not_waited_for() {
        let many = b"line\n".repeat(100_000);
        let script = "#!/bin/sh\nsleep 600 <&0 >/dev/null 2>&1 &\necho $! >\"$1\"; exit 5\n";
        let folder = tempfile::tempdir().unwrap();
        let (status, pid) = run_in(&folder, script, 0o755, &many);
        assert_eq!(status.unwrap().code(), Some(5));
        platform::for_tests::end(pid.trim_ascii().to_str_lossy().parse().unwrap());
    }

    #[test]
    fn exit_status_is_kept() {
        assert_eq!(run("#!/bin/sh\nexit 7\n", 0o755, b"").unwrap().code(), Some(7));
        assert_eq!(run("#!/bin/sh\nkill -9 $$\n", 0o755, b"").unwrap().code(), None);
    }

    #[test]
    fn hook_need_not_read_its_input() {
        let many = b"line\n".repeat(100_000);
        assert_eq!(run("#!/bin/sh\nexit 3\n", 0o755, &many).unwrap().code(), Some(3));
    }

    #[test]
    fn script_without_shebang_runs_in_the_shell() {
        assert!(run("cat >\"$1\"\n", 0o755, b"a\n").unwrap().success());
    }

    #[test]
    fn hook_that_cannot_be_started_is_an_error() {
        assert!(run("#!/bin/sh\nexit 0\n", 0o644, b"").is_err());
        assert!(run("#!/no/such/interpreter\n", 0o755, b"").is_err());
        let gone = ChainedHook {
            event: HookEvent::PrePush,
            path: Path::new("/no/such/hook"),
            place: ChainedPlace::Elsewhere,
            arguments: &[],
            input: None,
        };
        assert!(gone.run().is_err());
    }
}
