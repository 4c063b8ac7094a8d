//! What holds everywhere on Windows.

/// False: what protects the gate of a server are owners and permissions, which are not looked at here.
pub(crate) const RUNS_SERVERS: bool = false;

/// What is not checked here, as a note for people.
pub(crate) const UNCHECKED: Option<&str> =
    Some("who else may change the hooks, git-gate and its policy is not checked on Windows");

/// Text between the paths of a list in a variable.
pub(crate) const LIST_SEPARATOR: &str = ";";

/// `None`: `/etc` is a folder of the drive at hand, in which everybody may create one.
pub(crate) const SETTINGS: Option<&str> = None;

/// `None`: the file is in the folder where git is installed, which only git knows.
pub(crate) const SYSTEM_CONFIG: Option<&str> = None;

/// `None`: the users are in no file.
pub(crate) const USERS: Option<&str> = None;

/// `None`: the processes are in no directory.
pub(crate) const PROCESSES: Option<&str> = None;

/// Path at which nobody can put a file: no name of a file has these characters, but for Cygwin, where `/dev/null` is a file.
///
/// git for Windows knows `/dev/null`, but not what is below it: that is a file of the drive at hand.
pub(crate) const NO_FILE: &str = "/dev/null/<none>";

/// Ending with which git also looks for a hook (`STRIP_EXTENSION` of git's config.mak.uname).
pub(crate) const HOOK_ENDING: Option<&str> = Some(".exe");

/// Names of the file of passwords in the home directory.
pub(crate) const NETRC_NAMES: &[&str] = &[".netrc", "_netrc"];

/// Variables without which programs do not start: they find the libraries and the temporary files of the system by them.
pub(crate) const NEEDED_VARIABLES: &[&str] = &["SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP"];

/// False: only administrators and developers may make links.
pub(crate) const ISOLATES_STORES: bool = false;
