//! Signals that ask the program to end.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// Starts a thread that cleans up when a signal asks the program to end, and then lets the signal end it.
///
/// Signals that the program was started to ignore, as by nohup(1), stay ignored.
pub(crate) fn watch_signals(clean_up: fn()) {
    let ignored = ignored_signals();
    let watched = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored & 1 << (signal - 1) == 0);
    let Ok(mut signals) = Signals::new(watched) else { return };
    let watch = move || {
        if let Some(signal) = signals.forever().next() {
            clean_up();
            let _ = emulate_default_handler(signal);
        }
    };
    drop(std::thread::Builder::new().name("signals".to_owned()).spawn(watch));
}

/// Returns the set of ignored signals, one bit each; none where the system does not say.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or_default()
}
