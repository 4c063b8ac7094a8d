//! Processes: this one, and those that it starts.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// Number of a process that runs, or that nobody has waited for.
pub(crate) type ProcessId = Pid;

/// Returns the number of a child.
pub(crate) fn id_of(child: &Child) -> ProcessId {
    Pid::from_child(child)
}

/// Ends a process at once.
pub(crate) fn end(process: ProcessId) {
    let _ = kill_process(process, Signal::KILL);
}

/// Waits for the end of a child, which keeps its number until it is waited for once more.
pub(crate) fn await_end(child: &mut Child) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let _ = retry_on_intr(|| waitid(WaitId::Pid(id_of(child)), options));
}

/// Starts a hook as git would: by itself, under the name of its event (`argv[0]`), or in the shell if it is a script
/// that does not name its interpreter. In `variable` it finds the number of the process that has started it. `prepare`
/// adds all else.
///
/// # Errors
/// Fails if the hook cannot be started.
pub(crate) fn start_hook(
    hook: &Path,
    event: &str,
    variable: Option<&str>,
    arguments: &[OsString],
    prepare: impl Fn(&mut Command),
) -> io::Result<Child> {
    let prepare = |command: &mut Command| {
        command.args(arguments);
        command.envs(variable.map(|name| (name, std::process::id().to_string())));
        prepare(command);
    };
    let mut command = Command::new(hook);
    command.arg0(hook.with_file_name(event));
    prepare(&mut command);
    match command.spawn() {
        Err(error) if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
            let mut command = Command::new("/bin/sh");
            command.arg(hook);
            prepare(&mut command);
            command.spawn()
        }
        started => started,
    }
}

/// Runs a program in the place of this one. Returns only if that fails.
pub(crate) fn become_program(command: &mut Command) -> io::Error {
    command.exec()
}

/// Lets this process be asked to end when the one that has started it ends, where the system can do that.
pub(crate) fn end_with_parent() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
}

/// Returns the path under which this program was started, if the system tells it in the memory of the process
/// (getauxval(3), `AT_EXECFN`). A relative one is not taken: the directory may have changed since.
pub(crate) fn started_as() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    return Some(PathBuf::from(super::os_str(rustix::param::linux_execfn().to_bytes())))
        .filter(|path| path.is_absolute() && path.is_file());
    #[cfg(not(target_os = "linux"))]
    None
}

/// Returns the name of this machine.
pub(crate) fn machine_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
