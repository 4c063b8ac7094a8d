//! Growth of the cost of small hostile pushes.
//!
//! `cargo bench --bench growth` pushes each kind of bomb in three sizes, of which each is double the one before,
//! to a server without a deadline, and prints time and peak memory of the hook, and how the time grows: 2 is
//! linear, 4 is quadratic. `-- <percent>` scales all sizes, `-- <percent> <name>` runs one kind.
//! Prints and asserts nothing.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops when it cannot go on"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const WHO: &str = "A U Thor <author@example.com>";

/// A kind of bomb.
struct Bomb {
    name: &'static str,
    /// Smallest size.
    size: usize,
    /// Adds the objects of a bomb of a size.
    build: fn(&mut Stream, usize),
}

const BOMBS: &[Bomb] = &[
    Bomb { name: "gzip files of zeros", size: 4, build: |stream, n| stream.files(n, gzip) },
    Bomb { name: "versions of a large blob", size: 50, build: large_versions },
    Bomb { name: "bytes of zeros", size: 64 << 20, build: |stream, n| stream.file("zeros", &vec![0; n]) },
    Bomb { name: "bytes of brackets", size: 4 << 20, build: |stream, n| stream.file("a", &vec![b'['; n]) },
    Bomb { name: "bytes of equal signs", size: 4 << 20, build: |stream, n| stream.file("a", &vec![b'='; n]) },
    Bomb {
        name: "sections of config",
        size: 100_000,
        build: |s, n| s.lines(".gitconfig", n, "[a]\n\tb = c\n"),
    },
    Bomb {
        name: "lines of a netrc",
        size: 20_000,
        build: |s, n| s.lines(".netrc", n, "machine h login u password p4\n"),
    },
    Bomb { name: "prefixes of tokens", size: 1_000_000, build: |s, n| s.lines("a", n, "ghp_") },
    Bomb {
        name: "URLs with a password",
        size: 10_000,
        build: |s, n| s.lines("a", n, concat!("https://u:Qz7kV7", "55446xW@h.io/a\n")),
    },
    Bomb { name: "uses in a workflow", size: 4_000, build: |s, n| s.workflow(n, "      - uses: a/b@main\n") },
    Bomb {
        name: "exempted uses",
        size: 2_000,
        build: |s, n| s.workflow(n, "      - uses: a/b@main # git-gate: allow[unpinned-uses] why\n"),
    },
    Bomb { name: "uses on one line", size: 4_000, build: one_line },
    Bomb { name: "levels of aliases", size: 5, build: aliases },
    Bomb { name: "levels of trees", size: 4, build: trees },
    Bomb {
        name: "foreign sign-offs",
        size: 20_000,
        build: |s, n| s.commit(&format!("x\n\n{}", "Signed-off-by: B <b@c.test>\n".repeat(n)), ""),
    },
    Bomb { name: "bytes of a message", size: 16 << 20, build: |s, n| s.commit(&"x y\n".repeat(n / 4), "") },
    Bomb {
        name: "lines of a .mailmap",
        size: 50_000,
        build: |s, n| s.lines(".mailmap", n, "A <a@b.test> B <b@c.test>\n"),
    },
    Bomb { name: "lines of a dco.yml", size: 20_000, build: |s, n| s.lines(".github/dco.yml", n, "# x\n") },
    Bomb {
        name: "commits",
        size: 2_000,
        build: |s, n| {
            (0..n).for_each(|_| s.commit("x\n\nSigned-off-by: A U Thor <author@example.com>\n", ""));
        },
    },
    Bomb { name: "clean merges", size: 500, build: |s, n| merges(s, n, 1) },
    Bomb { name: "merges that cross", size: 100, build: crossing_merges },
    Bomb { name: "parents of a merge", size: 250, build: |s, n| merges(s, 1, n) },
    Bomb { name: "renames in a merge", size: 2_000, build: renames },
    Bomb { name: "files in the way of directories", size: 1_000, build: in_the_way },
    Bomb { name: "headers of a commit", size: 50_000, build: |s, n| s.headers = n },
    Bomb { name: "push options", size: 2_000, build: |s, n| s.options = n },
    Bomb { name: "nested tags", size: 5_000, build: |s, n| s.tags = n },
    Bomb { name: "updated refs", size: 20_000, build: |s, n| s.refs = n },
];

/// Input of `git fast-import`, and what it cannot express.
#[derive(Default)]
struct Stream {
    text: Vec<u8>,
    marks: usize,
    /// Number of tags, each of which tags the one before.
    tags: usize,
    /// Number of further refs that are updated.
    refs: usize,
    /// Number of unknown headers of a commit on top.
    headers: usize,
    /// Number of options that are pushed along.
    options: usize,
    /// Lines of the policy.
    policy: &'static str,
}

impl Stream {
    /// Adds a commit with some changes.
    fn commit(&mut self, message: &str, changes: &str) {
        self.commit_on("refs/heads/main", message, changes);
    }

    /// Adds a commit to a branch with some parents and changes.
    fn commit_on(&mut self, branch: &str, message: &str, changes: &str) {
        let length = message.len();
        let head = format!("commit {branch}\ncommitter {WHO} 1700000000 +0000\ndata {length}\n");
        self.text.extend(format!("{head}{message}\n{changes}\n").bytes());
    }

    /// Adds a signed commit that adds a file.
    fn file(&mut self, path: &str, content: &[u8]) {
        self.marks += 1;
        let mark = self.marks;
        self.text.extend(format!("blob\nmark :{mark}\ndata {}\n", content.len()).bytes());
        self.text.extend(content);
        self.commit(&format!("docs: x\n\nSigned-off-by: {WHO}\n"), &format!("M 100644 :{mark} {path}\n"));
    }

    fn files(&mut self, count: usize, content: fn(usize) -> Vec<u8>) {
        (0..count).for_each(|number| self.file(&format!("file{number}"), &content(number)));
    }

    fn lines(&mut self, path: &str, count: usize, line: &str) {
        self.file(path, line.repeat(count).as_bytes());
    }

    fn workflow(&mut self, steps: usize, step: &str) {
        let head = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n";
        self.file(".github/workflows/ci.yml", format!("{head}{}", step.repeat(steps)).as_bytes());
    }
}

/// Returns a gzip file of 60 MiB of zeros, which differs for each number.
fn gzip(number: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..60).for_each(|_| encoder.write_all(&vec![0; 1 << 20]).unwrap());
    encoder.write_all(number.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn large_versions(stream: &mut Stream, count: usize) {
    for number in 0..count {
        let text = format!("{}{number:08}{}", "0".repeat(1 << 20), "0".repeat(1 << 20));
        stream.file("large", text.as_bytes());
    }
}

fn one_line(stream: &mut Stream, count: usize) {
    let steps = vec!["{uses: a/b@main}"; count].join(", ");
    let text = format!("on: push\npermissions: {{}}\njobs: {{a: {{runs-on: x, steps: [{steps}]}}}}\n");
    stream.file(".github/workflows/ci.yml", text.as_bytes());
}

/// Each level has ten aliases of the level before.
fn aliases(stream: &mut Stream, levels: usize) {
    let mut text = "on: push\npermissions: {}\nx0: &x0 {uses: a/b@main}\n".to_owned();
    for level in 1..levels {
        let below = vec![format!("*x{}", level - 1); 10].join(", ");
        let _ = writeln!(text, "x{level}: &x{level} [{below}]");
    }
    let _ = writeln!(text, "jobs: {{a: {{runs-on: x, steps: *x{}}}}}", levels - 1);
    stream.file(".github/workflows/ci.yml", text.as_bytes());
}

/// Each level has ten times the level before.
fn trees(stream: &mut Stream, levels: usize) {
    stream.file("t0/x", b"x\n");
    for level in 1..=levels.min(8) {
        let copies: String = (0..10).map(|copy| format!("C t{} t{level}/{copy}\n", level - 1)).collect();
        stream.commit(&format!("docs: x\n\nSigned-off-by: {WHO}\n"), &copies);
    }
}

/// Merges as many branches at a time as said, each of which changes a file. No merge is signed.
fn merges(stream: &mut Stream, merges: usize, branches: usize) {
    let signed = format!("docs: x\n\nSigned-off-by: {WHO}\n");
    for merge in 0..merges {
        let write = |name: &str| format!("M 100644 inline {name}\ndata 8\n{merge:08}\n");
        let mut files = String::new();
        let mut parents = String::new();
        for branch in 0..branches {
            let (name, file) = (format!("refs/heads/side{branch}"), write(&format!("side/{branch}")));
            stream.commit_on(&name, &signed, &format!("from refs/heads/main\n{file}"));
            parents += &format!("merge {name}\n");
            files += &file;
        }
        stream.commit(&signed, &write("main"));
        stream.commit("Merge\n", &format!("{parents}{files}"));
    }
}

/// Merges two branches into each other again and again, so that every merge has two bases.
fn crossing_merges(stream: &mut Stream, levels: usize) {
    stream.commit_on("refs/heads/side", "x\n", "from refs/heads/main\n");
    for _ in 0..levels {
        stream.commit_on("refs/heads/before", "x\n", "from refs/heads/main\n");
        stream.commit_on("refs/heads/main", "Merge\n", "merge refs/heads/side\n");
        stream.commit_on("refs/heads/side", "Merge\n", "merge refs/heads/before\n");
    }
    stream.commit("Merge\n", "merge refs/heads/side\n");
}

/// Moves many files on one side and changes all of them on the other.
fn renames(stream: &mut Stream, files: usize) {
    let all = |folder: &str, more: &str| -> String {
        let file = |number: usize| {
            let text = format!("{number}\n{number} again\n{number} and again\n{more}");
            format!("M 100644 inline {folder}/{number}\ndata {}\n{text}\n", text.len())
        };
        (0..files).map(file).collect()
    };
    stream.commit("x\n", &all("old", ""));
    stream.commit_on("refs/heads/side", "x\n", &format!("from refs/heads/main\n{}", all("old", "x\n")));
    stream.commit("x\n", &format!("D old\n{}", all("new", "")));
    stream.commit("Merge\n", &format!("merge refs/heads/side\n{}", all("new", "x\n")));
}

/// Adds files on one side and directories of the same names on the other. The merge gives the files other names.
fn in_the_way(stream: &mut Stream, files: usize) {
    stream.policy = "sign-off: {merges: conflicts}\n";
    let signed = format!("docs: x\n\nSigned-off-by: {WHO}\n");
    let all = |end: &str| -> String {
        let file = |number: usize| format!("M 100644 inline d{number}{end}\ndata 2\nx\n\n");
        (0..files).map(file).collect()
    };
    stream.commit_on("refs/heads/side", &signed, &format!("from refs/heads/main\n{}", all("/x")));
    stream.commit(&signed, &all(""));
    let gone: String = (0..files).map(|number| format!("D d{number}\n")).collect();
    stream.commit("Merge\n", &format!("merge refs/heads/side\n{gone}{}{}", all("/x"), all("~HEAD")));
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let percent: usize = arguments.next().map_or(100, |percent| percent.parse().unwrap());
    let wanted: Vec<String> = arguments.collect();
    for bomb in BOMBS.iter().filter(|bomb| wanted.is_empty() || wanted.iter().any(|name| name == bomb.name)) {
        let mut last: Option<Duration> = None;
        for factor in [1, 2, 4] {
            let size = (bomb.size * percent / 100).max(1) * factor;
            let (time, memory, status) = measure(bomb, size);
            let growth = last.map_or(String::new(), |last| {
                format!(", {:.1} times as long", time.as_secs_f64() / last.as_secs_f64())
            });
            println!("{size} {}: {time:.2?}, {} MB, exit status {status}{growth}", bomb.name, memory / 1000);
            last = Some(time);
        }
    }
}

/// Runs the hook for a push of a bomb into an empty repository. Returns its time, its peak memory in kilobytes
/// and its exit status.
fn measure(bomb: &Bomb, size: usize) -> (Duration, u64, i32) {
    let folder = tempfile::tempdir().unwrap();
    let [server, incoming] = ["server.git", "incoming.git"].map(|name| folder.path().join(name));
    for path in [&server, &incoming] {
        git(path.parent().unwrap(), &["init", "-q", "--bare", "-b", "main", path.to_str().unwrap()], b"");
    }
    let mut stream = Stream::default();
    stream.file("README", b"x\n");
    (bomb.build)(&mut stream, size);
    let policy = format!("server: {{deadline: none}}\n{}", stream.policy);
    std::fs::write(server.join("git-gate.yml"), policy).unwrap();
    git(&incoming, &["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet"], &stream.text);
    let mut tip = git(&incoming, &["rev-parse", "main"], b"");
    for number in 0..stream.tags {
        let kind = if number == 0 { "commit" } else { "tag" };
        let tag = format!("object {tip}\ntype {kind}\ntag t{number}\ntagger {WHO} 1700000000 +0000\n\nx\n");
        tip = git(&incoming, &["hash-object", "-t", "tag", "-w", "--stdin"], tag.as_bytes());
    }
    if stream.headers > 0 {
        let tree = git(&incoming, &["rev-parse", "main^{tree}"], b"");
        let commit = format!(
            "tree {tree}\nparent {tip}\nauthor {WHO} 1700000000 +0000\ncommitter {WHO} 1700000000 +0000\n{}\nx\n",
            "header x\n".repeat(stream.headers)
        );
        tip = git(
            &incoming,
            &["hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            commit.as_bytes(),
        );
    }
    let zero = "0".repeat(tip.len());
    let name = if stream.tags > 0 { "tags" } else { "heads" };
    let updates: String =
        (0..=stream.refs).map(|number| format!("{zero} {tip} refs/{name}/x{number}\n")).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-gate"));
    command.args(["hook", "pre-receive"]).current_dir(&server).env("GIT_DIR", ".");
    let objects = incoming.join("objects");
    command.env("GIT_OBJECT_DIRECTORY", &objects).env("GIT_QUARANTINE_PATH", &objects);
    command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", server.join("objects"));
    command.env("GIT_PUSH_OPTION_COUNT", stream.options.to_string());
    command.envs((0..stream.options).map(|number| (format!("GIT_PUSH_OPTION_{number}"), "x")));
    run(&mut command, updates.into_bytes())
}

fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Runs a command with an input; returns its wall time, its peak memory in kilobytes and its exit status.
fn run(command: &mut Command, input: Vec<u8>) -> (Duration, u64, i32) {
    let start = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kilobytes.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    };
    let time = start.elapsed();
    writer.join().unwrap();
    (time, peak, ended.code().unwrap_or(-1))
}
