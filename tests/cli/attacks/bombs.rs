//! Small pushes that cost much work: each of them is refused for its cause, or judged in a bounded time.

use std::io::Write as _;

use crate::support::{SIGN_OFF, Sandbox, Server, WORKFLOW};

/// Returns a gzip file of a number of zeros.
fn gzip_of_zeros(megabytes: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 20];
    (0..megabytes).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

/// Returns a gzip file like [`gzip_of_zeros`], which differs for each number.
fn numbered_gzip(megabytes: usize, number: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(gzip_of_zeros(megabytes), flate2::Compression::best());
    encoder.write_all(format!("{number}").as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Pushes archives that inflate to half a gigabyte, in a pack of a few kilobytes.
#[test]
fn archives_of_zeros_are_refused_by_name() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    for number in 0..9 {
        server.client.write(format!("{number:02}.gz"), numbered_gzip(63, number));
    }
    let commit = server.client.commit("test: data");
    let blob = server.client.oid("HEAD:08.gz").unwrap();
    let refused = server.refuses(["main"]);
    refused.says(&format!(
        "error: more than 513 MiB would come out of archives and very large files, up to `08.gz` (blob {blob} in commit {commit})"
    ));
    refused.says("hint: store these files unpacked or with Git LFS").never_says("fewer commits");
    refused.says("an administrator can set another limit in the policy: `limits: {unpacked: 4GiB}`");
}

/// Each push has the limit for itself, an archive counts once for all its paths and commits, and an
/// administrator can set the limit.
#[test]
fn archives_within_the_limit_are_accepted() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "limits: {unpacked: 20MiB}\n");
    let client = &server.client;
    for path in 0..20 {
        client.write(format!("{path}.gz"), numbered_gzip(8, 0));
    }
    client.commit("test: the same data at many paths");
    client.write("other.gz", numbered_gzip(8, 1));
    client.commit("test: data");
    server.accepts(["main"]);
    client.write("third.gz", numbered_gzip(8, 2));
    client.write("z/third.gz", numbered_gzip(8, 2));
    let first = client.commit("test: data");
    client.write("fourth.gz", numbered_gzip(8, 3));
    client.commit("test: data");
    client.write("fifth.gz", numbered_gzip(8, 4));
    client.commit("test: data");
    let refused = server.refuses(["main"]);
    refused.says("more than 20 MiB would come out of archives and very large files, up to `fifth.gz`");
    server.accepts([&format!("{first}:main")]);
    server.accepts(["main"]);
    client.write("a.gz", numbered_gzip(25, 5));
    client.commit("test: data");
    server.refuses(["main"]).says("up to `a.gz`");
    server.bare.write("git-gate.yml", "limits: {unpacked: 1GiB}\n");
    server.accepts(["main"]);
}

/// The search of whole packs and that of single commits give the same answer.
#[test]
fn scan_has_the_same_limit() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for number in 0..4 {
        repo.write(format!("{number}.gz"), numbered_gzip(8, number));
    }
    let commit = repo.commit("test: data");
    let mut stream = String::new();
    let message = "docs: x\n\nSigned-off-by: A <a@b.test>\n";
    for number in 0..300 {
        let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
        stream += &format!(
            "commit refs/heads/main\ncommitter A <a@b.test> {number} +0000\ndata {}\n{message}{from}M 100644 inline x\ndata 4\n{number:04}\n",
            message.len()
        );
    }
    repo.git(["fast-import", "--quiet"]).stdin(stream).ok();
    repo.git(["repack", "-adfq"]).ok();
    let scan = || repo.gate(["scan", "--all", "--no-git-config"]);
    repo.write(".git-gate.yml", "limits: {unpacked: 20MiB}\n");
    let cause = "more than 20 MiB would come out of archives and very large files, up to `2.gz`";
    scan().ends_with(2).says(cause).says(&commit);
    scan().env("GIT_OBJECT_DIRECTORY", repo.git_dir().join("objects")).ends_with(2).says(cause);
    repo.write(".git-gate.yml", "limits: {unpacked: 40MiB}\n");
    scan().ok();
}

/// A file that is too large to be held is searched in parts, and counts with its whole size.
#[test]
fn token_at_the_end_of_a_huge_file_is_found() {
    let line = format!("{}\n", " ".repeat((1 << 20) - 1));
    let huge = format!("{}https://u:{}@h.io/a\n", line.repeat(65), concat!("Qz7kV7", "55446xW"));
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = Sandbox::new();
        let server = Server::with_options(&sandbox, options, &[]);
        server.client.write("huge", &huge);
        server.client.commit("docs: much");
        server.bare.write("git-gate.yml", "rules: {token-in-content: deny}\nlimits: {unpacked: 100MiB}\n");
        server.refuses(["main"]).says("huge:66:9");
        if options.is_empty() {
            server.bare.write("git-gate.yml", "limits: {unpacked: 50MiB}\n");
            let cause = "would come out of archives and very large files, up to `huge`";
            server.refuses(["main"]).says(cause);
        }
    }
}

/// A workflow or a link of that size cannot be meant for any forge.
#[test]
fn huge_workflow_is_refused_unread() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.write(WORKFLOW, "# much\n".repeat(10 << 20));
    server.client.commit("ci: much");
    let blob = server.client.oid(&format!("HEAD:{WORKFLOW}")).unwrap();
    let cause =
        format!("error: object {blob} needs 73400320 bytes, more than the 64 MiB that are read at once");
    server.refuses(["main"]).says(&cause);
}

/// Pushes seven trees that hold each other, so that they have 60,000 files, in several commits.
#[test]
fn trees_that_hold_each_other_are_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "limits: {changed-paths: 12500}\n");
    let client = &server.client;
    let make = |entries: &str| client.git(["mktree"]).stdin(entries).ok().line();
    let blob = client.git(["hash-object", "-w", "--stdin"]).stdin("x\n").ok().line();
    let mut tree = make(&format!("100644 blob {blob}\tx\n"));
    let mut commit = client.oid("HEAD").unwrap();
    let mut next = |tree: &str, number: usize| {
        let root = make(&format!("040000 tree {tree}\tall{number}\n"));
        let message = format!("docs: x\n\n{SIGN_OFF}\n");
        commit = client.git(["commit-tree", "-p", &commit, &root]).stdin(message).ok().line();
        (commit.clone(), root)
    };
    for _ in 0..13 {
        tree = make(&format!("040000 tree {tree}\ta\n040000 tree {tree}\tb\n"));
    }
    let (_, root) = next(&tree, 0);
    let (single, _) = next(&make(&format!("100644 blob {blob}\tx\n")), 1);
    let refused = server.refuses([&format!("{single}:refs/heads/main")]);
    refused.says("error: more than 12500 files and directories would be judged, up to `all0/b/");
    refused.says(&format!("` in tree {root}")).says("push fewer commits at a time");
    server.bare.write("git-gate.yml", "limits: {changed-paths: 31250}\n");
    server.accepts([&format!("{single}:refs/heads/main")]);
    // Several commits have one limit.
    let mut last = String::new();
    for number in 2..4 {
        last = next(&tree, number).0;
    }
    server.refuses([&format!("{last}:refs/heads/main")]).says("more than 31250 files and directories");
    server.accepts([&format!("{last}~:refs/heads/main")]);
    server.accepts([&format!("{last}:refs/heads/main")]);
}

/// Each finding of a file repeats its path.
#[test]
fn very_long_path_is_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let client = &server.client;
    let blob = client.git(["hash-object", "-w", "--stdin"]).stdin("x\n").ok().line();
    let tree =
        client.git(["mktree"]).stdin(format!("100644 blob {blob}\t{}\n", "n".repeat(1 << 20))).ok().line();
    let message = format!("docs: x\n\n{SIGN_OFF}\n");
    let commit = client.git(["commit-tree", "-p", "HEAD", &tree]).stdin(message).ok().line();
    let refused = server.refuses([&format!("{commit}:refs/heads/main")]);
    refused.says(&format!("error: tree {tree} has a path of more than 8192 bytes"));
}

/// Pushes a file of tokens at many paths, which a few trees make.
#[test]
fn too_many_findings_are_refused() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    // On a busy machine a debug build may need more than the default.
    server.bare.write("git-gate.yml", "server: {deadline: none}\n");
    let client = &server.client;
    let text: String = (0..5000).map(|at| format!("https://u:Qz{at}kV755446xW@h.io/a\n")).collect();
    let blob = client.git(["hash-object", "-w", "--stdin"]).stdin(text).ok().line();
    let entries: String =
        (0..64).map(|at| format!("100644 blob {blob}\t{at:04}{}\n", "n".repeat(8000))).collect();
    let tree = client.git(["mktree"]).stdin(entries).ok().line();
    let message = format!("docs: x\n\n{SIGN_OFF}\n");
    let commit = client.git(["commit-tree", "-p", "HEAD", &tree]).stdin(message).ok().line();
    let refused = server.refuses([&format!("{commit}:refs/heads/main")]);
    refused.says("error: there are more findings than git-gate can report, up to `00");
    refused.says(&format!("(blob {blob} in commit {commit})")).never_says("fewer commits");
}
