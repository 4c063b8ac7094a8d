//! Standard output and standard error.

use std::io::{IsTerminal as _, Write as _};

use super::Palette;
use crate::cli::ColorWhen;
use crate::env;
use crate::text::escape;

/// Output streams.
///
/// Write errors such as a closed pipe are ignored: the exit status is decided before anything is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    color: ColorWhen,
    /// Set if everything is escaped once more before it is written.
    is_escaped: bool,
    gitlab_page: bool,
}

impl Ui {
    /// Creates the streams.
    pub(crate) fn new(color: ColorWhen) -> Self {
        Self { color, is_escaped: false, gitlab_page: false }
    }

    /// Returns the same streams for a server: UTF-8 without colour and without control characters.
    ///
    /// The text appears on the pusher's terminal. git passes it on as it is, whatever the locale.
    pub(crate) fn for_server(self) -> Self {
        Self { color: ColorWhen::Never, is_escaped: true, ..self }
    }

    /// Returns the same streams for GitLab's web page.
    ///
    /// It shows only lines of standard error that begin with its mark.
    pub(crate) fn for_gitlab_page(self) -> Self {
        Self { gitlab_page: true, ..self }
    }

    /// Returns whether standard error is shown on a page of GitLab.
    pub(crate) fn is_gitlab_page(&self) -> bool {
        self.gitlab_page
    }

    /// Writes text to standard output.
    pub(crate) fn out(&mut self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(self.encode(text).as_bytes()).and_then(|()| stdout.flush());
    }

    /// Writes text to standard error.
    pub(crate) fn err(&mut self, text: &str) {
        let text = self.encode(text);
        let text = if self.gitlab_page { marked(&text) } else { text };
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// Returns the colours of standard output.
    pub(crate) fn out_palette(&self) -> Palette {
        self.palette(std::io::stdout().is_terminal())
    }

    /// Returns the colours of standard error.
    pub(crate) fn err_palette(&self) -> Palette {
        self.palette(std::io::stderr().is_terminal())
    }

    /// Returns whether standard error is a terminal on which progress can be shown.
    pub(crate) fn is_watched(&self) -> bool {
        std::io::stderr().is_terminal() && !env::term_is_dumb()
    }

    fn palette(&self, terminal: bool) -> Palette {
        let auto = !env::no_color()
            && (env::clicolor_force() || terminal && !env::clicolor_off() && !env::term_is_dumb());
        match self.color {
            ColorWhen::Always => Palette::colored(),
            ColorWhen::Auto if auto => Palette::colored(),
            ColorWhen::Auto | ColorWhen::Never => Palette::plain(),
        }
    }

    fn encode(&self, text: &str) -> String {
        if !self.is_escaped {
            return text.to_owned();
        }
        text.split('\n').map(|line| escape(line.as_bytes())).collect::<Vec<_>>().join("\n")
    }
}

/// Puts the mark that GitLab looks for before each line of a text.
fn marked(text: &str) -> String {
    text.lines().map(|line| format!("GL-HOOK-ERR: {line}\n")).collect()
}
