//! Time to check sign-offs. Prints times and ratios and asserts nothing, because machines differ.
//!
//! `cargo bench --bench signoff` checks hostile messages of growing size.
//! `cargo bench --bench signoff -- <git directory>` also checks all commits of a repository, and compares
//! the time with that of `git log --all --format='%H %(trailers:key=Signed-off-by)'`.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops"
)]

use std::time::{Duration, Instant};

use git_gate::internals::{Certification, CommitText, Group, People, RULES, SignoffSettings, assess};

fn main() {
    grow("one sign-off line", &[8_000, 64_000, 512_000], |size| {
        format!("s\n\nSigned-off-by: {} <ana@x.test>\n", "Ana <".repeat(size / 5))
    });
    grow("blanks in a sign-off", &[8_000, 64_000, 512_000], |size| {
        format!("s\n\nSigned-off-by: Ana{}<ana@x.test>\n", " ".repeat(size))
    });
    grow("prose", &[128_000, 1_024_000, 8_192_000], |size| {
        format!("s\n\n{}", "a line of prose\n".repeat(size / 16))
    });
    grow("trailers", &[1_250, 10_000, 80_000], |count| {
        format!("s\n\n{}", "Signed-off-by: Bo Lind <bo@x.test>\n".repeat(count))
    });
    grow("folded values", &[1_250, 10_000, 80_000], |count| format!("s\n\nA: b\n{}", " <c\n".repeat(count)));
    grow("stacked blocks", &[1_250, 10_000, 80_000], |count| {
        format!("s\n\n{}", "Signed-off-by: B\n\n".repeat(count))
    });
    if let Some(directory) = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')) {
        repository(&directory);
    }
}

/// Checks messages of growing sizes, each eight times the one before, so that a ratio of 8 is linear.
fn grow(what: &str, sizes: &[usize], message: impl Fn(usize) -> String) {
    let mut before: Option<Duration> = None;
    for size in sizes {
        let text = CommitText {
            authors: vec!["Ana Ruiz <ana@x.test> 1 +0000".into()],
            committers: vec!["Ana Ruiz <ana@x.test> 1 +0000".into()],
            message: message(*size).into(),
            ..CommitText::default()
        };
        let time = (0..5).map(|_| timed(|| drop(judge(&text)))).min().unwrap();
        let ratio = before.map(|before| format!("  x{:.1}", time.as_secs_f64() / before.as_secs_f64()));
        println!("{what:22} {size:9}  {time:9.1?}{}", ratio.unwrap_or_default());
        before = Some(time);
    }
}

fn judge(text: &CommitText) -> Certification {
    assess(text, &SignoffSettings::default(), &People::default()).certification
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Times git and the gate in turn over a whole history, first skipping merges, then repeating them.
fn repository(directory: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = ["log", "--all", "--format=%H %(trailers:key=Signed-off-by)"];
    let gate = env!("CARGO_BIN_EXE_git-gate");
    for (merges, rounds) in [("skip", 3), ("clean", 1)] {
        let policy = folder.path().join(merges);
        std::fs::write(&policy, only_signoffs(merges)).unwrap();
        let scan = ["scan", "--all", "--no-git-config", "--policy", policy.to_str().unwrap()];
        let (mut git_best, mut gate_best) = (Duration::MAX, Duration::MAX);
        for _ in 0..rounds {
            git_best = git_best.min(run("git", directory, &log));
            gate_best = gate_best.min(run(gate, directory, &scan));
        }
        let ratio = gate_best.as_secs_f64() / git_best.as_secs_f64();
        println!("merges: {merges:6} {gate_best:9.1?}, git log {git_best:9.1?}: {ratio:.2} of git log");
    }
}

/// Returns a policy in which only the sign-off rules are enabled.
fn only_signoffs(merges: &str) -> String {
    let others = RULES.iter().filter(|rule| rule.meta.group != Group::Signoff);
    let others: Vec<String> = others.map(|rule| format!("{}: allow", rule.meta.id)).collect();
    format!("rules: {{{}}}\nsign-off: {{merges: {merges}}}\n", others.join(", "))
}

fn run(program: &str, directory: &str, arguments: &[&str]) -> Duration {
    let mut command = std::process::Command::new(program);
    command.current_dir(directory).args(arguments).stdout(std::process::Stdio::null());
    timed(|| assert!(matches!(command.status().unwrap().code(), Some(0 | 1))))
}
