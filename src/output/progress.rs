//! A progress bar on standard error, for people only: nothing is drawn, and no thread started, unless somebody watches.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Ui;

/// How many commits have been judged in this process, and how many there are: what a deadline has to say.
static JUDGED: (AtomicUsize, AtomicUsize) = (AtomicUsize::new(0), AtomicUsize::new(0));

/// How many commits have been judged so far, of how many.
pub(crate) fn commits_judged() -> (usize, usize) {
    (JUDGED.0.load(Ordering::Relaxed), JUDGED.1.load(Ordering::Relaxed))
}

/// How far a long walk has come.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// Starts a bar over commits that are still being found.
    pub(crate) fn start(ui: &Ui, what: &'static str) -> Self {
        let template = "{msg} [{wide_bar}] {human_pos}/{human_len}, {rate}, {eta} left";
        Self::watched(ui, what, Some(0), template)
    }

    /// Starts a bar over a known number of objects, which tells how much has been read of them.
    pub(crate) fn bytes(ui: &Ui, what: &'static str, objects: u64) -> Self {
        Self::watched(ui, what, Some(objects), "{msg} [{wide_bar}] {read}, {eta} left")
    }

    /// An object of some size has been read.
    pub(crate) fn read(&self, size: usize) {
        self.read.fetch_add(size as u64, Ordering::Relaxed);
        self.bar.inc(1);
    }

    /// Starts a sign of life for what takes nobody knows how long.
    pub(crate) fn begin(ui: &Ui, what: &'static str) -> Self {
        Self::watched(ui, what, None, "{msg} {spinner} {elapsed}")
    }

    /// There is one more to do.
    pub(crate) fn found(&self) {
        JUDGED.1.fetch_add(1, Ordering::Relaxed);
        self.bar.inc_length(1);
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        JUDGED.0.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(1);
    }

    /// Takes the bar away.
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
                style
                    .progress_chars("=> ")
                    .tick_chars("|/-\\ ")
                    .with_key("rate", rate)
                    .with_key("read", amount),
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
