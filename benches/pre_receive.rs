//! Cost of the pre-receive hook on a large server, as a ratio to git's own walk in the same run.
//!
//! `cargo bench --bench pre_receive` builds a bare repository with 200,000 commits and 100,000 refs, puts
//! pushes of one and of 1,000 commits into a quarantine as git-receive-pack does, and runs the hook and git
//! in turn. Two more repositories use SHA-256 or reftable, which the hook reads through git's plumbing.
//! `-- <commits> <refs>` sets another size.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints, and stops when it cannot go on"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Kinds of servers, with their options of `git init`. libgit2 can read only the first, git can read all.
const KINDS: [(&str, &[&str]); 3] =
    [("plain", &[]), ("sha256", &["--object-format=sha256"]), ("reftable", &["--ref-format=reftable"])];

const ROUNDS: usize = 5;
const WHO: &str = "A U Thor <author@example.com>";

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let size = Size {
        commits: sizes.first().copied().unwrap_or(200_000),
        refs: sizes.get(1).copied().unwrap_or(100_000),
    };
    for (kind, options) in KINDS {
        println!("{kind}: {} commits, {} refs", size.commits, size.refs);
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(folder.path(), options, size);
        for graph in [false, true] {
            if graph {
                server.git(&["commit-graph", "write", "--reachable", "--no-progress"], None, b"");
            }
            for count in [1, 1000] {
                measure(&server, count, graph);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Size {
    commits: usize,
    refs: usize,
}

/// Measures the hook, git's walks and the start of the program in turn; prints medians and ratios.
fn measure(server: &Server, count: usize, graph: bool) {
    let (tip, quarantine) = server.push_of(count);
    let update = format!("{} {tip} refs/heads/new\n", "0".repeat(tip.len()));
    let gate = env!("CARGO_BIN_EXE_git-gate");
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let list = |extra: &[&str]| {
            let mut arguments = vec!["rev-list"];
            arguments.extend(extra);
            arguments.extend([&tip, "--not", "--all"]);
            server.time("git", &arguments, &quarantine, b"")
        };
        times[0].push(server.time(gate, &["hook", "pre-receive"], &quarantine, update.as_bytes()));
        times[1].push(list(&[]));
        times[2].push(list(&["--objects"]));
        times[3].push(server.time(gate, &["--version"], &quarantine, b""));
    }
    let [hook, walk, objects, start] = times.map(median);
    let graph = if graph { "commit-graph" } else { "no commit-graph" };
    println!(
        "{count:4} commits, {graph:15}: hook {hook:.1} ms, start {start:.1} ms, above start {:.1} ms",
        hook - start
    );
    println!("     hook / rev-list           {:.3}", hook / walk);
    println!("     hook / rev-list --objects {:.3}", hook / objects);
}

/// Returns the median in milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

struct Server {
    path: PathBuf,
    size: Size,
}

impl Server {
    fn new(folder: &Path, options: &[&str], size: Size) -> Self {
        let server = Self { path: folder.join("server.git"), size };
        std::fs::create_dir(&server.path).unwrap();
        let init = [&["init", "-q", "--bare", "-b", "main"], options, &["."]].concat();
        server.git(&init, None, b"");
        server.git(&["fast-import", "--quiet"], None, history(size.commits, size.refs).as_bytes());
        server.git(&["pack-refs", "--all"], None, b"");
        server
    }

    /// Creates commits on top of `main` that exist only in a quarantine directory; returns tip and directory.
    fn push_of(&self, count: usize) -> (String, PathBuf) {
        let quarantine = self.path.join(format!("objects/incoming-{count}"));
        std::fs::create_dir_all(quarantine.join("pack")).unwrap();
        let main = self.git(&["rev-parse", "main"], None, b"");
        let mut stream = String::new();
        for at in 0..count {
            let from = if at == 0 { format!("from {main}\n") } else { String::new() };
            commit(&mut stream, "refs/new/x", self.size.commits + at, &from);
        }
        let marks = self.path.join("marks");
        let export = format!("--export-marks={}", marks.display());
        // The ref is deleted again, because it would make the commits known; the objects stay.
        self.git(&["fast-import", "--quiet", "--force", &export], Some(&quarantine), stream.as_bytes());
        let tip = self.git(&["rev-parse", "refs/new/x"], Some(&quarantine), b"");
        self.git(&["update-ref", "-d", "refs/new/x"], Some(&quarantine), b"");
        (tip, quarantine)
    }

    fn git(&self, arguments: &[&str], quarantine: Option<&Path>, input: &[u8]) -> String {
        let mut command = self.command("git", arguments);
        if let Some(quarantine) = quarantine {
            self.quarantine(&mut command, quarantine);
            command.env_remove("GIT_QUARANTINE_PATH");
        }
        String::from_utf8(run(command, input).0).unwrap().trim_end().to_owned()
    }

    fn time(&self, program: &str, arguments: &[&str], quarantine: &Path, input: &[u8]) -> Duration {
        let mut command = self.command(program, arguments);
        self.quarantine(&mut command, quarantine);
        run(command, input).1
    }

    fn quarantine(&self, command: &mut Command, quarantine: &Path) {
        command
            .env("GIT_QUARANTINE_PATH", quarantine)
            .env("GIT_OBJECT_DIRECTORY", quarantine)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.path.join("objects"));
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.path).env("GIT_DIR", ".");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command
    }
}

fn run(mut command: Command, input: &[u8]) -> (Vec<u8>, Duration) {
    let start = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}");
    (output.stdout, start.elapsed())
}

/// Returns a history for `git fast-import`: a long branch, and `refs` side branches of one commit.
fn history(commits: usize, refs: usize) -> String {
    let mut stream = String::new();
    for at in 0..commits - refs {
        commit(&mut stream, "refs/heads/main", at, "");
    }
    for at in 0..refs {
        let from = format!("from :{}\n", 1 + (at * 7919) % (commits - refs));
        commit(&mut stream, &format!("refs/heads/side/{at}"), commits - refs + at, &from);
    }
    stream
}

fn commit(stream: &mut String, refname: &str, at: usize, from: &str) {
    let who = format!("{WHO} {} +0000", 1_700_000_000 + at);
    let message = format!("src: change {at}\n\nSigned-off-by: {WHO}\n");
    let _ = write!(stream, "commit {refname}\nmark :{}\nauthor {who}\ncommitter {who}\n", at + 1);
    let _ = write!(stream, "data {}\n{message}{from}", message.len());
    let file = format!("content {at}\n");
    let _ = write!(stream, "M 100644 inline src/{}/{}\ndata {}\n{file}\n", at % 50, at % 977, file.len());
}
