//! Sandboxes whose git runs hooks from its config.

use std::path::Path;

use super::{Sandbox, not_tested, outer};

/// Returns whether the git of a sandbox runs hooks from its config, which needs version 2.54.
pub(crate) fn git_runs_config_hooks(sandbox: &Sandbox) -> bool {
    let version = sandbox.run("git").arg("version").ok().line();
    let mut numbers =
        version.strip_prefix("git version ").unwrap().split('.').map(|number| number.parse::<u32>());
    let (major, minor) = (numbers.next().unwrap().unwrap(), numbers.next().unwrap().unwrap());
    (major, minor) >= (2, 54)
}

/// A sandbox whose git runs hooks from its config: that in the folder `GIT_GATE_NEW_GIT`, or else that of the machine.
pub(crate) fn with_new_git(what: &str) -> Option<Sandbox> {
    let sandbox = Sandbox::new();
    if let Some(folder) = outer("GIT_GATE_NEW_GIT").filter(|folder| !folder.is_empty()) {
        std::os::unix::fs::symlink(Path::new(&folder).join("git"), sandbox.path("bin/git")).unwrap();
    }
    if git_runs_config_hooks(&sandbox) {
        return Some(sandbox);
    }
    not_tested(what, "a git that is 2.54 or newer, on PATH or in the folder GIT_GATE_NEW_GIT");
    None
}
