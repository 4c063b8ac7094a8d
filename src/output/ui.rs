//! The standard streams.

use std::io::{IsTerminal as _, Write as _};

use super::Palette;
use crate::cli::ColorWhen;
use crate::{env, text};

/// Where output goes. A closed pipe is no failure here: the exit status was decided before anything is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    color: ColorWhen,
    ascii: bool,
}

impl Ui {
    /// Creates the streams.
    pub(crate) fn new(color: ColorWhen) -> Self {
        Self { color, ascii: false }
    }

    /// The same streams for a server: what is written there travels to somebody else's terminal.
    pub(crate) fn for_server(self) -> Self {
        Self { color: ColorWhen::Never, ascii: true }
    }

    /// Writes text to standard output.
    pub(crate) fn out(&mut self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(self.encode(text).as_bytes()).and_then(|()| stdout.flush());
    }

    /// Writes text to standard error.
    pub(crate) fn err(&mut self, text: &str) {
        let _ = std::io::stderr().lock().write_all(self.encode(text).as_bytes());
    }

    /// The colours of standard output.
    pub(crate) fn out_palette(&self) -> Palette {
        self.palette(std::io::stdout().is_terminal())
    }

    /// The colours of standard error.
    pub(crate) fn err_palette(&self) -> Palette {
        self.palette(std::io::stderr().is_terminal())
    }

    /// Whether somebody watches standard error.
    pub(crate) fn is_watched(&self) -> bool {
        std::io::stderr().is_terminal() && !env::term_is_dumb()
    }

    fn palette(&self, terminal: bool) -> Palette {
        let auto = !env::no_color() && (env::clicolor_force() || terminal && !env::term_is_dumb());
        match self.color {
            ColorWhen::Always => Palette::colored(),
            ColorWhen::Auto if auto => Palette::colored(),
            ColorWhen::Auto | ColorWhen::Never => Palette::plain(),
        }
    }

    fn encode(&self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        text.split('\n').map(text::ascii).collect::<Vec<_>>().join("\n")
    }
}
