//! The git commands that run, so that a deadline can end them.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

/// A git command that runs.
#[derive(Debug)]
pub(in crate::git) struct Running {
    /// The process.
    pub(in crate::git) child: Child,
    listed: Listed,
}

impl Running {
    /// Starts a command, unless all of them have been ended.
    pub(in crate::git) fn start(command: &mut Command) -> io::Result<Self> {
        let mut list = list();
        if list.closed {
            return Err(io::Error::other("the deadline has passed"));
        }
        let child = command.spawn()?;
        list.pids.insert(child.id());
        let listed = Listed { pid: child.id() };
        Ok(Self { child, listed })
    }

    /// Waits for its end and for all that it says.
    pub(in crate::git) fn output(self) -> io::Result<Output> {
        let Self { child, listed } = self;
        let output = child.wait_with_output();
        drop(listed);
        output
    }
}

/// Ends every git command that runs; none can be started any more.
pub(crate) fn end_all() {
    let mut list = list();
    list.closed = true;
    // A process leaves the list right after it was waited for: nobody else can have got its number by then.
    for pid in &list.pids {
        if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

static LIST: Mutex<List> = Mutex::new(List { pids: BTreeSet::new(), closed: false });

struct List {
    pids: BTreeSet<u32>,
    closed: bool,
}

fn list() -> MutexGuard<'static, List> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of a process in the list, until it is dropped.
#[derive(Debug)]
struct Listed {
    pid: u32,
}

impl Drop for Listed {
    fn drop(&mut self) {
        list().pids.remove(&self.pid);
    }
}
