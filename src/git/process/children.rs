//! Running git processes, recorded so that a deadline can kill them.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, Command, Output};
use std::sync::{Mutex, MutexGuard};

use rustix::process::{Pid, Signal, kill_process};

use crate::parallel::lock;

/// A running git process.
#[derive(Debug)]
pub(in crate::git) struct Running {
    /// The process itself.
    pub(in crate::git) child: Child,
    listed: Listed,
}

impl Running {
    /// Starts a command. Fails after [`end_all`] was called.
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

    /// Waits for the process to end and returns its output.
    pub(in crate::git) fn output(self) -> io::Result<Output> {
        let Self { child, listed } = self;
        let output = child.wait_with_output();
        drop(listed);
        output
    }
}

/// Kills every running git process. No other can be started afterwards.
pub(crate) fn end_all() {
    let mut list = list();
    list.closed = true;
    // A process is removed from the list as soon as it was waited for, so no pid in it belongs to another
    // process.
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
    lock(&LIST)
}

/// Entry of a process in the list of running ones; removed on drop.
#[derive(Debug)]
struct Listed {
    pid: u32,
}

impl Drop for Listed {
    fn drop(&mut self) {
        list().pids.remove(&self.pid);
    }
}
