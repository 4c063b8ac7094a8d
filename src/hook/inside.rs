//! Line of git-gate inside a hook of somebody else.
//!
//! The hook stays at its place, so that it sees its own name, and its first command is the line. git starts the
//! hook; the line replaces it by git-gate; git-gate starts the hook again, and then the line lets it go on. The line
//! knows by a variable that git-gate is the process that started the hook.
//!
//! A hook that reads or starts a hook with the line from within would go on for ever, and is refused: at once where the
//! system tells the processes above this one, and at a limit where it does not.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::process;
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
    if !text.contains_str(OPTION) || starts_itself() {
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

/// Number of hooks within each other, each started by git-gate, from which on they are taken to go on for ever.
const MAX_NESTED: usize = 8;

/// Maximum number of processes above this one that are looked at.
const MAX_ABOVE: usize = 1000;

/// Returns the number of hooks around a hook that is started now, with it, for [`env::DEPTH`]; `None` where the system
/// tells the processes above, so that the hook has the same environment as before.
pub(super) fn depth() -> Option<usize> {
    let above = || {
        env::depth()
            .map_or(0, |depth| depth.to_str().and_then(|text| text.parse().ok()).unwrap_or(MAX_NESTED))
    };
    process::parent_of(process::SELF).is_none().then(|| above().saturating_add(1))
}

/// Returns whether the hook that started this process is within itself, or within too many hooks.
fn starts_itself() -> bool {
    if let Some(depth) = depth() {
        return depth > MAX_NESTED;
    }
    let above = process::above().take(MAX_ABOVE);
    repeats(&process::command_of(process::SELF), above.map(|process| process::command_of(&process)))
}

/// Returns whether a command of git-gate is one of the commands above it, with no git between them, or is within too
/// many others.
///
/// git may run the same hook again, for a second push out of the first one.
fn repeats(own: &[u8], above: impl Iterator<Item = Vec<u8>>) -> bool {
    let (mut nested, mut is_through_git) = (0, false);
    for command in above {
        let words = || command.split(|byte| *byte == 0);
        if words().any(|word| word == OPTION.as_bytes()) {
            nested += 1;
            if nested >= MAX_NESTED || command == own && !is_through_git {
                return true;
            }
        } else {
            let name = words().next().and_then(|word| word.rsplit(|byte| *byte == b'/').next());
            is_through_git |= name.is_some_and(|name| name.starts_with(b"git"));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_within_itself_is_known() {
        let own = || b"git-gate\0hook\0pre-push\0--inside\0a\0--\0".to_vec();
        let other = || b"git-gate\0hook\0commit-msg\0--inside\0b\0--\0".to_vec();
        let named = |name: &str| format!("{name}\0x\0").into_bytes();
        let repeats = |above: Vec<Vec<u8>>| repeats(&own(), above.into_iter());
        assert!(repeats(vec![own()]));
        assert!(repeats(vec![named("sh"), named("/bin/sh"), own()]));
        assert!(repeats(vec![named("sh"), other(), own()]));
        assert!(!repeats(vec![]));
        assert!(!repeats(vec![named("git"), named("bash")]));
        assert!(!repeats(vec![named("sh"), other(), named("git")]));
        assert!(!repeats(vec![named("/usr/bin/git"), named("sh"), own()]));
        assert!(repeats(vec![named("git"); 3].into_iter().chain(vec![other(); MAX_NESTED]).collect()));
    }
}
