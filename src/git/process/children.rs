//! Running git processes, recorded so that a deadline can kill them.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Output};
use std::sync::Mutex;

use super::cleanup::watch_signals;
use crate::parallel::lock;
use crate::platform::{self, ProcessId};

/// Running processes of this program.
static CHILDREN: Children = Children(Mutex::new(State { pids: Vec::new(), closed: false }));

/// Kills every running git process. No other can be started afterwards.
pub(super) fn end_all() {
    CHILDREN.end_all();
}

#[derive(Debug)]
struct Children(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Processes that may be running. Each pid is removed before the system may give it to another process.
    pids: Vec<ProcessId>,
    closed: bool,
}

impl Children {
    fn start(&'static self, command: &mut Command) -> io::Result<Running> {
        let mut state = lock(&self.0);
        if state.closed {
            return Err(io::Error::other("the deadline has passed"));
        }
        let child = command.spawn()?;
        let pid = platform::id_of(&child);
        state.pids.push(pid);
        Ok(Running { child, pid: Some(pid), children: self })
    }

    fn end_all(&self) {
        let mut state = lock(&self.0);
        state.closed = true;
        for pid in &state.pids {
            platform::end(*pid);
        }
    }
}

/// A running git process. It is killed on drop, unless its output was read.
#[derive(Debug)]
pub(in crate::git) struct Running {
    /// The process itself, which only [`Running`] may wait for.
    pub(in crate::git) child: Child,
    /// `None` after the process was waited for.
    pid: Option<ProcessId>,
    children: &'static Children,
}

impl Running {
    /// Starts a command. Fails after [`end_all`] was called.
    pub(in crate::git) fn start(command: &mut Command) -> io::Result<Self> {
        watch_signals();
        CHILDREN.start(command)
    }

    /// Waits for the process to end and returns its output.
    pub(in crate::git) fn output(mut self) -> io::Result<Output> {
        drop(self.child.stdin.take());
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let (stdout, stderr) = std::thread::scope(|scope| {
            // Both are read at once: git may fill one pipe before it has closed the other.
            let stderr = scope.spawn(|| read_all(stderr));
            let stdout = read_all(stdout);
            (stdout, stderr.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        Ok(Output { status: self.wait()?, stdout: stdout?, stderr: stderr? })
    }

    /// Waits for the process to end.
    fn wait(&mut self) -> io::Result<ExitStatus> {
        if let Some(pid) = self.pid.take() {
            // The ended process keeps its pid until the second wait below.
            platform::await_end(&mut self.child);
            lock(&self.children.0).pids.retain(|other| *other != pid);
        }
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.pid.is_some() {
            let _ = self.child.kill();
            let _ = self.wait();
        }
    }
}

fn read_all(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn children() -> &'static Children {
        Box::leak(Box::new(Children(Mutex::new(State { pids: Vec::new(), closed: false }))))
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[test]
    fn both_pipes_are_read_whatever_is_filled_first() {
        let children = children();
        let write = "head -c 1000000 /dev/zero";
        for script in [format!("{write} >&2; {write}; exit 3"), format!("{write}; {write} >&2; exit 3")] {
            let output = children.start(&mut shell(&script)).unwrap().output().unwrap();
            assert_eq!(output.status.code(), Some(3));
            assert_eq!((output.stdout.len(), output.stderr.len()), (1_000_000, 1_000_000));
        }
        assert!(lock(&children.0).pids.is_empty());
    }

    #[test]
    fn pid_is_removed_before_another_process_may_get_it() {
        let children = children();
        let running = children.start(&mut shell("exit 0")).unwrap();
        let pid = running.pid.unwrap();
        let state = lock(&children.0);
        let waiting = std::thread::spawn(|| running.output());
        std::thread::sleep(std::time::Duration::from_millis(200));
        // Only a process that nobody has waited for can be waited for.
        platform::for_tests::await_unawaited(pid);
        assert!(state.pids.contains(&pid));
        drop(state);
        assert!(waiting.join().unwrap().unwrap().status.success());
        assert!(lock(&children.0).pids.is_empty());
    }

    #[test]
    fn dropped_process_is_killed_and_none_starts_after_the_end() {
        let children = children();
        let dropped = children.start(&mut shell("exec sleep 1000")).unwrap();
        drop(dropped);
        assert!(lock(&children.0).pids.is_empty());
        let running = children.start(&mut shell("exec sleep 1000")).unwrap();
        children.end_all();
        assert_eq!(running.output().unwrap().status.code(), None);
        assert!(children.start(&mut shell("exit 0")).is_err());
    }
}
