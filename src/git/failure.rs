//! Failures of git and libgit2 in our words, each with its repair.
//!
//! Both report failures as text for people. The table below knows those that a user can repair; any other is
//! quoted after our own sentence.

use bstr::ByteSlice as _;

use super::Oid;
use crate::error::Error;
use crate::text::escape;

/// A kind of failure.
#[derive(Debug)]
struct Known {
    /// Parts of a message, of which one occurs.
    signs: &'static [&'static str],
    says: &'static str,
    hint: &'static str,
}

/// Hint about a missing object.
pub(in crate::git) const PARTIAL: &str = "in a partial clone, fetch the missing objects: `git fetch --refetch --no-filter` (with the name of the remote that \
     was cloned, if the branch follows another one)";

/// Hint about an object that git misses in a clone of either kind.
const LOST: &str = "`git fsck` names what is missing; `git fetch --refetch --no-filter` brings it, in a partial clone too (with the name of \
     the remote that was cloned, if the branch follows another one)";

const MISSING: Known = Known {
    signs: &[
        "bad object",
        "missing blob object",
        "promisor",
        "lazy fetching disabled",
        "unable to read ",
        "could not read ",
        "Could not read ",
        "could not parse ",
        "unable to find",
        "could not fetch",
        "cannot read object",
        "object not found",
        "revision walk setup failed",
    ],
    says: "an object of the repository is missing",
    hint: LOST,
};

/// Failures with a known repair. The first one of which a sign occurs counts.
const KNOWN: [Known; 6] = [
    Known {
        signs: &["dubious ownership"],
        says: "the repository belongs to another user, so git does not use it",
        // git names the command, with the path.
        hint: "",
    },
    Known {
        signs: &["not a git repository", "could not find repository"],
        says: "this is not a git repository",
        hint: "run the command in a repository, or pass `-C DIR`",
    },
    Known {
        signs: &[
            "unknown repository extension",
            "unsupported extension name",
            "unsupported repository version",
            "Expected git repo version",
        ],
        says: "the repository has a format that this git does not know",
        hint: "a newer git can read it",
    },
    Known {
        signs: &[
            "is corrupt",
            "is empty",
            "inflate",
            "garbage at end",
            "hash mismatch",
            "failed to read loose object",
            "does not match index",
            "cannot be accessed",
            "object header",
        ],
        says: "an object of the repository is damaged",
        hint: "`git fsck` names the damaged objects; another clone may have them",
    },
    Known {
        signs: &["bad config", "bad numeric config", "bad boolean config", "failed to parse config"],
        says: "the git config is not valid",
        hint: "`git config --list --show-origin` shows the place",
    },
    MISSING,
];

/// Returns the error for a git command that failed. Quotes the line of its standard error that states the cause.
pub(in crate::git) fn of_git(name: &str, code: Option<i32>, stderr: &[u8]) -> Error {
    let is_cause = |line: &&[u8]| line.starts_with(b"fatal: ") || line.starts_with(b"error: ");
    // Lines of a trace, or of advice, may come first.
    let line = stderr.lines().find(is_cause).or_else(|| stderr.lines().next()).unwrap_or_default();
    let Some(known) = known(stderr) else {
        let status = code.map_or("killed by a signal".to_owned(), |code| format!("exit status {code}"));
        return Error::git(format!("`git {name}` failed ({status}): {}", escape(line)));
    };
    let missing = missing_object(known, line);
    let says = missing.map_or(known.says.to_owned(), |oid| format!("object {oid} is missing"));
    let error = Error::git(format!("{says}: `git {name}` says: {}", escape(line)));
    let error = match missing {
        Some(oid) => error.about(oid, None),
        None => error,
    };
    // git names the command by which the owner can be trusted.
    let trust = stderr.lines().map(<[u8]>::trim_ascii).find(|line| line.contains_str("safe.directory"));
    match trust {
        Some(command) => error.hinted(format!("if you trust its owner: `{}`", escape(command))),
        None if known.hint.is_empty() => error,
        None => error.hinted(known.hint),
    }
}

/// Adds the failure of libgit2 to the error for what it should have done.
pub(in crate::git) fn of_libgit2(error: Error, cause: &git2::Error) -> Error {
    let message = cause.message().as_bytes();
    let Some(known) = known(message) else { return error.caused_by(escape(message)) };
    let error = error.caused_by(known.says);
    if known.hint.is_empty() { error } else { error.hinted(known.hint) }
}

fn known(message: &[u8]) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.signs.iter().any(|sign| message.contains_str(sign)))
}

/// Returns the oid of a missing object, if a message names it.
fn missing_object(known: &Known, line: &[u8]) -> Option<Oid> {
    let mut words = line.split(|byte| !byte.is_ascii_alphanumeric());
    (known.says == MISSING.says).then(|| words.find_map(Oid::from_hex)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

    #[test]
    fn failures_of_git_are_explained() {
        for (stderr, says, hint) in [
            (
                "fatal: detected dubious ownership in repository at '/srv/x'\nTo add an exception, call:\n\n\tgit config --global --add safe.directory /srv/x\n",
                "the repository belongs to another user, so git does not use it: `git rev-parse` says: fatal: detected dubious ownership in repository at '/srv/x'",
                Some("if you trust its owner: `git config --global --add safe.directory /srv/x`"),
            ),
            (
                "18:00:00.1 git.c:1: trace: built-in: git x\nfatal: bad object 11bd71901bbe5b1630ceea73d27597364c9af683\n",
                "object 11bd71901bbe5b1630ceea73d27597364c9af683 is missing: `git rev-parse` says: fatal: bad object 11bd71901bbe5b1630ceea73d27597364c9af683",
                Some(LOST),
            ),
            (
                "fatal: unknown repository extension found:\n\tfoo\n",
                "the repository has a format that this git does not know: `git rev-parse` says: fatal: unknown repository extension found:",
                Some("a newer git can read it"),
            ),
            (
                "fatal: unable to read 11bd71901bbe5b1630ceea73d27597364c9af683\n",
                "object 11bd71901bbe5b1630ceea73d27597364c9af683 is missing: `git rev-parse` says: fatal: unable to read 11bd71901bbe5b1630ceea73d27597364c9af683",
                Some(LOST),
            ),
            ("error: odd \x1b[31m\n", "`git rev-parse` failed (exit status 128): error: odd \\x1b[31m", None),
            ("", "`git rev-parse` failed (exit status 128): ", None),
        ] {
            let error = of_git("rev-parse", Some(128), stderr.as_bytes());
            assert_eq!(error.to_string(), says);
            assert_eq!(error.hints().first().map(String::as_str), hint);
        }
    }

    #[test]
    fn failures_of_libgit2_have_no_internals() {
        let explained = |message: &str| {
            let cause = git2::Error::new(git2::ErrorCode::NotFound, git2::ErrorClass::Odb, message);
            let error = of_libgit2(Error::git("the repository cannot be opened"), &cause);
            (error.to_string(), error.hints().join("; "))
        };
        let (says, _) = explained(&format!("object not found - no match for id ({OID})"));
        assert_eq!(says, "the repository cannot be opened: an object of the repository is missing");
        assert_eq!(explained("odd").0, "the repository cannot be opened: odd");
    }
}
