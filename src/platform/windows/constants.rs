//! What holds everywhere on Windows.

/// False: what protects the gate of a server are owners and permissions, which are not looked at here.
pub(crate) const RUNS_SERVERS: bool = false;

/// What is not checked here, as a note for people.
pub(crate) const UNCHECKED: Option<&str> =
    Some("who else may change the hooks, git-gate and its policy is not checked on Windows");

/// Text between the paths of a list in a variable.
pub(crate) const LIST_SEPARATOR: &str = ";";

/// `None`: the file is in the folder where git is installed, which only git knows.
pub(crate) const SYSTEM_CONFIG: Option<&str> = None;

/// Names of the file of passwords in the home directory.
pub(crate) const NETRC_NAMES: &[&str] = &[".netrc", "_netrc"];

/// Variables without which programs do not start: they find the libraries and the temporary files of the system by them.
pub(crate) const NEEDED_VARIABLES: &[&str] = &["SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP"];

/// False: only administrators and developers may make links.
pub(crate) const ISOLATES_STORES: bool = false;
