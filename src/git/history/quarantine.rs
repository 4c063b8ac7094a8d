//! Fast search for the commits that a push adds: those in its quarantine.
//!
//! git keeps the objects of a push in a quarantine directory until the hooks have accepted it
//! (git-receive-pack(1), "Quarantine environment"). Every object that the main store lacks is new. The
//! reverse is not true: the main store may hold objects that no ref reaches (a pool of forks, the rest of a
//! failed push). The result is therefore used only if each commit at which the new commits join the main
//! store is reachable from a covered ref. Otherwise there is no result, and `rev-list` has to walk.

use std::path::PathBuf;

use super::difference;
use super::new_commits::{CommitList, ListedCommit};
use crate::env;
use crate::error::{Error, Result};
use crate::git::object::commit::CommitLinks;
use crate::git::object::oid::OidSet;
use crate::git::{Git, ObjectKind, Oid, Repo};

/// The main object store, without the quarantine of a push.
pub(in crate::git) struct MainStore {
    odb: git2::Odb<'static>,
}

impl MainStore {
    /// Opens the store; `None` without a quarantine, with a shallow history, or if a path is not UTF-8.
    pub(in crate::git) fn open() -> Result<Option<Self>> {
        let Some(alternates) = alternates() else { return Ok(None) };
        let unreadable = |error| Error::git("the object store cannot be opened").caused_by(error);
        let odb = git2::Odb::new().map_err(unreadable)?;
        for directory in &alternates {
            let Some(directory) = directory.to_str() else { return Ok(None) };
            odb.add_disk_alternate(directory).map_err(unreadable)?;
        }
        Ok(Some(Self { odb }))
    }

    fn has(&self, oid: Oid) -> Result<bool> {
        let id = git2::Oid::from_bytes(oid.as_bytes())
            .map_err(|error| Error::git(format!("object {oid} cannot be looked up")).caused_by(error))?;
        // A refresh would search all packs again for every new commit; the store was opened a moment ago.
        Ok(self.odb.exists_ext(id, git2::OdbLookupFlags::NO_REFRESH))
    }
}

/// Returns true if git had to quote a path of the quarantine (it contains a colon); libgit2 cannot read that.
pub(in crate::git) fn has_quoted_paths() -> bool {
    let list = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    list.is_some_and(|list| list.as_encoded_bytes().contains(&b'"'))
}

/// Returns the directories of the main store; `None` outside of a push and in a push of a shallow history.
fn alternates() -> Option<Vec<PathBuf>> {
    env::git_variable("GIT_OBJECT_DIRECTORY")?;
    let list = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES")?;
    let shallow = env::git_variable("GIT_SHALLOW_FILE").is_some();
    (!shallow).then(|| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
}

/// Returns the commits that the tips reach and the store lacks, older ones first.
///
/// `covered` are values of covered refs. `None` if they do not reach every commit at which the new commits
/// join the store: a walk is needed then.
pub(in crate::git) fn new_commits(
    repo: &Repo,
    store: &MainStore,
    tips: &[Oid],
    covered: &[Oid],
) -> Result<Option<Vec<ListedCommit>>> {
    let (mut seen, mut joins) = (OidSet::default(), OidSet::default());
    let mut new = CommitList::default();
    let mut stack = tips.to_vec();
    while let Some(oid) = stack.pop() {
        if !seen.insert(oid) {
            continue;
        }
        if store.has(oid)? {
            joins.insert(oid);
            continue;
        }
        repo.look(oid, ObjectKind::Commit, |data| {
            let links = repo.links_here(oid, CommitLinks::parse(oid, data)?)?;
            stack.extend(links.parents.iter().rev());
            new.add_dated(oid, links.date, data);
            Ok(())
        })?;
    }
    joins.retain(|oid| !covered.contains(oid));
    if !joins.is_empty() && !all_reached(repo, &joins, covered)? {
        return Ok(None);
    }
    Ok(Some(new.oldest_first()))
}

/// Returns true if the covered commits reach all of `joins`.
fn all_reached(repo: &Repo, joins: &OidSet, covered: &[Oid]) -> Result<bool> {
    if !repo.has_git() {
        let joins: Vec<Oid> = joins.iter().copied().collect();
        return Ok(difference::difference(repo, &joins, covered)?.is_empty());
    }
    let mut input = String::new();
    joins.iter().for_each(|oid| input.push_str(&format!("{oid}\n")));
    covered.iter().for_each(|oid| input.push_str(&format!("^{oid}\n")));
    let unreached =
        Git::new("rev-list").args(["--max-count=1", "--stdin"]).output_with_input(input.into_bytes())?;
    Ok(unreached.is_empty())
}
