//! Small pushes that cost much.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::measure::{Run, git};
use crate::stream::{Stream, WHO};

/// A kind of bomb.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    /// Smallest size.
    pub(crate) size: usize,
    /// Adds the objects of a bomb of a size.
    build: fn(&mut Stream, usize),
}

pub(crate) const BOMBS: &[Bomb] = &[
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

impl Bomb {
    /// Returns the run of the hook for a push of a bomb into an empty repository, both below a folder.
    pub(crate) fn run(&self, folder: &Path, size: usize) -> Run {
        let [server, incoming] = ["server.git", "incoming.git"].map(|name| folder.join(name));
        let mut stream = Stream::default();
        stream.file("README", b"x\n");
        (self.build)(&mut stream, size);
        Stream::default().import(&server);
        stream.import(&incoming);
        let policy = format!("server: {{deadline: none}}\n{}", stream.policy);
        std::fs::write(server.join("git-gate.yml"), policy).unwrap();
        let tip = add_special(&stream, &incoming);
        let zero = "0".repeat(tip.len());
        let name = if stream.tags > 0 { "tags" } else { "heads" };
        let updates: String =
            (0..=stream.refs).map(|number| format!("{zero} {tip} refs/{name}/x{number}\n")).collect();
        let options = (0..stream.options).map(|number| (format!("GIT_PUSH_OPTION_{number}"), "x".to_owned()));
        let mut run = Run::pre_receive(&server, &incoming, updates);
        run.env.push(("GIT_PUSH_OPTION_COUNT".to_owned(), stream.options.to_string()));
        run.env.extend(options);
        run
    }
}

/// Adds the objects that `git fast-import` cannot make, and returns the tip.
fn add_special(stream: &Stream, repo: &Path) -> String {
    let mut tip = git(repo, &["rev-parse", "main"], b"");
    for number in 0..stream.tags {
        let kind = if number == 0 { "commit" } else { "tag" };
        let tag = format!("object {tip}\ntype {kind}\ntag t{number}\ntagger {WHO} 1700000000 +0000\n\nx\n");
        tip = git(repo, &["hash-object", "-t", "tag", "-w", "--stdin"], tag.as_bytes());
    }
    if stream.headers > 0 {
        let tree = git(repo, &["rev-parse", "main^{tree}"], b"");
        let commit = format!(
            "tree {tree}\nparent {tip}\nauthor {WHO} 1700000000 +0000\ncommitter {WHO} 1700000000 +0000\n{}\nx\n",
            "header x\n".repeat(stream.headers)
        );
        tip = git(repo, &["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], commit.as_bytes());
    }
    tip
}
