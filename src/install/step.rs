//! One change to a hooks directory. Each is a single rename, link or removal: it has happened, or it has not.

use std::fmt;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use bstr::BString;

use super::config_hooks::{self, ConfigFile};
use super::directory::shown;
use crate::error::{Error, Result};
use crate::hook::HookEvent;
use crate::text::escape;

/// Everybody must be able to run a hook: for a user who cannot, git skips it. It holds nothing that is secret.
const MODE: u32 = 0o755;

/// Says that the hooks directory was made by us, and so is ours to take away.
const MADE: &str = ".made-by-git-gate";

/// One change to a hooks directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Make the directory, as open as the one around it.
    Make(PathBuf),
    /// Keep a hook under another name. It also stays where it is until ours replaces it.
    Keep {
        /// The hook.
        hook: PathBuf,
        /// The other name.
        kept: PathBuf,
        /// Whether git ran it, and so whether we will have it run.
        runs: bool,
    },
    /// Write a hook of ours over whatever is there.
    Write {
        /// Where.
        hook: PathBuf,
        /// What.
        text: Vec<u8>,
    },
    /// Put a hook that was kept back over ours.
    Restore {
        /// The name under which it was kept.
        kept: PathBuf,
        /// Its own name.
        hook: PathBuf,
    },
    /// Remove a file of ours.
    Remove(PathBuf),
    /// Remove the directory if we made it and nothing is left in it.
    Unmake(PathBuf),
    /// Set a hook in git config.
    Configure {
        /// In which file.
        file: ConfigFile,
        /// For which event.
        event: HookEvent,
        /// What it runs.
        command: BString,
    },
    /// Remove a hook from git config.
    Unconfigure {
        /// From which file.
        file: ConfigFile,
        /// For which event.
        event: HookEvent,
    },
}

impl Step {
    /// Does it.
    ///
    /// # Errors
    /// Fails when the system refuses; what the step would have replaced is still there.
    pub(crate) fn apply(&self) -> Result<()> {
        let done = match self {
            Self::Make(directory) => make(directory),
            Self::Keep { hook, kept, .. } => keep(hook, kept),
            Self::Write { hook, text } => write(hook, text),
            Self::Restore { kept, hook } => fs::rename(kept, hook),
            Self::Remove(file) => fs::remove_file(file),
            Self::Unmake(directory) => unmake(directory),
            Self::Configure { file, event, command } => {
                return config_hooks::configure(*file, *event, command.as_ref());
            }
            Self::Unconfigure { file, event } => return config_hooks::unconfigure(*file, *event),
        };
        done.map_err(|error| Error::io(format!("cannot {self}"), error))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make(directory) => write!(f, "make the directory {}", shown(directory)),
            Self::Keep { hook, kept, runs } => {
                let kept = kept.file_name().map(Path::new).unwrap_or(kept);
                let then = if *runs { "and run it too" } else { "but not run it: git did not, either" };
                write!(f, "keep {} as {}, {then}", shown(hook), shown(kept))
            }
            Self::Write { hook, .. } => write!(f, "write {}", shown(hook)),
            Self::Restore { hook, .. } => write!(f, "restore {}", shown(hook)),
            Self::Remove(file) => write!(f, "remove {}", shown(file)),
            Self::Unmake(directory) => write!(f, "remove the directory {}", shown(directory)),
            Self::Configure { file, event, command } => {
                let name = config_hooks::name(*event);
                write!(f, "set hook.{name} to {} in the {} config", escape(command), file.word())
            }
            Self::Unconfigure { file, event } => {
                write!(f, "remove hook.{} from the {} config", config_hooks::name(*event), file.word())
            }
        }
    }
}

/// Whether we made a hooks directory.
pub(super) fn is_made(directory: &Path) -> bool {
    directory.join(MADE).exists()
}

fn make(directory: &Path) -> io::Result<()> {
    fs::create_dir(directory)?;
    if let Some(around) = directory.parent() {
        // Where several users share a repository, each of them must get at the hooks, or git skips them.
        fs::set_permissions(directory, around.metadata()?.permissions())?;
    }
    fs::write(directory.join(MADE), "")
}

fn unmake(directory: &Path) -> io::Result<()> {
    fs::remove_file(directory.join(MADE))?;
    match fs::remove_dir(directory) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        done => done,
    }
}

/// Gives a file a second name. Where the file system knows no second names, makes a copy.
fn keep(hook: &Path, kept: &Path) -> io::Result<()> {
    match fs::hard_link(hook, kept) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => copy(hook, kept),
        done => done,
    }
}

fn copy(hook: &Path, kept: &Path) -> io::Result<()> {
    if hook.is_symlink() {
        return symlink(fs::read_link(hook)?, kept);
    }
    place(kept, &fs::read(hook)?, hook.metadata()?.permissions())
}

fn write(hook: &Path, text: &[u8]) -> io::Result<()> {
    place(hook, text, Permissions::from_mode(MODE))
}

/// Writes a file beside its place, complete, and only then gives it its name.
fn place(path: &Path, text: &[u8], permissions: Permissions) -> io::Result<()> {
    let directory = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut file = tempfile::Builder::new().prefix(".git-gate-").suffix(".new").tempfile_in(directory)?;
    file.write_all(text)?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|refused| refused.error)
}

/// What an installation that was cut off may have left behind.
pub(super) fn leftovers(directory: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |error| Error::io(format!("cannot read {}", shown(directory)), error);
    let entries = match fs::read_dir(directory) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(cannot)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(cannot)?.file_name();
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b".git-gate-") && bytes.ends_with(b".new") {
            found.push(directory.join(name));
        }
    }
    Ok(found)
}
