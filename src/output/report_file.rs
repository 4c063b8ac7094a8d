//! Reports that are written to files.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::file::{self, FileMode};
use crate::text::escape_path;

/// Writes a report to a file, completely or not at all.
///
/// A link stays a link; a device or a pipe is written to directly.
///
/// # Errors
/// Fails if the file cannot be written: the user would mistake an older report for this one.
pub(crate) fn save(path: &Path, text: &str) -> Result<()> {
    write(path, text.as_bytes())
        .map_err(|error| Error::io(format!("cannot write {}", escape_path(path)), error))
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let target = match path.canonicalize() {
        Ok(target) if !target.is_file() => {
            return OpenOptions::new().write(true).open(target)?.write_all(text);
        }
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => PathBuf::from(path),
        Err(error) => return Err(error),
    };
    file::replace(&target, text, FileMode::Kept)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_replaced_and_links_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("report"), folder.path().join("link"));
        save(&file, "old").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("report", &link).unwrap();
        save(&link, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "something was left behind");
    }

    #[test]
    fn unwritable_paths_fail_and_devices_stay() {
        let folder = tempfile::tempdir().unwrap();
        let dangling = folder.path().join("dangling");
        std::os::unix::fs::symlink("gone/report", &dangling).unwrap();
        for path in [folder.path(), &folder.path().join("gone/report"), &dangling] {
            assert!(save(path, "x").is_err(), "{}", path.display());
        }
        save(Path::new("/dev/null"), "x").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
