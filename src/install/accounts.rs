//! Accounts that may push, and whether they reach what a push runs.
//!
//! git skips a hook that the account of the pusher cannot execute, also when it cannot enter its directory.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::defect::Defect;
use crate::git::Repo;
use crate::platform::{self, Class, EXECUTE, READ, WRITE};
use crate::text::{escape_path, quoted_path};

/// Use of a file in a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileUse {
    /// A program that is executed.
    Program,
    /// A script that is executed: its interpreter reads it.
    Script,
    /// A file that is read, or a directory that is listed.
    Text,
}

impl FileUse {
    fn rights(self, is_directory: bool) -> u32 {
        match self {
            Self::Program => EXECUTE,
            Self::Script => EXECUTE | READ,
            Self::Text if is_directory => EXECUTE | READ,
            Self::Text => READ,
        }
    }
}

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
            AccountKind::Owner => platform::owner(&objects) != 0,
            AccountKind::Group => platform::rights(&objects, Class::Group) & WRITE != 0,
            AccountKind::Others => platform::rights(&objects, Class::Others) & WRITE != 0,
        };
        let all = [AccountKind::Owner, AccountKind::Group, AccountKind::Others];
        Some(Self {
            owner: platform::owner(&objects),
            group: platform::group(&objects),
            kinds: all.into_iter().filter(may_write).collect(),
            repository: platform::real_path(repo.common_dir()).ok()?,
        })
    }

    /// Returns whether accounts other than the owner of the repository may push.
    pub(super) fn are_several(&self) -> bool {
        self.kinds.iter().any(|kind| *kind != AccountKind::Owner)
    }

    /// Reports accounts that cannot use a file, or cannot enter a directory above it.
    ///
    /// Directories above the repository are not looked at: who cannot enter them cannot push.
    pub(super) fn cannot_use(&self, file: &Path, using: FileUse, consequence: &str) -> Option<Defect> {
        let resolved = platform::real_path(file).ok();
        let places = self.places(file, resolved.as_deref());
        let barred = |kind: &AccountKind| {
            places.iter().find_map(|place| {
                let is_last = place == file || Some(place) == resolved.as_ref();
                let rights = if is_last { using.rights(place.is_dir()) } else { EXECUTE };
                let missing = self.lacking(*kind, place, rights);
                (missing != 0).then(|| closed(*kind, self.class(*kind, place), place, missing, consequence))
            })
        };
        self.kinds.iter().find_map(barred)
    }

    /// Returns a note for a file, a directory above it, or the repository, if an access control list decides who may
    /// use it: only the permissions that chmod(1) sets are judged.
    pub(super) fn note_access_list(&self, file: &Path) -> Option<String> {
        let mut places = self.places(file, platform::real_path(file).ok().as_deref());
        places.extend([self.repository.clone(), self.repository.join("objects")]);
        let place = places.iter().find(|place| platform::has_access_list(place))?;
        Some(format!(
            "{} has an access control list (ACL), which is not judged: make sure that every account that may push can \
             use it (`getfacl {}`)",
            escape_path(place),
            quoted_path(place)
        ))
    }

    /// Returns a file, the file that a link leads to, and the directories above both that are not above the repository.
    fn places(&self, file: &Path, resolved: Option<&Path>) -> Vec<PathBuf> {
        let paths = [Some(file), resolved];
        let ancestors = paths.into_iter().flatten().flat_map(Path::ancestors);
        let mut places: Vec<PathBuf> = ancestors.map(Path::to_owned).collect();
        places.sort();
        places.dedup();
        places.retain(|place| !self.is_above(place));
        places
    }

    /// Returns whether some of the accounts cannot write to a file or a directory.
    pub(super) fn cannot_write(&self, place: &Path) -> bool {
        self.kinds.iter().any(|kind| self.lacking(*kind, place, WRITE) != 0)
    }

    fn is_above(&self, place: &Path) -> bool {
        platform::real_path(place).is_ok_and(|place| place.is_dir() && self.repository.starts_with(place))
    }

    /// Returns those of some rights that the accounts do not have.
    fn lacking(&self, kind: AccountKind, place: &Path, rights: u32) -> u32 {
        let Ok(found) = place.metadata() else { return 0 };
        rights & !platform::rights(&found, self.class_in(kind, &found))
    }

    /// Returns the class of permissions of a place that applies to the accounts.
    fn class(&self, kind: AccountKind, place: &Path) -> Class {
        place.metadata().map_or(Class::Others, |found| self.class_in(kind, &found))
    }

    fn class_in(&self, kind: AccountKind, found: &Metadata) -> Class {
        match kind {
            AccountKind::Owner if platform::owner(found) == self.owner => Class::Owner,
            AccountKind::Owner | AccountKind::Group if platform::group(found) == self.group => Class::Group,
            _ => Class::Others,
        }
    }
}

/// Returns the defect of a place that accounts cannot use.
fn closed(kind: AccountKind, class: Class, place: &Path, missing: u32, consequence: &str) -> Defect {
    let (does, effect) = match (missing & EXECUTE != 0, place.is_dir()) {
        (true, true) => ("enter", consequence),
        (true, false) => ("execute", consequence),
        (false, _) => ("read", "the gate fails for them"),
    };
    let shown = escape_path(place);
    let class = match class {
        Class::Owner => "u",
        Class::Group => "g",
        Class::Others => "o",
    };
    Defect::new(
        format!("{}, who may push, cannot {does} {shown}, so {effect}", kind.words()),
        format!("give them the permission: `chmod {class}+{} {}`", letters(missing), quoted_path(place)),
    )
}

/// Returns rights as chmod(1) names them.
fn letters(rights: u32) -> &'static str {
    match (rights & READ != 0, rights & EXECUTE != 0) {
        (true, true) => "rx",
        (true, false) => "r",
        (false, _) => "x",
    }
}

/// Reports a hook of root outside of repositories that other accounts cannot read or execute, also because of a
/// directory above it.
///
/// Root hosts no repositories as a rule. A group that root has given the right is taken for that of the host.
pub(super) fn closed_by_root(hook: &Path) -> Option<Defect> {
    let resolved = platform::real_path(hook).ok()?;
    let closed = |place: &Path| {
        let found = place.metadata().ok().filter(|found| platform::owner(found) == 0)?;
        let rights = if place == resolved { EXECUTE | READ } else { EXECUTE };
        let of = |class| platform::rights(&found, class);
        let of_group = if platform::group(&found) == 0 { 0 } else { of(Class::Group) };
        let missing = rights & !(of(Class::Others) | of_group);
        (missing != 0).then_some(missing)
    };
    let (place, missing) = resolved.ancestors().find_map(|place| Some((place, closed(place)?)))?;
    let does = match (missing & EXECUTE != 0, place.is_dir()) {
        (true, true) => "enter",
        (true, false) => "execute",
        (false, _) => "read",
    };
    Some(Defect::new(
        format!(
            "only root can {does} {}, so git skips the hook, or fails, for any other account",
            escape_path(place)
        ),
        format!("give them the permission: `chmod o+{} {}`", letters(missing), quoted_path(place)),
    ))
}
