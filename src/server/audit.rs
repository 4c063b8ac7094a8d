//! The audit log: one line of JSON for each refusal, each bypass, and each refusal that is still to come.
//!
//! Nothing of the environment goes into it but the name of the pusher, and no push option but the reason of a bypass.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;
use serde::Serialize;

/// How often a last line without an end is looked at before it is taken for cut off.
const LOOKS: u32 = 20;

/// How long to wait before the next look: far longer than it takes to write a line.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// When, in UTC.
    pub(super) time: String,
    /// What happened.
    pub(super) event: Event,
    /// The type of the server, which says whose word the pusher's name is.
    pub(super) server: &'static str,
    /// Who pushed; none where the server does not say it.
    pub(super) pusher: Option<String>,
    /// The path of the repository.
    pub(super) repository: String,
    /// What the push was to change.
    pub(super) refs: Vec<RefEntry>,
    /// How many findings each rule has that refuse, or would if the policy did not only warn.
    pub(super) denied: BTreeMap<&'static str, usize>,
    /// How many other findings each rule has.
    pub(super) warned: BTreeMap<&'static str, usize>,
    /// Why no verdict could be reached: whose part it was that failed.
    pub(super) failure: Option<&'static str>,
    /// The bypass that the pusher asked for.
    pub(super) bypass: Option<BypassEntry>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Event {
    /// The push was refused.
    Refused,
    /// The push would have been refused and was let in.
    Bypassed,
    /// The push would be refused if the policy did not only warn.
    WarnOnly,
    /// There was nothing to refuse, but somebody asked for a bypass who may not have one.
    Passed,
}

/// One ref of a push.
#[derive(Debug, Serialize)]
pub(super) struct RefEntry {
    /// Its full name.
    pub(super) name: String,
    /// What it was; none when it did not exist.
    pub(super) old: Option<String>,
    /// What it was to be; none for a deletion.
    pub(super) new: Option<String>,
}

/// A bypass that was asked for.
#[derive(Debug, Serialize)]
pub(super) struct BypassEntry {
    /// Whether it was granted.
    pub(super) granted: bool,
    /// Why, in the words of the pusher.
    pub(super) reason: String,
}

/// Appends an entry and waits until it is on the disk. The file is opened anew each time, so that it may be rotated.
///
/// # Errors
/// Fails when the log cannot be written, or could be written by everybody.
pub(super) fn append(path: &Path, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    let mut log = open(path)?;
    let metadata = log.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if metadata.mode() & 0o002 != 0 {
        return Err(io::Error::other("everybody may write to it"));
    }
    if is_cut_off(path)? {
        line.insert(0, b'\n');
    }
    write_at_once(&mut log, &line)?;
    log.sync_all()
}

/// Whether the last line has no end, because the disk was full when it was written. A log may be one that its writers cannot
/// read; there it is not found out.
fn is_cut_off(path: &Path) -> io::Result<bool> {
    let log = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(false),
        log => log?,
    };
    // A line that another push is writing at this moment has no end yet, either.
    for _ in 0..LOOKS {
        if ends_a_line(&log)? {
            return Ok(false);
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    Ok(true)
}

fn ends_a_line(log: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = log.metadata()?.len().checked_sub(1) {
        log.read_at(&mut last, at)?;
    }
    Ok(last == *b"\n")
}

/// Writes in one call: entries of pushes at the same time stand behind each other, never in each other. What does not fit is
/// not tried again.
fn write_at_once(log: &mut File, line: &[u8]) -> io::Result<()> {
    match log.write(line) {
        Err(error) if error.kind() == ErrorKind::Interrupted => write_at_once(log, line),
        Ok(written) if written < line.len() => Err(ErrorKind::StorageFull.into()),
        written => written.map(drop),
    }
}

/// Opens the log to append to it; where there is none, the directory is made to remember the new one.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A named pipe that nobody reads would be waited for.
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

    fn entry(reason: &str) -> Entry {
        Entry {
            time: "2026-01-01T00:00:00Z".to_owned(),
            event: Event::Bypassed,
            server: "gitlab",
            pusher: Some("ana".to_owned()),
            repository: "/srv/x.git".to_owned(),
            refs: vec![RefEntry { name: "refs/heads/x".to_owned(), old: None, new: Some("a".repeat(40)) }],
            denied: [("unpinned-uses", 2)].into(),
            warned: BTreeMap::new(),
            failure: None,
            bypass: Some(BypassEntry { granted: true, reason: reason.to_owned() }),
        }
    }

    #[test]
    fn every_entry_is_one_line_whatever_is_in_it() {
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
    fn a_log_that_was_rotated_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, &entry("first")).unwrap();
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        append(&path, &entry("second")).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("second"));
    }

    #[test]
    fn entries_at_the_same_time_stand_behind_each_other() {
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
        assert_eq!(text.lines().filter(|line| reason(line) == long.as_str()).count(), 32);
    }

    #[test]
    fn an_entry_behind_one_that_was_cut_off_has_a_line_of_its_own() {
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
    fn what_does_not_fit_is_an_error() {
        let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_eq!(write_at_once(&mut full, b"x").unwrap_err().kind(), ErrorKind::StorageFull);
    }

    #[test]
    fn what_keeps_nothing_is_no_log() {
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
