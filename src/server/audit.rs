//! Audit log: one line of JSON for each refusal, each bypass, and each push that only `warn-only` or an exemption
//! lets in.
//!
//! Of the environment it contains only the name of the pusher; of the push options, only the reason of a
//! bypass. Of the pushed files, it contains the paths and the reasons of exemptions.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;
use serde::Serialize;

/// Number of attempts to find the end of the last line, before the line counts as cut off.
const LOOKS: u32 = 20;

/// Pause between two attempts: far longer than writing a line takes.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// AuditEntry of the log, one line.
#[derive(Debug, Serialize)]
pub(super) struct AuditEntry {
    /// Time in UTC, as RFC 3339.
    pub(super) time: String,
    /// Outcome of the push.
    pub(super) event: PushOutcome,
    /// Type of the server; determines the source of the pusher's name.
    pub(super) server: &'static str,
    /// Name of the pusher; `None` if the server does not provide it.
    pub(super) pusher: Option<String>,
    /// Path of the repository.
    pub(super) repository: String,
    /// Ref updates of the push.
    pub(super) refs: Vec<RefEntry>,
    /// Number of findings per rule that refuse, or would if the policy did not only warn.
    pub(super) denied: BTreeMap<&'static str, usize>,
    /// Number of other findings per rule.
    pub(super) warned: BTreeMap<&'static str, usize>,
    /// Kind of the error, if no verdict could be reached.
    pub(super) failure: Option<&'static str>,
    /// Bypass that the pusher requested, if it was denied or had an effect.
    pub(super) bypass: Option<BypassEntry>,
    /// Exemptions of new problems, by a comment or by the policy.
    pub(super) exempted: Vec<ExemptedEntry>,
    /// Number of exemptions that are not listed, because there are too many.
    pub(super) exempted_more: usize,
    /// Keys whose signatures counted in the place of sign-offs.
    pub(super) proven: Vec<ProvenEntry>,
}

/// Outcome of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PushOutcome {
    /// The push was refused.
    Refused,
    /// The push would have been refused and was let in.
    Bypassed,
    /// The push would have been refused if the policy did not only warn.
    WarnOnly,
    /// There was nothing to refuse, because problems were exempted.
    Exempted,
    /// There was nothing to refuse, but the pusher requested a bypass that was denied.
    Passed,
}

/// Update of one ref.
#[derive(Debug, Serialize)]
pub(super) struct RefEntry {
    /// Full name of the ref.
    pub(super) name: String,
    /// Old value; `None` if the ref did not exist.
    pub(super) old: Option<String>,
    /// New value; `None` for a deletion.
    pub(super) new: Option<String>,
}

/// Equal exemptions of one rule in one file.
#[derive(Debug, Serialize)]
pub(super) struct ExemptedEntry {
    /// Id of the rule.
    pub(super) rule: &'static str,
    /// Path of the file.
    pub(super) path: String,
    /// `comment` or `policy`.
    pub(super) by: &'static str,
    /// Reason of the exemption.
    pub(super) reason: String,
    /// Number of problems.
    pub(super) count: usize,
}

/// Key whose signatures counted in the place of sign-offs.
#[derive(Debug, Serialize)]
pub(super) struct ProvenEntry {
    /// Fingerprint of the key.
    pub(super) key: String,
    /// Reason of the policy.
    pub(super) reason: String,
    /// Number of commits.
    pub(super) commits: usize,
}

/// Bypass that was requested.
#[derive(Debug, Serialize)]
pub(super) struct BypassEntry {
    /// True if it was granted.
    pub(super) granted: bool,
    /// Reason that the pusher gave.
    pub(super) reason: String,
}

/// Appends an entry and waits until it is on disk.
///
/// Opens the file each time, so that the log may be rotated.
///
/// # Errors
/// Fails when the log cannot be written, is not a regular file, or is writable by every user.
pub(super) fn append(path: &Path, entry: &AuditEntry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    let mut log = open(path)?;
    let metadata = log.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.mode() & 0o002 != 0 {
        return Err(io::Error::other("every user can write to it"));
    }
    if is_cut_off(path)? {
        line.insert(0, b'\n');
    }
    write_at_once(&mut log, &line)?;
    log.sync_all()
}

/// Returns whether the last line has no end, because the disk was full when it was written.
///
/// Returns false for a log that this process may append to but not read.
fn is_cut_off(path: &Path) -> io::Result<bool> {
    let log = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(false),
        log => log?,
    };
    // Another push may be writing the line at this moment: wait for its end.
    for _ in 0..LOOKS {
        if ends_a_line(&log)? {
            return Ok(false);
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    Ok(true)
}

/// Returns whether the log is empty or ends with LF.
fn ends_a_line(log: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = log.metadata()?.len().checked_sub(1) {
        log.read_at(&mut last, at)?;
    }
    Ok(last == *b"\n")
}

/// Writes the line in one call, so that the entries of concurrent pushes do not mix.
///
/// After a partial write the rest is not written: the result is an error.
fn write_at_once(log: &mut File, line: &[u8]) -> io::Result<()> {
    match log.write(line) {
        Err(error) if error.kind() == ErrorKind::Interrupted => write_at_once(log, line),
        Ok(written) if written < line.len() => Err(ErrorKind::StorageFull.into()),
        written => written.map(drop),
    }
}

/// Opens the log for appending. Creates it if needed, and then syncs its directory.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Without O_NONBLOCK, opening a named pipe waits for a reader.
    options.append(true).mode(0o600).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let log = options.create(true).open(path)?;
            path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())?;
            Ok(log)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn entry(reason: &str) -> AuditEntry {
        AuditEntry {
            time: "2026-01-01T00:00:00Z".to_owned(),
            event: PushOutcome::Bypassed,
            server: "gitlab",
            pusher: Some("ana".to_owned()),
            repository: "/srv/x.git".to_owned(),
            refs: vec![RefEntry { name: "refs/heads/x".to_owned(), old: None, new: Some("a".repeat(40)) }],
            denied: [("unpinned-uses", 2)].into(),
            warned: BTreeMap::new(),
            failure: None,
            bypass: Some(BypassEntry { granted: true, reason: reason.to_owned() }),
            exempted: Vec::new(),
            exempted_more: 0,
            proven: Vec::new(),
        }
    }

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
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_rotated_log_is_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, &entry("first")).unwrap();
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        append(&path, &entry("second")).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("second"));
    }

    #[test]
    fn concurrent_entries_do_not_mix() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let long = "x".repeat(20_000);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..4).for_each(|_| append(&path, &entry(&long)).unwrap()));
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        let reason =
            |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["bypass"]["reason"].clone();
        // A writer that finds another one's line unfinished begins with a line end.
        let lines = text.lines().filter(|line| !line.is_empty());
        assert_eq!(lines.filter(|line| reason(line) == long.as_str()).count(), 32);
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
        fs::set_permissions(&open, Permissions::from_mode(0o666)).unwrap();
        assert!(append(&open, &entry("x")).is_err());
        assert_eq!(fs::read(&open).unwrap(), b"");
    }
}
