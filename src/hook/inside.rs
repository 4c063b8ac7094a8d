//! Line of git-gate inside a hook of somebody else.
//!
//! The hook stays at its place, so that it sees its own name, and its first command is the line. git starts the
//! hook; the line replaces it by git-gate; git-gate starts the hook again, and then the line lets it go on. The line
//! knows by a variable that git-gate is the process that started the hook.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use crate::env;
use crate::error::{Error, Result};
use crate::text::escape_path;

/// Option by which the line names the hook that contains it.
pub(crate) const OPTION: &str = "--inside";

/// Returns the path by which a hook is started again, whose line has started git-gate.
///
/// # Errors
/// Fails if the hook would not get past its line, and so be started again and again.
pub(crate) fn path(hook: &Path) -> Result<PathBuf> {
    let name = escape_path(hook);
    if env::chain().is_some() {
        return Err(Error::usage(format!(
            "`{}` is set, but not to the process that started `{name}`",
            env::CHAIN
        ))
        .hinted(
            "only git-gate may set this variable, and the hook may not be started through other programs",
        ));
    }
    let text = std::fs::read(hook).map_err(|error| Error::io(format!("cannot read `{name}`"), error))?;
    if !text.contains_str(OPTION) || is_started_by_same_command() {
        let message = format!("`{name}` starts itself, or another hook that contains the line of git-gate");
        return Err(Error::usage(message)
            .hinted("to call git-gate without a line in it: `git gate uninstall`, then `git gate install --mode config`"));
    }
    // A name without a slash would be looked for on PATH.
    Ok(if hook.components().count() > 1 || hook.is_absolute() {
        hook.to_owned()
    } else {
        Path::new(".").join(hook)
    })
}

/// Returns whether the parent process is a git-gate with the same arguments, where the system can tell.
fn is_started_by_same_command() -> bool {
    let Some(parent) = rustix::process::getppid() else { return false };
    let read = |process: String| std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let own = read("self".to_owned());
    !own.is_empty() && own == read(parent.as_raw_nonzero().to_string())
}
