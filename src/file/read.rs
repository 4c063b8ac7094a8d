//! Reading of files that another person may have chosen: no more than expected, and from nowhere else.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::platform::{self, Links, outside};

/// Opens a file below a directory for reading. `path` may be relative to the directory, or absolute.
///
/// # Errors
/// Fails if the path leads out of the directory, with [`Links::Inside`] also if it leads into a git directory, or if the
/// system refuses.
pub(crate) fn open_below(top: &Path, path: &Path, links: Links) -> io::Result<File> {
    let opened = platform::open_below(top, path, links)?;
    match links == Links::Inside && is_in_git_directory(top, path)? {
        true => Err(outside()),
        false => Ok(opened),
    }
}

/// Returns whether a path below the top of a work tree leads into a git directory there, by a link or by its name.
///
/// # Errors
/// Fails if the system cannot resolve the path.
pub(super) fn is_in_git_directory(top: &Path, path: &Path) -> io::Result<bool> {
    let real = platform::real_path(&top.join(path))?;
    Ok(names_git_directory(real.strip_prefix(platform::real_path(top)?).unwrap_or(&real)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::for_tests::{KERNEL_FOLLOWS_LINKS, create_pipe, symlink};
    use crate::platform::open;

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

    #[test]
    fn links_inside_are_followed_only_if_allowed() {
        let (_folder, top) = folder();
        for path in LINKED_INSIDE {
            let followed = reading(&top, path, Links::Inside);
            assert!(!KERNEL_FOLLOWS_LINKS || followed.is_ok_and(|text| text == b"inside"), "{path}");
            assert!(reading(&top, path, Links::Never).is_err(), "{path}");
        }
    }

    #[test]
    fn only_regular_files_of_limited_size_are_read() {
        let (_folder, top) = folder();
        let path = top.join("pipe");
        create_pipe(&path);
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
