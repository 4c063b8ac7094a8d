//! Files below a directory in which links may lead anywhere.
//!
//! The system has no calls that open a file relative to an open directory. So every part of a path is looked at before the
//! file is opened, and somebody who changes the work tree meanwhile is not noticed: in a clone that is its user.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::handles::open;
use super::real_path;
use crate::platform::{Links, outside};

/// Opens a file below a directory for reading. `path` may be relative to the directory, or absolute.
///
/// # Errors
/// Fails if the path leads out of the directory, or if the system refuses.
pub(crate) fn open_below(top: &Path, path: &Path, links: Links) -> io::Result<File> {
    open(&place_below(top, path, links)?)
}

/// Directory in which files are replaced.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Finds a directory below another one.
    ///
    /// # Errors
    /// Fails if the path leads out of the directory, or is no directory.
    pub(crate) fn open_below(top: &Path, path: &Path, links: Links) -> io::Result<Self> {
        let place = place_below(top, path, links)?;
        if place.metadata()?.is_dir() { Ok(Self(place)) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Creates a file in the directory.
    ///
    /// # Errors
    /// Fails if the name is taken, or the system refuses.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    /// Returns the permissions of a regular file in the directory; `None` if there is none.
    pub(crate) fn permissions(&self, name: &OsStr) -> Option<Permissions> {
        let old = self.0.join(name).symlink_metadata().ok()?;
        old.is_file().then(|| old.permissions())
    }

    /// Gives a file another name, under which there may be one.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub(crate) fn rename(&self, name: &str, new: &OsStr) -> io::Result<()> {
        std::fs::rename(self.0.join(name), self.0.join(new))
    }

    /// Removes a file, if it can be removed.
    pub(crate) fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.0.join(name));
    }
}

/// Returns the place to which a path below a directory leads.
fn place_below(top: &Path, path: &Path, links: Links) -> io::Result<PathBuf> {
    let below = if path.is_absolute() { path.strip_prefix(top).map_err(|_| outside())? } else { path };
    let names = names(below)?;
    if links == Links::Inside {
        // A path with links and `..` leads elsewhere than its names say.
        let place = real_path(&top.join(below))?;
        return if place.starts_with(real_path(top)?) { Ok(place) } else { Err(outside()) };
    }
    let mut place = top.to_owned();
    for name in names {
        place.push(name);
        if place.symlink_metadata()?.is_symlink() {
            return Err(io::Error::other("there is a symbolic link on the way to it"));
        }
    }
    Ok(place)
}

/// Returns the names of a relative path that does not lead out, without `..`.
fn names(path: &Path) -> io::Result<Vec<&OsStr>> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            // A colon begins the name of another stream of the same file.
            Component::Normal(name) if name.as_encoded_bytes().contains(&b':') => return Err(outside()),
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            Component::ParentDir => names.pop().map(drop).ok_or_else(outside)?,
            Component::RootDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    Ok(names)
}
