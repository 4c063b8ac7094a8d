//! Standard output for text that is written while work goes on.

use std::io::{self, ErrorKind, Write};

/// Standard output, to which nothing more is written once its reader has gone.
///
/// The exit status depends on the work, not on the reader. Any other failure, such as a full disk, is an error.
#[derive(Debug, Default)]
pub(crate) struct StandardOutput {
    is_closed: bool,
}

impl StandardOutput {
    fn unless_closed(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            result => result,
        }
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_closed {
            let written = io::stdout().lock().write_all(bytes);
            self.unless_closed(written)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let flushed = io::stdout().lock().flush();
        self.unless_closed(flushed)
    }
}
