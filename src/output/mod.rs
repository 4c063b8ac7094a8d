//! From values to bytes. Only this room writes to the standard streams.

use std::io::{IsTerminal as _, Write as _};

/// The standard streams. A closed pipe is no failure here: the exit status was decided before anything is written.
#[derive(Debug)]
pub struct Ui {
    color: bool,
}

impl Ui {
    /// Creates the streams, with or without colour.
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    /// Whether to use colour.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Writes text to standard output.
    pub fn out(&mut self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    /// Writes text to standard error.
    pub fn err(&mut self, text: &str) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// Whether standard error is a terminal.
    pub fn err_is_terminal(&self) -> bool {
        std::io::stderr().is_terminal()
    }
}
