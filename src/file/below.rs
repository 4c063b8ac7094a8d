//! Replacement of a file below a directory, in which links may lead anywhere.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use super::read::{is_in_git_directory, names_git_directory};
use super::{FileMode, UNFINISHED};
use crate::platform::{Folder, Links};

/// Maximum number of names that are tried for an unfinished file.
const MAX_TRIES: u32 = 100;

/// Writes a file below a directory under a temporary name, and then renames it.
///
/// `links` applies to the directories on the way. The file itself is replaced if it is a link.
///
/// # Errors
/// Fails if a directory on the way leads out, if a link there leads into a git directory, or if the system refuses. The old file is then still in place.
pub(crate) fn replace_below(
    top: &Path,
    path: &Path,
    contents: &[u8],
    links: Links,
    mode: FileMode,
) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = Folder::open_below(top, parent, links)?;
    if links == Links::Inside && !names_git_directory(parent) && is_in_git_directory(top, parent)? {
        return Err(io::Error::other("a link on the way to it leads into the git directory"));
    }
    let (unfinished, file) = create(&folder)?;
    let written = write(file, contents, permissions(&folder, name, mode))
        .and_then(|()| folder.rename(&unfinished, name));
    if written.is_err() {
        folder.remove(&unfinished);
    }
    written
}

fn create(folder: &Folder) -> io::Result<(String, File)> {
    for number in 0..MAX_TRIES {
        let name = format!("{}{}-{number}{}", UNFINISHED.0, std::process::id(), UNFINISHED.1);
        match folder.create(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return Ok((name, created?)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Returns the permissions to set; `None` for those that the umask leaves.
fn permissions(folder: &Folder, name: &OsStr, mode: FileMode) -> Option<Permissions> {
    match mode {
        FileMode::Set(permissions) => Some(permissions),
        FileMode::Kept => folder.permissions(name),
    }
}

fn write(mut file: File, contents: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    file.write_all(contents)?;
    permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::platform::for_tests::{mode, set_mode, symlink};

    #[test]
    fn files_are_replaced_only_inside() {
        let folder = tempfile::tempdir().unwrap();
        let (top, out) = (folder.path().join("top"), folder.path().join("out"));
        fs::create_dir_all(top.join("sub")).unwrap();
        fs::create_dir(&out).unwrap();
        fs::write(out.join("file"), "private").unwrap();
        fs::write(top.join("sub/file"), "old").unwrap();
        set_mode(&top.join("sub/file"), 0o640);
        symlink("../out", top.join("directory")).unwrap();
        symlink("sub", top.join("inside")).unwrap();
        symlink("../../out/file", top.join("sub/link")).unwrap();
        let replace = |path: &str, links| replace_below(&top, Path::new(path), b"new", links, FileMode::Kept);
        for path in ["directory/file", "../out/file", "sub/../../out/file", "/etc/file", "sub/..", ""] {
            assert!(replace(path, Links::Never).is_err() && replace(path, Links::Inside).is_err(), "{path}");
        }
        assert!(replace("inside/file", Links::Never).is_err());
        for (path, links) in [("sub/file", Links::Never), ("sub/link", Links::Never), ("new", Links::Inside)]
        {
            replace(path, links).unwrap();
            let metadata = top.join(path).symlink_metadata().unwrap();
            assert!(metadata.is_file() && fs::read(top.join(path)).unwrap() == b"new", "{path}");
        }
        assert_eq!(mode(&top.join("sub/file")), 0o640);
        assert_eq!(fs::read(out.join("file")).unwrap(), b"private");
        assert_eq!(fs::read_dir(top.join("sub")).unwrap().count(), 2, "something was left behind");
    }

    #[test]
    fn links_do_not_lead_into_the_git_directory() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        fs::create_dir_all(top.join(".git/info")).unwrap();
        fs::write(top.join(".git/config"), "old").unwrap();
        for (target, link) in [(".git", "gitl"), (".git/info", "info"), (".git/config", "config")] {
            symlink(target, top.join(link)).unwrap();
        }
        let replace = |path: &str| replace_below(top, Path::new(path), b"new", Links::Inside, FileMode::Kept);
        assert!(replace("gitl/config").is_err() && replace("info/exclude").is_err());
        assert_eq!(fs::read(top.join(".git/config")).unwrap(), b"old");
        replace(".git/report").unwrap();
        replace("config").unwrap();
        assert!(!top.join("config").is_symlink());
        for path in ["gitl/config", ".git/config", "info/../config"] {
            let opened = super::super::open_below(top, Path::new(path), Links::Inside);
            assert!(opened.is_err(), "{path}");
        }
    }
}
