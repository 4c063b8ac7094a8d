//! One change to a hooks directory.
//!
//! Each is a single rename, link or removal, so that it happens completely or not at all.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use bstr::BString;

use super::config_hooks;
use super::config_target::ConfigTarget;
use crate::error::{Error, Result};
use crate::file::{self, FileMode};
use crate::hook::HookEvent;
use crate::text::{escape, escape_path};

/// FileMode of a hook file.
///
/// All users must be able to execute it, since git skips it for a user who cannot. It contains no secret.
const MODE: u32 = 0o755;

/// Name of a file that marks a hooks directory as created by us, so that it may be removed again.
const MARKER_FILE: &str = ".made-by-git-gate";

/// One change to a hooks directory or to git config.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InstallStep {
    /// Creates the directory, with the permissions of its parent.
    CreateDirectory(PathBuf),
    /// Keeps an earlier hook under another name. It also stays in place until ours replaces it.
    BackUp {
        /// Path of the hook.
        hook: PathBuf,
        /// Path under which it is kept.
        backup: PathBuf,
        /// True if git ran the hook, so that our hook runs it too.
        runs: bool,
    },
    /// Writes a hook of ours. Replaces any file in its place.
    Write {
        /// Path of the hook.
        hook: PathBuf,
        /// Text of the hook.
        text: Vec<u8>,
    },
    /// Moves a kept hook back to its place, over ours.
    Restore {
        /// Path under which it is kept.
        backup: PathBuf,
        /// Path of the hook.
        hook: PathBuf,
    },
    /// Removes a file of ours.
    Remove(PathBuf),
    /// Removes the directory if we created it and it is empty.
    RemoveDirectory(PathBuf),
    /// Sets a hook in git config.
    Configure {
        /// File of git config that is changed.
        target: ConfigTarget,
        /// Event of the hook.
        event: HookEvent,
        /// Command of the hook.
        command: BString,
    },
    /// Removes a hook from git config.
    Unconfigure {
        /// File of git config that is changed.
        target: ConfigTarget,
        /// Event of the hook.
        event: HookEvent,
    },
}

impl InstallStep {
    /// Carries out the step.
    ///
    /// # Errors
    /// Fails if the system refuses. The file that the step would have replaced is then still in place.
    pub(crate) fn apply(&self) -> Result<()> {
        let done = match self {
            Self::CreateDirectory(directory) => create_directory(directory),
            Self::BackUp { hook, backup, .. } => back_up(hook, backup),
            Self::Write { hook, text } => file::replace(hook, text, FileMode::bits(MODE)),
            Self::Restore { backup, hook } => fs::rename(backup, hook),
            Self::Remove(path) => fs::remove_file(path),
            Self::RemoveDirectory(directory) => remove_directory(directory),
            Self::Configure { target, event, command } => {
                return config_hooks::configure(*target, *event, command.as_ref());
            }
            Self::Unconfigure { target, event } => return config_hooks::unconfigure(*target, *event),
        };
        done.map_err(|error| Error::io(format!("cannot {self}"), error))
    }
}

impl fmt::Display for InstallStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateDirectory(directory) => write!(f, "create the directory {}", escape_path(directory)),
            Self::BackUp { hook, backup, runs } => {
                let name = backup.file_name().map(Path::new).unwrap_or(backup);
                let then = if *runs {
                    "and run it too"
                } else {
                    "but do not run it, because git did not run it either"
                };
                write!(f, "keep {} as {}, {then}", escape_path(hook), escape_path(name))
            }
            Self::Write { hook, .. } => write!(f, "write {}", escape_path(hook)),
            Self::Restore { hook, .. } => write!(f, "restore {}", escape_path(hook)),
            Self::Remove(file) => write!(f, "remove {}", escape_path(file)),
            Self::RemoveDirectory(directory) => write!(f, "remove the directory {}", escape_path(directory)),
            Self::Configure { target, event, command } => {
                let name = config_hooks::name(*event);
                write!(f, "set hook.{name} to {} in the {} config", escape(command), target.word())
            }
            Self::Unconfigure { target, event } => {
                write!(f, "remove hook.{} from the {} config", config_hooks::name(*event), target.word())
            }
        }
    }
}

/// Returns whether we created a hooks directory.
pub(super) fn is_ours(directory: &Path) -> bool {
    directory.join(MARKER_FILE).exists()
}

fn create_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir(directory)?;
    if let Some(around) = directory.parent() {
        // If several users share a repository, each must be able to access the hooks, or git skips them.
        fs::set_permissions(directory, around.metadata()?.permissions())?;
    }
    fs::write(directory.join(MARKER_FILE), "")
}

fn remove_directory(directory: &Path) -> io::Result<()> {
    fs::remove_file(directory.join(MARKER_FILE))?;
    match fs::remove_dir(directory) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        done => done,
    }
}

/// Creates a second name for a file (a hard link), or a copy if the file system refuses the link.
fn back_up(hook: &Path, backup: &Path) -> io::Result<()> {
    match fs::hard_link(hook, backup) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => copy(hook, backup),
        done => done,
    }
}

fn copy(hook: &Path, backup: &Path) -> io::Result<()> {
    if hook.is_symlink() {
        return symlink(fs::read_link(hook)?, backup);
    }
    file::replace(backup, &fs::read(hook)?, FileMode::Set(hook.metadata()?.permissions()))
}

/// Returns the temporary files that an interrupted installation left in a directory.
pub(super) fn leftovers(directory: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |error| Error::io(format!("cannot read {}", escape_path(directory)), error);
    let entries = match fs::read_dir(directory) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(cannot)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(cannot)?.file_name();
        if file::is_unfinished(name.as_encoded_bytes()) {
            found.push(directory.join(name));
        }
    }
    Ok(found)
}
