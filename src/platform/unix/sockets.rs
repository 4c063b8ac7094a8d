//! Local sockets.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

/// Connection to a local socket that takes messages.
#[derive(Debug)]
pub(crate) struct Datagram(UnixDatagram);

impl Datagram {
    /// Connects to the socket at a path.
    ///
    /// # Errors
    /// Fails if nobody listens there.
    pub(crate) fn connect(socket: &Path) -> io::Result<Self> {
        let datagram = UnixDatagram::unbound()?;
        datagram.connect(socket)?;
        Ok(Self(datagram))
    }

    /// Limits the time that one message may take.
    ///
    /// # Errors
    /// Fails if the system refuses.
    pub(crate) fn limit(&self, time: Duration) -> io::Result<()> {
        self.0.set_write_timeout(Some(time))
    }

    /// Sends a message, and returns the number of bytes that were taken.
    ///
    /// # Errors
    /// Fails if nobody takes it in time.
    pub(crate) fn send(&self, message: &[u8]) -> io::Result<usize> {
        self.0.send(message)
    }
}
