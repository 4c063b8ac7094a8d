//! Cost of a search for credentials in a whole history, compared with unpacking it and with kingfisher.
//!
//! `cargo bench --bench tokens -- <bare repository> [<kingfisher>]` unpacks every pack in delta order,
//! searches the history on one and on two processors, and runs kingfisher if its path is given, all in turn.
//! Prints the best of three rounds and asserts nothing.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use git_gate::internals::{Group, RULES};
use gix_pack::index::traverse::SafetyCheck;
use gix_pack::index::traverse::with_index::Options;

const ROUNDS: usize = 3;

/// Returns a policy in which only the token rules are enabled, so that only the search is measured.
fn only_tokens() -> String {
    let others = RULES.iter().filter(|rule| rule.meta.group != Group::Token);
    let others: Vec<String> = others.map(|rule| format!("{}: allow", rule.meta.id)).collect();
    format!("rules: {{{}}}\n", others.join(", "))
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let Some(directory) = arguments.first().map(Path::new) else { return };
    let policy = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(policy.path(), only_tokens()).unwrap();
    let (mut bare, mut search, mut peer) = ([Duration::MAX; 2], [Duration::MAX; 2], Duration::MAX);
    let (mut bytes, mut memory) = (0, 0);
    for _ in 0..ROUNDS {
        for (threads, (bare, search)) in (1..).zip(bare.iter_mut().zip(&mut search)) {
            let start = Instant::now();
            bytes = traverse(directory, threads);
            *bare = (*bare).min(start.elapsed());
            let (time, peak) = run(&mut gate(directory, policy.path(), threads));
            *search = (*search).min(time);
            memory = memory.max(peak);
        }
        if let Some(program) = arguments.get(1) {
            let mut command = Command::new(program);
            command.args(["scan", "--no-validate", "--no-update-check", "--format", "json"]).arg(directory);
            peer = peer.min(run(&mut command).0);
        }
    }
    println!("{} MB of blobs", bytes / 1_000_000);
    for (threads, (bare, search)) in (1..).zip(bare.iter().zip(&search)) {
        let ratio = search.as_secs_f64() / bare.as_secs_f64();
        println!("{threads} threads: unpacking {bare:.2?}, search {search:.2?}: {ratio:.2} times as long");
    }
    println!("search: at most {} MB of memory", memory / 1000);
    match arguments.get(1) {
        None => println!("no peer was named"),
        Some(_) => {
            let [_, search] = search;
            println!("peer {peer:.2?}: {:.1} times as long", peer.as_secs_f64() / search.as_secs_f64());
        }
    }
}

/// Unpacks all packs without searching them; returns the total size of the blobs in bytes.
fn traverse(directory: &Path, threads: usize) -> u64 {
    let blobs = AtomicU64::new(0);
    let seen = &blobs;
    for entry in std::fs::read_dir(directory.join("objects/pack")).unwrap().flatten() {
        if entry.path().extension().is_none_or(|extension| extension != "idx") {
            continue;
        }
        let bundle = gix_pack::Bundle::at(entry.path(), gix_hash::Kind::Sha1).unwrap();
        let options = Options {
            thread_limit: Some(threads),
            check: SafetyCheck::SkipFileAndObjectChecksumVerification,
            alloc_limit_bytes: None,
        };
        bundle
            .index
            .traverse_with_index(
                &bundle.pack,
                move |kind, data, _, _| {
                    if kind.as_bytes() == b"blob" {
                        seen.fetch_add(data.len() as u64, Ordering::Relaxed);
                    }
                    Ok(())
                },
                &mut gix_utils::progress::Discard,
                &AtomicBool::new(false),
                options,
            )
            .unwrap();
    }
    blobs.into_inner()
}

/// Returns the command of a search on one or two processors.
fn gate(directory: &Path, policy: &Path, processors: usize) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", if processors == 1 { "0" } else { "0,1" }]);
    command.arg(env!("CARGO_BIN_EXE_git-gate")).arg("-C").arg(directory);
    command.args(["scan", "--all", "--no-git-config", "--policy"]).arg(policy);
    command
}

/// Runs a command; returns its wall time and its peak memory in kilobytes.
fn run(command: &mut Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kilobytes.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    (start.elapsed(), peak)
}
