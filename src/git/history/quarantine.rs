//! Fast search for the commits that a push adds: those in its quarantine.
//!
//! git keeps the objects of a push in a quarantine directory until the hooks have accepted it
//! (git-receive-pack(1), "Quarantine environment"). Every object that the main store lacks is new. The
//! reverse is not true: the main store may hold objects that no ref reaches (a pool of forks, the rest of a
//! failed push). The result may therefore be used only if each commit at which the new commits join the main
//! store is reachable from a covered ref.

use std::path::PathBuf;

use super::new_commit::{CommitList, ListedCommit};
use crate::env;
use crate::error::{Error, Result};
use crate::git::object::oid::OidSet;
use crate::git::object::store::Store;
use crate::git::{ObjectKind, Oid, failure};

/// Hint about a commit that neither a push nor the main store has.
const UNSHALLOW: &str =
    "if the clone is shallow, `git fetch --unshallow` in it brings the rest of the history";

/// The main object store, without the quarantine of a push.
pub(super) struct MainStore {
    odb: git2::Odb<'static>,
}

impl MainStore {
    /// Opens the store; `None` without a quarantine, with a shallow history, or if a path is not UTF-8.
    pub(super) fn open() -> Result<Option<Self>> {
        let Some(alternates) = alternates() else { return Ok(None) };
        let unreadable =
            |error: git2::Error| failure::of_libgit2(Error::git("the object store cannot be opened"), &error);
        let odb = git2::Odb::new().map_err(unreadable)?;
        for directory in &alternates {
            let Some(directory) = directory.to_str() else { return Ok(None) };
            odb.add_disk_alternate(directory).map_err(unreadable)?;
        }
        Ok(Some(Self { odb }))
    }

    /// Returns true if the store has an object.
    pub(super) fn has(&self, oid: Oid) -> Result<bool> {
        let id = git2::Oid::from_bytes(oid.as_bytes()).map_err(|error| {
            failure::of_libgit2(Error::git(format!("object {oid} cannot be looked up")), &error)
        })?;
        // A refresh would search all packs again for every new commit; the store was opened a moment ago.
        Ok(self.odb.exists_ext(id, git2::OdbLookupFlags::NO_REFRESH))
    }
}

/// Returns the directories of the main store; `None` outside of a push and in a push of a shallow history.
fn alternates() -> Option<Vec<PathBuf>> {
    env::git_variable("GIT_OBJECT_DIRECTORY")?;
    let list = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES")?;
    let shallow = env::git_variable("GIT_SHALLOW_FILE").is_some();
    (!shallow).then(|| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
}

/// Commits that tips reach and the main store lacks.
pub(super) struct QuarantinedCommits {
    /// The commits, older ones first.
    pub(super) commits: Vec<ListedCommit>,
    /// Commits of the main store that are tips or parents of these commits.
    pub(super) joins: OidSet,
}

impl QuarantinedCommits {
    /// Walks from the tips to the main store.
    pub(super) fn find(store: &Store, main: &MainStore, tips: &[Oid]) -> Result<Self> {
        let (mut seen, mut joins) = (OidSet::default(), OidSet::default());
        let mut list = CommitList::default();
        let mut stack = tips.to_vec();
        while let Some(oid) = stack.pop() {
            if !seen.insert(oid) {
                continue;
            }
            if main.has(oid)? {
                joins.insert(oid);
                continue;
            }
            let read = store.read_with(oid, ObjectKind::Commit, |data| {
                let links = store.parse_links(oid, data)?;
                stack.extend(links.parents.iter().rev());
                list.add(oid, links.date, Some(data));
                Ok(())
            });
            // git refuses a push from a shallow clone after the hook, unless `receive.shallowUpdate` is set.
            read.map_err(|error| error.hinted(UNSHALLOW))?;
        }
        Ok(Self { commits: list.oldest_first(), joins })
    }
}
