//! Reading of files that others have chosen, and replacement of files in one step.
//!
//! A reader of a replaced file sees the old contents or the new ones, never a part.

mod below;
mod read;

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

pub(crate) use below::replace_below;
pub(crate) use read::{open_below, read_regular};

use crate::platform;
pub(crate) use crate::platform::{Links, open};

/// Start and end of the name of a file that is not complete yet.
const UNFINISHED: (&str, &str) = (".git-gate-", ".new");

/// Number of random letters and digits between them.
const RANDOM: usize = 6;

/// Permissions that a replaced file gets.
#[derive(Debug, Clone)]
pub(crate) enum FileMode {
    /// Those of the file that is replaced; those that the umask leaves if there is none.
    Kept,
    /// These, regardless of the umask.
    Set(Permissions),
}

impl FileMode {
    /// Creates the mode from permission bits.
    pub(crate) fn bits(mode: u32) -> Self {
        platform::permissions(mode).map_or(Self::Kept, Self::Set)
    }
}

/// Writes a file under a temporary name in the same directory, and then renames it.
///
/// A link at `path` is replaced, not followed.
///
/// # Errors
/// Fails if the system refuses. The old file is then still in place.
pub(crate) fn replace(path: &Path, contents: &[u8], mode: FileMode) -> io::Result<()> {
    let unfinished = unfinished(path)?;
    finish(unfinished, path, contents, mode)
}

/// Writes a file as [`replace`] does, with the permissions, the owner and the extended attributes of another one.
///
/// # Errors
/// Fails if the system refuses, as it does if the other file belongs to somebody else. The old file is then still in
/// place.
pub(crate) fn replace_like(path: &Path, contents: &[u8], like: &Path) -> io::Result<()> {
    let unfinished = unfinished(path)?;
    unfinished.as_file().write_all(contents)?;
    platform::copy_attributes(like, unfinished.as_file())?;
    unfinished.as_file().sync_all()?;
    unfinished.persist(path).map(drop).map_err(|refused| refused.error)
}

/// Replaces the contents of an existing file under git's lock, a file of the same name and `.lock`.
///
/// A link at `path` is followed.
///
/// # Errors
/// Fails if the lock is held or the system refuses. The old file is then still in place.
pub(crate) fn edit_locked(path: &Path, edit: impl FnOnce(&[u8]) -> Vec<u8>) -> io::Result<()> {
    let path = platform::real_path(path)?;
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let lock = Builder::new().prefix(name).suffix(".lock").rand_bytes(0).make_in(folder(&path), create)?;
    let contents = edit(&fs::read(&path)?);
    finish(lock, &path, &contents, FileMode::Kept)
}

/// Returns whether a file name is one that [`replace`] gives to an unfinished file.
pub(crate) fn is_unfinished(name: &[u8]) -> bool {
    let between = name
        .strip_prefix(UNFINISHED.0.as_bytes())
        .and_then(|rest| rest.strip_suffix(UNFINISHED.1.as_bytes()));
    between.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

fn unfinished(path: &Path) -> io::Result<NamedTempFile<File>> {
    let mut name = Builder::new();
    name.prefix(UNFINISHED.0).suffix(UNFINISHED.1).rand_bytes(RANDOM);
    name.make_in(folder(path), create)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Creates a new file. The errors do not name it, as those of `tempfile` would: the user knows another name.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn finish(unfinished: NamedTempFile<File>, path: &Path, contents: &[u8], mode: FileMode) -> io::Result<()> {
    let mut file = unfinished.as_file();
    file.write_all(contents)?;
    match mode {
        FileMode::Set(permissions) => file.set_permissions(permissions)?,
        FileMode::Kept => {
            if let Ok(old) = path.symlink_metadata()
                && old.is_file()
            {
                file.set_permissions(old.permissions())?;
            }
        }
    }
    file.sync_all()?;
    unfinished.persist(path).map(drop).map_err(|refused| refused.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::for_tests::mode;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn contents_and_mode_are_replaced_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"one", FileMode::bits(0o640)).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"one"[..], 0o640));
        replace(&path, b"two", FileMode::Kept).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"two"[..], 0o640));
        edit_locked(&path, |old| [old, b"!"].concat()).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"two!"[..], 0o640));
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn held_lock_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, "old").unwrap();
        fs::write(folder.path().join("config.lock"), "").unwrap();
        let error = edit_locked(&path, |_| b"new".to_vec()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["config", "config.lock"]);
    }

    #[test]
    fn failures_name_no_temporary_file_and_leave_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("directory")).unwrap();
        for path in ["gone/file", "directory"] {
            let error = replace(&folder.path().join(path), b"x", FileMode::Kept).unwrap_err().to_string();
            assert!(error.contains("os error") && !error.contains(".git-gate-"), "{error}");
        }
        assert_eq!(names(folder.path()), ["directory"]);
    }
}
