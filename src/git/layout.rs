//! Where a repository lies, and what can read it: as git says, or where there is none, as the environment of a hook does.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::Git;
use super::history::prefetch::Ahead;
use super::history::quarantine;
use super::object::store::{CatFile, Library, Objects};
use crate::env;
use crate::error::{Error, Result};

/// Where a repository lies and how it stores things.
#[derive(Debug, Clone)]
pub(in crate::git) struct Place {
    pub(in crate::git) git_dir: PathBuf,
    pub(in crate::git) common_dir: PathBuf,
    pub(in crate::git) work_tree: Option<PathBuf>,
    pub(in crate::git) bare: bool,
    /// Whether libgit2 reads it: SHA-1 oids, refs in files, and no path that git had to quote.
    pub(in crate::git) library: bool,
    /// Whether git itself can be run. Where it cannot, all is read here, and what only git can answer is an error.
    pub(in crate::git) git: bool,
}

/// What git is asked about a repository.
const ASKED: [&str; 6] = [
    "--absolute-git-dir",
    "--git-common-dir",
    "--is-bare-repository",
    "--show-object-format",
    "--show-ref-format",
    "--show-cdup",
];

/// The git directory that the environment names, where git can be run.
pub(in crate::git) fn with_git() -> Option<PathBuf> {
    let git_dir = env::git_variable("GIT_DIR")?;
    has_git().then(|| git_dir.into())
}

fn has_git() -> bool {
    env::search_path().any(|directory| directory.join("git").exists())
}

impl Place {
    /// The repository of a hook that runs where there is no git, or inside a push; else git is asked. With it comes the
    /// source of its objects.
    pub(in crate::git) fn find(ahead: &mut Ahead) -> Result<(Self, Objects)> {
        let Some(git_dir) = env::git_variable("GIT_DIR") else { return Self::ask_git()?.with_objects() };
        if !has_git() {
            return Self::of_environment(Path::new(&git_dir));
        }
        if env::git_variable("GIT_QUARANTINE_PATH").is_none() {
            return Self::ask_git()?.with_objects();
        }
        // git has found and checked the repository that it receives a push into. libgit2 refuses the one that it cannot
        // read, by what its config declares; then git is asked.
        if let Ok((place, objects)) = Self::of_environment(Path::new(&git_dir)) {
            return Ok((Self { git: true, ..place }, objects));
        }
        let asked = Git::new("rev-parse").args(ASKED).start()?;
        ahead.ask_head()?;
        let cat_file = CatFile::start()?;
        let place = Self::read(&asked.output()?)?;
        if place.library {
            place.with_objects()
        } else {
            Ok((place, Objects::Plumbing(Box::new(cat_file.into()))))
        }
    }

    /// What git would say, as far as libgit2 knows it. That refuses what it cannot read: SHA-256, refs in other places than
    /// files, the repository of another user.
    fn of_environment(git_dir: &Path) -> Result<(Self, Objects)> {
        if quarantine::has_quoted_paths() {
            return Err(Error::git("there is no git here to read a path that git had to quote"));
        }
        let repository = open_library()?;
        let absolute = |path: &Path| {
            path.canonicalize().map_err(|error| Error::io("cannot find the git directory", error))
        };
        let (git_dir, common_dir) = (absolute(git_dir)?, absolute(repository.commondir())?);
        let bare = repository.is_bare();
        let place = Self { git_dir, common_dir, work_tree: None, bare, library: true, git: false };
        Ok((place, library(repository)))
    }

    fn ask_git() -> Result<Self> {
        Self::read(&Git::new("rev-parse").args(ASKED).output()?)
    }

    /// Reads what `git rev-parse` says.
    fn read(output: &[u8]) -> Result<Self> {
        let lines: Vec<&[u8]> = output.lines().collect();
        let (&[git_dir, common_dir, bare @ (b"true" | b"false"), hash, refs], up) = (match lines.as_slice() {
            [lines @ .., up] if lines.len() == 5 => (lines, Some(*up)),
            lines => (lines, None),
        }) else {
            return Err(Error::git("the path of the repository holds a line break"));
        };
        let git_dir = path_of(git_dir)?;
        let common_dir = std::path::absolute(path_of(common_dir)?)
            .map_err(|error| Error::io("cannot find the git directory", error))?;
        let bare = bare == b"true";
        // A git that does not know the question (before 2.44) repeats it, and knows no refs but those in files.
        let files = matches!(refs, b"files" | b"--show-ref-format");
        let work_tree = up.filter(|_| !bare).map(work_tree).transpose()?;
        let library = hash == b"sha1" && files && !quarantine::has_quoted_paths();
        Ok(Self { git_dir, common_dir, work_tree, bare, library, git: true })
    }

    pub(in crate::git) fn with_objects(self) -> Result<(Self, Objects)> {
        let objects = self.objects()?;
        Ok((self, objects))
    }

    /// Opens the source of objects that can read it.
    pub(in crate::git) fn objects(&self) -> Result<Objects> {
        if !self.library {
            return Ok(Objects::Plumbing(Box::new(CatFile::start()?.into())));
        }
        open_library().map(library)
    }
}

fn library(repository: git2::Repository) -> Objects {
    Objects::Library(Box::new(Library::new(repository)))
}

fn open_library() -> Result<git2::Repository> {
    // git has verified what it took in; hashing again would more than double the cost of a read.
    git2::opts::strict_hash_verification(false);
    git2::opts::enable_caching(false);
    git2::Repository::open_from_env()
        .map_err(|error| Error::git("the repository cannot be opened").caused_by(error))
}

/// The top of the work tree, which git names from the current directory. It names none inside a git directory, where hooks
/// of a non-bare repository's receive-pack run.
fn work_tree(up: &[u8]) -> Result<PathBuf> {
    let top = Path::new(".").join(path_of(up)?).canonicalize();
    top.map_err(|error| Error::io("cannot find the top of the work tree", error))
}

/// A path as git writes it.
pub(in crate::git) fn path_of(bytes: &[u8]) -> Result<PathBuf> {
    let path =
        bytes.to_path().map_err(|error| Error::git("a path of git is not valid here").caused_by(error))?;
    Ok(path.to_owned())
}
