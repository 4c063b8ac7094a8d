//! Hooks directory of a repository, and the setting that selects it.

use std::fmt;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::forge::reserved_directory;
use crate::error::{Error, Result};
use crate::git::{Git, Repo};
use crate::platform;
use crate::text::{as_path, escape, escape_path, quoted_path};

/// Directory in which git looks for the hooks of a repository, and the setting that selects it. If the hook there is
/// that of a forge which reserves another directory for hooks of others, it is that directory.
#[derive(Debug, Clone)]
pub(crate) struct HooksDirectory {
    /// Absolute path. The directory need not exist.
    pub(crate) path: PathBuf,
    /// `core.hooksPath`, if it is set.
    pub(crate) setting: Option<HooksPath>,
}

/// `core.hooksPath`, as reported by git.
#[derive(Debug, Clone)]
pub(crate) struct HooksPath {
    /// Scope, as named by git: `system`, `global`, `local`, `worktree` or `command`.
    pub(crate) scope: BString,
    /// File or other source, as written by git.
    pub(crate) origin: BString,
    /// Value of the setting.
    pub(crate) value: BString,
    /// File in which it is, if the file of its scope only includes that.
    included_by: Option<PathBuf>,
}

/// Place in which git looks for the hooks of a repository.
#[derive(Debug)]
pub(super) enum HooksLocation {
    /// A directory, which need not exist.
    Directory(HooksDirectory),
    /// No place: git runs no hook.
    Nowhere(NoHooks),
}

/// Reason why git runs no hook.
#[derive(Debug)]
pub(super) enum NoHooks {
    /// `core.hooksPath` is empty, or not a directory.
    Disabled(HooksPath),
    /// The current directory is the git directory of a repository with a work tree.
    InsideGitDirectory,
}

impl HooksLocation {
    /// Queries git for the place of the hooks of a repository.
    ///
    /// # Errors
    /// Fails if git does not answer.
    pub(super) fn find(repo: &Repo) -> Result<Self> {
        let Some(at) = directory_of_hooks(repo) else {
            return Ok(Self::Nowhere(NoHooks::InsideGitDirectory));
        };
        let setting = HooksPath::query(at)?;
        if let Some(setting) = setting.as_ref().filter(|setting| setting.value.is_empty()) {
            return Ok(Self::Nowhere(NoHooks::Disabled(setting.clone())));
        }
        let path = query_hooks_path(Git::new("rev-parse").dir(at))?;
        Ok(match (setting, path.metadata()) {
            (Some(setting), Ok(found)) if !found.is_dir() => Self::Nowhere(NoHooks::Disabled(setting)),
            (None, _) if repo.is_bare() => {
                let path = reserved_directory(&path).unwrap_or(path);
                Self::Directory(HooksDirectory { path, setting: None })
            }
            (setting, _) => Self::Directory(HooksDirectory { path, setting }),
        })
    }
}

impl NoHooks {
    /// Returns the instruction that gives git a hooks directory.
    pub(super) fn repair(&self) -> String {
        match self {
            Self::Disabled(setting) => setting.repair(),
            Self::InsideGitDirectory => "run the command in the work tree".to_owned(),
        }
    }
}

impl fmt::Display for NoHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled(setting) => write!(
                f,
                "git runs no hooks here: `core.hooksPath` is set to `{}` in {}",
                escape(&setting.value),
                setting.place()
            ),
            Self::InsideGitDirectory => {
                f.write_str("this is the git directory of a repository with a work tree")
            }
        }
    }
}

/// Hooks directories of hook managers in a work tree, which stay when the manager is switched off.
const OF_MANAGERS: [&str; 2] = [".husky/_", ".husky"];

impl HooksDirectory {
    /// Queries git for the hooks directory of a repository.
    ///
    /// # Errors
    /// Fails if git does not answer, or runs no hook.
    pub(crate) fn find(repo: &Repo) -> Result<Self> {
        match HooksLocation::find(repo)? {
            HooksLocation::Directory(directory) => Ok(directory),
            HooksLocation::Nowhere(reason) => Err(Error::usage(reason.to_string()).hinted(reason.repair())),
        }
    }

    /// Returns the hooks directory inside the repository, which git uses unless `core.hooksPath` is set.
    pub(super) fn inside(repo: &Repo) -> Self {
        Self { path: repo.common_dir().join("hooks"), setting: None }
    }

    /// Returns the directories that may contain hooks.
    ///
    /// These are the one inside the repository, the one that git uses now, and those that hook managers have left behind.
    ///
    /// # Errors
    /// Fails if git does not answer.
    pub(crate) fn all(repo: &Repo) -> Result<Vec<Self>> {
        let used = match HooksLocation::find(repo)? {
            HooksLocation::Directory(directory) => Some(directory),
            HooksLocation::Nowhere(_) => None,
        };
        let of_managers = repo.work_tree().into_iter().flat_map(|top| OF_MANAGERS.map(|name| top.join(name)));
        let left = of_managers.filter(|path| path.is_dir()).map(|path| Self { path, setting: None });
        let mut all: Vec<Self> = Vec::new();
        for directory in std::iter::once(Self::inside(repo)).chain(used).chain(left) {
            if !all.iter().any(|other| other.is(&directory)) {
                all.push(directory);
            }
        }
        Ok(all)
    }

    /// Returns the hooks directory inside the repository, if a forge has reserved this directory in its place.
    pub(crate) fn of_forge(&self, repo: &Repo) -> Option<PathBuf> {
        let inside = Self::inside(repo).path;
        (reserved_directory(&inside).as_ref() == Some(&self.path)).then_some(inside)
    }

    /// Returns whether both are the same directory after links are resolved.
    pub(super) fn is(&self, other: &Self) -> bool {
        real(&self.path) == real(&other.path)
    }

    /// Returns whether other repositories use the directory too.
    ///
    /// They do if it is set for all repositories, or if it is outside this one.
    pub(crate) fn is_shared(&self, repo: &Repo) -> bool {
        let own_setting = match &self.setting {
            Some(setting) => setting.is_own(),
            None => true,
        };
        let path = real(&self.path);
        let inside = [Some(repo.common_dir()), Some(repo.git_dir()), repo.work_tree()]
            .into_iter()
            .flatten()
            .any(|top| path.starts_with(real(top)));
        !(own_setting && inside)
    }

    /// Returns the files in the directory that git tracks; none if it is not part of the work tree.
    ///
    /// # Errors
    /// Fails if git does not list them.
    pub(crate) fn tracked(&self, repo: &Repo) -> Result<Vec<PathBuf>> {
        let path = real(&self.path);
        let is_in = |top: Option<&Path>| top.is_some_and(|top| path.starts_with(real(top)));
        if !path.is_dir() || !is_in(repo.work_tree()) || is_in(Some(repo.common_dir())) {
            return Ok(Vec::new());
        }
        let listed = Git::new("ls-files").arg("-z").dir(&self.path).output()?;
        let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| self.path.join(as_path(name))).collect())
    }

    /// Returns the instruction that gives the repository a hooks directory of its own.
    fn own_hooks(&self, repo: &Repo) -> String {
        let inside = Self::inside(repo);
        // `hooks` itself may be a link to the shared directory.
        let own = if self.is(&inside) { repo.common_dir().join("own-hooks") } else { inside.path };
        // A file that the config includes precedes what git would write into the config.
        if let Some(setting) = self.setting.as_ref().filter(|setting| setting.is_own())
            && setting.included_by.is_some()
        {
            return setting.repair();
        }
        // The config of a worktree precedes that of the repository.
        let of_worktree = self.setting.as_ref().is_some_and(|setting| setting.scope == "worktree");
        let scope = if of_worktree { " --worktree" } else { "" };
        let own = hooks_path_of(repo, &own);
        let command = format!("git config{scope} core.hooksPath {}", quoted_path(&own));
        let limit = if own.is_absolute() { AFTER_A_MOVE } else { "" };
        format!("to run hooks of its own here, instead of those there: `{command}`{limit}")
    }

    /// Returns the error of a setting of the repository that names a directory in none: what it was for is gone.
    ///
    /// Such is that of a hook manager whose folder was deleted. git runs no hook then, and does not say so.
    pub(crate) fn stale_error(&self) -> Option<Error> {
        let is_gone = !self.path.exists() && !self.path.parent().is_some_and(Path::exists);
        self.setting
            .as_ref()
            .filter(|setting| is_gone && setting.is_own())
            .map(|setting| self.absent(setting))
    }

    fn absent(&self, setting: &HooksPath) -> Error {
        let (path, place) = (escape_path(&self.path), setting.place());
        Error::usage(format!("the hooks directory {path} does not exist: `core.hooksPath` is set in {place}"))
            .hinted(setting.repair())
    }

    /// Returns the error for a change of a directory that other repositories use too.
    pub(crate) fn shared_error(&self, repo: &Repo, command: &str) -> Error {
        let whose = match &self.setting {
            Some(setting) => format!("`core.hooksPath` is set in {}", setting.place()),
            None => "it is outside of the repository".to_owned(),
        };
        if let Some(setting) = self.setting.as_ref().filter(|setting| setting.is_own() && !self.path.exists())
        {
            return self.absent(setting);
        }
        Error::usage(format!(
            "the hooks directory {} is shared with other repositories: {whose}",
            escape_path(&self.path)
        ))
        .hinted(format!(
            "to {command} there, for all of these repositories: `git gate {command} --into-shared`"
        ))
        .hinted(self.own_hooks(repo))
        .hinted("to leave the directory unchanged, with git 2.54 or newer: `git gate install --mode config`")
    }
}

impl HooksPath {
    /// Returns whether only this repository has the setting.
    fn is_own(&self) -> bool {
        super::ways::is_own(&self.scope)
    }

    fn query(at: &Path) -> Result<Option<Self>> {
        let question = ["--show-scope", "--show-origin", "-z", "--get", "core.hooksPath"];
        let answer = Git::new("config").args(question).dir(at).answer()?;
        match answer.code {
            Some(0) => {
                let mut setting = Self::parse(&answer.stdout)?;
                if matches!(setting.scope.as_slice(), b"local" | b"worktree" | b"global" | b"system") {
                    setting.included_by = included_by(at, &setting)?;
                }
                Ok(Some(setting))
            }
            Some(1) => Ok(None),
            _ => Err(answer.refusal("config")),
        }
    }

    fn parse(answer: &[u8]) -> Result<Self> {
        let mut fields = answer.split(|byte| *byte == 0);
        let mut field = || fields.next().ok_or_else(|| Error::git("unexpected output of `git config`"));
        let (scope, origin, value) = (field()?, field()?, field()?);
        Ok(Self { scope: scope.into(), origin: origin.into(), value: value.into(), included_by: None })
    }

    /// Returns the scope and the source of the setting, for a message.
    pub(crate) fn place(&self) -> String {
        let origin = self.origin.strip_prefix(b"file:").unwrap_or(&self.origin);
        format!("{} config ({})", escape(&self.scope), escape(origin))
    }

    /// Returns the instruction that removes the setting.
    pub(crate) fn repair(&self) -> String {
        match self.scope.as_slice() {
            scope @ (b"local" | b"worktree" | b"global" | b"system") => match &self.included_by {
                Some(file) => {
                    let name = quoted_path(file);
                    let owner = owner_if_other(file).map_or(String::new(), |owner| format!(", as {owner}"));
                    format!("remove the setting{owner}: `git config --file {name} --unset core.hooksPath`")
                }
                None => {
                    format!("remove the setting: `git config --{} --unset core.hooksPath`", scope.as_bstr())
                }
            },
            _ => "remove the setting from the environment or the command line of git".to_owned(),
        }
    }
}

/// Returns the file in which a setting is, if the file of its scope only includes it.
///
/// # Errors
/// Fails if git does not answer.
fn included_by(at: &Path, setting: &HooksPath) -> Result<Option<PathBuf>> {
    let Some(file) = setting.origin.strip_prefix(b"file:") else { return Ok(None) };
    let file = at.join(as_path(file));
    let file = platform::real_path(&file).unwrap_or(file);
    let scope = format!("--{}", setting.scope);
    let question = [scope.as_str(), "--show-origin", "-z", "--no-includes", "--get", "core.hooksPath"];
    let answer = Git::new("config").args(question).dir(at).answer()?;
    let own = answer.stdout.split(|byte| *byte == 0).next().and_then(|origin| origin.strip_prefix(b"file:"));
    let is_own =
        own.is_some_and(|own| platform::real_path(&at.join(as_path(own))).is_ok_and(|own| own == file));
    Ok((!is_own).then_some(file))
}

/// Returns the owner of a file for a message, if it is another account than that of this process.
fn owner_if_other(file: &Path) -> Option<String> {
    let owner = platform::owner(&file.metadata().ok()?);
    (owner != platform::user()).then(|| match owner {
        0 => "root".to_owned(),
        owner => format!("the user {owner}, who owns the file"),
    })
}

/// Returns the directory in which git runs hooks.
///
/// It is the top of the work tree, or the git directory of a bare repository. Returns `None` inside the git
/// directory of a repository that has a work tree.
fn directory_of_hooks(repo: &Repo) -> Option<&Path> {
    repo.work_tree().or_else(|| repo.is_bare().then(|| repo.git_dir()))
}

/// Limit of an absolute `core.hooksPath`: git runs no hook, and says nothing, where the directory is gone.
pub(super) const AFTER_A_MOVE: &str = " (again whenever the repository is moved or renamed)";

/// Returns a value of `core.hooksPath` for a directory.
///
/// In a bare repository it is relative to the git directory, so that it still holds when the repository is moved. In
/// a work tree and in a linked worktree a relative one would start there, where it may name nothing.
pub(super) fn hooks_path_of(repo: &Repo, directory: &Path) -> PathBuf {
    let has_worktrees = repo.common_dir().join("worktrees").is_dir();
    let below = directory.strip_prefix(repo.common_dir()).ok().filter(|below| !below.as_os_str().is_empty());
    match below.filter(|_| repo.is_bare() && !has_worktrees) {
        Some(below) => below.to_owned(),
        None => std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned()),
    }
}

/// Queries git for the path of the hooks directory. `rev_parse` selects the repository.
///
/// # Errors
/// Fails if git does not answer, or is too old to print an absolute path.
pub(super) fn query_hooks_path(rev_parse: Git) -> Result<PathBuf> {
    let printed = rev_parse.args(["--path-format=absolute", "--git-path", "hooks"]).output()?;
    let path = as_path(printed.strip_suffix(b"\n").unwrap_or(&printed));
    match path.is_absolute() {
        true => Ok(path.to_owned()),
        false => {
            Err(Error::git("cannot determine the hooks directory").hinted("git 2.31 or newer is needed"))
        }
    }
}

/// Resolves the links of a path, as far as it exists.
fn real(path: &Path) -> PathBuf {
    match (platform::real_path(path), path.parent(), path.file_name()) {
        (Ok(real), _, _) => real,
        (Err(_), Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}
