//! Local sockets, and the log of the system: servers use both, and do not run here.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use crate::platform::Urgency;

/// Connection to a local socket, of which there is none.
#[derive(Debug)]
pub(crate) struct Datagram(Infallible);

impl Datagram {
    /// Fails.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn connect(_: &Path) -> io::Result<Self> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Limits the time that one message may take.
    ///
    /// # Errors
    /// Never, as there is no connection.
    pub(crate) fn limit(&self, _: Duration) -> io::Result<()> {
        match self.0 {}
    }

    /// Sends a message.
    ///
    /// # Errors
    /// Never, as there is no connection.
    pub(crate) fn send(&self, _: &[u8]) -> io::Result<usize> {
        match self.0 {}
    }
}

/// Fails.
///
/// # Errors
/// Always.
pub(crate) fn syslog_message(_: Urgency, _: String) -> io::Result<Vec<u8>> {
    Err(ErrorKind::Unsupported.into())
}
