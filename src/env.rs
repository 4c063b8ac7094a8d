//! The only reader of environment variables.
//!
//! The source of each variable is documented, and no value is ever printed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::platform;

#[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
fn get(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Returns the absolute path of the running program.
///
/// A chroot often has no `/proc`, where the system tells it; Linux then still tells the name by which the program was
/// started.
///
/// # Errors
/// Fails if neither names an existing file.
pub(crate) fn running_program() -> io::Result<PathBuf> {
    std::env::current_exe().or_else(|error| platform::started_as().ok_or(error))
}

/// Variable that git-gate sets for a hook that contains its line: the process id of git-gate.
///
/// The line removes it again. The name is not one that servers take from a client (`GIT_*`, `LC_*`).
pub(crate) const CHAIN: &str = "_GIT_GATE_CHAIN";

/// Returns the value of [`CHAIN`]; `None` if it is not set.
pub(crate) fn chain() -> Option<OsString> {
    get(CHAIN)
}

/// Variable that git-gate sets for a hook that contains its line, where the system does not tell the processes above a
/// process: the number of such hooks within each other. It can only refuse.
pub(crate) const DEPTH: &str = "_GIT_GATE_DEPTH";

/// Returns the value of [`DEPTH`]; `None` if it is not set.
pub(crate) fn depth() -> Option<OsString> {
    get(DEPTH)
}

/// Returns the value of a variable that git defines for hooks or configuration; `None` if it is not set.
pub(crate) fn git_variable(name: &str) -> Option<OsString> {
    debug_assert!(name.starts_with("GIT_"), "only git's own variables");
    get(name)
}

/// Returns a function that looks up the variables of push options.
///
/// The environment is read once: a look-up by the system searches all of it, and there may be tens of thousands.
pub(crate) fn push_option_variables() -> impl Fn(&str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
    let all = std::env::vars_os();
    let named = all.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let variables: HashMap<String, OsString> =
        named.filter(|(name, _)| name.starts_with("GIT_PUSH_OPTION_")).collect();
    move |name| variables.get(name).cloned()
}

/// Returns the variable in which a server passes the name of the pusher; `None` if unset, empty or not UTF-8.
///
/// Only the variable of the configured server type may be read: any other may come from the pusher (sshd's
/// `AcceptEnv`, `file://`).
pub(crate) fn pusher(variable: &str) -> Option<String> {
    get(variable)?.into_string().ok().filter(|pusher| !pusher.is_empty())
}

/// Returns whether Gitea or Forgejo has started the process: both set variables of their name for hooks (Gitea's
/// `modules/repository/env.go`).
///
/// A pusher who could set one only makes the gate stricter.
pub(crate) fn is_hook_of_gitea() -> bool {
    #[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
    let mut names = std::env::vars_os().map(|(name, _)| name);
    names.any(|name| {
        let name = name.as_encoded_bytes();
        [&b"GITEA_"[..], b"FORGEJO_"].iter().any(|start| name.starts_with(start))
    })
}

/// Returns whether `GL_PROTOCOL` is `web`, as for a commit that GitLab makes for a user of its web pages.
pub(crate) fn gitlab_protocol_is_web() -> bool {
    get("GL_PROTOCOL").is_some_and(|protocol| protocol == "web")
}

/// Returns `HOME`, in which git looks for `.gitconfig` (git-config(1)); the directory that git takes in its place if it is
/// not set or empty, and `None` if there is none.
pub(crate) fn home() -> Option<PathBuf> {
    let set = get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    set.or_else(|| platform::default_home(get))
}

/// Returns the directories of `PATH`, or the default of execvp(3) if it is not set.
pub(crate) fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = get("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// Returns the first file on `PATH` with the name of a program, and with the ending that programs have on this system.
///
/// Other endings of `PATHEXT` are those of scripts, which neither git-gate nor the shell of git would start by the name.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    search_path().map(|directory| directory.join(file_name(program))).find(|path| path.exists())
}

/// Returns the file name of a program.
pub(crate) fn file_name(program: &str) -> String {
    format!("{program}{}", std::env::consts::EXE_SUFFIX)
}

/// Clears the environment of a command, but for what every program needs on this system.
pub(crate) fn clear(command: &mut Command) -> &mut Command {
    let needed = platform::NEEDED_VARIABLES.iter().filter_map(|name| Some((name, get(name)?)));
    command.env_clear().envs(needed)
}

/// Returns `XDG_CONFIG_HOME`, in which git looks for `git/config` (git-config(1)).
///
/// Returns `None` if it is not set or empty.
pub(crate) fn xdg_config_home() -> Option<PathBuf> {
    get("XDG_CONFIG_HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Returns whether `NO_COLOR` (no-color.org) is set and not empty, which turns colour off.
pub(crate) fn no_color() -> bool {
    get("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Returns whether `CLICOLOR_FORCE` (bixense.com/clicolors) is set, not empty and not `0`.
///
/// It then turns colour on even without a terminal.
pub(crate) fn clicolor_force() -> bool {
    get("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Returns whether `CLICOLOR` (bixense.com/clicolors) is `0`, which turns colour off on a terminal too.
pub(crate) fn clicolor_off() -> bool {
    get("CLICOLOR").is_some_and(|value| value == "0")
}

/// Returns true if `LESS` or `LV` is set: options of the pagers less(1) and lv(1), for which git has defaults.
pub(crate) fn has_pager_variable(name: &str) -> bool {
    debug_assert!(matches!(name, "LESS" | "LV"), "only these");
    get(name).is_some()
}

/// Returns whether `TERM` is `dumb`: a terminal without colour and cursor movement.
pub(crate) fn term_is_dumb() -> bool {
    get("TERM").is_some_and(|value| value == "dumb")
}
