//! Ways to keep a hook of the user or another tool, so that it behaves exactly as before.

use std::path::Path;

use bstr::ByteSlice as _;

use super::by_hand;
use super::dispatcher::is_driver_link;
use super::hook_line::HookLine;
use super::hook_program::HookProgram;
use super::linked::is_link_target;
use super::other_script::reads_other_script;
use super::self_reference::{lists_its_folder, names_itself};
use super::self_start::notices_start;
use crate::error::Error;
use crate::hook::HookEvent;
use crate::platform;
use crate::text::{escape, escape_path, quoted_path};

/// Hook that is to be kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptHook<'a> {
    /// Path at which git looks for the hook.
    pub(super) path: &'a Path,
    /// Text of the hook.
    pub(super) text: &'a [u8],
    /// True if it is a link.
    pub(super) is_link: bool,
    /// True if git tracks the file.
    pub(super) is_tracked: bool,
}

/// Way to keep a hook.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// It stays at its place and gets our line.
    Line,
    /// It gets another name, which it does not look at.
    Rename,
    /// It cannot be kept so that it behaves as before.
    Impossible(Hindrance),
}

/// Reason why a hook is not touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// The first line ends with CR.
    CarriageReturn,
    /// git tracks the file.
    Tracked,
    /// A script that is to be renamed looks at its name by a word.
    OwnName(&'static str),
    /// A script that is to be renamed reads another script, which may look at the name.
    OtherScript,
    /// A script that is to be renamed looks for files, and may find itself under its new name.
    Folder,
    /// A hook that is to be renamed is the target of a link, which would lead to ours then.
    LinkTarget,
    /// A shell script that notices that git-gate has started it.
    Start(&'static str),
}

impl KeptHook<'_> {
    /// Returns the way to keep the hook.
    pub(super) fn keeping(self) -> Keeping {
        let program = HookProgram::of(self.text);
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let hindrance = match program {
            HookProgram::CarriageReturn => Some(Hindrance::CarriageReturn),
            HookProgram::Native => self.is_tracked.then_some(Hindrance::Tracked),
            _ => notices_start(self.text, name)
                .map(Hindrance::Start)
                .or_else(|| self.is_tracked.then_some(Hindrance::Tracked)),
        };
        match (hindrance, program) {
            (Some(hindrance), _) => Keeping::Impossible(hindrance),
            (None, HookProgram::Shell) if !self.is_link => Keeping::Line,
            (None, _) if is_link_target(self.path) => Keeping::Impossible(Hindrance::LinkTarget),
            (None, HookProgram::Native) => Keeping::Rename,
            (None, _) => match names_itself(self.text) {
                Some(word) => Keeping::Impossible(Hindrance::OwnName(word)),
                None if reads_other_script(self.text) => Keeping::Impossible(Hindrance::OtherScript),
                None if lists_its_folder(self.text) => Keeping::Impossible(Hindrance::Folder),
                None => Keeping::Rename,
            },
        }
    }

    /// Returns the error for a hook that is not touched, with what can be done instead.
    pub(super) fn refusal(self, hindrance: &Hindrance, event: HookEvent) -> Error {
        let hook = escape_path(self.path);
        let why = match hindrance {
            Hindrance::CarriageReturn => {
                let repair = format!("repair it: `sed -i 's/\\r$//' {}`", quoted_path(self.path));
                return Error::usage(format!(
                    "{hook} cannot run: its first line ends with a carriage return"
                ))
                .hinted(repair);
            }
            Hindrance::Tracked => {
                "is tracked by git, and a change would be part of the next commit".to_owned()
            }
            Hindrance::OwnName(word) => format!("looks at its own name (`{word}`), so it cannot be renamed"),
            Hindrance::OtherScript => {
                "reads another script, which may look at the name, so it cannot be renamed".to_owned()
            }
            Hindrance::Folder => {
                "runs files that it looks for, and would find itself if it were renamed".to_owned()
            }
            Hindrance::LinkTarget => {
                "is the file of another hook, too, which is a link to it, so it cannot be renamed".to_owned()
            }
            Hindrance::Start(why) => format!("{why}, so git-gate cannot start it"),
        };
        let mut error = Error::usage(format!("{hook} is left as it is: it {why}"));
        if is_driver_link(self.path) {
            let option = format!("`option hook.{event}.git-gate = git-gate`");
            return error
                .hinted(format!("let gitolite's driver run git-gate: {option}, as in install/README.md"));
        }
        if *hindrance == Hindrance::Tracked {
            error = error.hinted("to change it here: `git gate install --edit-tracked`");
        }
        if let Some(code) = self.line_by_hand(hindrance, event) {
            let file = platform::real_path(self.path).unwrap_or_else(|_| self.path.to_owned());
            let place =
                format!("to try again, add this line to {}, before all commands:", escape_path(&file));
            error = error.hinted(place).hinted(code);
        } else if HookProgram::of(self.text) == HookProgram::Shell
            && matches!(event, HookEvent::CommitMsg | HookEvent::ApplypatchMsg)
        {
            // At the end of the other hooks, nothing may be left of their input.
            let call = format!("git-gate hook {event} -- \"$@\" || exit");
            error = error.hinted(format!("let it call git-gate itself: add the line `{call}` to its end"));
        } else if event == HookEvent::PrePush && self.text.contains_str("/_/husky.sh") {
            error = error.hinted(
                "if nothing else in it reads its input, let it call git-gate itself: add the line \
                 `git-gate hook pre-push -- \"$@\" || exit` directly below the one with husky.sh",
            );
        }
        error.hinted("with git 2.54 or newer, the hook can stay as it is: `git gate install --mode config`")
    }

    /// Returns the line that makes the hook call git-gate, if there is one.
    fn line_by_hand(self, hindrance: &Hindrance, event: HookEvent) -> Option<String> {
        match HookProgram::of(self.text) {
            _ if matches!(hindrance, Hindrance::Start(_) | Hindrance::LinkTarget) => None,
            // A script to which a link leads may be that of other hooks, too.
            HookProgram::Shell if self.is_link || is_link_target(self.path) => {
                Some(escape(&HookLine::by_hand_and_name(event).code()))
            }
            HookProgram::Shell => Some(escape(&HookLine::by_hand(event).code())),
            _ => by_hand::line(event, self.text),
        }
    }
}
