//! Files of the tree that make the gate read, and show, a private file of the user: in a public log of CI that is
//! a disclosure to whoever opened the pull request.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, Server, Transcript, WORKFLOW};

/// Private files of several kinds, as YAML, JSON, and neither.
const PRIVATE: [&str; 6] = [
    "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETb3BlbnNzaC1rZXktdjEAAAAABG5vbmUA\n-----END OPENSSH PRIVATE KEY-----\n",
    "SECRET/x: {SECRET: [SECRET, 1]}\nbaseline: SECRET-file\n",
    "{\"version\": \"SECRET\", \"findings\": \"SECRET\"}\n",
    "[SECRET, \"SECRET\n",
    "rules: {SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRET: deny}\n",
    "profile: SECRET/SECRET\nserver: {type: 'SECRET SECRET'}\nrefs: {cover: [SECRET]}\n",
];

fn keeps_the_secret(transcript: &Transcript) {
    transcript.never_says("SECRET").never_says("BEGIN OPENSSH");
}

/// Runs every command that reads the policy of a clone; the answer is always 2, and shows nothing.
fn refuses_every_command(repo: &Repo<'_>, says: &str) {
    for arguments in
        [&["scan"][..], &["scan", "--format", "json"], &["fix"], &["fix", "--sign-off"], &["rules"]]
    {
        let transcript = repo.gate(arguments).ends_with(2);
        transcript.says(says);
        keeps_the_secret(&transcript);
    }
    keeps_the_secret(&repo.gate(["status"]).ends_with(1));
}

fn clone_with_private_files(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.init("clone");
    repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    repo.write("inside/file", "x\n");
    repo
}

#[test]
fn policy_that_is_a_link_out_of_the_tree_is_not_read() {
    for private in PRIVATE {
        let sandbox = Sandbox::new();
        let repo = clone_with_private_files(&sandbox);
        let file = sandbox.write("private/key", private);
        let policy = repo.file(".git-gate.yml");
        for target in [file.to_str().unwrap(), "../private/key", "inside/../../private/key", "loop"] {
            let _ = fs::remove_file(&policy);
            let _ = fs::remove_file(repo.file("loop"));
            symlink("../private/key", repo.file("loop")).unwrap();
            symlink(target, &policy).unwrap();
            refuses_every_command(&repo, "it is not inside the work tree");
        }
    }
}

#[test]
fn files_that_a_policy_names_are_inside_the_tree() {
    let sandbox = Sandbox::new();
    let repo = clone_with_private_files(&sandbox);
    symlink("../private", repo.file("directory")).unwrap();
    symlink("../../private/key", repo.file("inside/link")).unwrap();
    for private in PRIVATE {
        let file = sandbox.write("private/key", private);
        let names = [
            file.to_str().unwrap(),
            "../private/key",
            "directory/key",
            "inside/link",
            "inside/../../private/key",
        ];
        for name in names {
            for policy in [format!("include: [{name}]\n"), format!("baseline: {name}\n")] {
                repo.write(".git-gate.yml", &policy);
                refuses_every_command(&repo, "it is not inside the work tree");
                repo.gate(["scan"]).ends_with(2).says("`git gate scan --policy FILE`");
            }
            repo.write(".git-gate.yml", "include: [inside/base.yml]\n");
            repo.write("inside/base.yml", format!("include: ['{name}']\n"));
            keeps_the_secret(&repo.gate(["scan"]).ends_with(2));
            repo.write(".git-gate.yml", format!("workflows: {{lock-file: '{name}'}}\n"));
            let fix = repo.gate(["fix"]).ends_with(2);
            keeps_the_secret(fix.says("it is not inside the work tree"));
        }
    }
}

#[test]
fn files_inside_the_tree_are_read_through_links() {
    let sandbox = Sandbox::new();
    let repo = clone_with_private_files(&sandbox);
    repo.write("ci/base.yml", "rules: {unlabelled-pin: deny}\n");
    repo.write("ci/gate.yml", "include: [ci/../linked/base.yml]\n");
    symlink("ci", repo.file("linked")).unwrap();
    symlink("linked/gate.yml", repo.file(".git-gate.yml")).unwrap();
    repo.gate(["rules"]).ok().says("base.yml");
    fs::create_dir(repo.file("sub")).unwrap();
    repo.gate(["rules"]).dir(repo.file("sub")).ok().says("base.yml");
}

/// A policy that the user names may name any file, as that of a server.
#[test]
fn policy_of_the_user_may_be_anywhere() {
    let sandbox = Sandbox::new();
    let repo = clone_with_private_files(&sandbox);
    let base = sandbox.write("outside/base.yml", "rules: {unlabelled-pin: deny}\n");
    let policy = sandbox.write("policy.yml", format!("include: ['{}']\n", base.display()));
    repo.gate(["scan", "--policy"]).arg(&policy).ok();
    for private in PRIVATE {
        sandbox.write("outside/base.yml", private);
        let transcript = repo.gate(["scan", "--policy"]).arg(&policy).ends_with(2);
        keeps_the_secret(&transcript);
    }
}

/// Errors quote nothing of a file on a server either, where the pusher reads them.
#[test]
fn pusher_reads_nothing_of_the_policy() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit("docs: x");
    for private in PRIVATE {
        server.bare.write("git-gate.yml", private);
        keeps_the_secret(&server.refuses(["main"]));
        server.bare.write("git-gate.yml", "include: [other.yml]\nbaseline: old.json\n");
        server.bare.write("old.json", private);
        server.bare.write("other.yml", "{}\n");
        keeps_the_secret(&server.refuses(["main"]));
        server.bare.write("other.yml", private);
        keeps_the_secret(&server.refuses(["main"]));
    }
}

/// Whatever stands in the place of a file ends the run, with a message and without waiting.
#[test]
fn odd_files_end_the_run() {
    let sandbox = Sandbox::new();
    let repo = clone_with_private_files(&sandbox);
    let pipe = |name: &str| drop(sandbox.run("mkfifo").arg(repo.file(name)).ok());
    let large = |name: &str, size| fs::File::create(repo.file(name)).unwrap().set_len(size).unwrap();
    pipe("pipe");
    large("large", 1 << 40);
    large("nearly", 2 << 20);
    for (name, says) in [
        ("pipe", "it is not a regular file"),
        ("inside", "it is not a regular file"),
        ("/dev/zero", "it is not inside the work tree"),
        ("large", "it is larger than"),
        ("gone", "No such file"),
        ("inside/file/x", "Not a directory"),
        ("''", "cannot read"),
    ] {
        for key in ["include: [NAME]", "baseline: NAME", "workflows: {lock-file: NAME}"] {
            repo.write(".git-gate.yml", key.replace("NAME", name));
            repo.gate([if key.contains("lock") { "fix" } else { "scan" }]).ends_with(2).says(says);
        }
    }
    repo.write(".git-gate.yml", "include: [nearly]");
    repo.gate(["scan"]).ends_with(2).says("it is larger than 1024 KiB");
    for (name, says) in [("pipe", "regular"), ("large", "larger"), ("inside", "regular")] {
        fs::remove_file(repo.file(".git-gate.yml")).unwrap();
        symlink(name, repo.file(".git-gate.yml")).unwrap();
        repo.gate(["scan"]).ends_with(2).says(says);
        repo.gate(["scan", "--policy", name]).ends_with(2).says(says);
    }
    repo.gate(["scan", "--policy", "/dev/zero"]).ends_with(2).says("regular");
    // A tree of aliases that would fill the memory.
    let bomb: String =
        (1..30).map(|at| format!("a{at}: &a{at} [{}]\n", format!("*a{},", at - 1).repeat(9))).collect();
    fs::remove_file(repo.file(".git-gate.yml")).unwrap();
    repo.write(".git-gate.yml", format!("a0: &a0 x\n{bomb}"));
    repo.gate(["scan"]).ends_with(2);
    repo.write(".git-gate.yml", "[".repeat(100_000));
    repo.gate(["scan"]).ends_with(2);
}

/// `fix` shows lines of the files that it changes. A tracked file may be a link, or below one.
#[test]
fn fix_shows_nothing_behind_a_link() {
    let private = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # SECRET\n";
    let sandbox = Sandbox::new();
    let repo = sandbox.init("clone");
    repo.commit_file(WORKFLOW, private.replace("SECRET", "v4.2.2"));
    repo.gate(["fix"]).ok().says("persist-credentials: false");
    sandbox.write("private/workflows/ci.yml", private);
    fs::remove_dir_all(repo.file(".github")).unwrap();
    symlink("../private", repo.file(".github")).unwrap();
    for arguments in [&["fix"][..], &["fix", "--apply"]] {
        let fix = repo.gate(arguments).ok();
        fix.says("note: .github/workflows/ci.yml is skipped: there is a symbolic link on the way to it");
        keeps_the_secret(&fix);
    }
    assert_eq!(fs::read_to_string(sandbox.path("private/workflows/ci.yml")).unwrap(), private);
}
