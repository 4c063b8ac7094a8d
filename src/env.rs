//! The only reader of environment variables. Each has its source; none is ever printed.

use std::ffi::OsString;
use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
fn get(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether a variable that git defines for hooks or configuration is set, and to what.
pub(crate) fn git_variable(name: &str) -> Option<OsString> {
    debug_assert!(name.starts_with("GIT_"), "only git's own variables");
    get(name)
}

/// Who pushes, as the server asserts it: the variable that GitLab, GitHub Enterprise, Gitea and Forgejo, gitolite, or the
/// HTTP server in front of git-http-backend(1) sets for hooks. A pusher cannot set any of them.
pub(crate) fn pusher() -> Option<String> {
    const NAMES: [&str; 5] =
        ["GL_USERNAME", "GITHUB_USER_LOGIN", "GITEA_PUSHER_NAME", "GL_USER", "REMOTE_USER"];
    let name = NAMES.iter().find_map(|name| get(name).filter(|value| !value.is_empty()))?;
    name.into_string().ok()
}

/// `HOME`: where git looks for `.gitconfig` (git-config(1)).
pub(crate) fn home() -> Option<PathBuf> {
    get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// `PATH`: where programs are looked for.
pub(crate) fn search_path() -> impl Iterator<Item = PathBuf> {
    let path = get("PATH").unwrap_or_default();
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

/// `TERM`: `dumb` means a terminal without colour and cursor.
pub(crate) fn term_is_dumb() -> bool {
    get("TERM").is_some_and(|value| value == "dumb")
}
