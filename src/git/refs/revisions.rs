//! Revisions of a command line, resolved to objects.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use bstr::{BString, ByteSlice as _};

use crate::error::{Error, Result};
use crate::git::{Git, Oid};
use crate::text::escape;

/// A set of revisions: everything that the tips reach and the hidden objects do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Revisions {
    /// Objects to start from.
    pub tips: Vec<Oid>,
    /// Objects to exclude, with everything that they reach.
    pub hidden: Vec<Oid>,
    /// Full names of the refs that options such as `--branches` stand for.
    pub refs: Vec<BString>,
}

/// Options that stand for refs, of which there may be none.
const OF_REFS: [&[u8]; 5] = [b"--all", b"--branches", b"--tags", b"--remotes", b"--glob"];

/// Other options that `git rev-parse` understands among revisions.
const OTHERS: [&[u8]; 2] = [b"--not", b"--exclude"];

impl Revisions {
    /// Parses revisions and ranges as `git rev-list` does: `A..B`, `^A B`, `--all` (gitrevisions(7)).
    ///
    /// # Errors
    /// Fails when an argument is not a revision of this repository, for example an option that limits a walk, and when
    /// a pattern matches no ref, or no option any.
    pub(crate) fn parse(arguments: &[impl AsRef<OsStr>]) -> Result<Self> {
        let arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        for argument in &arguments {
            let name = argument.as_encoded_bytes().split(|byte| *byte == b'=').next().unwrap_or_default();
            if name.starts_with(b"-") && !OF_REFS.contains(&name) && !OTHERS.contains(&name) {
                return Err(not_a_revision(argument));
            }
        }
        let output = Git::new("rev-parse").args(&arguments).arg("--").output().map_err(unknown_revision)?;
        let mut revisions = Self::default();
        for line in output.lines().filter(|line| *line != b"--") {
            let (list, hex) = match line.strip_prefix(b"^") {
                Some(hex) => (&mut revisions.hidden, hex),
                None => (&mut revisions.tips, line),
            };
            list.push(Oid::from_hex(hex).ok_or_else(|| not_a_revision(OsStr::from_bytes(line)))?);
        }
        revisions.refs = refs(&arguments)?;
        let of_refs = arguments.iter().find(|argument| is_of_refs(argument));
        match of_refs.filter(|argument| **argument != "--all" && revisions.tips.is_empty()) {
            Some(argument) if revisions.hidden.is_empty() => Err(no_ref(argument)),
            _ => Ok(revisions),
        }
    }
}

/// Returns the full names of the refs that the options among some arguments stand for.
///
/// # Errors
/// Fails when a pattern matches no ref.
fn refs(arguments: &[&OsStr]) -> Result<Vec<BString>> {
    let mut found = Vec::new();
    for argument in arguments.iter().filter(|argument| is_of_refs(argument)) {
        let output = Git::new("rev-parse").arg("--symbolic-full-name").arg(argument).output()?;
        if output.is_empty() && argument.as_encoded_bytes().contains(&b'=') {
            return Err(no_ref(argument));
        }
        found.extend(output.lines().map(BString::from));
    }
    Ok(found)
}

fn is_of_refs(argument: &OsStr) -> bool {
    let bytes = argument.as_encoded_bytes();
    OF_REFS
        .iter()
        .any(|name| bytes.strip_prefix(*name).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"=")))
}

fn no_ref(argument: &OsStr) -> Error {
    let argument = escape(argument.as_encoded_bytes());
    Error::usage(format!("`{argument}` matches no ref")).hinted("`git for-each-ref` lists the refs")
}

fn not_a_revision(argument: &OsStr) -> Error {
    let text = escape(argument.as_encoded_bytes());
    let error = Error::usage(format!("`{text}` is not a revision"));
    match argument.as_encoded_bytes().starts_with(b"-") {
        true => error.hinted("options of `git gate scan`, such as `--since`, come before `--`"),
        false => error.hinted("use revisions and ranges such as `HEAD`, `A..B`, `^A B`, `--all`"),
    }
}

fn unknown_revision(error: Error) -> Error {
    Error::usage("unknown revision").caused_by(error)
}
