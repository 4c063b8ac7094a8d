//! Last line of a config file that has no line end.
//!
//! `git config` completes the last line of a file to which it adds. Here a file whose last line has no end
//! keeps that form, with our hooks and without them, so that they can be removed to the byte.

use std::fs;
use std::path::{Path, PathBuf};

use super::config_target::ConfigTarget;
use crate::error::{Error, Result};
use crate::file;
use crate::git::Git;
use crate::text::as_path;

/// Comment after our hooks in such a file. It keeps text that is appended later out of their last value.
const TAIL: &[u8] = b"\t# without an end of line, as before";

/// Returns whether a line is the comment that [`preserve`] adds.
pub(super) fn is_tail(line: &[u8]) -> bool {
    line.trim_ascii() == TAIL.trim_ascii()
}

/// Kind of an edit of a git config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConfigEdit {
    /// Adds or changes entries.
    Adds,
    /// Removes entries.
    Removes,
}

/// Runs an edit of a git config file, and restores a last line without an end.
///
/// Only the config of a repository is restored.
pub(super) fn preserve(
    target: ConfigTarget,
    edit: ConfigEdit,
    run: impl FnOnce() -> Result<()>,
) -> Result<()> {
    // Only git knows the path of the config of a user or a machine.
    let path = if target == ConfigTarget::Local { Some(local()?) } else { None };
    let cannot = |error| Error::io("cannot edit the config file", error);
    let is_open = |path: &Path| fs::read(path).map(|text| text.last().is_some_and(|last| *last != b'\n'));
    let open =
        path.map(|path| is_open(&path).map(|open| open.then_some(path))).transpose().map_err(cannot)?;
    run()?;
    match open.flatten() {
        Some(path) => file::edit_locked(&path, |text| reopened(text, edit)).map_err(cannot),
        None => Ok(()),
    }
}

/// Returns the path of the config of the repository.
pub(super) fn local() -> Result<PathBuf> {
    let path = Git::new("rev-parse").args(["--path-format=absolute", "--git-path", "config"]).output()?;
    Ok(as_path(path.strip_suffix(b"\n").unwrap_or(&path)).to_owned())
}

/// Returns a text whose last line has no end: with [`TAIL`] if git added to it, otherwise as it was.
fn reopened(text: &[u8], edit: ConfigEdit) -> Vec<u8> {
    match (text.strip_suffix(b"\n"), edit) {
        (Some(_), ConfigEdit::Adds) => [text, TAIL].concat(),
        (Some(open), ConfigEdit::Removes) => open.to_vec(),
        (None, _) => text.to_vec(),
    }
}
