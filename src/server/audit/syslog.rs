//! Sending to the local socket of syslog, at which journald listens too.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{AuditEntry, PushOutcome};
use crate::platform::{self, Datagram, Urgency};

/// Maximum length of a message, in bytes. rsyslog cuts off what is longer, unless it is told otherwise.
const MAX_MESSAGE: usize = 8 << 10;

/// Time to wait for a daemon that takes no messages. A push must not wait for it forever.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends an entry as one datagram. An entry that is too long is sent without its lists.
///
/// # Errors
/// Fails when nobody listens at the socket, or takes the message.
pub(super) fn send(socket: &Path, entry: &AuditEntry) -> io::Result<()> {
    let whole = message(entry)?;
    let message = if whole.len() <= MAX_MESSAGE { whole } else { message(&without_lists(entry))? };
    let datagram = Datagram::connect(socket)?;
    datagram.limit(TIMEOUT)?;
    match send_in_time(&datagram, &message)? {
        sent if sent == message.len() => Ok(()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

/// Sends a message; a signal does not end the wait, as the end of a process that git-gate has started would.
fn send_in_time(datagram: &Datagram, message: &[u8]) -> io::Result<usize> {
    let end = Instant::now() + TIMEOUT;
    loop {
        match datagram.send(message) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted && Instant::now() < end => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody takes the message"));
            }
            sent => return sent,
        }
    }
}

fn message(entry: &AuditEntry) -> io::Result<Vec<u8>> {
    platform::syslog_message(urgency(entry.event), serde_json::to_string(entry)?)
}

fn urgency(event: PushOutcome) -> Urgency {
    match event {
        PushOutcome::Refused | PushOutcome::Bypassed => Urgency::Warning,
        PushOutcome::WarnOnly | PushOutcome::Exempted => Urgency::Notice,
        PushOutcome::Passed => Urgency::Info,
    }
}

/// Returns the entry with the lengths of its longest lists in the place of what is in them.
fn without_lists(entry: &AuditEntry) -> AuditEntry {
    let exempted: usize = entry.exempted.iter().map(|entry| entry.count).sum();
    AuditEntry {
        refs: Vec::new(),
        refs_more: entry.refs_more + entry.refs.len(),
        exempted: Vec::new(),
        exempted_more: entry.exempted_more + exempted,
        ..entry.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::entry;
    use super::super::{ExemptedEntry, RefEntry};
    use super::*;
    use crate::platform::for_tests::UnixDatagram;

    /// Returns what a socket has received last: the priority, the tag without the number of the process, and the entry.
    fn received(socket: &UnixDatagram) -> (String, serde_json::Value) {
        let mut buffer = vec![0; 1 << 20];
        let length = socket.recv(&mut buffer).unwrap();
        let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
        let (head, entry) = text.split_once("]: ").unwrap();
        (head.to_owned(), serde_json::from_str(entry).unwrap())
    }

    #[test]
    fn an_entry_is_one_datagram_with_priority_and_tag() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let socket = UnixDatagram::bind(&path).unwrap();
        for (event, priority) in
            [(PushOutcome::Refused, 84), (PushOutcome::WarnOnly, 85), (PushOutcome::Passed, 86)]
        {
            send(&path, &AuditEntry { event, ..entry("a\nb\u{2028}") }).unwrap();
            let (head, entry) = received(&socket);
            assert!(head.starts_with(&format!("<{priority}>")), "{head}");
            assert!(head.ends_with(&format!(" git-gate[{}", std::process::id())), "{head}");
            assert_eq!(entry["bypass"]["reason"], "a\nb\u{2028}");
            assert_eq!((&entry["refs_more"], entry["refs"].as_array().unwrap().len()), (&0.into(), 1));
        }
    }

    #[test]
    fn a_long_entry_is_sent_without_its_lists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let socket = UnixDatagram::bind(&path).unwrap();
        let refs =
            (0..5000).map(|number| RefEntry { name: format!("refs/heads/{number}"), old: None, new: None });
        let exempted = |count| ExemptedEntry {
            rule: "unpinned-uses",
            path: "x".to_owned(),
            by: "policy",
            reason: "y".to_owned(),
            count,
        };
        let long = AuditEntry {
            refs: refs.collect(),
            exempted: vec![exempted(2), exempted(3)],
            exempted_more: 4,
            refs_more: 7,
            ..entry("an outage")
        };
        send(&path, &long).unwrap();
        let (_, sent) = received(&socket);
        assert_eq!((&sent["refs_more"], &sent["exempted_more"]), (&5007.into(), &9.into()));
        assert_eq!((&sent["refs"], &sent["bypass"]["reason"]), (&serde_json::json!([]), &"an outage".into()));
    }

    #[test]
    fn a_socket_at_which_nobody_listens_or_reads_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!(send(&path, &entry("x")).unwrap_err().kind(), io::ErrorKind::NotFound);
        let socket = UnixDatagram::bind(&path).unwrap();
        let error = (0..10_000).find_map(|_| send(&path, &entry("x")).err()).unwrap();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "nobody reads");
        drop(socket);
        assert_eq!(send(&path, &entry("x")).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
