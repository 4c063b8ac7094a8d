//! Reports that are written to files.

use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::file::{self, FileMode};
use crate::platform::{self, Links};
use crate::text::escape_path;

/// Writes a file that the user names, completely or not at all.
///
/// A link is replaced, not followed, and inside the work tree `top` no directory on the way may lead out of
/// it: links there may come from anyone. A device, a pipe, and an open file such as `/dev/fd/3` are written
/// to directly.
///
/// # Errors
/// Fails if the file cannot be written: the user would mistake an older report for this one.
pub(crate) fn save(path: &Path, text: &str, top: Option<&Path>) -> Result<()> {
    write(path, text.as_bytes(), top, FileMode::Kept)
        .map_err(|error| Error::io(format!("cannot write {}", escape_path(path)), error))
}

/// Writes a baseline as [`save`] does. Only its owner may write to it: a server refuses any other.
///
/// # Errors
/// As [`save`].
pub(crate) fn save_baseline(path: &Path, text: &str, top: Option<&Path>) -> Result<()> {
    write(path, text.as_bytes(), top, FileMode::bits(0o644))
        .map_err(|error| Error::io(format!("cannot write the baseline {}", escape_path(path)), error))
}

fn write(path: &Path, text: &[u8], top: Option<&Path>, mode: FileMode) -> io::Result<()> {
    let path = normal(&std::path::absolute(path)?);
    if is_written_through(&path) {
        return platform::open_stream(&path)?.write_all(text);
    }
    let below = top.and_then(|top| Some((top, below(top, &path)?)));
    match below {
        Some((top, below)) => file::replace_below(top, &below, text, Links::Inside, mode),
        None => file::replace(&path, text, mode),
    }
}

/// Returns a path relative to the work tree; `None` if it is outside.
///
/// The user may reach the work tree through a link, so the first folder on the way that is in it counts.
fn below(top: &Path, path: &Path) -> Option<PathBuf> {
    let mut folders: Vec<&Path> = path.ancestors().skip(1).collect();
    folders.reverse();
    folders.into_iter().find_map(|folder| {
        let real = platform::real_path(folder).ok()?;
        Some(real.strip_prefix(top).ok()?.join(path.strip_prefix(folder).ok()?))
    })
}

/// Removes `.` and `..` from an absolute path.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            component => normal.push(component),
        }
    }
    normal
}

/// Returns whether a path names a device or a pipe, or an open file by a link of the system.
fn is_written_through(path: &Path) -> bool {
    // A work tree may be below `/dev/shm`.
    let folder = path.parent().unwrap_or(path);
    let of_process = folder.starts_with("/proc") && folder.ends_with("fd");
    let of_system = folder == Path::new("/dev") || folder == Path::new("/dev/fd") || of_process;
    path.symlink_metadata().is_ok_and(|found| match found.is_symlink() {
        true => of_system,
        false => !found.is_file() && !found.is_dir(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::for_tests::{mode, set_mode, symlink};

    #[test]
    fn files_and_links_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("report"), folder.path().join("link"));
        for top in [None, Some(folder.path())] {
            save(&file, "old", top).unwrap();
            set_mode(&file, 0o640);
            let _ = std::fs::remove_file(&link);
            symlink("report", &link).unwrap();
            save(&link, "new", top).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
            assert!(!link.is_symlink() && std::fs::read_to_string(&link).unwrap() == "new");
            save(&file, "newer", top).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "newer");
            assert_eq!(mode(&file), 0o640);
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "something was left behind");
        }
    }

    #[test]
    fn unwritable_paths_fail_and_devices_stay() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), &folder.path().join("gone/report")] {
            for top in [None, Some(folder.path())] {
                assert!(save(path, "x", top).is_err(), "{}", path.display());
            }
        }
        save(Path::new("/dev/null"), "x", None).unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }

    #[test]
    fn links_below_the_folder_of_devices_are_replaced() {
        let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return };
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        std::fs::write(&victim, "old").unwrap();
        symlink("victim", &link).unwrap();
        save(&link, "new", None).unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "old");
        assert!(is_written_through(Path::new("/dev/stdout")) && !is_written_through(&link));
    }

    #[test]
    fn directories_of_the_work_tree_do_not_lead_out() {
        let folder = tempfile::tempdir().unwrap();
        let (top, out) = (folder.path().join("top"), folder.path().join("out"));
        std::fs::create_dir_all(top.join("sub")).unwrap();
        std::fs::create_dir(&out).unwrap();
        symlink("../out", top.join("link")).unwrap();
        symlink("/dev/fd/1", top.join("stdout")).unwrap();
        assert!(save(&top.join("link/report"), "x", Some(&top)).is_err());
        assert!(save(&top.join("sub/../link/report"), "x", Some(&top)).is_err());
        // The user has reached the work tree through a link.
        symlink("top", folder.path().join("linked")).unwrap();
        assert!(save(&folder.path().join("linked/link/report"), "x", Some(&top)).is_err());
        save(&folder.path().join("linked/sub/report"), "x", Some(&top)).unwrap();
        save(&top.join("stdout"), "x", Some(&top)).unwrap();
        assert!(!top.join("stdout").is_symlink());
        // The user names a place outside.
        for path in [top.join("sub/../../out/report"), out.join("report")] {
            save(&path, "x", Some(&top)).unwrap();
        }
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    }
}
