//! Signals that ask the program to end: an interrupt at the console, as the C library passes it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::SIGINT;

/// Exit status of a program that was interrupted (`STATUS_CONTROL_C_EXIT`).
const INTERRUPTED: i32 = 0xC000_013A_u32.cast_signed();

/// Pause between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Starts a thread that cleans up when an interrupt asks the program to end, and then ends it.
pub(crate) fn watch_signals(clean_up: fn()) {
    let asked = Arc::new(AtomicBool::new(false));
    if signal_hook::flag::register(SIGINT, Arc::clone(&asked)).is_err() {
        return;
    }
    let watch = move || {
        while !asked.load(Ordering::Relaxed) {
            std::thread::sleep(BETWEEN_LOOKS);
        }
        clean_up();
        #[expect(clippy::exit, clippy::disallowed_methods, reason = "an interrupt ends the program")]
        std::process::exit(INTERRUPTED)
    };
    drop(std::thread::Builder::new().name("signals".to_owned()).spawn(watch));
}
