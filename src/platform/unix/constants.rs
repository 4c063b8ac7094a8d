//! What holds everywhere on Unix.

/// True if git-gate can be the gate of a server here.
pub(crate) const RUNS_SERVERS: bool = true;

/// What is not checked here, as a note for people.
pub(crate) const UNCHECKED: Option<&str> = None;

/// Text between the paths of a list in a variable.
pub(crate) const LIST_SEPARATOR: &str = ":";

/// Directory of what the administrator has set for all users.
pub(crate) const SETTINGS: Option<&str> = Some("/etc");

/// File of git config for all users, where git does not name it.
pub(crate) const SYSTEM_CONFIG: Option<&str> = Some("/etc/gitconfig");

/// List of users (passwd(5)).
pub(crate) const USERS: Option<&str> = Some("/etc/passwd");

/// Directory with a directory for each process (proc(5)), on systems that have one.
pub(crate) const PROCESSES: Option<&str> = Some("/proc");

/// Path at which nobody can put a file: above it is one.
pub(crate) const NO_FILE: &str = "/dev/null/none";

/// Ending with which git also looks for a hook.
pub(crate) const HOOK_ENDING: Option<&str> = None;

/// Names of the file of passwords in the home directory.
pub(crate) const NETRC_NAMES: &[&str] = &[".netrc"];

/// Variables without which programs do not start.
pub(crate) const NEEDED_VARIABLES: &[&str] = &[];

/// True if every user may make links, by which a part of an object store is left out.
pub(crate) const ISOLATES_STORES: bool = true;
