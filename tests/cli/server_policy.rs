//! Server settings: output for GitLab, trust in the policy file, immutable tags and deadlines.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use bstr::ByteSlice as _;

use crate::support::{Sandbox, Server, Transcript, UNPINNED_WORKFLOW, WORKFLOW};

#[test]
fn gitlab_page_shows_every_line_verdict_first() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.write("git-gate.yml", "server: {type: gitlab}\n");
    server.client.write(WORKFLOW, UNPINNED_WORKFLOW);
    let new = server.client.commit_message("docs: unsigned\n");
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let old = server.bare.oid("main").unwrap();
    let hook = |protocol: &str| {
        let update = format!("{old} {new} refs/heads/main\n");
        server.bare.gate(["hook", "pre-receive"]).env("GL_PROTOCOL", protocol).stdin(update).transcript()
    };
    let transcript = hook("web");
    assert_eq!((transcript.status(), transcript.stdout()), (Some(1), &b""[..]), "{transcript}");
    let lines: Vec<&[u8]> = transcript.stderr().lines().collect();
    assert!(lines.iter().all(|line| line.starts_with(b"GL-HOOK-ERR: ")), "{transcript}");
    assert_eq!(
        lines[0].as_bstr(),
        "GL-HOOK-ERR: denied: 2 errors in 1 ref update, 1 commit, 1 workflow, 1 blob"
    );
    assert!(lines[1].starts_with(b"GL-HOOK-ERR: error[missing-signoff]: "), "{transcript}");
    assert!(lines[2].starts_with(b"GL-HOOK-ERR: error[unpinned-uses]: "), "{transcript}");
    hook("ssh").never_says("GL-HOOK-ERR").says("error[unpinned-uses]");
    server.bare.write("git-gate.yml", "");
    hook("web").never_says("GL-HOOK-ERR");
    server.bare.write("git-gate.yml", "server: {type: gitlab}\n");
    server.bare.write("refs/heads/broken", "zz");
    let missing = format!("{old} {} refs/heads/main\n", "1".repeat(40));
    let hook = server.bare.gate(["hook", "pre-receive"]).env("GL_PROTOCOL", "web").stdin(missing);
    hook.ends_with(2).says("GL-HOOK-ERR: error: the pushed object");
}

#[test]
fn policy_writable_by_others_refuses_every_push() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file("b", "x\n");
    let outside = sandbox.write("etc/git-gate.yml", "{}\n");
    let named = |config: &[&str]| server.bare.git(["config"].iter().chain(config)).ok();
    let policy = server.bare.write("git-gate.yml", "{}\n");
    for (path, config) in
        [(&policy, &["core.bare", "true"][..]), (&outside, &["gate.policy", outside.to_str().unwrap()])]
    {
        named(config);
        for mode in [0o664, 0o666, 0o622] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            let refused = server.refuses(["main"]);
            refused.says("error: git-gate.yml is not trusted: users other than its owner can write to it");
            refused.says("ask the administrator of this server").never_says("chmod");
            refused.never_says(&format!("{}", path.parent().unwrap().display()));
            let admin = server.bare.gate(["rules"]).ends_with(2);
            admin.says(
                &format!("chmod go-w {}", path.display())
                    .replace(sandbox.path("").to_str().unwrap(), "[ROOT]/"),
            );
        }
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        server.accepts(["main"]);
        server.client.commit_file("b", mode_text(path));
    }
    fs::set_permissions(&outside, Permissions::from_mode(0o666)).unwrap();
    symlink(&outside, server.bare.file("link.yml")).unwrap();
    named(&["gate.policy", server.bare.file("link.yml").to_str().unwrap()]);
    server.refuses(["main"]).says("git-gate.yml is not trusted");
}

fn mode_text(path: &Path) -> String {
    format!("{}\n", path.display())
}

#[test]
fn released_tag_cannot_be_moved_or_deleted() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.git(["tag", "v1"]).ok();
    server.client.git(["tag", "nightly"]).ok();
    server.bare.write("git-gate.yml", "profile: hardened\n");
    server.accepts(["v1", "nightly"]);
    server.client.commit_file("b", "x\n");
    for tag in ["v1", "nightly"] {
        server.client.git(["tag", "-f", tag]).ok();
    }
    server.accepts(["main", "+nightly"]);
    server.refuses(["+v1"]).says("error[moved-tag]").says("the push moves `refs/tags/v1`");
    server.refuses([":v1"]).says("the push deletes `refs/tags/v1`");
    server.refuses(["main:refs/heads/other", ":v1"]).says("error[moved-tag]");
    server.bare.write("git-gate.yml", "");
    server.accepts(["+v1"]);
    server.bare.write("git-gate.yml", "{rules: {moved-tag: deny}, refs: {immutable: [refs/tags/n*]}}\n");
    server.accepts([":v1"]);
    server.refuses([":nightly"]).says("error[moved-tag]");
}

#[test]
fn claimed_old_value_cannot_move_a_tag() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.git(["tag", "v1"]).ok();
    server.accepts(["v1"]);
    server.bare.write("git-gate.yml", "rules: {moved-tag: deny}\n");
    let old = server.bare.oid("v1").unwrap();
    let new = server.client.commit_file("b", "x\n");
    server.accepts(["main"]);
    let zero = "0".repeat(40);
    for claimed in [&zero, &new, &old] {
        let update = format!("{claimed} {new} refs/tags/v1\n");
        server.bare.gate(["hook", "pre-receive"]).stdin(update).ends_with(1).says("error[moved-tag]");
    }
}

/// Runs a hook that never ends under longer and longer deadlines, until it has come to where it hangs: on a machine under
/// load that takes its time. Gives that deadline, what was said, and the processes that hung.
fn missing_a_deadline(
    pids: &Path,
    count: usize,
    hook: impl Fn(&str) -> Transcript,
) -> (String, Transcript, Vec<u32>) {
    for seconds in (0..8).map(|power| 1 << power) {
        let deadline = format!("{seconds}s");
        let _ = fs::remove_file(pids);
        let transcript = hook(&deadline);
        let written = fs::read_to_string(pids).unwrap_or_default();
        let hung: Vec<u32> = written.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        if hung.len() == count && written.ends_with('\n') {
            return (deadline, transcript, hung);
        }
    }
    panic!("the hook never came to where it hangs");
}

/// Waits for the end of a process that was killed: it comes when the machine gets round to it.
#[track_caller]
fn ends(pid: u32) {
    let started = Instant::now();
    loop {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{pid} still runs: {state}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn hook_past_its_deadline_refuses_and_kills_git() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let new = server.client.commit_file("b", "x\n");
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let old = server.bare.oid("main").unwrap();
    let hook = |deadline: &str| {
        server.bare.write("git-gate.yml", format!("server: {{deadline: {deadline}}}\n"));
        let script = ["-c", "PATH=$PWD/slow:$PATH exec git-gate hook pre-receive"];
        let hook = sandbox.run("sh").args(script).dir(server.bare.path());
        hook.stdin(format!("{old} {new} refs/heads/main\n"))
    };
    for hanging in ["for-each-ref", "rev-list"] {
        let script = format!(
            "#!/bin/sh\nPATH=${{PATH#*:}}\n\
             if [ \"$1\" = {hanging} ]; then echo $$ >pid; exec sleep 600; fi\n\
             exec git \"$@\"\n"
        );
        server.bare.write_executable("slow/git", script);
        let refused = |deadline: &str| hook(deadline).ends_with(2);
        let (deadline, refused, pids) = missing_a_deadline(&server.bare.file("pid"), 1, refused);
        refused
            .says(&format!(
                "error: the deadline of {deadline} has passed: the new commits were not counted yet"
            ))
            .says(&format!("git gate scan --no-git-config ^{old} {new}"));
        ends(pids[0]);
    }
    fs::remove_file(server.bare.file("slow/git")).unwrap();
    hook("10m").ok();
}

#[test]
fn chained_hook_takes_its_time() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.bare.gate(["uninstall"]).ok();
    // The time of the other hook is over before the first commit is judged.
    server.bare.write_executable("hooks/pre-receive", "#!/bin/sh\nsleep 12\n");
    server.bare.gate(["install", "--mode", "shim"]).ok();
    server.bare.write("git-gate.yml", "server: {deadline: 10s}\n");
    server.client.commit_file("b", "x\n");
    server.accepts(["main"]);
}

#[test]
fn deadline_error_reports_the_progress() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    server.client.commit_file("b", "x\n");
    let new = server.client.commit_message("docs: unsigned\n");
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let old = server.bare.oid("main").unwrap();
    let baseline = format!("sign-off: {{baseline: [{{commit: {old}, reason: import}}]}}\n");
    let script = format!(
        "#!/bin/sh\nPATH=${{PATH#*:}}\n\
         if [ \"$*\" = 'rev-list {old}' ]; then echo $$ >pid; exec sleep 600; fi\n\
         exec git \"$@\"\n"
    );
    server.bare.write_executable("slow/git", script);
    let hook = ["-c", "PATH=$PWD/slow:$PATH exec git-gate hook pre-receive"];
    let refused = |deadline: &str| {
        server.bare.write("git-gate.yml", format!("server: {{deadline: {deadline}}}\n{baseline}"));
        let hook = sandbox.run("sh").args(hook).dir(server.bare.path());
        hook.stdin(format!("{old} {new} refs/heads/main\n")).ends_with(2)
    };
    let (_, refused, _) = missing_a_deadline(&server.bare.file("pid"), 1, refused);
    refused.says("of 2 commits were checked");
}

#[test]
fn closed_client_connection_does_not_change_the_verdict() {
    let sandbox = Sandbox::new();
    let server = Server::new(&sandbox, &[]);
    let old = server.bare.oid("main").unwrap();
    let new = server.client.commit_message("docs: unsigned\n");
    server.bare.git(["fetch", "-q"]).arg(server.client.path()).arg("main").ok();
    let hook = ["-c", "{ git-gate hook pre-receive; echo $? >status; } 2>&1 | true"];
    let hook = sandbox.run("sh").args(hook).dir(server.bare.path());
    hook.stdin(format!("{old} {new} refs/heads/main\n")).ok();
    assert_eq!(fs::read_to_string(server.bare.file("status")).unwrap(), "1\n");
}

#[test]
fn rules_name_the_file_that_sets_a_level() {
    let sandbox = Sandbox::new();
    let bare = sandbox.init_bare("server.git");
    bare.write("git-gate.yml", "include: [common.yml]\nrules: {moved-tag: warn}\n");
    let sections = "[{match: '*', rules: {unlabelled-pin: deny}}]";
    bare.write("common.yml", format!("rules: {{unpinned-image: deny}}\nrepositories: {sections}\n"));
    for (rule, file) in
        [("moved-tag", "git-gate.yml"), ("unpinned-image", "common.yml"), ("unlabelled-pin", "common.yml")]
    {
        bare.gate(["rules", rule]).ok().says(&format!("in [ROOT]/server.git/{file}"));
    }
}
