//! The places where an entry is written: the log, and syslog if the policy names it.

use std::io;

use super::AuditEntry;
use super::append::append;
use super::syslog::send;
use crate::policy::AuditLog;

/// Writes an entry everywhere, and returns where it could not be written, and why.
pub(in crate::server) fn record(log: &AuditLog, entry: &AuditEntry) -> Vec<String> {
    let sent = send_to(log, entry).map_err(|error| format!("syslog: {error}"));
    let appended = append(&log.path, entry).map_err(|error| format!("the audit log: {error}"));
    [appended, sent].into_iter().filter_map(Result::err).collect()
}

/// Writes an entry that has to be everywhere before it takes effect.
///
/// The log is the last one, so that it never has an entry that did not take effect.
///
/// # Errors
/// Returns where it could not be written, and why.
pub(in crate::server) fn record_before(log: &AuditLog, entry: &AuditEntry) -> Result<(), String> {
    send_to(log, entry).map_err(|error| format!("syslog: {error}"))?;
    append(&log.path, entry).map_err(|error| format!("the audit log: {error}"))
}

fn send_to(log: &AuditLog, entry: &AuditEntry) -> io::Result<()> {
    log.syslog.as_ref().map_or(Ok(()), |socket| send(socket, entry))
}
