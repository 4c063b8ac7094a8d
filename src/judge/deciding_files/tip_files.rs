//! Files in the trees of commits: of few, or of the tips of all refs, which are as many as there were pull requests.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::parallel::{self, cores, lock};

/// Minimum number of trees that are read on all cores.
const MANY: usize = 1024;

/// Number of trees that a thread takes at once. Tips are sorted by name, so neighbours have similar trees.
const PART: usize = 128;

/// Files in the trees of commits.
pub(super) struct TipFiles<'r> {
    repo: &'r Repo,
    /// Blobs by tree and path, as far as they were sought in advance.
    found: HashMap<(Oid, &'static str), Option<Oid>>,
}

impl<'r> TipFiles<'r> {
    /// Seeks files in the trees of commits in advance, if these are many.
    ///
    /// # Errors
    /// Fails when the repository cannot be opened once more.
    pub(super) fn of(
        repo: &'r Repo,
        commits: impl Iterator<Item = Oid>,
        paths: &[&'static str],
    ) -> Result<Self> {
        let mut trees = repo
            .with_history(|graph| commits.filter_map(|commit| graph.tree_of(commit)).collect::<Vec<Oid>>());
        trees.dedup();
        let found = if trees.len() < MANY { HashMap::new() } else { find_all(repo, &trees, paths)? };
        Ok(Self { repo, found })
    }

    /// Returns the blob of a file in a commit; `None` if there is none.
    ///
    /// # Errors
    /// Fails when the commit or one of its trees cannot be read.
    pub(super) fn blob(&self, commit: Option<Oid>, path: &'static str) -> Result<Option<Oid>> {
        let Some(commit) = commit else { return Ok(None) };
        let tree = match self.repo.with_history(|graph| graph.tree_of(commit)) {
            Some(tree) => tree,
            None => self.repo.store().commit(commit)?.tree,
        };
        match self.found.get(&(tree, path)) {
            Some(found) => Ok(*found),
            None => self.repo.store().find_file(tree, path.as_bytes()),
        }
    }
}

/// Seeks files in trees on all cores. A tree that cannot be read is left out.
fn find_all(
    repo: &Repo,
    trees: &[Oid],
    paths: &[&'static str],
) -> Result<HashMap<(Oid, &'static str), Option<Oid>>> {
    let parts = Mutex::new(trees.chunks(PART));
    let next = || lock(&parts).next();
    let work = |repo: &Repo| {
        let mut found = Vec::new();
        while let Some(part) = next() {
            for tree in part {
                for path in paths {
                    let blob = repo.store().find_file(*tree, path.as_bytes());
                    found.extend(blob.ok().map(|blob| ((*tree, *path), blob)));
                }
            }
        }
        found
    };
    let others = if cores() > 1 { repo.reopen_for_workers()? } else { Vec::new() };
    Ok(parallel::run(others, || work(repo), |repo| work(&repo)).into_iter().flatten().collect())
}
