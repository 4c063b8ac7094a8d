//! Classification of one file at the place of a hook, or next to it.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::hook_line::{FoundLine, HookLine};
use super::shim::{HookText, Shim};
use crate::error::{Error, Result};
use crate::hook::HookEvent;
use crate::platform;
use crate::text::escape_path;

/// File at the place of a hook.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HookFile {
    /// No file.
    Nothing,
    /// A hook of ours, byte for byte.
    Ours {
        /// Values of the hook.
        shim: Shim,
        /// True if git runs it.
        runs: bool,
        /// True if it is a link to a hook of ours elsewhere, as made by gitolite. We do not change it.
        linked: bool,
    },
    /// A hook of ours that was edited or written by another version.
    Altered,
    /// A hook of the user or another tool that contains our line.
    WithLine {
        /// Values of the line.
        line: HookLine,
        /// True if git runs it.
        runs: bool,
        /// True if it is a link. We do not change the file to which it leads.
        linked: bool,
    },
    /// A hook of the user or another tool that contains a line of ours that was edited.
    WithAlteredLine,
    /// A hook of the user or another tool.
    Foreign {
        /// True if git runs it: it is executable, and not a dangling link.
        runs: bool,
    },
}

/// A hook file with its text.
#[derive(Debug)]
pub(super) struct ReadHook {
    /// Classification.
    pub(super) file: HookFile,
    /// Text; empty if there is no file, or a dangling link.
    pub(super) text: Vec<u8>,
    /// True if it is a link.
    pub(super) is_link: bool,
}

impl HookFile {
    /// Returns whether git runs git-gate by this file.
    pub(super) fn runs_ours(&self) -> bool {
        matches!(self, Self::Ours { runs: true, .. } | Self::WithLine { runs: true, .. })
    }

    /// Returns the program that git-gate is called by; `None` if the file does not call it.
    pub(super) fn binary(&self) -> Option<PathBuf> {
        match self {
            Self::Ours { shim, .. } => Some(shim.binary.clone()),
            Self::WithLine { line, .. } => Some(line.program()),
            _ => None,
        }
    }

    /// Returns whether the file is ours, or contains our line, in any form, and may be changed.
    pub(super) fn has_ours(&self) -> bool {
        match self {
            Self::Ours { linked, .. } | Self::WithLine { linked, .. } => !linked,
            Self::Altered | Self::WithAlteredLine => true,
            Self::Nothing | Self::Foreign { .. } => false,
        }
    }
}

impl ReadHook {
    /// Reads and classifies a file.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or is neither a file nor a link.
    pub(super) fn read(path: &Path, event: HookEvent) -> Result<Self> {
        let Some(metadata) = metadata(path)? else {
            return Ok(Self { file: HookFile::Nothing, text: Vec::new(), is_link: false });
        };
        if metadata.is_dir() {
            return Ok(Self { file: HookFile::Foreign { runs: false }, text: Vec::new(), is_link: false });
        }
        let (runs, linked) = (is_run(path), metadata.is_symlink());
        if linked && !path.is_file() {
            return Ok(Self { file: HookFile::Foreign { runs }, text: Vec::new(), is_link: true });
        }
        let text = std::fs::read(path)
            .map_err(|error| Error::io(format!("cannot read {}", escape_path(path)), error))?;
        let file = match (HookText::classify(event, &text), FoundLine::of(event, &text)) {
            (HookText::Ours(shim), _) => HookFile::Ours { shim, runs, linked },
            (HookText::Altered, _) if !linked => HookFile::Altered,
            (_, FoundLine::Ours(line)) => HookFile::WithLine { line, runs, linked },
            (_, FoundLine::Altered) if !linked => HookFile::WithAlteredLine,
            _ => HookFile::Foreign { runs },
        };
        Ok(Self { file, text, is_link: linked })
    }
}

/// Returns whether git would run a file as a hook.
pub(crate) fn is_run(path: &Path) -> bool {
    platform::is_executable(path)
}

/// Returns whether two paths name the same file: an installation was interrupted after it had linked them.
///
/// # Errors
/// Fails if one of them cannot be accessed, or is neither a file nor a link.
pub(super) fn is_same_file(one: &Path, other: &Path) -> Result<bool> {
    let id = |path: &Path| Ok(metadata(path)?.and_then(|found| platform::file_id(path, &found)));
    let (one, other) = (id(one)?, id(other)?);
    Ok(one.is_some() && one == other)
}

/// Returns the error for something in place of a hook that is neither a file nor a link.
pub(super) fn no_hook(path: &Path) -> Error {
    Error::usage(format!("{} is neither a file nor a link", escape_path(path)))
}

/// Returns the metadata of a file, a directory, or of a link itself; `None` if neither exists.
fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(found) if found.is_file() || found.is_symlink() || found.is_dir() => Ok(Some(found)),
        Ok(_) => Err(no_hook(path)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::io(format!("cannot access {}", escape_path(path)), error)),
    }
}
