//! Objects that a push adds: commits, tags, trees and blobs that no excluded object reaches.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::new_commits::new_commits;
use crate::error::{Error, Result};
use crate::git::object::store::{Peeled, Store};
use crate::git::{Excluded, NewCommits, ObjectKind, Oid, Repo};

/// Files of the accepted history that determine how new commits are checked.
const DECIDING_FILES: [&[u8]; 2] = [b".github/dco.yml", b".mailmap"];

/// Minimum number of tips for which kinds are read from pack headers: unpacking every object takes memory.
const MANY: usize = 256;

/// New value of a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tip {
    /// Object that the ref will point to.
    pub oid: Oid,
    /// Commit of the accepted history of the ref: its current value, or the default branch.
    pub accepted: Option<Oid>,
    /// Commit that the ref points to now, if the new value replaces it.
    pub replaced: Option<Oid>,
}

/// All new objects, each listed once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Added {
    /// New commits, grouped by the accepted history that they extend. Usually a single group.
    pub histories: Vec<NewHistory>,
    /// Annotated tags between a ref and its object.
    pub tags: Vec<Oid>,
    /// Trees to which a ref or a tag points.
    pub trees: Vec<Oid>,
    /// Blobs to which a ref or a tag points.
    pub blobs: Vec<Oid>,
}

/// New commits that extend one accepted history.
#[derive(Debug, Clone)]
pub(crate) struct NewHistory {
    /// A commit of the accepted history; `None` if there is no history yet.
    pub accepted: Option<Oid>,
    /// Commits that refs will point to, each with the accepted commit of its ref.
    pub tips: Vec<Tip>,
    /// The new commits themselves.
    pub commits: NewCommits,
}

impl Added {
    /// Finds the new objects for new values of refs.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read, or when git cannot answer.
    pub(crate) fn find(repo: &Repo, tips: &[Tip], excluded: &Excluded) -> Result<Self> {
        let mut added = Self::default();
        let mut histories: BTreeMap<DecidingFiles, Tips> = BTreeMap::new();
        let mut deciding: HashMap<Option<Oid>, DecidingFiles> = HashMap::new();
        let packs = (tips.len() >= MANY).then(|| repo.packs()).flatten();
        let is_commit = |oid| packs.as_ref().and_then(|packs| packs.kind(oid)) == Some(ObjectKind::Commit);
        for tip in tips {
            let peeled = match is_commit(tip.oid) {
                true => Peeled { oid: tip.oid, kind: ObjectKind::Commit, tags: Vec::new() },
                false => repo.store().peel(tip.oid)?,
            };
            added.tags.extend(peeled.tags);
            match peeled.kind {
                ObjectKind::Commit => {
                    let files = match deciding.entry(tip.accepted) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(unknown) => unknown.insert(deciding_files(repo.store(), tip.accepted)?),
                    };
                    let history = histories.entry(files.clone()).or_default();
                    history.accepted = history.accepted.or(tip.accepted);
                    history.tips.push(Tip { oid: peeled.oid, ..*tip });
                }
                ObjectKind::Tree => added.trees.push(peeled.oid),
                ObjectKind::Blob => added.blobs.push(peeled.oid),
                ObjectKind::Tag => return Err(Error::git(format!("tag {} cannot be peeled", tip.oid))),
            }
        }
        for Tips { accepted, tips } in histories.into_values() {
            let oids: Vec<Oid> = tips.iter().map(|tip| tip.oid).collect();
            let commits = new_commits(repo, &oids, excluded)?;
            added.histories.push(NewHistory { accepted, tips, commits });
        }
        for oids in [&mut added.tags, &mut added.trees, &mut added.blobs] {
            oids.sort_unstable();
            oids.dedup();
        }
        Ok(added)
    }

    /// Returns the number of new commits.
    ///
    /// Commits that would otherwise be found during the check are found now.
    ///
    /// # Errors
    /// Fails when one of them is missing or cannot be read.
    pub(crate) fn count_commits(&mut self, store: &Store) -> Result<usize> {
        self.histories.iter_mut().map(|history| history.commits.list(store)).sum()
    }
}

/// Oids of the deciding files; `None` for a file that does not exist.
type DecidingFiles = Vec<Option<Oid>>;

/// New values of refs whose accepted histories have the same deciding files, and so are checked together.
#[derive(Default)]
struct Tips {
    accepted: Option<Oid>,
    tips: Vec<Tip>,
}

fn deciding_files(store: &Store, accepted: Option<Oid>) -> Result<DecidingFiles> {
    let Some(accepted) = accepted else { return Ok(Vec::new()) };
    let tree = store.commit(accepted)?.tree;
    DECIDING_FILES.iter().map(|path| store.find_file(tree, path)).collect()
}
