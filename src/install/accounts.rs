//! Accounts that may push, and whether they reach what a push runs.
//!
//! git skips a hook that the account of the pusher cannot execute, also when it cannot enter its directory.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::defect::Defect;
use crate::git::Repo;
use crate::text::{escape_path, quoted_path};

/// Right to execute a file or to enter a directory.
const EXECUTE: u32 = 1;
/// Right to change a file or a directory.
const WRITE: u32 = 2;

/// Accounts that can store objects in a repository, and therefore push to it.
#[derive(Debug)]
pub(super) struct Accounts {
    owner: u32,
    group: u32,
    kinds: Vec<AccountKind>,
    repository: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AccountKind {
    Owner,
    Group,
    Others,
}

impl AccountKind {
    fn words(self) -> &'static str {
        match self {
            Self::Owner => "the owner of the repository",
            Self::Group => "the group of the repository",
            Self::Others => "other users",
        }
    }
}

impl Accounts {
    /// Determines the accounts from the permissions of the objects; `None` if these cannot be inspected.
    pub(super) fn of(repo: &Repo) -> Option<Self> {
        let objects = repo.common_dir().join("objects").metadata().ok()?;
        let may_write = |kind: &AccountKind| match kind {
            AccountKind::Owner => objects.uid() != 0,
            AccountKind::Group => objects.mode() & 0o020 != 0,
            AccountKind::Others => objects.mode() & 0o002 != 0,
        };
        let all = [AccountKind::Owner, AccountKind::Group, AccountKind::Others];
        Some(Self {
            owner: objects.uid(),
            group: objects.gid(),
            kinds: all.into_iter().filter(may_write).collect(),
            repository: repo.common_dir().canonicalize().ok()?,
        })
    }

    /// Reports accounts that cannot execute a file, or cannot enter a directory above it.
    ///
    /// Directories above the repository are not looked at: who cannot enter them cannot push.
    pub(super) fn cannot_run(&self, file: &Path, consequence: &str) -> Option<Defect> {
        let mut places: Vec<PathBuf> = Vec::new();
        for path in [Some(file.to_owned()), file.canonicalize().ok()].into_iter().flatten() {
            places.extend(path.ancestors().map(Path::to_owned));
        }
        places.sort();
        places.dedup();
        places.retain(|place| !self.is_above(place));
        let barred = |kind: &AccountKind| {
            let closed = places.iter().find(|place| self.lacks(*kind, place, EXECUTE))?;
            Some((*kind, closed.clone()))
        };
        let (kind, place) = self.kinds.iter().find_map(barred)?;
        let does = if place.is_dir() { "enter" } else { "execute" };
        Some(Defect::new(
            format!(
                "{}, who may push, cannot {does} {}, so {consequence}",
                kind.words(),
                escape_path(&place)
            ),
            format!(
                "give them the permission: `chmod {}+x {}`",
                self.class(kind, &place),
                quoted_path(&place)
            ),
        ))
    }

    /// Returns whether some of the accounts cannot write to a file or a directory.
    pub(super) fn cannot_write(&self, place: &Path) -> bool {
        self.kinds.iter().any(|kind| self.lacks(*kind, place, WRITE))
    }

    fn is_above(&self, place: &Path) -> bool {
        place.canonicalize().is_ok_and(|place| place.is_dir() && self.repository.starts_with(place))
    }

    fn lacks(&self, kind: AccountKind, place: &Path, right: u32) -> bool {
        let Ok(found) = place.metadata() else { return false };
        let shift = match self.class_in(kind, &found) {
            "u" => 6,
            "g" => 3,
            _ => 0,
        };
        found.mode() & right << shift == 0
    }

    /// Returns the class of permissions of a place that applies to the accounts, as chmod(1) names it.
    fn class(&self, kind: AccountKind, place: &Path) -> &'static str {
        place.metadata().map_or("o", |found| self.class_in(kind, &found))
    }

    fn class_in(&self, kind: AccountKind, found: &Metadata) -> &'static str {
        match kind {
            AccountKind::Owner if found.uid() == self.owner => "u",
            AccountKind::Owner | AccountKind::Group if found.gid() == self.group => "g",
            _ => "o",
        }
    }
}
