//! Messages to the log of the system.

use std::io;
use std::process;

use syslog::{Facility, Formatter3164, LogFormat as _, Severity};

use crate::platform::Urgency;

/// Returns a message as RFC 3164 describes it, without the name of the machine, which the daemon adds.
///
/// # Errors
/// Fails if the message cannot be formatted.
pub(crate) fn syslog_message(urgency: Urgency, text: String) -> io::Result<Vec<u8>> {
    let formatter = Formatter3164 {
        facility: Facility::LOG_AUTHPRIV,
        hostname: None,
        process: "git-gate".to_owned(),
        pid: process::id(),
    };
    let severity = match urgency {
        Urgency::Warning => Severity::LOG_WARNING,
        Urgency::Notice => Severity::LOG_NOTICE,
        Urgency::Info => Severity::LOG_INFO,
    };
    let mut message = Vec::new();
    formatter.format(&mut message, severity, text).map_err(io::Error::other)?;
    Ok(message)
}
