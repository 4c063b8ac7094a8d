//! Location and layout of a repository, as reported by git or, inside a hook, by libgit2.

use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;

use super::object::database::{Database, open_libgit2};
use super::{Git, special_files};
use crate::env;
use crate::error::{Error, Result};
use crate::platform;
use crate::text::as_path;

/// Directories of a repository and the programs that can read it.
#[derive(Debug, Clone)]
pub(in crate::git) struct RepoLayout {
    pub(in crate::git) git_dir: PathBuf,
    pub(in crate::git) common_dir: PathBuf,
    pub(in crate::git) work_tree: Option<PathBuf>,
    pub(in crate::git) bare: bool,
    /// True if libgit2 can read it: SHA-1 oids, refs in files, and no quoted path in the quarantine.
    pub(in crate::git) libgit2: bool,
    /// True if refs are in files, not in a reftable.
    pub(in crate::git) files: bool,
    /// True if `git` is on PATH. Without it, only libgit2 is used, and queries that need git fail.
    pub(in crate::git) git: bool,
}

/// Options of the `git rev-parse` that describes the repository; [`RepoLayout::read`] expects their order.
const ASKED: [&str; 6] = [
    "--absolute-git-dir",
    "--git-common-dir",
    "--is-bare-repository",
    "--show-object-format",
    "--show-ref-format",
    "--show-cdup",
];

fn has_git() -> bool {
    env::on_path("git").is_some()
}

impl RepoLayout {
    /// Locates the repository and opens its objects; `None` if there is no repository here.
    ///
    /// Uses libgit2 in a hook without git on PATH and in a push; queries git otherwise.
    pub(in crate::git) fn find() -> Result<Option<(Self, Database)>> {
        if let Some(git_dir) = env::git_variable("GIT_DIR") {
            let git_dir = Path::new(&git_dir);
            if !has_git() {
                return Self::of_environment(git_dir).map(Some);
            }
            // git has already found and checked the repository that receives a push. libgit2 refuses a
            // repository whose config declares a format that it cannot read; git is queried then.
            if env::git_variable("GIT_QUARANTINE_PATH").is_some()
                && let Ok((layout, database)) = Self::of_environment(git_dir)
            {
                return Ok(Some((Self { git: true, ..layout }, database)));
            }
        }
        let Some(layout) = Self::ask_git()? else { return Ok(None) };
        let database = layout.open_database()?;
        let libgit2 = database.repository().is_some();
        Ok(Some((Self { libgit2, ..layout }, database)))
    }

    /// Describes the repository with libgit2 and the environment, without git.
    ///
    /// Fails for repositories that libgit2 refuses: SHA-256, refs that are not in files. The owner may be anyone:
    /// git does not check that of a repository which the environment names.
    fn of_environment(git_dir: &Path) -> Result<(Self, Database)> {
        if has_quoted_paths() {
            return Err(Error::git(
                "reading a quoted path in the environment needs `git`, which is not on PATH",
            ));
        }
        let repository = open_libgit2()?;
        let absolute = |path: &Path| {
            platform::real_path(path).map_err(|error| Error::io("cannot find the git directory", error))
        };
        let (git_dir, common_dir) = (absolute(git_dir)?, absolute(repository.commondir())?);
        let bare = repository.is_bare();
        let layout =
            Self { git_dir, common_dir, work_tree: None, bare, libgit2: true, files: true, git: false };
        Ok((layout, repository.into()))
    }

    fn ask_git() -> Result<Option<Self>> {
        // git has read the files of a repository that receives a push.
        if env::git_variable("GIT_QUARANTINE_PATH").is_none() {
            special_files::refuse()?;
        }
        let answer = Git::new("rev-parse").args(ASKED).answer()?;
        match answer.code {
            Some(0) => Self::read(&answer.stdout).map(Some),
            // With `GIT_DIR` set, git names that directory instead of "(or any".
            _ if answer.stderr.contains_str("fatal: not a git repository (or any") => Ok(None),
            _ => Err(answer.refusal("rev-parse")),
        }
    }

    /// Parses the output of `git rev-parse`.
    fn read(output: &[u8]) -> Result<Self> {
        let lines: Vec<&[u8]> = output.lines().collect();
        let (&[git_dir, common_dir, bare @ (b"true" | b"false"), hash, refs], up) = (match lines.as_slice() {
            [lines @ .., up] if lines.len() == 5 => (lines, Some(*up)),
            lines => (lines, None),
        }) else {
            return Err(Error::git("the path of the repository contains a line break"));
        };
        let git_dir = as_path(git_dir).to_owned();
        let common_dir = std::path::absolute(as_path(common_dir))
            .map_err(|error| Error::io("cannot find the git directory", error))?;
        let bare = bare == b"true";
        // Before 2.44, git repeats the unknown option, and supports refs in files only.
        let files = matches!(refs, b"files" | b"--show-ref-format");
        let work_tree = up.filter(|_| !bare).map(work_tree).transpose()?;
        let libgit2 = hash == b"sha1" && files && !has_quoted_paths();
        Ok(Self { git_dir, common_dir, work_tree, bare, libgit2, files, git: true })
    }

    /// Opens the object database with libgit2 if that can read it, else with git.
    ///
    /// git has decided that the repository which it has found may be used, and no other. libgit2 may refuse it, for
    /// example because of an extension that only git knows.
    pub(in crate::git) fn open_database(&self) -> Result<Database> {
        if self.libgit2
            && let Ok(repository) = open_libgit2()
            && is_same_directory(repository.path(), &self.git_dir)
        {
            return Ok(repository.into());
        }
        Database::cat_file()
    }
}

fn is_same_directory(one: &Path, other: &Path) -> bool {
    one == other
        || platform::real_path(one)
            .is_ok_and(|one| platform::real_path(other).is_ok_and(|other| one == other))
}

/// Returns true if git had to quote a path of the quarantine (it contains a colon); libgit2 cannot read that.
fn has_quoted_paths() -> bool {
    let list = env::git_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    list.is_some_and(|list| list.as_encoded_bytes().contains(&b'"'))
}

/// Resolves the path to the top of the work tree, which git gives relative to the current directory.
///
/// git gives none inside a git directory, which is where receive-pack of a non-bare repository runs its
/// hooks.
fn work_tree(up: &[u8]) -> Result<PathBuf> {
    let top = platform::real_path(&Path::new(".").join(as_path(up)));
    top.map_err(|error| Error::io("cannot find the top of the work tree", error))
}
