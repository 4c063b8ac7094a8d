//! What holds everywhere on Unix.

/// True if git-gate can be the gate of a server here.
pub(crate) const RUNS_SERVERS: bool = true;

/// What is not checked here, as a note for people.
pub(crate) const UNCHECKED: Option<&str> = None;

/// Text between the paths of a list in a variable.
pub(crate) const LIST_SEPARATOR: &str = ":";

/// File of git config for all users, where git does not name it.
pub(crate) const SYSTEM_CONFIG: Option<&str> = Some("/etc/gitconfig");

/// Names of the file of passwords in the home directory.
pub(crate) const NETRC_NAMES: &[&str] = &[".netrc"];

/// Variables without which programs do not start.
pub(crate) const NEEDED_VARIABLES: &[&str] = &[];

/// True if every user may make links, by which a part of an object store is left out.
pub(crate) const ISOLATES_STORES: bool = true;
