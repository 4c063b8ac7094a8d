//! Dispatchers: hooks that run other hooks, their members.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::hook_file::{HookFile, ReadHook};
use crate::error::Result;
use crate::hook::HookEvent;

/// Name of our member in a `.d` directory.
pub(super) const MEMBER: &str = "git-gate";

/// Returns whether a hook runs the members of its `.d` directory, according to its text.
pub(super) fn is_dispatcher(text: &[u8], event: HookEvent) -> bool {
    text.contains_str(format!("{event}.d")) || names_members(text)
}

/// Returns whether a text contains `.d` after a variable: `$0.d`, `${hookname}.d`.
fn names_members(text: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.find_iter(".d").any(|at| {
        let (before, after) = text.split_at(at);
        let ends = !after.get(2).is_some_and(word);
        let name = before.iter().rev().take_while(|byte| word(byte)).count();
        let variable = before.ends_with(b"}") || name > 0 && before.iter().rev().nth(name) == Some(&b'$');
        ends && variable
    })
}

/// Returns whether a hook is gitolite's link to its driver.
///
/// The driver runs `<hook>.h00-<name>`, `<hook>.h01-<name>` and so on.
pub(super) fn is_driver_link(hook: &Path) -> bool {
    hook.read_link().is_ok_and(|target| target.ends_with("multi-hook-driver"))
}

/// Returns our hook among those of a gitolite driver, if there is one. gitolite creates and removes them.
///
/// # Errors
/// Fails if a file that may be our hook cannot be read.
pub(super) fn driver_member(hook: &Path, event: HookEvent) -> Result<Option<PathBuf>> {
    if !is_driver_link(hook) {
        return Ok(None);
    }
    for number in 0..100 {
        let member = hook.with_file_name(format!("{event}.h{number:02}-{MEMBER}"));
        if matches!(ReadHook::read(&member, event)?.file, HookFile::Ours { .. }) {
            return Ok(Some(member));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::is_dispatcher;
    use crate::hook::HookEvent::PreReceive;

    #[test]
    fn dispatcher_names_its_directory_of_members() {
        for (text, dispatches) in [
            ("for hook in ${GIT_DIR}/hooks/pre-receive.d/*; do", true),
            ("for hook in \"$0.d\"/*; do", true),
            ("run-parts \"hooks/pre-receive.d\"", true),
            ("for hook in ${GIT_DIR}/hooks/${hookname}.d/*; do", true),
            ("hook_dir=$hooks_dir/$hook_name.d", true),
            ("cat /etc/profile.d/git.sh ${x}.dat $x.data", false),
            ("for hook in hooks/pre-push.d/*; do", false),
            ("exit 0", false),
            ("", false),
        ] {
            assert_eq!(is_dispatcher(text.as_bytes(), PreReceive), dispatches, "{text}");
        }
    }
}
