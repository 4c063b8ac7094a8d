//! Appending to an audit log.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use super::AuditEntry;
use crate::platform;

/// Number of attempts to get the lock, and to find the end of the last line without it.
const LOOKS: u32 = 400;

/// Pause between two attempts: longer than writing a line takes.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Number of times that a log may be rotated while it is opened.
const MAX_ROTATIONS: u32 = 100;

/// Appends an entry and waits until it is on disk.
///
/// Opens the file each time, so that the log may be rotated. Writers take turns by a lock of the file (flock(2)), which a
/// tool that copies and truncates it can hold, too.
///
/// # Errors
/// Fails when the log cannot be written, is not a regular file, or is writable by every user.
pub(super) fn append(path: &Path, entry: &AuditEntry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    let Log { mut file, can_read } = open_locked(path)?;
    let written = if can_read && is_cut_off(&file)? {
        line.insert(0, b'\n');
        write_at_once(&mut file, &line)
    } else {
        write_at_once(&mut file, &line)
    };
    // Other writers need not wait until the line is on disk.
    platform::unlock(&file);
    written?;
    file.sync_all()
}

/// Open audit log.
struct Log {
    file: File,
    /// True if this process may read it, and not only append to it.
    can_read: bool,
}

/// Opens the log that is at the path once its lock is held.
fn open_locked(path: &Path) -> io::Result<Log> {
    for _ in 0..MAX_ROTATIONS {
        let log = open(path)?;
        let metadata = log.file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        if platform::written_by_all(&metadata) {
            return Err(io::Error::other("every user can write to it"));
        }
        lock(&log.file);
        // It may have been renamed before the lock was held.
        let id = |found| platform::file_id(path, found);
        let is_same = |now| id(now) == id(&metadata);
        match path.metadata() {
            Ok(now) if is_same(&now) => return Ok(log),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Err(io::Error::other("it is renamed all the time"))
}

/// Waits for the lock of the log. Goes on without it after a time, and where the file system has no locks: a lock that
/// somebody forgets must not stop pushes, and a line is written in one call.
fn lock(file: &File) {
    for _ in 0..LOOKS {
        match platform::try_lock(file) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                std::thread::sleep(BETWEEN_LOOKS);
            }
            Ok(()) | Err(_) => return,
        }
    }
}

/// Returns whether the last line has no end, because a writer was ended, or the disk was full.
fn is_cut_off(log: &File) -> io::Result<bool> {
    // Where there are no locks, another push may be writing the line at this moment: wait for its end.
    for _ in 0..LOOKS {
        if ends_a_line(log)? {
            return Ok(false);
        }
        if platform::try_lock(log).is_ok() {
            return Ok(!ends_a_line(log)?);
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    Ok(true)
}

/// Returns whether the log is empty or ends with LF.
fn ends_a_line(log: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = log.metadata()?.len().checked_sub(1) {
        platform::read_at(log, &mut last, at)?;
    }
    Ok(last == *b"\n")
}

/// Writes the line in one call, so that the entries of concurrent pushes do not mix.
///
/// After a partial write the rest is not written: the result is an error, and the part is removed if nobody has written
/// since.
fn write_at_once(log: &mut File, line: &[u8]) -> io::Result<()> {
    let before = log.metadata()?.len();
    match log.write(line) {
        Err(error) if error.kind() == ErrorKind::Interrupted => write_at_once(log, line),
        Ok(written) if written < line.len() => {
            if log.metadata()?.len() == before + written as u64 {
                let _ = log.set_len(before);
            }
            Err(ErrorKind::StorageFull.into())
        }
        written => written.map(drop),
    }
}

/// Opens the log for appending. Creates it if needed, and then syncs its directory.
fn open(path: &Path) -> io::Result<Log> {
    let with = |read: bool| {
        let mut options = platform::log_options();
        options.read(read);
        match options.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let log = options.create(true).open(path)?;
                path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())?;
                Ok(log)
            }
            opened => opened,
        }
    };
    match with(true) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Ok(Log { file: with(false)?, can_read: false })
        }
        opened => Ok(Log { file: opened?, can_read: true }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};

    use super::super::tests::entry;
    use super::*;
    use crate::platform::for_tests::{mode, set_mode};

    #[test]
    fn every_entry_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for reason in ["a", "b\n{\"event\":\"refused\"}\r\n", "\u{2028}\u{0}\"\\"] {
            append(&path, &entry(reason)).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1]["bypass"]["reason"], "b\n{\"event\":\"refused\"}\r\n");
        assert_eq!(mode(&path), 0o600);
    }

    /// Lines of logs, of which each has to be an entry.
    fn reasons(paths: &[std::path::PathBuf]) -> Vec<String> {
        let lines = paths.iter().flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        });
        let reason = |line: String| {
            let entry: serde_json::Value =
                serde_json::from_str(&line).unwrap_or_else(|_| panic!("torn: {line}"));
            entry["bypass"]["reason"].as_str().unwrap().split(' ').next().unwrap().to_owned()
        };
        let mut reasons: Vec<String> = lines.map(reason).collect();
        reasons.sort();
        reasons
    }

    /// Lets 200 writers append one long entry each, a hundred at once, while `meanwhile` runs again and again, and at
    /// the end of each hundred.
    fn write_200(path: &Path, mut meanwhile: impl FnMut()) {
        for first in [0, 100] {
            let left = std::sync::atomic::AtomicUsize::new(100);
            std::thread::scope(|scope| {
                for number in first..first + 100 {
                    let left = &left;
                    scope.spawn(move || {
                        append(path, &entry(&format!("{number:03} {}", "x".repeat(20_000)))).unwrap();
                        left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    });
                }
                // A log that is renamed without a pause leaves no writer the time to write to it; on a busy machine the
                // time has to be longer.
                let mut pause = Duration::ZERO;
                while left.load(std::sync::atomic::Ordering::SeqCst) > 0 {
                    meanwhile();
                    pause += Duration::from_millis(1);
                    std::thread::sleep(pause);
                }
            });
            meanwhile();
        }
    }

    fn all_200() -> Vec<String> {
        (0..200).map(|number| format!("{number:03}")).collect()
    }

    #[test]
    fn two_hundred_writers_at_once_lose_and_tear_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        write_200(&path, || {});
        assert_eq!(reasons(&[path]), all_200());
    }

    #[test]
    fn rotation_by_renaming_loses_and_tears_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut number = 0;
        write_200(&path, || {
            number += usize::from(fs::rename(&path, folder.path().join(format!("log.{number}"))).is_ok());
        });
        let files = folder.path().read_dir().unwrap().map(|file| file.unwrap().path());
        let files: Vec<std::path::PathBuf> = files.collect();
        assert!(number > 0 && files.len() >= number, "{number} rotations");
        assert_eq!(reasons(&files), all_200());
    }

    #[test]
    fn rotation_by_copying_under_the_lock_loses_and_tears_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("log"), folder.path().join("log.1"));
        write_200(&path, || {
            let Ok(log) = OpenOptions::new().write(true).open(&path) else { return };
            log.lock().unwrap();
            let mut copied = OpenOptions::new().append(true).create(true).open(&copy).unwrap();
            copied.write_all(&fs::read(&path).unwrap()).unwrap();
            log.set_len(0).unwrap();
        });
        assert_eq!(reasons(&[path, copy]), all_200());
    }

    #[test]
    fn an_entry_after_a_cut_off_line_has_its_own_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "{\"time\":\"2026").unwrap();
        append(&path, &entry("a")).unwrap();
        append(&path, &entry("b")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let whole = text.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
        assert_eq!((whole.count(), text.lines().count()), (2, 3), "{text}");
    }

    #[test]
    fn a_lock_that_is_never_released_does_not_stop_pushes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "").unwrap();
        let held = File::open(&path).unwrap();
        held.lock().unwrap();
        append(&path, &entry("a")).unwrap();
        assert_eq!(reasons(&[path]), ["a"]);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_eq!(write_at_once(&mut full, b"x").unwrap_err().kind(), ErrorKind::StorageFull);
    }

    #[test]
    fn a_device_folder_or_world_writable_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [Path::new("/dev/null"), folder.path(), &folder.path().join("no/such/folder")] {
            assert!(append(path, &entry("x")).is_err(), "{}", path.display());
        }
        let open = folder.path().join("open");
        fs::write(&open, "").unwrap();
        set_mode(&open, 0o666);
        assert!(append(&open, &entry("x")).is_err());
        assert_eq!(fs::read(&open).unwrap(), b"");
    }
}
