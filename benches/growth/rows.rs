//! Work that grows: histories, findings, policies, files and refs.

use std::fmt::Write as _;
use std::path::Path;

use crate::measure::{Run, git};
use crate::stream::{SIGNED, Stream, WHO};

/// Work of some size.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Smallest size.
    pub(crate) size: usize,
    /// Makes the work below a folder. Returns the run of git-gate, and one with which it is compared.
    pub(crate) build: fn(&Path, usize) -> (Run, Run),
}

pub(crate) const ROWS: &[Row] = &[
    Row { name: "commits of a history", size: 25_000, build: |folder, n| history(folder, n, 37) },
    Row { name: "commits, 500 directories", size: 8_000, build: |folder, n| history(folder, n, 500) },
    Row { name: "findings, human", size: 5_000, build: |folder, n| findings(folder, n, "human") },
    Row { name: "findings, json", size: 5_000, build: |folder, n| findings(folder, n, "json") },
    Row { name: "findings, sarif", size: 5_000, build: |folder, n| findings(folder, n, "sarif") },
    Row { name: "findings, html", size: 5_000, build: |folder, n| findings(folder, n, "html") },
    Row { name: "aliases", size: 2_500, build: aliases },
    Row { name: "lines of a mailmap", size: 6_000, build: mailmap },
    Row { name: "new branches before a push", size: 2_500, build: new_branches },
    Row { name: "refs with levels", size: 25_000, build: refs_with_levels },
    Row { name: "entries of a baseline", size: 50_000, build: baseline },
    Row {
        name: "MB of text in a blob",
        size: 32,
        build: |folder, n| blob(folder, n, b"some words of a text\n"),
    },
    Row { name: "MB of zeros in a blob", size: 32, build: |folder, n| blob(folder, n, b"\0\0\0\0") },
    Row { name: "MB of noise in a blob", size: 32, build: |folder, n| blob(folder, n, b"") },
    Row { name: "entries of a directory", size: 25_000, build: flat_directory },
    Row { name: "callers of an action", size: 500, build: shared_action },
    Row { name: "repositories of a server", size: 50, build: repositories },
];

const SCAN: [&str; 3] = ["scan", "--no-git-config", "--all"];

/// Changes one file in one of some directories with each commit: with it change two trees.
fn history(folder: &Path, commits: usize, directories: usize) -> (Run, Run) {
    let mut stream = Stream::default();
    let files: String =
        (0..directories).map(|d| format!("M 100644 inline d{d}/a/x\ndata 2\nx\n\n")).collect();
    stream.commit(SIGNED, &files);
    for number in 0..commits {
        let directory = number * 31 % directories;
        stream.commit(SIGNED, &format!("M 100644 inline d{directory}/a/x\ndata 9\n{number:08}\n\n"));
    }
    stream.import(folder);
    let all = ["cat-file", "--batch", "--batch-all-objects", "--unordered"];
    (Run::gate(folder, &SCAN), Run::git(folder, &all))
}

/// Makes commits without a sign-off, of which every fourth adds an action; as many with one, on another branch, are compared.
fn findings(folder: &Path, commits: usize, format: &str) -> (Run, Run) {
    let mut stream = Stream::default();
    for (branch, message, action) in [("main", "docs: x\n", "a/b@main"), ("signed", SIGNED, "./a")] {
        for number in 0..commits {
            let reference = format!("refs/heads/{branch}");
            let path = format!(".github/workflows/{}.yml", number % 50);
            let head = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n";
            let text = format!("{head}      - uses: {action} # {number}\n");
            let workflow = format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
            let other = format!("M 100644 inline x\ndata 9\n{number:08}\n\n");
            stream.commit_on(&reference, message, if number % 4 == 0 { &workflow } else { &other });
        }
    }
    stream.import(folder);
    let scan = |branch| match format {
        "html" => Run::gate(folder, &["scan", "--no-git-config", "--output", "html=/dev/null", branch]),
        _ => Run::gate(folder, &["scan", "--no-git-config", "--limit", "0", "--format", format, branch]),
    };
    (scan("main"), scan("signed"))
}

/// Number of commits that others than their authors sign.
const SIGNED_BY_OTHERS: usize = 4_000;

/// Signs commits by aliases of their authors.
fn aliases(folder: &Path, aliases: usize) -> (Run, Run) {
    let mut policy = "sign-off:\n  aliases:\n".to_owned();
    for n in 0..aliases {
        let _ = writeln!(policy, "  - [P {n} <p{n}@a.test>, P {n} <p{n}@b.test>]");
    }
    let mut stream = Stream::default();
    sign_by_others(&mut stream, aliases);
    stream.import(folder);
    with_policy(folder, &policy)
}

/// Signs commits by people whom a `.mailmap` of the default branch joins with their authors.
fn mailmap(folder: &Path, lines: usize) -> (Run, Run) {
    let map: String = (0..lines).map(|n| format!("P {n} <p{n}@a.test> <p{n}@b.test>\n")).collect();
    let mut stream = Stream::default();
    stream.file(".mailmap", map.as_bytes());
    sign_by_others(&mut stream, lines);
    stream.import(folder);
    with_policy(folder, "sign-off: {mailmap: true}\n")
}

fn sign_by_others(stream: &mut Stream, people: usize) {
    for n in (0..SIGNED_BY_OTHERS).map(|number| number % people) {
        let date = "1700000000 +0000";
        let people = format!("author P {n} <p{n}@a.test> {date}\ncommitter {WHO} {date}\n");
        stream.commit_by(&people, &format!("docs: x\n\nSigned-off-by: P {n} <p{n}@b.test>\n"));
    }
}

/// Compares a scan under a policy with one under the default.
fn with_policy(folder: &Path, policy: &str) -> (Run, Run) {
    let file = folder.join("policy.yml");
    std::fs::write(&file, policy).unwrap();
    let none = folder.join("none.yml");
    std::fs::write(&none, "rules: {missing-signoff: deny}\n").unwrap();
    let scan = |file: &Path| {
        let file = file.to_str().unwrap();
        Run::gate(folder, &["scan", "--no-git-config", "--stat", "--policy", file, "main"])
    };
    (scan(&file), scan(&none))
}

/// Pushes new branches, each with a commit of its own.
fn new_branches(folder: &Path, branches: usize) -> (Run, Run) {
    let mut stream = Stream::default();
    stream.file("x", b"x\n");
    for number in 0..branches {
        let branch = format!("refs/heads/b{number}");
        stream.commit_on(
            &branch,
            SIGNED,
            &format!("from refs/heads/main\nM 100644 inline y\ndata 9\n{number:08}\n"),
        );
    }
    let [clone, server] = ["clone.git", "server.git"].map(|name| folder.join(name));
    stream.import(&clone);
    Stream::default().import(&server);
    git(&clone, &["remote", "add", "origin", server.to_str().unwrap()], b"");
    git(&clone, &["update-ref", "refs/remotes/origin/main", "main"], b"");
    let refs = git(&clone, &["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/b*"], b"");
    let zero = "0".repeat(40);
    let lines: String =
        refs.lines().map(|line| format!("{line} {} {zero}\n", line.split(' ').next().unwrap())).collect();
    let mut push = Run::gate(&clone, &["hook", "pre-push", "origin", server.to_str().unwrap()]);
    push.input = lines.into_bytes();
    (push, Run::git(&clone, &["rev-list", "--objects", "--all", "--not", "main"]))
}

/// Pushes a commit to a server with many refs, whose policy has levels for some of them.
fn refs_with_levels(folder: &Path, refs: usize) -> (Run, Run) {
    push_of_one(
        folder,
        "y",
        "refs: {levels: [{match: refs/heads/release/*, profile: hardened}]}\n",
        |server, oid| {
            let updates: String = (0..refs).map(|n| format!("create refs/heads/b{n} {oid}\n")).collect();
            git(server, &["update-ref", "--stdin"], updates.as_bytes());
            git(server, &["pack-refs", "--all"], b"");
        },
    )
}

/// Pushes an unsigned commit, and a baseline has many old ones.
fn baseline(folder: &Path, entries: usize) -> (Run, Run) {
    push_of_one(folder, "", "baseline: old.json\n", |server, _| {
        let start = "{\"rule\":\"missing-signoff\",\"kind\":\"commit\",\"oid\":\"";
        let end = "\",\"path\":null,\"line\":null,\"column\":null}";
        let lines: Vec<String> = (0..entries).map(|n| format!("{start}{n:040x}{end}")).collect();
        let text = format!("{{\"version\": 1, \"findings\": [\n{}\n]}}\n", lines.join(",\n"));
        std::fs::write(server.join("old.json"), text).unwrap();
    })
}

/// Pushes a commit that adds a file, or an unsigned one without a file, to a server with a policy, once it is prepared. Compares
/// that with a server of the same refs and another policy.
fn push_of_one(folder: &Path, file: &str, policy: &str, prepare: impl Fn(&Path, &str)) -> (Run, Run) {
    let [server, incoming, plain] = ["server.git", "incoming.git", "plain.git"].map(|name| folder.join(name));
    let mut stream = Stream::default();
    stream.file("x", b"x\n");
    stream.import(&server);
    let oid = git(&server, &["rev-parse", "main"], b"");
    prepare(&server, &oid);
    match file {
        "" => stream.commit("docs: x\n", ""),
        file => stream.file(file, b"y\n"),
    }
    stream.import(&incoming);
    let tip = git(&incoming, &["rev-parse", "main"], b"");
    git(folder, &["clone", "-q", "--mirror", "server.git", "plain.git"], b"");
    std::fs::write(server.join("git-gate.yml"), policy).unwrap();
    std::fs::write(plain.join("git-gate.yml"), "rules: {missing-signoff: deny}\n").unwrap();
    let push = |to: &Path| Run::pre_receive(to, &incoming, format!("{oid} {tip} refs/heads/main\n"));
    (push(&server), push(&plain))
}

/// Makes a file of some megabytes, that repeat a piece, or of noise.
fn blob(folder: &Path, megabytes: usize, piece: &[u8]) -> (Run, Run) {
    let length = megabytes << 20;
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    });
    let content: Vec<u8> = match piece {
        b"" => noise.take(length).collect(),
        _ => piece.iter().copied().cycle().take(length).collect(),
    };
    let mut stream = Stream::default();
    stream.file("file", &content);
    stream.import(folder);
    (Run::gate(folder, &SCAN), Run::git(folder, &["cat-file", "blob", "main:file"]))
}

/// Changes a file of a large directory in each of 100 commits.
fn flat_directory(folder: &Path, entries: usize) -> (Run, Run) {
    let mut stream = Stream::default();
    let files: String = (0..entries).map(|n| format!("M 100644 inline d/f{n}\ndata 2\nx\n\n")).collect();
    stream.commit(SIGNED, &files);
    for number in 0..100 {
        let file = number * 7919 % entries;
        stream.commit(SIGNED, &format!("M 100644 inline d/f{file}\ndata 9\n{number:08}\n\n"));
    }
    stream.import(folder);
    (Run::gate(folder, &SCAN), Run::git(folder, &["rev-list", "--objects", "--all"]))
}

/// Changes an action in each of ten commits; all workflows push images by it.
fn shared_action(folder: &Path, workflows: usize) -> (Run, Run) {
    let mut stream = Stream::default();
    let oid = "0123456789abcdef0123456789abcdef01234567";
    let mut files = String::new();
    for number in 0..workflows {
        let text = format!(
            "on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./.github/actions/{}\n      \
             - uses: docker/build-push-action@{oid} # v6\n        with: {{push: true, tags: a/b{number}}}\n",
            number % (workflows / 4).max(1)
        );
        let _ =
            write!(files, "M 100644 inline .github/workflows/{number}.yml\ndata {}\n{text}\n", text.len());
    }
    let action = |name: &str, run: &str| {
        let text = format!("runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: {run}\n");
        format!("M 100644 inline .github/actions/{name}/action.yml\ndata {}\n{text}\n", text.len())
    };
    (0..(workflows / 4).max(1)).for_each(|n| files += &action(&n.to_string(), "true"));
    stream.commit(SIGNED, &files);
    (0..10).for_each(|n| stream.commit(SIGNED, &action("0", &format!("echo {n}"))));
    stream.import(folder);
    (Run::gate(folder, &SCAN), Run::git(folder, &["log", "-p", "--all"]))
}

/// Looks at the hooks of many repositories.
fn repositories(folder: &Path, repositories: usize) -> (Run, Run) {
    for number in 0..repositories {
        Stream::default().import(&folder.join(format!("{number}.git")));
    }
    let path = folder.to_str().unwrap();
    Run::gate(folder, &["server", "install", path]).cost();
    (Run::gate(folder, &["server", "status", path]), Run::gate(folder, &["server", "install", path]))
}
