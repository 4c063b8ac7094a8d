//! Standard output and standard error.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use terminal_size::{Width, terminal_size_of};

use super::wording::WIDTH;
use super::{Palette, pager};
use crate::cli::ColorWhen;
use crate::env;
use crate::error::ExitStatus;
use crate::text::escape;

/// Longest time that a server waits for a client that does not read what it is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// Limits of the width of a line on a terminal, in columns: a longer one is hard to read.
const MIN_WIDTH: usize = 40;
const MAX_WIDTH: usize = 100;

/// Set once a client has not read a text in time: nothing more is written to it.
static IS_STUCK: AtomicBool = AtomicBool::new(false);

/// Output streams.
///
/// Write errors such as a closed pipe are ignored: the exit status is decided before anything is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    color: ColorWhen,
    /// Set if everything is escaped once more before it is written.
    is_escaped: bool,
    gitlab_page: bool,
    /// Set if no progress is shown.
    is_unwatched: bool,
}

impl Ui {
    /// Creates the streams.
    pub(crate) fn new(color: ColorWhen) -> Self {
        Self { color, is_escaped: false, gitlab_page: false, is_unwatched: false }
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

    /// Returns the same streams for lines that are written while work goes on: on one terminal, no progress stands among them.
    pub(crate) fn for_lines(self) -> Self {
        Self { is_unwatched: std::io::stdout().is_terminal(), ..self }
    }

    /// Returns whether the text is for the pusher to a server.
    pub(crate) fn is_for_server(&self) -> bool {
        self.is_escaped
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

    /// Shows a text on standard output, in the pager of the user if that is a terminal.
    ///
    /// The program may end here, with the given status.
    pub(crate) fn page(&mut self, text: &str, status: ExitStatus) {
        if std::io::stdout().is_terminal()
            && !env::term_is_dumb()
            && let Some(command) = pager::command()
        {
            let _ = pager::show(text, command, status);
        }
        self.out(text);
    }

    /// Returns the width of a line on standard output, in columns: that of a terminal, within limits.
    pub(crate) fn width(&self) -> usize {
        let stdout = std::io::stdout();
        let columns = terminal_size_of(&stdout).map(|(Width(columns), _)| usize::from(columns));
        columns.map_or(WIDTH, |columns| columns.clamp(MIN_WIDTH, MAX_WIDTH))
    }

    /// Writes text to standard error.
    pub(crate) fn err(&mut self, text: &str) {
        let text = self.encode(text);
        let text = if self.gitlab_page { marked(&text) } else { text };
        if self.is_escaped {
            write_in_time(text);
        } else {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
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
        !self.is_unwatched && std::io::stderr().is_terminal() && !env::term_is_dumb()
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

/// Writes a text to standard error, and waits for the end of it only as long as a client may take.
///
/// A hook that has its verdict must not be kept by a client that reads nothing.
fn write_in_time(text: String) {
    if IS_STUCK.load(Ordering::Relaxed) {
        return;
    }
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        drop(sender);
    };
    // A thread that is late is not joined: it ends with the process.
    if std::thread::Builder::new().spawn(work).is_ok()
        && receiver.recv_timeout(PATIENCE) == Err::<(), _>(mpsc::RecvTimeoutError::Timeout)
    {
        IS_STUCK.store(true, Ordering::Relaxed);
    }
}

/// Puts the mark that GitLab looks for before each line of a text.
fn marked(text: &str) -> String {
    text.lines().map(|line| format!("GL-HOOK-ERR: {line}\n")).collect()
}
