//! All that differs between operating systems, as functions with a meaning.
//!
//! Nothing else of git-gate names a system: `tests/layers.rs` holds that, and that both halves have the same names. Linux
//! and macOS differ inside of `unix`.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

// The tests make named pipes, links and permissions, which only Unix has.
#[cfg(all(test, unix))]
pub(crate) use system::for_tests;
pub(crate) use system::{
    Datagram, FileVersion, Folder, HOOK_ENDING, ISOLATES_STORES, LIST_SEPARATOR, NEEDED_VARIABLES,
    NETRC_NAMES, NO_FILE, PROCESSES, ProcessId, RUNS_SERVERS, SETTINGS, SYSTEM_CONFIG, UNCHECKED, USERS,
    await_end, become_program, bytes_of, copy_attributes, create_for_owner, default_home, end,
    end_with_parent, file_id, file_version, for_user_only, group, has_access_list, id_of, is_device,
    is_executable, is_executable_by_any, is_pipe, is_writable, link, log_options, machine_name,
    make_executable, open, open_below, open_stream, os_str, os_string, owner, path_bytes, permissions,
    read_at, read_exact_at, real_path, real_user, replaceable_by_all, rights, start_hook, started_as,
    syslog_message, try_lock, unlock, user, watch_signals, written_by_all, written_by_others,
};

/// Treatment of symbolic links below a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// A link is followed if it does not lead out of the directory.
    Inside,
    /// No link is followed, neither the file itself nor a directory on the way to it.
    Never,
}

/// Users among whom the permissions of a file distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The owner of the file.
    Owner,
    /// The group of the file.
    Group,
    /// All others.
    Others,
}

/// Urgency of a message to the log of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody should look at it.
    Warning,
    /// It is unusual.
    Notice,
    /// It is usual.
    Info,
}

/// Right to execute a file or to enter a directory.
pub(crate) const EXECUTE: u32 = 1;
/// Right to change a file or a directory.
pub(crate) const WRITE: u32 = 2;
/// Right to read a file or to list a directory.
pub(crate) const READ: u32 = 4;

/// Returns the error for a path that leads out of the directory below which it has to be.
pub(crate) fn outside() -> std::io::Error {
    std::io::Error::other("it is not inside the work tree")
}
