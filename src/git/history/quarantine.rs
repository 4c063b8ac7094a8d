//! The fast answer to what a push adds: what it brought along, where that joins history that is known.
//!
//! git keeps what a push brings in a quarantine directory until the hooks have agreed (git-receive-pack(1), "Quarantine
//! environment"). Whatever is not in the store behind it is new. That alone is not sound: the store also holds what no
//! ref reaches (a pool of forks, the rest of a failed push). So the answer counts only when every commit at which the new
//! ones join the store is reached from a covered ref; otherwise there is none, and `rev-list` has to walk.

use std::path::PathBuf;

use super::difference;
use super::new_commits::{List, Listed};
use crate::env;
use crate::error::{Error, Result};
use crate::git::object::commit::Links;
use crate::git::object::oid::OidSet;
use crate::git::{Git, Kind, Oid, Repo};

/// The object store behind the quarantine of a push.
pub(in crate::git) struct Store {
    odb: git2::Odb<'static>,
}

impl Store {
    /// Opens the store; none when there is no quarantine, or when its environment is not of the usual kind.
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
        // A refresh would look through all packs again for every new commit; the store was opened a moment ago.
        Ok(self.odb.exists_ext(id, git2::OdbLookupFlags::NO_REFRESH))
    }
}

/// Whether git had to quote a path of the quarantine, as it does when one holds a colon: libgit2 does not read that.
pub(in crate::git) fn has_quoted_paths() -> bool {
    let list = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    list.is_some_and(|list| list.as_encoded_bytes().contains(&b'"'))
}

/// The directories behind the quarantine. A push of a shallow history is left to git.
fn alternates() -> Option<Vec<PathBuf>> {
    env::git_variable("GIT_OBJECT_DIRECTORY")?;
    let list = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES")?;
    let shallow = env::git_variable("GIT_SHALLOW_FILE").is_some();
    (!shallow).then(|| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
}

/// The commits that the tips reach and the store does not have, older ones first; none when it cannot be told without a
/// walk. `covered` are values of covered refs.
pub(in crate::git) fn new_commits(
    repo: &Repo,
    store: &Store,
    tips: &[Oid],
    covered: &[Oid],
) -> Result<Option<Vec<Listed>>> {
    let (mut seen, mut joins) = (OidSet::default(), OidSet::default());
    let mut new = List::default();
    let mut stack = tips.to_vec();
    while let Some(oid) = stack.pop() {
        if !seen.insert(oid) {
            continue;
        }
        if store.has(oid)? {
            joins.insert(oid);
            continue;
        }
        repo.look(oid, Kind::Commit, |data| {
            let links = repo.links_here(oid, Links::parse(oid, data)?)?;
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

/// Whether the covered commits reach all of these.
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
