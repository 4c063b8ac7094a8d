//! The only reader of environment variables. Each has its source; none is ever printed.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::policy::ServerType;

#[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
fn get(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether a variable that git defines for hooks or configuration is set, and to what.
pub(crate) fn git_variable(name: &str) -> Option<OsString> {
    debug_assert!(name.starts_with("GIT_"), "only git's own variables");
    get(name)
}

/// Who pushes, as the server asserts it: the one variable that a server of this type sets for hooks, where a pusher cannot
/// set it. None where it is not set or no text. Any other variable may come from the pusher (sshd's `AcceptEnv`, `file://`).
pub(crate) fn pusher(server: ServerType) -> Option<String> {
    let name = match server {
        ServerType::Plain => return None,
        ServerType::Http => "REMOTE_USER",
        ServerType::Gitolite => "GL_USER",
        ServerType::Gitlab => "GL_USERNAME",
        ServerType::Github => "GITHUB_USER_LOGIN",
        ServerType::Gitea => "GITEA_PUSHER_NAME",
    };
    get(name)?.into_string().ok().filter(|pusher| !pusher.is_empty())
}

/// `GL_PROTOCOL`: `web` where GitLab makes a commit for somebody who looks at a page of it.
pub(crate) fn gitlab_protocol_is_web() -> bool {
    get("GL_PROTOCOL").is_some_and(|protocol| protocol == "web")
}

/// `GIT_GATE_READS`: where a build for tests lists the objects that it reads.
#[cfg(debug_assertions)]
pub(crate) fn list_of_reads() -> Option<PathBuf> {
    get("GIT_GATE_READS").map(PathBuf::from)
}

/// `HOME`: where git looks for `.gitconfig` (git-config(1)).
pub(crate) fn home() -> Option<PathBuf> {
    get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// `PATH`: where programs are looked for; where it is not set, what execvp(3) takes for it.
pub(crate) fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = get("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// `XDG_CONFIG_HOME`: where git looks for `git/config` (git-config(1)).
pub(crate) fn xdg_config_home() -> Option<PathBuf> {
    get("XDG_CONFIG_HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// `NO_COLOR` (no-color.org): set and not empty means no colour.
pub(crate) fn no_color() -> bool {
    get("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// `CLICOLOR_FORCE` (bixense.com/clicolors): set and not `0` means colour even without a terminal.
pub(crate) fn clicolor_force() -> bool {
    get("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0")
}

/// `CLICOLOR` (bixense.com/clicolors): `0` means no colour on a terminal either.
pub(crate) fn clicolor_off() -> bool {
    get("CLICOLOR").is_some_and(|value| value == "0")
}

/// `TERM`: `dumb` means a terminal without colour and cursor.
pub(crate) fn term_is_dumb() -> bool {
    get("TERM").is_some_and(|value| value == "dumb")
}
