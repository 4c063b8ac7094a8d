//! What a push adds: the commits, tags, trees and blobs that nothing known reaches.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::new_commits::new_commits;
use crate::error::{Error, Result};
use crate::git::{Kind, Known, NewCommits, Oid, Peeled, Repo};

/// Files of the accepted history that decide how new commits are judged.
const DECIDING_FILES: [&[u8]; 2] = [b".github/dco.yml", b".mailmap"];

/// How many tips are asked for their kind alone: to unpack what they name takes memory.
const MANY: usize = 256;

/// A new value of a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tip {
    /// The object that the ref is to name.
    pub oid: Oid,
    /// The commit of the accepted history that the ref belongs to: what it names now, or the default branch.
    pub accepted: Option<Oid>,
}

/// Everything that is new. Each object stands in it once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Added {
    /// New commits, by the accepted history they are added to. One list in all but odd pushes.
    pub histories: Vec<NewHistory>,
    /// Annotated tags on the way from a ref to its object.
    pub tags: Vec<Oid>,
    /// Trees at the end of a ref or a tag.
    pub trees: Vec<Oid>,
    /// Blobs at the end of a ref or a tag.
    pub blobs: Vec<Oid>,
}

/// Commits that are added to one accepted history.
#[derive(Debug, Clone)]
pub(crate) struct NewHistory {
    /// A commit of the accepted history; none when there is no history yet.
    pub accepted: Option<Oid>,
    /// The commits that refs are to name, each with the accepted commit of its own ref.
    pub tips: Vec<Tip>,
    /// The new commits.
    pub commits: NewCommits,
}

impl Added {
    /// Finds out what is new when refs get new values.
    ///
    /// # Errors
    /// Fails when an object is missing or cannot be read, or when git cannot answer.
    pub(crate) fn find(repo: &Repo, tips: &[Tip], known: &Known) -> Result<Self> {
        let mut added = Self::default();
        let mut histories: BTreeMap<DecidingFiles, Tips> = BTreeMap::new();
        let mut deciding: HashMap<Option<Oid>, DecidingFiles> = HashMap::new();
        let packs = (tips.len() >= MANY).then(|| repo.packs()).flatten();
        let is_commit = |oid| packs.as_ref().and_then(|packs| packs.kind(oid)) == Some(Kind::Commit);
        for tip in tips {
            let peeled = match is_commit(tip.oid) {
                true => Peeled { oid: tip.oid, kind: Kind::Commit, tags: Vec::new() },
                false => repo.peel(tip.oid)?,
            };
            added.tags.extend(peeled.tags);
            match peeled.kind {
                Kind::Commit => {
                    let files = match deciding.entry(tip.accepted) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(unknown) => unknown.insert(deciding_files(repo, tip.accepted)?),
                    };
                    let history = histories.entry(files.clone()).or_default();
                    history.accepted = history.accepted.or(tip.accepted);
                    history.tips.push(Tip { oid: peeled.oid, ..*tip });
                }
                Kind::Tree => added.trees.push(peeled.oid),
                Kind::Blob => added.blobs.push(peeled.oid),
                Kind::Tag => return Err(Error::git(format!("tag {} cannot be peeled", tip.oid))),
            }
        }
        for Tips { accepted, tips } in histories.into_values() {
            let oids: Vec<Oid> = tips.iter().map(|tip| tip.oid).collect();
            let commits = new_commits(repo, &oids, known)?;
            added.histories.push(NewHistory { accepted, tips, commits });
        }
        for oids in [&mut added.tags, &mut added.trees, &mut added.blobs] {
            oids.sort_unstable();
            oids.dedup();
        }
        Ok(added)
    }

    /// How many commits there are. Those that would be found while they are judged are found at once.
    ///
    /// # Errors
    /// Fails when one of them is missing or cannot be read.
    pub(crate) fn count_commits(&mut self, repo: &Repo) -> Result<usize> {
        self.histories.iter_mut().map(|history| history.commits.list(repo)).sum()
    }
}

/// The oids of the deciding files.
type DecidingFiles = Vec<Option<Oid>>;

/// New values of refs whose accepted histories agree in the deciding files: they are judged as one.
#[derive(Default)]
struct Tips {
    accepted: Option<Oid>,
    tips: Vec<Tip>,
}

fn deciding_files(repo: &Repo, accepted: Option<Oid>) -> Result<DecidingFiles> {
    let Some(accepted) = accepted else { return Ok(Vec::new()) };
    let tree = repo.commit(accepted)?.tree;
    DECIDING_FILES.iter().map(|path| repo.find_file(tree, path)).collect()
}
