//! Search for the repositories below directories, for example all repositories of a server.
//!
//! Looks at files only, and runs no git. Everything that may be a repository and is not in the result is an
//! [`Obstacle`], so that nothing is left out without a word.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::platform;

/// Directories of a repository that are git's own, and in which no push looks for a repository.
const INTERNAL: [&str; 5] = ["objects", "refs", "logs", "reftable", "worktrees"];

/// Start of a file that leads to a git directory (gitrepository-layout(5)).
const GIT_FILE: &[u8] = b"gitdir: ";

/// Result of a search. All paths are canonical.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Repositories that have the form of a bare one, in the order of their paths.
    pub(crate) repositories: BTreeSet<PathBuf>,
    /// Places that were not looked into, and repositories of another form.
    pub(crate) obstacles: Vec<Obstacle>,
    /// Directories that were left out because the caller asked for it.
    pub(crate) excluded: BTreeSet<PathBuf>,
    links: Vec<PathBuf>,
    git_files: Vec<PathBuf>,
}

/// Place that may contain a repository, or be one, and is not in the result.
#[derive(Debug)]
pub(crate) struct Obstacle {
    /// Path of the place.
    pub(crate) path: PathBuf,
    /// Reason why it is not in the result.
    pub(crate) kind: ObstacleKind,
}

/// Kinds of obstacles.
#[derive(Debug)]
pub(crate) enum ObstacleKind {
    /// It cannot be read.
    Unreadable(io::Error),
    /// No repository is below the directory that the caller named.
    Empty,
    /// It is a link, or a file of git, that leads to a place that is not searched.
    Link(PathBuf),
    /// It is a repository with a work tree.
    WorkTree,
    /// It is a git directory with refs of its own that takes everything else from another one.
    Shared,
    /// It has parts of a repository, but not this one.
    Damaged(&'static str),
}

impl Search {
    /// Searches directories and everything below them, except for the excluded ones.
    ///
    /// A link among `roots` is followed, any other is an obstacle, unless it leads to a place that is searched.
    pub(crate) fn below(roots: &[PathBuf], excluded: &[PathBuf]) -> Self {
        let mut search = Self::default();
        let excluded: BTreeSet<PathBuf> = excluded.iter().map(|path| unresolved(path)).collect();
        let mut searched = Vec::new();
        for root in roots {
            match platform::real_path(root) {
                Ok(root) => {
                    search.root(&root, &excluded);
                    searched.push(root);
                }
                Err(error) => search.obstacle(root, ObstacleKind::Unreadable(error)),
            }
        }
        search.judge_links(&searched, &excluded);
        search.judge_git_files(&excluded);
        for root in searched {
            search.judge_root(&root);
        }
        search
    }

    fn root(&mut self, root: &Path, excluded: &BTreeSet<PathBuf>) {
        let mut next = vec![root.to_owned()];
        while let Some(directory) = next.pop() {
            if excluded.contains(&directory) {
                self.excluded.insert(directory);
            } else if let Err(error) = self.directory(&directory, &mut next) {
                self.obstacle(&directory, ObstacleKind::Unreadable(error));
            }
        }
    }

    fn directory(&mut self, directory: &Path, next: &mut Vec<PathBuf>) -> io::Result<()> {
        let mut parts = Parts::default();
        let mut below = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            parts.see(&name, &entry.path());
            if kind.is_dir() {
                below.push(entry.path());
            } else if kind.is_symlink() {
                self.links.push(entry.path());
            } else if name == ".git" || is_git_file(&entry.path()) {
                self.git_files.push(entry.path());
            }
        }
        let is_work_tree = directory.file_name() == Some(OsStr::new(".git"));
        match parts.form() {
            Form::Other => {}
            Form::Damaged(missing) => self.obstacle(directory, ObstacleKind::Damaged(missing)),
            Form::Shared => self.obstacle(directory, ObstacleKind::Shared),
            Form::Repository if is_work_tree => self.obstacle(directory, ObstacleKind::WorkTree),
            Form::Repository => drop(self.repositories.insert(directory.to_owned())),
        }
        if !matches!(parts.form(), Form::Other) {
            let is_internal = |path: &PathBuf| INTERNAL.iter().any(|name| path.ends_with(name));
            below.retain(|path| !is_internal(path));
            self.links.retain(|link| link.parent() != Some(directory) || !is_internal(link));
        }
        next.extend(below);
        Ok(())
    }

    /// Reports a directory below which there is nothing else to report.
    fn judge_root(&mut self, root: &Path) {
        let is_below = |path: &Path| path.starts_with(root);
        let repository = self.repositories.iter().any(|repository| is_below(repository));
        if !repository && !self.obstacles.iter().any(|obstacle| is_below(&obstacle.path)) {
            self.obstacle(root, ObstacleKind::Empty);
        }
    }

    /// Reports links that lead out of the searched directories, and those that lead nowhere.
    fn judge_links(&mut self, searched: &[PathBuf], excluded: &BTreeSet<PathBuf>) {
        for link in std::mem::take(&mut self.links) {
            if excluded.contains(&link) {
                self.excluded.insert(link);
                continue;
            }
            match platform::real_path(&link) {
                Ok(target) if !target.is_dir() => {}
                Ok(target) if is_below(&target, searched) || is_below(&target, excluded) => {}
                Ok(target) => self.obstacle(&link, ObstacleKind::Link(target)),
                Err(error) => self.obstacle(&link, ObstacleKind::Unreadable(error)),
            }
        }
    }

    /// Reports files that lead to a repository that was not found: those of work trees, and those in its place.
    fn judge_git_files(&mut self, excluded: &BTreeSet<PathBuf>) {
        for file in std::mem::take(&mut self.git_files) {
            if excluded.contains(&file) {
                self.excluded.insert(file);
                continue;
            }
            let shared = common_directory(&file);
            let is_known = |path: &PathBuf| {
                let reported = |obstacle: &Obstacle| obstacle.path == *path;
                self.repositories.contains(path) || self.obstacles.iter().any(reported)
            };
            match shared {
                Some(shared) if is_known(&shared) => {}
                Some(shared) if !file.ends_with(".git") => self.obstacle(&file, ObstacleKind::Link(shared)),
                _ => self.obstacle(&file, ObstacleKind::WorkTree),
            }
        }
    }

    fn obstacle(&mut self, path: &Path, kind: ObstacleKind) {
        self.obstacles.push(Obstacle { path: path.to_owned(), kind });
    }
}

/// Returns the canonical path of a place, except that a link there is not followed.
fn unresolved(path: &Path) -> PathBuf {
    let named =
        || Some((platform::real_path(std::path::absolute(path).ok()?.parent()?).ok()?, path.file_name()?));
    match named() {
        Some((directory, name)) => directory.join(name),
        None => platform::real_path(path).unwrap_or_else(|_| path.to_owned()),
    }
}

fn is_below<'p>(path: &Path, directories: impl IntoIterator<Item = &'p PathBuf>) -> bool {
    directories.into_iter().any(|directory| path.starts_with(directory))
}

/// Returns whether a file has the name of a bare repository and leads to a git directory: git follows it in a push.
fn is_git_file(path: &Path) -> bool {
    let mut start = [0; GIT_FILE.len()];
    path.extension() == Some(OsStr::new("git"))
        && fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
        && start == GIT_FILE
}

/// Returns the git directory that a `.git` file leads to: in a linked worktree, that of the repository.
pub(crate) fn common_directory(file: &Path) -> Option<PathBuf> {
    let read = |path: &Path| fs::read_to_string(path).ok();
    let text = read(file)?;
    let git_dir = file.parent()?.join(text.strip_prefix("gitdir: ")?.trim_end_matches('\n'));
    let shared = read(&git_dir.join("commondir"));
    let git_dir = shared.map_or(git_dir.clone(), |shared| git_dir.join(shared.trim_end_matches('\n')));
    platform::real_path(&git_dir).ok()
}

/// Parts of a git directory that a directory has.
#[derive(Debug, Default)]
struct Parts {
    head: bool,
    objects: bool,
    refs: bool,
    config: bool,
    commondir: bool,
}

/// Form of a directory.
enum Form {
    Repository,
    /// Has parts of a repository, but not this one.
    Damaged(&'static str),
    /// Takes its objects and its config from another git directory.
    Shared,
    Other,
}

impl Parts {
    fn see(&mut self, name: &OsStr, path: &Path) {
        match name.as_encoded_bytes() {
            // An old repository has a link, which leads nowhere as long as the branch has no commit.
            b"HEAD" => self.head = !path.is_dir(),
            b"config" => self.config = path.is_file(),
            b"commondir" => self.commondir = path.is_file(),
            b"objects" => self.objects = path.metadata().map_or_else(is_hidden, |found| found.is_dir()),
            b"refs" => self.refs = path.metadata().map_or_else(is_hidden, |found| found.is_dir()),
            _ => {}
        }
    }

    fn form(&self) -> Form {
        match (self.head, self.objects, self.refs) {
            (true, ..) if self.commondir => Form::Shared,
            (true, true, true) => Form::Repository,
            (false, true, true) if self.config => Form::Damaged("HEAD"),
            (true, false, true) => Form::Damaged("objects"),
            (true, true, false) => Form::Damaged("refs"),
            _ => Form::Other,
        }
    }
}

/// Returns whether a directory exists although it cannot be inspected, as behind a link to a closed place.
fn is_hidden(error: io::Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::platform::for_tests::symlink;

    fn repository(path: &Path) {
        for part in ["objects/pack", "refs/heads", "hooks"] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        fs::write(path.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(path.join("config"), "").unwrap();
    }

    fn shown(search: &Search, root: &Path) -> Vec<String> {
        let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
        let kind = |obstacle: &Obstacle| match &obstacle.kind {
            ObstacleKind::Unreadable(error) => format!("{:?}", error.kind()),
            ObstacleKind::Empty => "empty".to_owned(),
            ObstacleKind::Link(target) => format!("-> {}", name(target)),
            ObstacleKind::WorkTree => "work tree".to_owned(),
            ObstacleKind::Shared => "shared".to_owned(),
            ObstacleKind::Damaged(part) => format!("no {part}"),
        };
        let mut obstacles: Vec<String> = search
            .obstacles
            .iter()
            .map(|obstacle| format!("{} {}", name(&obstacle.path), kind(obstacle)))
            .collect();
        obstacles.sort();
        search.repositories.iter().map(|path| name(path)).chain(obstacles).collect()
    }

    #[test]
    fn every_place_is_a_repository_or_an_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let top = platform::real_path(folder.path()).unwrap();
        let (srv, out) = (top.join("srv"), top.join("out"));
        for name in ["srv/a.git", "srv/a.git/b.git", "srv/team/with space", "srv/clone/.git", "out/o.git"] {
            repository(&top.join(name));
        }
        repository(&srv.join("clone/vendor/deep.git"));
        repository(&srv.join("headless.git"));
        fs::remove_file(srv.join("headless.git/HEAD")).unwrap();
        fs::remove_dir_all(srv.join("a.git/b.git/hooks")).unwrap();
        fs::create_dir_all(srv.join("src/objects")).unwrap();
        fs::create_dir_all(srv.join("src/refs")).unwrap();
        symlink(&out, srv.join("link")).unwrap();
        symlink(srv.join("a.git"), srv.join("alias")).unwrap();
        symlink("nowhere", srv.join("gone")).unwrap();
        fs::create_dir_all(srv.join("a.git/worktrees/w")).unwrap();
        fs::write(srv.join("a.git/worktrees/w/commondir"), "../..\n").unwrap();
        for (name, git_dir) in [("w", "../a.git/worktrees/w"), ("x", "../../out/o.git/worktrees/x")] {
            fs::create_dir(srv.join(name)).unwrap();
            fs::write(srv.join(name).join(".git"), format!("gitdir: {git_dir}\n")).unwrap();
        }
        repository(&srv.join("a.git/modules/m.git"));
        fs::create_dir_all(srv.join("shared.git")).unwrap();
        fs::write(srv.join("shared.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(srv.join("shared.git/commondir"), "../a.git\n").unwrap();
        fs::write(srv.join("known.git"), "gitdir: a.git\n").unwrap();
        fs::write(srv.join("elsewhere.git"), "gitdir: ../out/o.git\n").unwrap();
        fs::write(srv.join("notes.git"), "gitd").unwrap();
        let search = Search::below(&[srv.clone(), top.join("missing")], &[]);
        let expected = [
            "srv/a.git",
            "srv/a.git/b.git",
            "srv/a.git/modules/m.git",
            "srv/clone/vendor/deep.git",
            "srv/team/with space",
            "missing NotFound",
            "srv/clone/.git work tree",
            "srv/elsewhere.git -> out/o.git",
            "srv/gone NotFound",
            "srv/headless.git no HEAD",
            "srv/link -> out",
            "srv/shared.git shared",
            "srv/x/.git work tree",
        ];
        assert_eq!(shown(&search, &top), expected);
        let excluded =
            ["a.git/modules", "clone", "elsewhere.git", "gone", "headless.git", "link", "shared.git", "x"]
                .map(|name| srv.join(name));
        let search = Search::below(std::slice::from_ref(&srv), &excluded);
        assert_eq!(shown(&search, &top), ["srv/a.git", "srv/a.git/b.git", "srv/team/with space"]);
        assert_eq!(search.excluded.len(), 8);
    }

    #[test]
    fn root_without_repositories_is_an_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let top = platform::real_path(folder.path()).unwrap();
        for name in ["empty", "full"] {
            fs::create_dir(top.join(name)).unwrap();
        }
        repository(&top.join("full/a.git"));
        symlink(top.join("full"), top.join("link")).unwrap();
        let search = Search::below(&["empty", "full", "link", "full/a.git"].map(|name| top.join(name)), &[]);
        assert_eq!(shown(&search, &top), ["full/a.git", "empty empty"]);
    }
}
