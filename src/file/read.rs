//! Reading of files that another person may have chosen: no more than expected, and from nowhere else.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

/// Treatment of symbolic links below a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// A link is followed if it does not lead out of the directory.
    Inside,
    /// No link is followed, neither the file itself nor a directory on the way to it.
    Never,
}

/// Opens a file for reading without waiting for anything, as a named pipe would.
///
/// # Errors
/// Fails if the system refuses.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    Ok(File::from(openat(CWD, path, READ, Mode::empty())?))
}

/// Opens a file below a directory for reading. `path` may be relative to the directory, or absolute.
///
/// # Errors
/// Fails if the path leads out of the directory, with [`Links::Inside`] also if it leads into a git directory, or if the
/// system refuses.
pub(crate) fn open_below(top: &Path, path: &Path, links: Links) -> io::Result<File> {
    let opened = open_at(top, path, links, READ)?;
    match links == Links::Inside && is_in_git_directory(top, path)? {
        true => Err(outside()),
        false => Ok(File::from(opened)),
    }
}

/// Returns whether a path below the top of a work tree leads into a git directory there, by a link or by its name.
///
/// # Errors
/// Fails if the system cannot resolve the path.
pub(super) fn is_in_git_directory(top: &Path, path: &Path) -> io::Result<bool> {
    let real = top.join(path).canonicalize()?;
    Ok(names_git_directory(real.strip_prefix(top.canonicalize()?).unwrap_or(&real)))
}

/// Returns whether a part of a path is the name of a git directory, as a system that ignores case reads it.
pub(super) fn names_git_directory(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git"))
}

/// Reads an opened file of at most `limit` bytes.
///
/// # Errors
/// Fails if it is larger, is not a regular file, or cannot be read.
pub(crate) fn read_regular(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {} KiB", limit >> 10)));
    }
    Ok(bytes)
}

const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Opens a file or directory below a directory.
pub(super) fn open_at(top: &Path, path: &Path, links: Links, flags: OFlags) -> io::Result<OwnedFd> {
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

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

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

fn outside() -> io::Error {
    io::Error::other("it is not inside the work tree")
}

fn link_on_the_way() -> io::Error {
    io::Error::other("there is a symbolic link on the way to it")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory with links of all kinds, and a private file beside it.
    fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("top");
        std::fs::create_dir_all(top.join("sub/deep")).unwrap();
        std::fs::write(folder.path().join("private"), "private").unwrap();
        std::fs::write(top.join("file"), "inside").unwrap();
        std::fs::write(top.join("sub/file"), "inside").unwrap();
        for (target, link) in [
            ("file", "link"),
            ("../private", "out"),
            ("../../private", "sub/out"),
            ("sub", "directory"),
            ("..", "up"),
            ("/", "root"),
            ("/etc/passwd", "absolute"),
            ("loop", "loop"),
            ("/proc/self/root/etc/passwd", "magic"),
        ] {
            symlink(target, top.join(link)).unwrap();
        }
        (folder, top)
    }

    const INSIDE: [&str; 5] = ["file", "sub/file", "./sub/../file", "sub/deep/../file", "sub/./file"];
    const LINKED_INSIDE: [&str; 3] = ["link", "directory/file", "directory/../link"];
    const OUTSIDE: [&str; 12] = [
        "out",
        "sub/out",
        "directory/out",
        "up/private",
        "../private",
        "sub/../../private",
        "root/etc/passwd",
        "absolute",
        "magic",
        "/etc/passwd",
        "loop",
        "up/top/file",
    ];

    fn reading(top: &Path, path: &str, links: Links) -> io::Result<Vec<u8>> {
        read_regular(&open_below(top, Path::new(path), links)?, 100)
    }

    #[test]
    fn only_files_inside_are_read() {
        let (_folder, top) = folder();
        for path in INSIDE {
            for links in [Links::Inside, Links::Never] {
                assert_eq!(reading(&top, path, links).unwrap(), b"inside", "{path} {links:?}");
            }
        }
        let absolute = top.join("file");
        assert!(reading(&top, absolute.to_str().unwrap(), Links::Never).is_ok());
        for path in OUTSIDE {
            for links in [Links::Inside, Links::Never] {
                assert!(reading(&top, path, links).is_err(), "{path} {links:?}");
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn links_inside_are_followed_only_if_allowed() {
        let (_folder, top) = folder();
        for path in LINKED_INSIDE {
            assert_eq!(reading(&top, path, Links::Inside).unwrap(), b"inside", "{path}");
            assert!(reading(&top, path, Links::Never).is_err(), "{path}");
        }
    }

    #[test]
    fn without_help_of_the_kernel_no_link_is_followed() {
        let (_folder, top) = folder();
        let reading = |path: &str| {
            let directory = openat(CWD, &top, DIRECTORY, Mode::empty())?;
            read_regular(&File::from(step_by_step(directory, Path::new(path), READ)?), 100)
        };
        for path in INSIDE {
            assert_eq!(reading(path).unwrap(), b"inside", "{path}");
        }
        for path in LINKED_INSIDE.iter().chain(&OUTSIDE).filter(|path| **path != "directory/../link") {
            assert!(reading(path).is_err(), "{path}");
        }
    }

    #[test]
    fn only_regular_files_of_limited_size_are_read() {
        let (_folder, top) = folder();
        let path = top.join("pipe");
        rustix::fs::mknodat(CWD, &path, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        for path in ["pipe", "sub"] {
            let error = reading(&top, path, Links::Never).unwrap_err().to_string();
            assert_eq!(error, "it is not a regular file", "{path}");
        }
        assert!(read_regular(&open(Path::new("/dev/zero")).unwrap(), 100).is_err());
        std::fs::write(top.join("large"), [b'x'; 2049]).unwrap();
        let file = open(&top.join("large")).unwrap();
        assert_eq!(read_regular(&file, 2048).unwrap_err().to_string(), "it is larger than 2 KiB");
        assert_eq!(read_regular(&open(&top.join("large")).unwrap(), 2049).unwrap().len(), 2049);
    }
}
