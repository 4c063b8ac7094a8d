//! Pager of git, for a report on a terminal.

use std::ffi::OsString;
use std::io::{self, Seek as _, Write as _};
use std::process::Command;

use bstr::ByteSlice as _;

use crate::env;
use crate::error::ExitStatus;
use crate::git::Git;
use crate::platform;

/// Shell script that shows its input in a pager, or as it is if that is no program, and ends with a status.
///
/// An interrupt is for the pager; the shell waits for its end.
const SCRIPT: &str = r#"trap : INT; sh -c "$1"; case $? in 126 | 127) cat ;; esac; exit "$2""#;

/// Environment of the pager, unless the user has set it: as git sets it.
const DEFAULTS: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// Returns the command of the pager, as `git var GIT_PAGER` prints it; `None` if there is none.
///
/// The config of the repository is left out: it may come from anybody, and names a program.
pub(super) fn command() -> Option<OsString> {
    let command = match env::git_variable("GIT_PAGER") {
        Some(command) => command,
        None => {
            let git = Git::new("var").env_remove("GIT_PAGER").env_remove("GIT_COMMON_DIR");
            let answer = git.env("GIT_DIR", platform::NO_FILE).arg("GIT_PAGER").answer().ok()?;
            platform::os_string((answer.code == Some(0)).then(|| answer.stdout.trim_end().to_vec())?)
        }
    };
    (!command.is_empty() && command != "cat").then_some(command)
}

/// Shows a text in a pager, in the place of this program, which ends with the given status.
///
/// Returns only if that fails.
///
/// # Errors
/// Fails if the text cannot be stored, or the shell cannot be run.
pub(super) fn show(text: &str, command: OsString, status: ExitStatus) -> io::Error {
    let stored = || {
        let mut file = tempfile::tempfile()?;
        file.write_all(text.as_bytes())?;
        file.rewind()?;
        Ok(file)
    };
    let file = match stored() {
        Ok(file) => file,
        Err(error) => return error,
    };
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "sh"]).arg(command).arg(u8::from(status).to_string()).stdin(file);
    shell.envs(DEFAULTS.into_iter().filter(|(name, _)| !env::has_pager_variable(name)));
    platform::become_program(&mut shell)
}
