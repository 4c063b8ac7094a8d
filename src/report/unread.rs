//! Objects that could not be read, because of which no verdict is reached.

use std::fmt;
use std::sync::Arc;

use bstr::BString;

use super::Report;
use crate::error::{Error, Result};
use crate::git::{BROKEN_REF, CutParent, Oid, UnreadTip};
use crate::text::{counted, escape};

/// Object that could not be read, or not as what it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Object; `None` for a repository or a stream that could not be read.
    pub oid: Option<Oid>,
    /// Kind of the object, in git's own words; `object` if any kind would do.
    pub kind: &'static str,
    /// Path from the root of the tree; empty if it is not known, or for what is in no tree.
    pub path: BString,
    /// Commit that needs it first.
    pub commit: Option<Oid>,
    /// Obstacle.
    pub obstacle: Obstacle,
    /// Reason: place and kind of the fault.
    pub why: String,
    /// Action for the user.
    pub hint: String,
    /// Repository that has it; `None` in a report about one repository.
    pub repository: Option<Arc<str>>,
}

/// Obstacle to reading an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It is missing or damaged.
    Unreadable,
    /// The history ends before it.
    CutOff,
    /// It is a file of the repository that is not valid.
    Invalid,
}

impl Obstacle {
    const ALL: [Self; 3] = [Self::Unreadable, Self::CutOff, Self::Invalid];

    /// Returns the name of the obstacle in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::CutOff => "cut-off",
            Self::Invalid => "invalid",
        }
    }

    /// Returns the obstacle of a name in JSON; `None` for any other text.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obstacle| obstacle.name() == name)
    }
}

/// Place of an object that could not be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnreadPlace<'a> {
    /// Commit that needs it; `None` for what is in no commit.
    pub commit: Option<Oid>,
    /// Path from the root of the tree; empty if it is not known.
    pub path: &'a [u8],
}

/// Hint about an object that is missing or damaged.
const RECOVER: &str = "`git fsck` names what is missing or damaged; `git fetch --refetch` brings it again from a remote that has it";

impl Unread {
    /// Describes a failure to read an object; `None` for any other failure.
    pub(crate) fn of(error: &Error, place: UnreadPlace<'_>) -> Option<Self> {
        let object = error.object()?;
        let (kind, hints) = (object.kind.unwrap_or("object"), error.hints());
        Some(Self {
            oid: Some(Oid::from_hex(object.oid.as_bytes())?),
            kind,
            path: place.path.into(),
            commit: place.commit,
            obstacle: Obstacle::Unreadable,
            why: format!("{error}{}", hidden(kind)),
            hint: if hints.is_empty() { RECOVER.to_owned() } else { hints.join("; ") },
            repository: None,
        })
    }

    /// Describes a commit that a search for new commits could not read.
    pub(crate) fn of_tip(UnreadTip { oid, child, error }: &UnreadTip) -> Self {
        let place = UnreadPlace { commit: *child, path: b"" };
        Self::of(error, place).unwrap_or_else(|| Self {
            oid: Some(*oid),
            kind: "commit",
            path: BString::default(),
            commit: *child,
            obstacle: Obstacle::Unreadable,
            why: error.to_string(),
            hint: RECOVER.to_owned(),
            repository: None,
        })
    }

    /// Describes a number of refs that hold no oid.
    pub(crate) fn broken_refs(number: usize) -> Self {
        Self {
            oid: None,
            kind: "ref",
            path: BString::default(),
            commit: None,
            obstacle: Obstacle::Unreadable,
            why: counted(number, "ref holds no object id", "refs hold no object id"),
            hint: BROKEN_REF.to_owned(),
            repository: None,
        }
    }

    /// Describes a parent that a commit of a shallow history has, and the repository has not.
    pub(crate) fn behind_cut(CutParent { commit, parent }: CutParent) -> Self {
        Self {
            oid: Some(parent),
            kind: "commit",
            path: BString::default(),
            commit: Some(commit),
            obstacle: Obstacle::CutOff,
            why: "a shallow clone".to_owned(),
            hint: "`git fetch --unshallow` in the clone brings the rest of the history".to_owned(),
            repository: None,
        }
    }
}

/// Returns what an object of a kind hides when it cannot be read, as the end of a sentence.
fn hidden(kind: &str) -> &'static str {
    match kind {
        "blob" => "",
        "tree" => ", so what is in it was not judged",
        _ => ", so neither it nor what only it leads to was judged",
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { oid, path, commit, obstacle, why, repository, .. } = self;
        if let Some(repository) = repository {
            write!(f, "{}: ", escape(repository.as_bytes()))?;
        }
        let (path, commit) = (escape(path), commit.map(|commit| commit.short()));
        match (obstacle, commit) {
            (Obstacle::Invalid, Some(commit)) => write!(f, "`{path}` in {commit} is not valid: {why}"),
            (Obstacle::Invalid, None) => write!(f, "`{path}` is not valid: {why}"),
            (Obstacle::CutOff, commit) => {
                let at = commit.map_or_else(String::new, |commit| format!(" at {commit}"));
                let parent = oid.map_or_else(String::new, |oid| format!(" {}", oid.short()));
                write!(f, "the history is cut off{at} ({why}): its parent{parent} is not here")
            }
            (Obstacle::Unreadable, commit) => match (path.is_empty(), commit) {
                (true, None) => write!(f, "{why}"),
                (true, Some(commit)) => write!(f, "{why} (commit {commit} needs it)"),
                (false, None) => write!(f, "{why} (`{path}`)"),
                (false, Some(commit)) => write!(f, "{why} (`{path}` in {commit})"),
            },
        }
    }
}

impl Report {
    /// Notes the object if something failed because an object could not be read; returns any other error.
    ///
    /// Returns `None` after such a failure.
    pub(crate) fn read<T>(&mut self, result: Result<T>, place: UnreadPlace<'_>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) => match Unread::of(&error, place) {
                Some(unread) => {
                    self.unread.push(unread);
                    Ok(None)
                }
                None => Err(error),
            },
        }
    }
}
