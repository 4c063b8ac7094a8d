//! Cost of checking workflows, as a ratio to zizmor in the same run.
//!
//! `cargo bench --bench workflows -- [FOLDER] [ZIZMOR]` checks the workflows and actions of all repositories
//! in FOLDER, or made-up ones. ZIZMOR is the zizmor binary (1.32 from PyPI); without it, only git-gate is
//! measured.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints, and stops when it cannot go on"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const GATE: &str = env!("CARGO_BIN_EXE_git-gate");
const ROUNDS: usize = 11;
const OID: &str = "11bd71901bbe5b1630ceea73d27597364c9af683";

#[expect(clippy::disallowed_methods, reason = "a bench is a program of its own")]
fn main() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut arguments =
        arguments.iter().filter(|argument| !argument.as_os_str().as_encoded_bytes().starts_with(b"-"));
    let files = arguments.next().map_or_else(made_up, |folder| real(folder));
    let folder = tempfile::tempdir().unwrap();
    whole_tree(folder.path(), &files, arguments.next());
    let folder = tempfile::tempdir().unwrap();
    one_file(folder.path());
}

/// Measures all files in one tree: wall time and peak memory of whole processes.
fn whole_tree(folder: &Path, files: &[(String, Vec<u8>)], zizmor: Option<&PathBuf>) {
    git(folder, &["init", "-q"]);
    files.iter().for_each(|(path, text)| write(&folder.join(path), text));
    commit(folder);
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let scan = ["scan", "--no-git-config", "--tree", "HEAD", "--format", "json"];
    let audit = ["--offline", "--no-progress", "--format", "json", "."];
    let mut runs: Vec<(&OsStr, &[&str])> = vec![(GATE.as_ref(), &scan)];
    runs.extend(zizmor.map(|zizmor| (zizmor.as_os_str(), &audit[..])));
    let costs = measure(folder, &runs);
    println!("{} files, {bytes} bytes: git-gate {}", files.len(), costs[0]);
    let [ours, theirs] = &costs[..] else { return };
    println!("zizmor {theirs}");
    println!("git-gate / zizmor, wall   {:.3}", ours.millis / theirs.millis);
    println!("git-gate / zizmor, memory {:.3}", ours.mebibytes / theirs.mebibytes);
}

/// Measures one changed file: the time for a workflow in addition to that for a plain text.
fn one_file(folder: &Path) {
    git(folder, &["init", "-q"]);
    let (_, text) = made_up().swap_remove(0);
    let changed = [text.as_slice(), b"  # changed\n"].concat();
    for path in ["notes.txt", ".github/workflows/ci.yml"] {
        for text in [&text, &changed] {
            write(&folder.join(path), text);
            commit(folder);
        }
    }
    let scan = |range| ["scan", "--no-git-config", range];
    let (notes, workflow) = (scan("HEAD~3..HEAD~2"), scan("HEAD~1..HEAD"));
    let runs: [(&OsStr, &[&str]); 3] =
        [(GATE.as_ref(), &notes), (GATE.as_ref(), &workflow), ("git".as_ref(), &["--version"])];
    let costs = measure(folder, &runs);
    println!("one changed text {}, workflow {}, git --version {}", costs[0], costs[1], costs[2]);
    println!("judgement of the workflow: {:.2} ms", costs[1].millis - costs[0].millis);
}

/// Cost of a whole process: median wall time and peak memory.
struct Cost {
    millis: f64,
    mebibytes: f64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} ms, {:.1} MiB", self.millis, self.mebibytes)
    }
}

/// Runs all programs in turn, so that other load on the machine slows all of them.
fn measure(folder: &Path, runs: &[(&OsStr, &[&str])]) -> Vec<Cost> {
    let mut times = vec![Vec::new(); runs.len()];
    for _ in 0..ROUNDS {
        for ((program, arguments), times) in runs.iter().zip(&mut times) {
            let start = Instant::now();
            run(folder, Command::new(program).args(*arguments));
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let cost = |((program, arguments), mut times): (&(&OsStr, &[&str]), Vec<f64>)| {
        times.sort_by(f64::total_cmp);
        // GNU time reports the peak memory in KiB.
        let asked = run(folder, Command::new("time").args(["-f", "%M"]).arg(program).args(*arguments));
        let kibibytes: f64 =
            asked.lines().last().and_then(|line| line.trim().parse().ok()).unwrap_or(f64::NAN);
        Cost { millis: times[ROUNDS / 2], mebibytes: kibibytes / 1024.0 }
    };
    runs.iter().zip(times).map(cost).collect()
}

/// Runs a program and returns its standard error.
fn run(folder: &Path, command: &mut Command) -> String {
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    String::from_utf8_lossy(&command.output().unwrap().stderr).into_owned()
}

/// Returns the workflows and actions below a folder, without those in folders of tests and fixtures.
fn real(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let shown = path.to_string_lossy().into_owned();
            if path.is_dir() && !shown.contains("test") && !shown.contains("fixture") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
                let number = files.len();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let place = match name.as_str() {
                    _ if shown.contains("/.github/workflows/") => {
                        format!(".github/workflows/{number}-{name}")
                    }
                    "action.yml" | "action.yaml" => format!("actions/{number}/{name}"),
                    _ => continue,
                };
                files.push((place, fs::read(path).unwrap()));
            }
        }
    }
    files
}

fn made_up() -> Vec<(String, Vec<u8>)> {
    let step = format!(
        "      - uses: actions/checkout@{OID} # v4.2.2\n        with:\n          persist-credentials: false\n      - run: |\n          make test\n"
    );
    let head = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n";
    let text = format!("{head}{}", step.repeat(24)).into_bytes();
    (0..500).map(|number| (format!(".github/workflows/{number}.yml"), text.clone())).collect()
}

fn write(path: &Path, text: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all", "--force"]);
    let who = ["-c", "user.name=A U Thor", "-c", "user.email=author@example.com"];
    git(folder, &[&who[..], &["commit", "-q", "-s", "-m", "ci: a change"]].concat());
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    assert!(command.status().unwrap().success(), "git {arguments:?}");
}
