//! Failures of git and of libraries are explained in our words, with the repair, and without internals.

use std::fs;

use crate::support::{CLEAN_WORKFLOW, Sandbox, Transcript, WORKFLOW};

/// Parts of messages that only the developers of a library understand.
const INTERNALS: [&str; 6] = ["class=", "code=", "serde", "struct ", "invalid type", "git2"];

fn is_plain(transcript: &Transcript) -> &Transcript {
    for internal in INTERNALS {
        transcript.never_says(internal);
    }
    transcript
}

/// A merge needs a file that was never fetched. The version of git is not at fault.
#[test]
fn partial_clone_names_the_missing_object() {
    let sandbox = Sandbox::new();
    let origin = sandbox.init("origin");
    origin.git(["config", "uploadpack.allowFilter", "true"]).ok();
    for (branch, name, content) in
        [("main", "a", "1\n2\n3\n"), ("side", "a", "0\n1\n2\n3\n"), ("main", "a", "1\n2\n3\n4\n")]
    {
        let exists = origin.oid(branch).is_some();
        let checkout =
            if exists { vec!["checkout", "-q", branch] } else { vec!["checkout", "-q", "-B", branch] };
        origin.git(checkout).ok();
        origin.commit_file(name, content);
    }
    origin.git(["merge", "-q", "--no-ff", "--no-edit", "-m", "Merge side", "side"]).ok();
    let url = format!("file://{}", origin.path().display());
    sandbox.run("git").args(["clone", "-q", "--bare", "--filter=blob:none", &url, "partial.git"]).ok();
    let scan = sandbox.gate(["-C", "partial.git", "scan", "--no-git-config"]).ends_with(2);
    is_plain(&scan).says("error: object ").says(" is missing").never_says("2.38");
    scan.says("`git fetch --refetch --no-filter`");
    sandbox.run("git").args(["-C", "partial.git", "fetch", "-q", "--refetch", "--no-filter"]).ok();
    sandbox.gate(["-C", "partial.git", "scan", "--no-git-config"]).ok();
}

#[test]
fn damaged_object_is_named() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = Sandbox::new();
        let repo = sandbox.init_with("repo", options);
        repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
        for revision in [&format!("HEAD:{WORKFLOW}"), "HEAD^{tree}", "HEAD"] {
            let oid = repo.oid(revision).unwrap();
            let file = repo.git_dir().join("objects").join(&oid[..2]).join(&oid[2..]);
            let good = fs::read(&file).unwrap();
            for bad in [&b""[..], b"not zlib at all", &good[..good.len() / 2]] {
                fs::remove_file(&file).unwrap();
                fs::write(&file, bad).unwrap();
                let scan = repo.gate(["scan", "--no-git-config"]).ends_with(2);
                assert!(
                    scan.contains(&oid) || scan.contains("damaged") || scan.contains("unknown revision"),
                    "{revision}: {scan}"
                );
                is_plain(&scan);
            }
            fs::remove_file(&file).unwrap();
            is_plain(&repo.gate(["scan", "--no-git-config"]).ends_with(2));
            fs::write(&file, good).unwrap();
        }
        repo.gate(["scan", "--no-git-config"]).ok();
    }
}

#[test]
fn unknown_format_is_explained() {
    let sandbox = Sandbox::new();
    for (key, value) in [("extensions.fromTheFuture", "true"), ("core.repositoryFormatVersion", "99")] {
        let repo = sandbox.init(format!("repo-{value}"));
        repo.commit("docs: x");
        repo.git(["config", "core.repositoryFormatVersion", "1"]).ok();
        repo.git(["config", key, value]).ok();
        for command in ["scan", "status", "rules", "fix"] {
            let transcript = repo.gate([command]).ends_with(2);
            is_plain(&transcript).says("the repository has a format that this git does not know");
            transcript.says("hint: a newer git can read it");
        }
    }
}

/// Lines of a trace do not hide the cause.
#[test]
fn traces_of_the_user_do_not_hide_the_cause() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.commit("docs: x");
    repo.gate(["scan"]).env("GIT_TRACE", "1").ok();
    sandbox.gate(["scan"]).env("GIT_TRACE", "1").ends_with(2).says("error: not inside a git repository");
    let said = repo.gate(["scan", "no-such"]).env("GIT_TRACE", "1").ends_with(2);
    said.says("unknown revision").says("no-such").never_says("trace:");
}

#[test]
fn missing_git_is_said() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    for command in ["scan", "status", "fix", "install"] {
        let said = repo.gate([command]).env("PATH", sandbox.path("home")).ends_with(2);
        said.says("there is no `git` on PATH").says("only the hook pre-receive works");
    }
}
