//! Repositories of a run: those below directories, and those of lists.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use sha2::{Digest as _, Sha256};

use crate::cli::Shard;
use crate::commands::obstacles;
use crate::error::{Error, Result};
use crate::git::{Obstacle, ObstacleKind, Search, common_directory};
use crate::platform;
use crate::text::{as_path, distinct, escape_path};

/// Repositories by their ids. The id of a repository is its path, without the `.git` of a clone.
pub(super) type Places = BTreeMap<String, Place>;

/// Place of a repository.
#[derive(Debug)]
pub(super) struct Place {
    /// Directory in which it is judged: the top of a work tree, or else the repository itself.
    pub(super) directory: PathBuf,
    /// Reason why it cannot be judged, which is known before.
    pub(super) fault: Option<Fault>,
}

/// Reason why a repository is undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// One line, escaped.
    pub(super) why: String,
    /// Action for the user; may be empty.
    pub(super) hint: String,
}

/// Finds the repositories of directories and lists.
///
/// A path that is missing and a directory that cannot be searched are places with a fault: nothing is left out.
///
/// # Errors
/// Fails when a list cannot be read, or names nothing.
pub(super) fn find(named: &[PathBuf], excluded: &[PathBuf]) -> Result<Places> {
    let mut places = Places::new();
    let mut directories = Vec::new();
    for path in named {
        // A path that does not exist is reported by the search.
        match path == Path::new("-") || path.metadata().is_ok_and(|found| !found.is_dir()) {
            true => add_list(&mut places, path)?,
            false => directories.push(path.clone()),
        }
    }
    if !directories.is_empty() {
        add_found(&mut places, Search::below(&directories, excluded));
    }
    Ok(places)
}

/// Returns the digest of ids in their order, by which runs over the same repositories are recognised.
pub(super) fn digest<'i>(ids: impl Iterator<Item = &'i str>) -> String {
    let mut digest = Sha256::new();
    for id in ids {
        digest.update(id.as_bytes());
        digest.update([0]);
    }
    format!("{:x}", digest.finalize())
}

/// Returns whether a repository is in a shard. The answer depends on nothing but its id.
pub(super) fn is_in(Shard { number, of }: Shard, id: &str) -> bool {
    let digest = Sha256::digest(id.as_bytes());
    let start = digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    start % of == number - 1
}

fn add_list(places: &mut Places, list: &Path) -> Result<()> {
    let mut text = Vec::new();
    let read = match list == Path::new("-") {
        true => std::io::stdin().lock().read_to_end(&mut text).map(drop),
        false => std::fs::read(list).map(|read| text = read),
    };
    read.map_err(|error| Error::io(format!("cannot read the list {}", escape_path(list)), error))?;
    let end = if text.contains(&0) { 0 } else { b'\n' };
    let mut paths = text.split(|byte| *byte == end).filter(|path| !path.is_empty()).peekable();
    if paths.peek().is_none() {
        let error = Error::usage(format!("the list {} names no repository", escape_path(list)));
        return Err(error.hinted("write the path of a repository on each line"));
    }
    paths.for_each(|path| add_listed(places, as_path(path)));
    Ok(())
}

fn add_listed(places: &mut Places, path: &Path) {
    match platform::real_path(path) {
        Ok(directory) => add_repository(places, &directory),
        Err(error) => {
            add_fault(places, &Obstacle { path: path.to_owned(), kind: ObstacleKind::Unreadable(error) });
        }
    }
}

/// Adds a repository by its canonical path: a bare one, a `.git` directory, a work tree, or a linked one.
fn add_repository(places: &mut Places, path: &Path) {
    let file = without_git(path).join(".git");
    let shared = file.is_file().then(|| common_directory(&file)).flatten();
    // Anyone can write a `.git` file that names any repository. What stands around it must not decide about that one.
    let directory = without_git(shared.as_deref().unwrap_or(path));
    let place = || Place { directory: directory.to_owned(), fault: None };
    places.entry(distinct(directory)).or_insert_with(place);
}

fn add_fault(places: &mut Places, obstacle: &Obstacle) {
    let (why, hint) = obstacles::described(obstacle);
    // What cannot be found has no canonical path.
    let directory = std::path::absolute(&obstacle.path).unwrap_or_else(|_| obstacle.path.clone());
    let id = distinct(&directory);
    places.entry(id).or_insert_with(|| Place { directory, fault: Some(Fault { why, hint }) });
}

/// Returns the path of a clone for that of its `.git`.
fn without_git(path: &Path) -> &Path {
    let parent = path.parent().filter(|_| path.file_name().is_some_and(|name| name == ".git"));
    parent.unwrap_or(path)
}

/// Adds what a search has found.
fn add_found(places: &mut Places, search: Search) {
    let is_clone = |obstacle: &&Obstacle| matches!(obstacle.kind, ObstacleKind::WorkTree);
    let work_trees: BTreeSet<PathBuf> =
        search.obstacles.iter().filter(is_clone).map(|clone| without_git(&clone.path).to_owned()).collect();
    for path in search.repositories.iter().filter(|path| !is_submodule(path)) {
        add_repository(places, path);
    }
    for obstacle in &search.obstacles {
        match &obstacle.kind {
            ObstacleKind::WorkTree if is_submodule(&obstacle.path) => {}
            ObstacleKind::WorkTree => add_repository(places, &obstacle.path),
            ObstacleKind::Shared if is_submodule(&obstacle.path) => {}
            _ if is_own_link(obstacle, &work_trees, &search.repositories) => {}
            _ => add_fault(places, obstacle),
        }
    }
}

/// Returns whether a git directory is that of a submodule, below `.git/modules` of a clone.
fn is_submodule(path: &Path) -> bool {
    platform::path_bytes(path).contains_str("/.git/modules/")
}

/// Returns whether an obstacle is a link in the files of a clone, or the link to the hooks of a repository.
///
/// Neither leads to a repository of the fleet, and the first may come from anyone. No commit has a `.git`.
fn is_own_link(obstacle: &Obstacle, work_trees: &BTreeSet<PathBuf>, bare: &BTreeSet<PathBuf>) -> bool {
    let path = &obstacle.path;
    let is_link = path.is_symlink() && !path.ends_with(".git");
    let in_work_tree = path.ancestors().skip(1).any(|folder| work_trees.contains(folder));
    let is_hooks = path.ends_with("hooks") && path.parent().is_some_and(|parent| bare.contains(parent));
    is_link && (in_work_tree || is_hooks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repository_is_in_one_shard() {
        for of in 1..8 {
            let counts = (1..=of).map(|number| {
                (0..1000).filter(|id| is_in(Shard { number, of }, &format!("/srv/git/{id}.git"))).count()
            });
            let counts: Vec<usize> = counts.collect();
            assert_eq!(counts.iter().sum::<usize>(), 1000);
            assert!(counts.iter().all(|count| *count > 1000 / of as usize / 2), "{counts:?}");
        }
    }

    #[test]
    fn shard_of_a_path_stays() {
        let of = |id: &str| (1..=97).find(|number| is_in(Shard { number: *number, of: 97 }, id));
        assert_eq!(["/srv/git/a.git", "/srv/git/b.git"].map(of), [Some(22), Some(96)]);
    }
}
