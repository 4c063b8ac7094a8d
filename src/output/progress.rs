//! Progress bar on standard error. Without a terminal nothing is drawn and no thread is started.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Ui;

/// Template of a display for work of unknown duration.
const SPINNER: &str = "{msg} {spinner} {elapsed}";

/// Characters that show that work goes on.
const TICKS: &str = "|/-\\ ";

/// Progress display of a long walk.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// Starts a bar over commits that are still being found.
    pub(crate) fn commits(ui: &Ui, what: &'static str) -> Self {
        let template = "{msg} [{wide_bar}] {human_pos}/{human_len}, {rate}, {eta} left";
        Self::watched(ui, what, Some(0), template)
    }

    /// Starts a bar over a known number of objects. It shows the size of the objects read so far.
    pub(crate) fn objects(ui: &Ui, what: &'static str, objects: u64) -> Self {
        Self::watched(ui, what, Some(objects), "{msg} [{wide_bar}] {read}, {eta} left")
    }

    /// Records that an object of `size` bytes was read.
    pub(crate) fn add_read(&self, size: usize) {
        self.read.fetch_add(size as u64, Ordering::Relaxed);
        self.bar.inc(1);
    }

    /// Starts a spinner for work of unknown duration.
    pub(crate) fn spinner(ui: &Ui, what: &'static str) -> Self {
        Self::watched(ui, what, None, SPINNER)
    }

    /// Records that one more commit was found.
    pub(crate) fn add_found(&self) {
        self.bar.inc_length(1);
    }

    /// Records that one more commit was checked.
    pub(crate) fn add_checked(&self) {
        self.bar.inc(1);
    }

    /// Goes on to work of unknown duration.
    pub(crate) fn go_on(&self, what: &'static str) {
        if let Ok(style) = ProgressStyle::with_template(SPINNER) {
            self.bar.set_style(style.tick_chars(TICKS));
        }
        self.bar.set_message(what);
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn watched(ui: &Ui, what: &'static str, total: Option<u64>, template: &str) -> Self {
        if !ui.is_watched() {
            return Self { bar: ProgressBar::hidden(), read: Arc::default() };
        }
        let read = Arc::<AtomicU64>::default();
        let shown = Arc::clone(&read);
        let amount = move |_: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{}", HumanBytes(shown.load(Ordering::Relaxed)));
        };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(
                style.progress_chars("=> ").tick_chars(TICKS).with_key("rate", rate).with_key("read", amount),
            );
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, read }
    }
}

fn rate(state: &ProgressState, out: &mut dyn Write) {
    let _ = write!(out, "{:.0}/s", state.per_sec());
}
