//! A push has a deadline, and a client that stops reading does not keep the hook.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use crate::support::{Sandbox, Server};

/// Commits many unsigned commits in the client.
fn many_unsigned(server: &Server<'_>, count: usize) -> String {
    let commit = |number: usize| {
        let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
        let message = format!("docs: number {number}\n");
        format!(
            "commit refs/heads/main\nauthor A <a@example.com> {0} +0000\ncommitter A <a@example.com> {0} +0000\n\
             data {1}\n{message}{from}\n",
            1_700_000_000 + number,
            message.len()
        )
    };
    let stream: String = (0..count).map(commit).collect();
    server.client.git(["fast-import", "--quiet", "--force"]).stdin(stream).ok();
    server.client.oid("main").unwrap()
}

#[test]
fn long_report_is_cut_and_names_the_command_for_the_rest() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let log = sandbox.path("audit.jsonl");
    server.bare.write("git-gate.yml", format!("server: {{audit-log: {}}}\n", log.display()));
    let old = server.bare.oid("main").unwrap();
    let new = many_unsigned(&server, 1000);
    let refused = server.refuses(["main"]);
    refused.says(&format!(
        "not shown here; to see those of the new commits, run `git gate scan --no-git-config ^{old} {new}`"
    ));
    refused.says("denied: 1000 errors in 1 ref update, 1000 commits");
    assert!(refused.stderr().len() < 70_000, "{}", refused.stderr().len());
    let entry: serde_json::Value = serde_json::from_str(fs::read_to_string(log).unwrap().trim()).unwrap();
    assert_eq!(entry["denied"]["missing-signoff"], 1000);
    let range = format!("^{old}");
    server.client.gate(["scan", "--no-git-config", &range, &new]).ends_with(1).says("denied: 1000 errors");
}

#[test]
fn advice_for_a_new_ref_judges_only_what_the_push_adds() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.git(["fetch", "-q", "origin"]).ok();
    let new = many_unsigned(&server, 1000);
    let refused = server.refuses(["main:refs/heads/topic"]);
    refused.says(&format!("run `git gate scan --no-git-config -- {new} --not --remotes`"));
    let scan = ["scan", "--no-git-config", "--", &new, "--not", "--remotes"];
    server.client.gate(scan).ends_with(1).says("denied: 1000 errors in 1000 commits");
    let scan = ["scan", "--no-git-config", "--", "--branches", "--tags", "--not", "--remotes"];
    server.client.gate(scan).ends_with(1).says("denied: 1000 errors in 1000 commits");
}

#[test]
fn client_that_stops_reading_does_not_keep_the_hook() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "server: {deadline: none}\n");
    let old = server.bare.oid("main").unwrap();
    let new = many_unsigned(&server, 1000);
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    // The pipe is full before the hook starts, and is not read until it has ended.
    let script = "head -c 65536 /dev/zero >&2; git-gate hook pre-receive; echo $? >status";
    let mut command = sandbox.command("sh");
    command.args(["-c", script]).current_dir(server.bare.path());
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let update = format!("{old} {new} refs/heads/main\n");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), update.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(fs::read_to_string(server.bare.file("status")).unwrap(), "1\n");
    let mut said = Vec::new();
    child.stderr.take().unwrap().read_to_end(&mut said).unwrap();
    assert!(said.len() <= 70_000, "{}", said.len());
}

#[test]
fn deadline_is_on_by_default_and_off_only_by_its_word() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit("docs: good");
    for (policy, said) in [
        ("server: {deadline: 0}\n", "a deadline is `none`, or a number with a unit"),
        ("server: {deadline: off}\n", "a deadline is `none`, or a number with a unit"),
        ("server: {deadline: 1ms}\n", "the administrator sets the time with `server.deadline`"),
    ] {
        server.bare.write("git-gate.yml", policy);
        server.refuses(["main"]).says(said);
    }
    server.bare.write("git-gate.yml", "server: {deadline: none}\n");
    server.accepts(["main"]);
}
