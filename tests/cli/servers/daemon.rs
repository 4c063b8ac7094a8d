//! The git:// protocol, which does not identify pushers.

use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::{Host, holds};
use crate::support::Sandbox;

/// `git daemon` for the bare repositories of a sandbox, started for each connection as inetd does. If it
/// listens itself, its queue holds no more than five connections.
struct Daemon {
    port: u16,
    ends: Arc<AtomicBool>,
    accepts: Option<JoinHandle<()>>,
}

impl Daemon {
    fn start(sandbox: &Sandbox) -> Self {
        let programs = sandbox.run("git").arg("--exec-path").ok().line();
        let root = format!("--base-path={}", sandbox.path("").display());
        let daemon = {
            let environment = sandbox.server_environment();
            move |connection: TcpStream| {
                let answers = OwnedFd::from(connection.try_clone().unwrap());
                Command::new(format!("{programs}/git-daemon"))
                    .env_clear()
                    .envs(environment.clone())
                    .args(["--inetd", "--export-all", "--enable=receive-pack", &root])
                    .stdin(OwnedFd::from(connection))
                    .stdout(answers)
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            }
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ends = Arc::new(AtomicBool::new(false));
        let accepts = std::thread::spawn({
            let ends = Arc::clone(&ends);
            move || {
                let connections = listener.incoming().take_while(|_| !ends.load(Ordering::Relaxed));
                let daemons: Vec<_> = connections.map(|connection| daemon(connection.unwrap())).collect();
                daemons.into_iter().for_each(|mut daemon| drop(daemon.wait()));
            }
        });
        Self { port, ends, accepts: Some(accepts) }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.accepts.take().map(JoinHandle::join);
    }
}

impl Host for Daemon {
    fn url(&self, _user: &str) -> String {
        format!("git://127.0.0.1:{}/app.git", self.port)
    }

    fn knows_pushers(&self) -> bool {
        false
    }
}

#[test]
fn git_daemon_passes_all_server_checks() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("app.git");
    server.git(["config", "receive.advertisePushOptions", "true"]).ok();
    let log = sandbox.path("audit.jsonl");
    server.write("git-gate.yml", format!("server: {{audit-log: {}}}\n", log.display()));
    server.gate(["install"]).ok();
    server.gate(["status"]).ok();
    holds(&sandbox, &Daemon::start(&sandbox), &log);
}
