//! Revisions of a command line, resolved to objects.

use std::collections::HashSet;
use std::ffi::OsStr;

use bstr::{BString, ByteSlice as _};

use crate::error::{Error, Result};
use crate::git::{Git, Oid};
use crate::text::{escape, os_str};

/// A set of revisions: everything that the tips reach and the hidden objects do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Revisions {
    /// Objects to start from.
    pub tips: Vec<Oid>,
    /// Objects to exclude, with everything that they reach.
    pub hidden: Vec<Oid>,
    /// Full names of the refs to start from that options such as `--branches` stand for.
    pub refs: Vec<BString>,
    /// Number of refs to start from that hold no oid.
    pub broken_refs: usize,
}

/// Options that stand for refs, of which there may be none.
const OF_REFS: [&[u8]; 5] = [b"--all", b"--branches", b"--tags", b"--remotes", b"--glob"];

/// Hint about refs that hold no oid.
pub(crate) const BROKEN_REF: &str = "`git for-each-ref` warns about it by name; write an oid into its file in the git directory, or delete that";

/// Other options that `git rev-parse` understands among revisions.
const OTHERS: [&[u8]; 2] = [b"--not", b"--exclude"];

impl Revisions {
    /// Parses revisions and ranges as `git rev-list` does: `A..B`, `^A B`, `--all` (gitrevisions(7)).
    ///
    /// # Errors
    /// Fails when an argument is not a revision of this repository, for example an option that limits a walk, when
    /// a pattern matches no ref, or no option any, and when a ref to be excluded holds no oid.
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
            let (is_hidden, hex) = line.strip_prefix(b"^").map_or((false, line), |hex| (true, hex));
            // What git prints for a ref that holds no oid.
            let is_broken = hex.iter().all(|digit| *digit == b'0');
            let oid = Oid::from_hex(hex).ok_or_else(|| not_a_revision(os_str(line)))?;
            match (is_broken, is_hidden) {
                (true, true) => {
                    return Err(Error::git("a ref to be excluded holds no object id").hinted(BROKEN_REF));
                }
                (true, false) => revisions.broken_refs += 1,
                (false, true) => revisions.hidden.push(oid),
                (false, false) => revisions.tips.push(oid),
            }
        }
        revisions.refs = refs(&arguments)?;
        let of_refs = arguments.iter().find(|argument| is_of_refs(argument));
        let is_empty = revisions.tips.is_empty() && revisions.broken_refs == 0;
        match of_refs.filter(|argument| **argument != "--all" && is_empty) {
            Some(argument) if revisions.hidden.is_empty() => Err(no_ref(argument)),
            _ if !arguments.is_empty() && is_empty && of_refs.is_none_or(|argument| *argument != "--all") => {
                Err(Error::usage("no revision is named to be scanned, only such that are excluded"))
            }
            _ => Ok(revisions),
        }
    }
}

/// Returns the full names of the refs that the options among some arguments stand for, without those that are excluded.
///
/// # Errors
/// Fails when a pattern matches no ref.
fn refs(arguments: &[&OsStr]) -> Result<Vec<BString>> {
    let (mut found, mut hidden) = (Vec::new(), HashSet::new());
    let (mut excludes, mut is_hidden): (Vec<&OsStr>, _) = (Vec::new(), false);
    for argument in arguments {
        match argument.as_encoded_bytes() {
            b"--not" => is_hidden = !is_hidden,
            bytes if bytes.starts_with(b"--exclude=") => excludes.push(argument),
            _ if is_of_refs(argument) => {
                let names = names(&std::mem::take(&mut excludes), argument)?;
                if is_hidden { hidden.extend(names) } else { found.extend(names) }
            }
            _ => {}
        }
    }
    found.retain(|name| !hidden.contains(name));
    Ok(found)
}

/// Returns the full names of the refs that an option stands for after some `--exclude`, which concern only this option.
fn names(excludes: &[&OsStr], option: &OsStr) -> Result<Vec<BString>> {
    // With thousands of refs, git lists them ten times faster than it resolves them.
    let folder = match option.as_encoded_bytes() {
        b"--all" => Some("refs/"),
        b"--branches" => Some("refs/heads/"),
        b"--tags" => Some("refs/tags/"),
        b"--remotes" => Some("refs/remotes/"),
        _ => None,
    };
    if let Some(folder) = folder.filter(|_| excludes.is_empty()) {
        let output = Git::new("for-each-ref").args(["--format=%(refname)", folder]).output()?;
        return Ok(output.lines().map(BString::from).collect());
    }
    let asked = |excludes: &[&OsStr]| {
        Git::new("rev-parse").arg("--symbolic-full-name").args(excludes).arg(option).output()
    };
    let output = asked(excludes)?;
    if output.is_empty() && option.as_encoded_bytes().contains(&b'=') && asked(&[])?.is_empty() {
        return Err(no_ref(option));
    }
    Ok(output.lines().map(BString::from).collect())
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
