//! Files and processes of tests.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
pub(crate) use std::os::unix::fs::symlink;
pub(crate) use std::os::unix::net::UnixDatagram;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// True if the kernel follows links below a directory, and none that lead out of it.
pub(crate) const KERNEL_FOLLOWS_LINKS: bool = cfg!(target_os = "linux");

/// Returns the permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Sets the permission bits of a file.
pub(crate) fn set_mode(path: &Path, bits: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(bits)).unwrap();
}

/// Creates a named pipe.
pub(crate) fn create_pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// Returns the number of the process that has started this one.
pub(crate) fn parent() -> String {
    std::os::unix::process::parent_id().to_string()
}

/// Ends a process by its number.
pub(crate) fn end(number: i32) {
    kill_process(Pid::from_raw(number).unwrap(), Signal::KILL).unwrap();
}

/// Waits for the end of a process that nobody else has waited for.
pub(crate) fn await_unawaited(process: Pid) {
    waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
}
