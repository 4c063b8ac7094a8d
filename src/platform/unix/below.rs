//! Files below a directory in which links may lead anywhere.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::handles::READ;
use crate::platform::{Links, outside};

/// Flags for a directory in which files are opened.
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Opens a file below a directory for reading. `path` may be relative to the directory, or absolute.
///
/// # Errors
/// Fails if the path leads out of the directory, or if the system refuses.
pub(crate) fn open_below(top: &Path, path: &Path, links: Links) -> io::Result<File> {
    open_at(top, path, links, READ).map(File::from)
}

/// Opened directory, whose files stay the same when somebody renames it.
pub(crate) struct Folder(OwnedFd);

impl Folder {
    /// Opens a directory below another one.
    ///
    /// # Errors
    /// Fails if the path leads out of the directory, or if the system refuses.
    pub(crate) fn open_below(top: &Path, path: &Path, links: Links) -> io::Result<Self> {
        open_at(top, path, links, DIRECTORY).map(Self)
    }

    /// Creates a file in the directory.
    ///
    /// # Errors
    /// Fails if the name is taken, or the system refuses.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.0, name, flags, Mode::from_raw_mode(0o666))?))
    }

    /// Returns the permissions of a regular file in the directory; `None` if there is none.
    pub(crate) fn permissions(&self, name: &OsStr) -> Option<Permissions> {
        let old = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let is_file = FileType::from_raw_mode(old.st_mode) == FileType::RegularFile;
        #[allow(clippy::useless_conversion, reason = "the mode has 16 bits on macOS, and 32 on Linux")]
        is_file.then(|| Permissions::from_mode(u32::from(old.st_mode & 0o7777)))
    }

    /// Gives a file another name, under which there may be one.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub(crate) fn rename(&self, name: &str, new: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.0, name, &self.0, new)?)
    }

    /// Removes a file, if it can be removed.
    pub(crate) fn remove(&self, name: &str) {
        let _ = unlinkat(&self.0, name, AtFlags::empty());
    }
}

/// Opens a file or directory below a directory.
fn open_at(top: &Path, path: &Path, links: Links, flags: OFlags) -> io::Result<OwnedFd> {
    let below = if path.is_absolute() { path.strip_prefix(top).map_err(|_| outside())? } else { path };
    let directory = openat(CWD, top, DIRECTORY, Mode::empty())?;
    match resolved_by_kernel(&directory, below, links, flags) {
        // A kernel without this call, or a sandbox that does not know it.
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(directory, below, flags),
        // The tree was changed meanwhile, so it is not certain that the path stays inside.
        Err(Errno::AGAIN) => step_by_step(directory, below, flags),
        Err(Errno::XDEV) => Err(outside()),
        Err(Errno::LOOP) => Err(link_on_the_way()),
        opened => Ok(opened?),
    }
}

#[cfg(target_os = "linux")]
fn resolved_by_kernel(
    directory: &OwnedFd,
    path: &Path,
    links: Links,
    flags: OFlags,
) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    if links == Links::Never {
        resolve |= ResolveFlags::NO_SYMLINKS;
    }
    // An empty path is the directory itself.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    openat2(directory, path, flags, Mode::empty(), resolve)
}

#[cfg(not(target_os = "linux"))]
fn resolved_by_kernel(_: &OwnedFd, _: &Path, _: Links, _: OFlags) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

/// Opens a path directory by directory, and follows no link.
fn step_by_step(mut directory: OwnedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            Component::ParentDir => names.pop().map(drop).ok_or_else(outside)?,
            Component::RootDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    let Some((file, directories)) = names.split_last() else {
        return Ok(openat(&directory, ".", flags, Mode::empty())?);
    };
    for name in directories {
        directory =
            openat(&directory, *name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty()).map_err(no_link)?;
    }
    openat(&directory, *file, flags | OFlags::NOFOLLOW, Mode::empty()).map_err(no_link)
}

fn no_link(error: Errno) -> io::Error {
    if error == Errno::LOOP { link_on_the_way() } else { error.into() }
}

fn link_on_the_way() -> io::Error {
    io::Error::other("there is a symbolic link on the way to it")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn without_help_of_the_kernel_no_link_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("top");
        std::fs::create_dir_all(top.join("sub/deep")).unwrap();
        for file in ["file", "sub/file", "../private"] {
            std::fs::write(top.join(file), "inside").unwrap();
        }
        for (target, link) in
            [("file", "link"), ("../private", "out"), ("sub", "directory"), ("..", "up"), ("/", "root")]
        {
            symlink(target, top.join(link)).unwrap();
        }
        let reading = |path: &str| {
            let directory = openat(CWD, &top, DIRECTORY, Mode::empty())?;
            let mut text = String::new();
            File::from(step_by_step(directory, Path::new(path), READ)?).read_to_string(&mut text)?;
            Ok::<_, io::Error>(text)
        };
        for path in ["file", "sub/file", "./sub/../file", "sub/deep/../file", "sub/./file"] {
            assert_eq!(reading(path).unwrap(), "inside", "{path}");
        }
        for path in
            ["link", "directory/file", "out", "up/private", "../private", "sub/../../private", "root/etc"]
        {
            assert!(reading(path).is_err(), "{path}");
        }
    }
}
