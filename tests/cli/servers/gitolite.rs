//! gitolite over ssh. If run as root, the test creates an account for it and deletes the account at the end.
//! Other users host it in their own account.

use std::path::PathBuf;
use std::process::Command;

use super::machine::{Ids, Process, free_port, is_open, is_root, programs, share};
use super::{Host, holds};
use crate::support::Sandbox;

/// Account that hosts the repositories.
struct Account {
    name: String,
    ids: Ids,
}

impl Account {
    fn new(sandbox: &Sandbox, home: &std::path::Path) -> Self {
        let ask = |arguments: &[&str]| sandbox.run("id").args(arguments).ok().line();
        let name = if is_root() { format!("git-gate-{}", std::process::id()) } else { ask(&["-un"]) };
        if is_root() {
            // By default, `useradd` creates a locked account, which may not log in even with a key.
            let add = sandbox.run("useradd").args(["--system", "--no-create-home", "--shell", "/bin/sh"]);
            add.args(["--password", "*", "--home-dir"]).arg(home).arg(&name).ok();
        }
        let number = |option| ask(&[option, &name]).parse().unwrap();
        let ids = Ids { user: number("-u"), group: number("-g") };
        Self { name, ids }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if is_root() {
            let _ = Command::new("userdel").args(["--force", &self.name]).output();
        }
    }
}

struct Gitolite {
    port: u16,
    keys: PathBuf,
    _sshd: Process,
    account: Account,
}

impl Host for Gitolite {
    fn url(&self, _user: &str) -> String {
        format!("{}@127.0.0.1:app", self.account.name)
    }

    fn environment(&self, user: &str) -> Vec<(&'static str, String)> {
        let ssh = format!(
            "ssh -F /dev/null -i {}/{user} -p {} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
             -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR",
            self.keys.display(),
            self.port
        );
        vec![("GIT_SSH_COMMAND", ssh)]
    }
}

impl Gitolite {
    fn start(sandbox: &Sandbox, sshd: &std::path::Path, home: &std::path::Path, account: Account) -> Self {
        let (port, keys) = (free_port(), sandbox.path("keys"));
        let path = sandbox.server_environment().into_iter().find(|(name, _)| *name == "PATH").unwrap().1;
        let configuration = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {keys}/host\nPidFile none\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\nMaxStartups 200\n\
             AllowUsers {name}\nAuthorizedKeysFile {home}/.ssh/authorized_keys\n\
             SetEnv HOME={home} \"PATH={path}\"\n",
            keys = keys.display(),
            name = account.name,
            home = home.display(),
            path = path.to_str().unwrap(),
        );
        let file = sandbox.write("sshd_config", configuration);
        if is_root() {
            // sshd needs its privilege separation directory, which is deleted at every boot.
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        let mut process = Process::start(sandbox.command(sshd).arg("-D").arg("-f").arg(file));
        process.wait_until(|| is_open(port));
        Self { port, keys, _sshd: process, account }
    }

    /// Adds users and the repository by a push to the repository with the configuration of gitolite.
    fn add_repository(&self, sandbox: &Sandbox) {
        let (name, value) = self.environment("admin").remove(0);
        let url = format!("{}@127.0.0.1:gitolite-admin", self.account.name);
        sandbox.run("git").args(["clone", "-q", &url, "admin"]).env(name, &value).ok();
        let admin = crate::support::Repo::at(sandbox, sandbox.path("admin"));
        for user in ["ana", "bob"] {
            let key = std::fs::read(self.keys.join(user).with_extension("pub")).unwrap();
            admin.write(format!("keydir/{user}.pub"), key);
        }
        let access = std::fs::read_to_string(admin.file("conf/gitolite.conf")).unwrap();
        admin.write("conf/gitolite.conf", access + "\nrepo app\n    RW+ = ana bob\n");
        let push = || admin.git(["push", "-q", "origin", "HEAD"]).env(name, &value);
        admin.commit_message("ci: a repository\n");
        push().ends_with(1).says("remote: error[missing-signoff]");
        admin.git(["reset", "-q", "--soft", "HEAD~1"]).ok();
        admin.commit("ci: a repository");
        push().ok();
    }
}

#[test]
fn gitolite_over_ssh_passes_all_server_checks() {
    let names = ["sshd", "ssh", "ssh-keygen", "gitolite"];
    let Some([sshd, _, keygen, gitolite]) = programs("gitolite over ssh", names) else { return };
    let sandbox = Sandbox::new();
    let shared = share(&sandbox);
    let (keys, home) = (sandbox.path("keys"), sandbox.path("srv"));
    std::fs::create_dir(&keys).unwrap();
    for key in ["host", "admin", "ana", "bob"] {
        sandbox
            .run(&keygen)
            .args(["-q", "-t", "ed25519", "-N", "", "-C", key, "-f"])
            .arg(keys.join(key))
            .ok();
    }
    let log = home.join("audit.jsonl");
    let keys_of_policy = format!("type: gitolite, bypass: {{users: [ana]}}, audit-log: {}", log.display());
    let policy = sandbox.write("gate.yml", format!("server: {{{keys_of_policy}}}\n"));
    // gitolite compiles its configuration from `master` alone.
    sandbox.write(
        "srv/.gitconfig",
        format!(
            "[init]\n\tdefaultBranch = master\n[receive]\n\tadvertisePushOptions = true\n[gate]\n\tpolicy = {}\n",
            policy.display()
        ),
    );
    std::fs::copy(keys.join("admin.pub"), home.join("admin.pub")).unwrap();
    let account = Account::new(&sandbox, &home);
    account.ids.own(&sandbox, &home);
    let host = |program: &std::path::Path, arguments: &[&str]| {
        let mut command = account.ids.command(&sandbox, program);
        command
            .args(arguments)
            .env("HOME", &home)
            .env("GIT_GATE", shared.join("git-gate"))
            .current_dir(&home);
        account.ids.run(&mut command)
    };
    host(&gitolite, &["setup", "-pk", "admin.pub"]);
    let rc = std::fs::read_to_string(home.join(".gitolite.rc")).unwrap();
    let local_code = "%RC = (\n    LOCAL_CODE => \"$ENV{HOME}/local\",\n";
    assert!(rc.contains("%RC = (\n"));
    std::fs::write(home.join(".gitolite.rc"), rc.replace("%RC = (\n", local_code)).unwrap();
    host("mkdir".as_ref(), &["-p", "local/hooks/common"]);
    let common = shared.join("common.sh");
    host("sh".as_ref(), &[common.to_str().unwrap(), "local/hooks/common/pre-receive"]);
    host(&gitolite, &["setup", "--hooks-only"]);

    let server = Gitolite::start(&sandbox, &sshd, &home, account);
    server.add_repository(&sandbox);
    holds(&sandbox, &server, &log);
}
