//! Nothing of a change has a part in its verdict, and what cannot be had is no pass.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::action::act;
use super::events::{OURS, pull_request, push};
use super::{Change, Forge, source};
use crate::support::{Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

#[test]
fn policy_of_the_target_branch_holds() {
    let sandbox = Sandbox::new();
    // The usual way to keep dotfiles out of an archive does not keep them out of this.
    let forge = Forge::with(
        &sandbox,
        &[
            (".git-gate.yml", "include: [ci/levels.yml]\n"),
            ("ci/levels.yml", "rules: {missing-signoff: allow}\n"),
            (".gitattributes", "* export-ignore\n"),
        ],
    );
    forge.change(Change::Unsigned);
    let judged = act(&forge, &pull_request(&forge, "pull_request", true), &[OURS]);
    assert_eq!(judged.status(), Some(0), "{judged}");
    // A branch that was loosened by an earlier push is still judged by that of the target branch.
    forge.client.write(".git-gate.yml", "rules: {unpinned-uses: allow}\n");
    forge.client.commit("ci: loosen");
    push(&forge, "refs/heads/topic");
    forge.client.write(WORKFLOW, UNPINNED_WORKFLOW);
    forge.client.commit("ci: use it");
    let judged = act(&forge, &push(&forge, "refs/heads/topic"), &[OURS]);
    assert_eq!(judged.says("unpinned-uses").status(), Some(1));
}

#[test]
fn named_policy_is_that_of_the_target_branch() {
    let sandbox = Sandbox::new();
    let forge = Forge::with(&sandbox, &[("ci/gate.yml", "rules: {missing-signoff: allow}\n")]);
    forge.change(Change::Unsigned);
    let event = pull_request(&forge, "pull_request", true);
    assert_eq!(act(&forge, &event, &[OURS, ("policy", "ci/gate.yml")]).status(), Some(0));
    let judged = act(&forge, &event, &[OURS, ("policy", "ci/other.yml")]);
    assert_eq!(judged.says("the policy ci/other.yml is not in").status(), Some(2));
}

#[test]
fn comment_of_the_change_exempts_nothing() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    forge.client.git(["checkout", "-q", "-B", "topic", "main"]).ok();
    let exempted = UNPINNED_WORKFLOW.replace("@main", "@main # git-gate: allow[unpinned-uses] ours");
    forge.client.commit_file(WORKFLOW, exempted);
    assert_eq!(act(&forge, &pull_request(&forge, "pull_request", true), &[OURS]).status(), Some(1));
}

#[test]
fn what_cannot_be_fetched_is_undecided() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let (new, url) = (forge.change(Change::Signed), forge.bare.path().to_str().unwrap().to_owned());
    let judge =
        |arguments: &[&str]| forge.judge().args(["--url", &url, "--ref", "refs/heads/x"]).args(arguments);
    judge(&["--new", &new, "--base", "main"]).ends_with(2).says("cannot fetch the change");
    forge.push("topic", "refs/heads/topic");
    judge(&["--new", &new, "--base", "main"]).ok();
    judge(&["--new", &new, "--base", "gone"]).ends_with(2).says("cannot fetch refs/heads/gone");
    let gone = "1".repeat(40);
    judge(&["--new", &new, "--base", "main", "--old", &gone]).ok().says("note: 1111111");
    let lost = judge(&["--new", &new, "--base", "x", "--old", &gone]).ends_with(2);
    lost.says("cannot fetch the commit 1111111");
    judge(&[]).ends_with(2).says("no commit is named");
    judge(&["--old"]).ends_with(2).says("what is `--old`?");
    judge(&["--new", &new, "--base", "main", "--output", "sarif="]).ends_with(2).says("no file is named");
    forge.judge().ends_with(2).says("this is no CI that git-gate-ci knows");
    forge.judge().arg("--help").ok().says("git-gate-ci [--output FORMAT=FILE]").never_says("set -eu");
}

#[test]
fn token_of_a_url_is_not_shown() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let url = "http://ci:secret@127.0.0.1:1/x.git";
    let refused = forge.judge().args(["--url", url, "--new", &"1".repeat(40), "--base", "main"]).ends_with(2);
    refused.says("cannot fetch the change").never_says("secret");
}

/// Serves the files of a repository to those who have the token, and tells its port first.
const PRIVATE: &str = "\
import base64, http.server, sys
KEY = 'Basic ' + base64.b64encode(b'x-access-token:t0ken').decode()
class Private(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get('Authorization') == KEY: return super().do_GET()
        self.send_error(401)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Private)
print(server.server_port, flush=True)
server.serve_forever()
";

#[test]
fn token_reads_a_private_repository() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    let new = forge.change(Change::Unsigned);
    forge.push("topic", "refs/heads/topic");
    forge.bare.git(["update-server-info"]).ok();
    let mut command = sandbox.command("python3");
    command.args(["-c", PRIVATE]).current_dir(forge.bare.path()).stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let url = format!("http://127.0.0.1:{}/", port.trim());
    let judge = |token: &str| {
        let run =
            forge.judge().args(["--url", &url, "--new", &new, "--base", "main", "--ref", "refs/heads/x"]);
        run.env("GATE_TOKEN", token).transcript()
    };
    let judged = ["t0ken", "another", ""].map(judge);
    server.kill().unwrap();
    server.wait().unwrap();
    let [read, refused, without] = judged;
    assert_eq!(read.says("error[missing-signoff]").never_says("t0ken").status(), Some(1));
    assert_eq!(refused.says("needs a token that may read it").never_says("another").status(), Some(2));
    assert_eq!(without.status(), Some(2));
}

#[test]
fn git_gate_that_fails_is_no_pass() {
    let sandbox = Sandbox::new();
    let forge = Forge::new(&sandbox);
    forge.change(Change::Signed);
    let event = pull_request(&forge, "pull_request", true);
    let missing = act(&forge, &event, &[("binary", "no-git-gate")]);
    assert_eq!(missing.says("there is no `no-git-gate`").status(), Some(2));
    let broken = "#!/bin/sh\n[ \"$1\" = --version ] || exit 77\n";
    let broken = forge.client.write_executable(sandbox.path("broken"), broken);
    assert_eq!(act(&forge, &event, &[("binary", broken.to_str().unwrap())]).status(), Some(2));
}

/// Files that were released at `file://` in the sandbox; the action runs them only by their checksum.
#[test]
fn released_file_runs_only_with_its_checksum() {
    let sandbox = Sandbox::new();
    if sandbox.run("sh").args(["-c", "command -v curl"]).transcript().status() != Some(0) {
        return crate::support::not_tested("the download of a released file", "curl");
    }
    let forge = Forge::new(&sandbox);
    forge.change(Change::Unsigned);
    let event = pull_request(&forge, "pull_request", true);
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let place = sandbox.path("example/git-gate/releases/download/v9.9.9");
    fs::create_dir_all(&place).unwrap();
    let released = place.join(format!("git-gate-{target}"));
    sandbox.copy_gate(&released);
    let sum = sandbox.run("sha256sum").arg(&released).ok().line()[..64].to_owned();
    let run = |version: &str, sum: &str| act(&forge, &event, &[("version", version), ("sha256", sum)]);
    assert_eq!(run("9.9.9", &sum).says("error[missing-signoff]").status(), Some(1));
    assert_eq!(run("9.9.9", &"0".repeat(64)).says("was expected").status(), Some(2));
    assert_eq!(run("9.9.9", "").says("has no checksum of 9.9.9").status(), Some(2));
    assert_eq!(run("9.9.8", &sum).says("cannot be read").status(), Some(2));
    let list = fs::read_to_string(source("action/released.txt")).unwrap();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        assert_eq!(line.split(' ').map(str::len).nth(2), Some(64), "{line}");
    }
}
