//! `git -c gate.skip=<reason>`: skips git-gate for one run of git in a clone. pre-receive does not know it.

use bstr::{BString, ByteSlice as _};

use super::HookEvent;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::text::escape;
use crate::token;

/// Key of git config that asks to skip git-gate.
const KEY: &str = "gate.skip";

/// Origin, in git's own words, of config from the command line or the environment.
const COMMAND_LINE: &[u8] = b"command line:";

/// Request to skip git-gate for one run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Skip {
    /// Reason on the command line of git, which is not empty; `None` if nothing is to be skipped.
    reason: Option<String>,
    /// Files of git config that set the key. It does not count there: it would switch the gate off for good.
    files: Vec<BString>,
}

impl Skip {
    /// Queries git for the request.
    ///
    /// # Errors
    /// Fails if the request has no reason, or if git does not answer.
    pub(crate) fn query(event: HookEvent) -> Result<Self> {
        let question = ["--show-scope", "--show-origin", "-z", "--get-all", KEY];
        let answer = Git::new("config").args(question).answer()?;
        match answer.code {
            Some(0) => Self::parse(&answer.stdout, event),
            Some(1) => Ok(Self::default()),
            _ => Err(answer.refusal("config")),
        }
    }

    /// Parses the answer of git: scope, origin and value of each entry. The last entry that counts decides.
    fn parse(answer: &[u8], event: HookEvent) -> Result<Self> {
        let (mut reason, mut files) = (None, Vec::new());
        let fields: Vec<&[u8]> = answer.strip_suffix(b"\0").unwrap_or(answer).split_str("\0").collect();
        for entry in fields.chunks(3) {
            match entry {
                [b"command", COMMAND_LINE, value] => reason = Some(value.trim()),
                [_, origin, _] => files.push(origin.strip_prefix(b"file:").unwrap_or(origin).into()),
                _ => return Err(Error::git("unexpected output of `git config`")),
            }
        }
        if reason.is_some_and(<[u8]>::is_empty) {
            return Err(Error::usage(format!("`{KEY}` needs a reason")).hinted(command(event)));
        }
        Ok(Self { reason: reason.map(|reason| escape(&token::redact(reason))), files })
    }

    /// Returns whether git-gate is to be skipped.
    pub(crate) fn is_requested(&self) -> bool {
        self.reason.is_some()
    }

    /// Returns what the user is told: lines, each with an end.
    pub(crate) fn notes(&self, event: HookEvent) -> String {
        let mut notes = String::new();
        for file in &self.files {
            let (file, command) = (escape(file), command(event));
            notes += &format!("note: `{KEY}` in {file} does not count; it skips a single run: {command}\n");
        }
        if let Some(reason) = &self.reason {
            notes += &format!("note: git-gate is skipped for this {}: {reason}\n", subject(event));
        }
        notes
    }
}

/// Returns what an event is about.
fn subject(event: HookEvent) -> &'static str {
    match event {
        HookEvent::CommitMsg => "commit",
        HookEvent::ApplypatchMsg => "patch",
        HookEvent::PrePush | HookEvent::PreReceive => "push",
    }
}

/// Returns the command that skips git-gate once.
fn command(event: HookEvent) -> String {
    let command = match event {
        HookEvent::CommitMsg => "commit",
        HookEvent::ApplypatchMsg => "am",
        HookEvent::PrePush | HookEvent::PreReceive => "push",
    };
    format!("`git -c {KEY}='<reason>' {command}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(answer: &str) -> Result<Skip> {
        Skip::parse(answer.as_bytes(), HookEvent::PrePush)
    }

    #[test]
    fn only_the_command_line_counts() {
        for (answer, reason, files) in [
            ("command\0command line:\0flaky network\0", Some("flaky network"), 0),
            ("command\0command line:\0 a \0command\0command line:\0b\0", Some("b"), 0),
            ("command\0command line:\0a\nb\u{1b}\0", Some(r"a\x0ab\x1b"), 0),
            ("local\0file:.git/config\0x\0", None, 1),
            ("command\0file:/x/included\0x\0", None, 1),
            ("global\0file:/g\0x\0command\0command line:\0y\0local\0file:c\0z\0", Some("y"), 2),
        ] {
            let skip = parse(answer).unwrap();
            assert_eq!((skip.reason.as_deref(), skip.files.len()), (reason, files), "{answer:?}");
        }
    }

    #[test]
    fn a_request_without_a_reason_is_an_error() {
        for answer in ["command\0command line:\0\0", "command\0command line:\0 \n\0", "odd\0"] {
            assert!(parse(answer).is_err(), "{answer:?}");
        }
        let error = parse("command\0command line:\0\0").unwrap_err();
        assert_eq!(error.hints(), ["`git -c gate.skip='<reason>' push`"]);
    }
}
