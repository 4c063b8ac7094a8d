//! One change to a hooks directory.
//!
//! Each is a single rename, link or removal, so that it happens completely or not at all.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};

use super::config_hooks;
use super::config_target::ConfigTarget;
use super::hook_line::{HookLine, remove};
use crate::error::{Error, Result};
use crate::file::{self, FileMode};
use crate::hook::HookEvent;
use crate::platform;
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
    /// Creates the directory, with the permissions of its parent, which is created if it does not exist.
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
    /// Puts our line into a hook, which stays at its place.
    InsertLine {
        /// Path of the hook.
        hook: PathBuf,
        /// Line that is put into it.
        line: HookLine,
    },
    /// Removes our line from a hook.
    RemoveLine {
        /// Path of the hook.
        hook: PathBuf,
        /// Event of the hook.
        event: HookEvent,
    },
    /// Writes a kept hook, with our line, to its place, over ours.
    BringBack {
        /// Path under which it is kept.
        backup: PathBuf,
        /// Path of the hook.
        hook: PathBuf,
        /// Line that is put into it.
        line: HookLine,
    },
    /// Gives a second name to a file that we would otherwise lose. Another step replaces or removes the first one.
    SetAside {
        /// Path of the file.
        from: PathBuf,
        /// Path under which it is found later.
        to: PathBuf,
        /// Reason.
        why: &'static str,
    },
    /// Changes nothing, but says something.
    Note(String),
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
    /// Removes a hook from a file that the config of the repository includes.
    UnconfigureIncluded {
        /// Path of the file.
        path: PathBuf,
        /// Event of the hook.
        event: HookEvent,
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
            Self::InsertLine { hook, line } => {
                rewrite(hook, hook, |text| line.put_into(&remove(line.event, text).text))
            }
            Self::RemoveLine { hook, event } => rewrite(hook, hook, |text| remove(*event, text).text),
            Self::BringBack { backup, hook, line } => {
                rewrite(backup, hook, |text| line.put_into(&remove(line.event, text).text))
            }
            Self::SetAside { from, to, .. } => back_up(from, to),
            Self::Note(_) => Ok(()),
            Self::Restore { backup, hook } => fs::rename(backup, hook),
            Self::Remove(path) => fs::remove_file(path),
            Self::RemoveDirectory(directory) => remove_directory(directory),
            Self::Configure { target, event, command } => {
                return config_hooks::configure(*target, *event, command.as_ref());
            }
            Self::UnconfigureIncluded { path, event } => {
                return config_hooks::unconfigure_included(path, *event);
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
            Self::InsertLine { hook, .. } => {
                write!(f, "put the line of git-gate into {}, which runs as before", escape_path(hook))
            }
            Self::RemoveLine { hook, .. } => {
                write!(f, "remove the line of git-gate from {}", escape_path(hook))
            }
            Self::BringBack { hook, .. } => {
                write!(f, "restore {}, with the line of git-gate", escape_path(hook))
            }
            Self::SetAside { from, to, why } => {
                let name = to.file_name().map(Path::new).unwrap_or(to);
                write!(f, "keep {} as {}, and do not run it: {why}", escape_path(from), escape_path(name))
            }
            Self::Note(text) => write!(f, "note: {text}"),
            Self::Restore { hook, .. } => write!(f, "restore {}", escape_path(hook)),
            Self::Remove(file) => write!(f, "remove {}", escape_path(file)),
            Self::RemoveDirectory(directory) => write!(f, "remove the directory {}", escape_path(directory)),
            Self::Configure { target, event, command } => {
                let name = config_hooks::name(*event);
                write!(f, "set hook.{name} to {} in the {} config", escape(command), target.word())
            }
            Self::UnconfigureIncluded { path, event } => {
                write!(f, "remove hook.{} from {}", config_hooks::name(*event), escape_path(path))
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
    if let Some(around) = directory.parent() {
        fs::create_dir_all(around)?;
    }
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

/// Writes the changed text of a file to a path, with all else that the file has.
fn rewrite(file: &Path, to: &Path, change: impl FnOnce(&[u8]) -> Vec<u8>) -> io::Result<()> {
    file::replace_like(to, &change(&fs::read(file)?), file)
}

fn copy(hook: &Path, backup: &Path) -> io::Result<()> {
    if hook.is_symlink() {
        return platform::link(&fs::read_link(hook)?, backup);
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
        let path = directory.join(&name);
        if file::is_unfinished(name.as_encoded_bytes()) && fs::read(&path).is_ok_and(|text| is_of_ours(&text))
        {
            found.push(path);
        }
    }
    Ok(found)
}

/// Returns whether an unfinished file may be one of ours: it is empty, or what is in it was written by us.
fn is_of_ours(text: &[u8]) -> bool {
    text.is_empty() || text.contains_str("# git-gate shim, ") || text.contains_str(": 'git-gate line, ")
}
