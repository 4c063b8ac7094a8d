//! Forges that write their hook of a repository again and again, and reserve another place for hooks of others.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::hook_file::is_run;
use crate::hook::HookEvent;

/// Returns the directory that a forge reserves for hooks of others, if its own hook is in a hooks directory.
///
/// The forge runs the file with the name of the event there. What is put into its own hook is gone when it writes
/// that again.
pub(super) fn reserved_directory(hooks: &Path) -> Option<PathBuf> {
    let event = HookEvent::PreReceive;
    let hook = hooks.join(event.name());
    let text = std::fs::read(&hook).ok().filter(|_| is_run(&hook))?;
    match Forge::of(&text)? {
        Forge::Gogs => Some(hooks.parent()?.join("custom_hooks")),
        Forge::Phorge => Some(hooks.join(format!("{event}-phabricator.d"))),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Forge {
    /// Runs the file `custom_hooks/pre-receive`.
    Gogs,
    /// Runs the executables in `hooks/pre-receive-phabricator.d`. Phabricator does the same.
    Phorge,
}

impl Forge {
    /// Returns the forge whose hook a text is, as each forge writes it.
    fn of(text: &[u8]) -> Option<Self> {
        let is_gogs = || {
            let call = text.trim_end().strip_suffix(b"' pre-receive");
            call.is_some_and(|call| call.contains_str("\" hook --config='") && call.contains_str("gogs"))
        };
        let is_phorge = || text.contains_str("\nexport TERM=dumb\n") && text.contains_str("/bin/commit-hook");
        match () {
            () if is_gogs() => Some(Self::Gogs),
            () if is_phorge() => Some(Self::Phorge),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Forge;

    #[test]
    fn forges_are_known_by_the_hooks_that_they_write() {
        let gogs = "\"/home/git/gogs/gogs\" hook --config='/home/git/gogs/custom/conf/app.ini' pre-receive\n";
        let phorge = "exec /usr/bin/php -f '/srv/phorge/bin/commit-hook' -- PHID-REPO-1  \"$@\"\n";
        for (text, forge) in [
            (format!("#!/usr/bin/env bash\n{gogs}"), Some(Forge::Gogs)),
            (format!("#!/usr/bin/env bash\n: 'another line'; {gogs}"), Some(Forge::Gogs)),
            (format!("#!/usr/bin/env bash\n{gogs}exit 0\n"), None),
            (format!("#!/usr/bin/env bash\n{}", gogs.replace("gogs", "gitea")), None),
            (format!("#!/bin/sh\nexport TERM=dumb\n{phorge}"), Some(Forge::Phorge)),
            (format!("#!/bin/sh\n{phorge}"), None),
            ("#!/bin/sh\nexit 0\n".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(Forge::of(text.as_bytes()), forge, "{text}");
        }
    }
}
