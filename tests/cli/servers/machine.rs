//! Resources of the machine for the servers: programs, free ports, accounts and processes.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::support::{Sandbox, not_tested, outer};

/// Maximum time for a server to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the paths of the programs of a server. If one is missing, reports the server as not tested, which
/// fails in CI, and returns `None`.
pub(super) fn programs<const N: usize>(server: &str, names: [&str; N]) -> Option<[PathBuf; N]> {
    let found = names.map(|name| (name, program(name)));
    let missing: Vec<&str> = found.iter().filter(|(_, path)| path.is_none()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Some(found.map(|(_, path)| path.unwrap()));
    }
    not_tested(server, &missing.join(", "));
    None
}

fn program(name: &str) -> Option<PathBuf> {
    let path = outer("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
}

/// Returns whether the tests run as root, and can therefore run programs as another user.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Numeric ids of a user and a group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Ids {
    /// Returns the ids of the user who runs the tests, or 65534 (`nobody`) in place of root.
    pub(crate) fn unprivileged() -> Self {
        let own =
            Self { user: rustix::process::geteuid().as_raw(), group: rustix::process::getegid().as_raw() };
        if is_root() { Self { user: 65534, group: 65534 } } else { own }
    }

    /// Changes the owner of a folder and everything in it to these ids if the tests run as root.
    pub(crate) fn own(self, sandbox: &Sandbox, folder: &Path) {
        if is_root() {
            sandbox.run("chown").arg("-R").arg(format!("{}:{}", self.user, self.group)).arg(folder).ok();
        }
    }

    /// Returns a command that runs as this user, with only PATH and the paths of git in its environment.
    pub(crate) fn command(self, sandbox: &Sandbox, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let kept = ["PATH", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR"];
        let environment = sandbox.server_environment();
        command.env_clear().envs(environment.into_iter().filter(|(name, _)| kept.contains(name)));
        command.uid(self.user).gid(self.group).current_dir(sandbox.path(""));
        command
    }

    /// Runs a command of this user and returns its standard output. Fails unless the command succeeds.
    #[track_caller]
    pub(super) fn run(self, command: &mut Command) -> String {
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command:?}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

/// Server program and its child processes: a process group that is killed at the end of the test.
pub(super) struct Process {
    child: Child,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap() }
    }

    /// Waits until `ready` returns true. Fails if the server ends before that, or after [`PATIENCE`].
    #[track_caller]
    pub(super) fn wait_until(&mut self, ready: impl Fn() -> bool) {
        let started = Instant::now();
        while !ready() {
            assert!(self.child.try_wait().unwrap().is_none(), "the server has ended");
            assert!(started.elapsed() < PATIENCE, "the server does not come up");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Returns a port of the loopback interface that was free at the time of the call.
pub(super) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Returns whether a server listens on a port of the loopback interface.
pub(super) fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Copies the binary under test and the scripts of `install/` into a folder where every user can run them;
/// returns the folder.
pub(super) fn share(sandbox: &Sandbox) -> PathBuf {
    let shared = sandbox.path("shared");
    sandbox.run("cp").arg("-R").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("install")).arg(&shared).ok();
    sandbox.copy_gate(shared.join("git-gate"));
    sandbox.run("chmod").args(["-R", "go+rX"]).args([sandbox.path(""), shared.clone()]).ok();
    shared
}
