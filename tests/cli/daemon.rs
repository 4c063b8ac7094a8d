//! Pushes over the network: `git daemon` on the loopback interface.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{CLEAN_WORKFLOW, Repo, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// A git server for the bare repositories of a sandbox. It ends with the test.
struct Daemon {
    process: Child,
    port: u16,
}

impl Daemon {
    fn start(sandbox: &Sandbox) -> Self {
        let programs = sandbox.run("git").arg("--exec-path").ok().line();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        // Not `git daemon`: that is a process of its own, which would outlive its parent.
        let mut command = Command::new(format!("{programs}/git-daemon"));
        command
            .env_clear()
            .envs(sandbox.server_environment())
            .args(["--export-all", "--enable=receive-pack", "--listen=127.0.0.1", "--reuseaddr"])
            .args([format!("--port={port}"), format!("--base-path={}", sandbox.path("").display())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let daemon = Self { process: command.spawn().unwrap(), port };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        daemon
    }

    fn url(&self, repository: &str) -> String {
        format!("git://127.0.0.1:{}/{repository}", self.port)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn client<'s>(sandbox: &'s Sandbox, daemon: &Daemon, name: &str) -> Repo<'s> {
    let client = sandbox.init(name);
    client.git(["remote", "add", "origin", &daemon.url("server.git")]).ok();
    client.commit("docs: first");
    client
}

#[test]
fn a_push_over_the_network_is_judged() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.git(["config", "receive.advertisePushOptions", "true"]).ok();
    server.gate(["install"]).ok();
    let daemon = Daemon::start(&sandbox);
    let client = client(&sandbox, &daemon, "client");
    client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    client.git(["push", "-q", "-o", "git-gate.skip", "origin", "main"]).ok();
    client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
    let refused = client.git(["push", "-q", "-o", "git-gate.skip", "origin", "main"]).ends_with(1);
    refused
        .says("remote: error[unpinned-uses]")
        .says("pre-receive hook declined")
        .never_says("git-gate.skip");
    assert_eq!(server.oid("main"), client.oid("main~1"));
}

#[test]
fn many_pushes_at_once_are_each_judged() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    server.gate(["install"]).ok();
    let daemon = Daemon::start(&sandbox);
    std::thread::scope(|scope| {
        for number in 0..12 {
            let (sandbox, daemon) = (&sandbox, &daemon);
            scope.spawn(move || {
                let bad = number % 2 == 1;
                let client = client(sandbox, daemon, &format!("client{number}"));
                client.commit_file(WORKFLOW, if bad { UNPINNED_WORKFLOW } else { CLEAN_WORKFLOW });
                let push = client.git(["push", "-q", "origin", &format!("main:refs/heads/b{number}")]);
                push.ends_with(i32::from(bad));
            });
        }
    });
    let branches = server.git(["for-each-ref", "--format=%(refname)"]).ok();
    assert_eq!(branches.stdout().iter().filter(|byte| **byte == b'\n').count(), 6, "{branches}");
}
