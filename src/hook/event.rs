//! Hook events, selected by their name or by the name under which the program was called.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Component, Path};

use crate::error::{Error, Result};
use crate::git::PushTarget;
use crate::platform;

/// Event for which git calls a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HookEvent {
    /// A message is about to become a commit.
    CommitMsg,
    /// `git am` has taken a message from a patch.
    ApplypatchMsg,
    /// Refs are about to be sent.
    PrePush,
    /// Refs have been received and are about to be updated.
    PreReceive,
}

impl HookEvent {
    /// All events, from the first one that concerns a commit to the last.
    pub(crate) const ALL: [Self; 4] = [Self::CommitMsg, Self::ApplypatchMsg, Self::PrePush, Self::PreReceive];

    /// Returns git's name of the event, which is the file name of the hook.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CommitMsg => "commit-msg",
            Self::ApplypatchMsg => "applypatch-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }

    /// Returns the event with exactly this name; `None` for any other name.
    pub(crate) fn from_name(name: &OsStr) -> Option<Self> {
        Self::ALL.into_iter().find(|event| name == event.name())
    }

    /// Returns the event for the name under which the program was called.
    ///
    /// git calls `hooks/pre-receive`, on Windows `hooks/pre-receive.exe`; gitolite calls
    /// `hooks/pre-receive.h00-name`. Dispatchers call members of `hooks/pre-receive.d`: there the directory
    /// decides, regardless of the name of the member.
    pub(crate) fn of_program(program: &OsStr) -> Option<Self> {
        let mut names = Path::new(program).components().rev().filter_map(|component| match component {
            Component::Normal(name) => Some(name.as_encoded_bytes()),
            _ => None,
        });
        let (file, directory) = (names.next()?, names.next());
        let member = |event: &Self| {
            directory.and_then(|name| name.strip_suffix(b".d")) == Some(event.name().as_bytes())
        };
        let stem = file.split(|byte| *byte == b'.').next();
        Self::ALL
            .into_iter()
            .find(member)
            .or_else(|| Self::ALL.into_iter().find(|event| stem == Some(event.name().as_bytes())))
    }

    /// Parses the arguments that git passed to the hook.
    ///
    /// # Errors
    /// Fails if this hook takes another number of arguments.
    pub(crate) fn parse_arguments(self, arguments: &[OsString]) -> Result<HookArguments<'_>> {
        let wanted = match (self, arguments) {
            (Self::CommitMsg | Self::ApplypatchMsg, [file]) => {
                return Ok(HookArguments::MessageFile(Path::new(file)));
            }
            (Self::PrePush, [name, url]) => {
                return Ok(HookArguments::PushTarget(PushTarget {
                    name: platform::bytes_of(name),
                    url: platform::bytes_of(url),
                }));
            }
            (Self::PreReceive, []) => return Ok(HookArguments::None),
            (Self::CommitMsg | Self::ApplypatchMsg, _) => "the message file",
            (Self::PrePush, _) => "the remote's name and its URL",
            (Self::PreReceive, _) => "no arguments",
        };
        Err(Error::contract(format!(
            "wrong number of arguments for `{self}`: expected {wanted}, got {}",
            arguments.len()
        )))
    }
}

/// Arguments that git passes to a hook.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HookArguments<'a> {
    /// commit-msg and applypatch-msg: path of the message file.
    MessageFile(&'a Path),
    /// pre-push: the repository that is pushed to.
    PushTarget(PushTarget<'a>),
    /// pre-receive: none.
    None,
}

impl fmt::Display for HookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::os_str;

    #[test]
    fn only_exact_names_are_events() {
        for event in HookEvent::ALL {
            assert_eq!(HookEvent::from_name(OsStr::new(event.name())), Some(event));
        }
        for other in ["", "pre-commit", "Pre-Push", "pre-push.d", "hooks/pre-push", "update"] {
            assert_eq!(HookEvent::from_name(OsStr::new(other)), None, "{other}");
        }
    }

    #[test]
    fn program_name_selects_the_event() {
        use HookEvent::{ApplypatchMsg, CommitMsg, PrePush, PreReceive};
        for (program, event) in [
            ("pre-receive", Some(PreReceive)),
            ("hooks/pre-receive", Some(PreReceive)),
            ("/srv/git/a.git/./hooks/pre-receive", Some(PreReceive)),
            ("hooks/pre-receive.h00-gate", Some(PreReceive)),
            ("./hooks/pre-receive.d/git-gate", Some(PreReceive)),
            ("/custom_hooks/pre-receive.d/50-gate.sh", Some(PreReceive)),
            ("hooks/pre-push.d/commit-msg", Some(PrePush)),
            (".git/hooks/commit-msg.exe", Some(CommitMsg)),
            (".git/hooks/applypatch-msg", Some(ApplypatchMsg)),
            ("git-gate", None),
            ("/usr/bin/git-gate.exe", None),
            ("hooks/update", None),
            ("hooks/pre-receive-extra", None),
            ("pre-receive/git-gate", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(HookEvent::of_program(OsStr::new(program)), event, "{program}");
        }
    }

    #[test]
    fn program_name_need_not_be_utf8() {
        assert_eq!(HookEvent::of_program(os_str(b"/caf\xe9/pre-push")), Some(HookEvent::PrePush));
    }

    #[test]
    fn wrong_number_of_arguments_is_refused() {
        for (event, right) in HookEvent::ALL.into_iter().zip([1, 1, 2, 0]) {
            for number in 0..4 {
                let arguments = vec![OsString::from("x"); number];
                assert_eq!(
                    event.parse_arguments(&arguments).is_ok(),
                    number == right,
                    "{event} with {number}"
                );
            }
        }
    }
}
