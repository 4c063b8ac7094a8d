//! gitolite over ssh. If run as root, the test creates an account for it and deletes the account at the end.
//! Other users host it in their own account.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::machine::{Ids, Process, free_port, is_open, is_root, programs, share};
use super::recipe::Recipe;
use super::{Client, Host, UNSIGNED, holds};
use crate::support::{Repo, Sandbox, Transcript};

/// Account that hosts the repositories.
struct Account {
    name: String,
    ids: Ids,
}

impl Account {
    fn new(sandbox: &Sandbox, home: &Path) -> Self {
        let ask = |arguments: &[&str]| sandbox.run("id").args(arguments).ok().line();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let own = || format!("git-gate-{}-{number}", std::process::id());
        let name = if is_root() { own() } else { ask(&["-un"]) };
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

struct Gitolite<'h> {
    port: u16,
    _sshd: Process,
    hosting: &'h Hosting<'h>,
}

impl Host for Gitolite<'_> {
    fn url(&self, _user: &str) -> String {
        format!("{}@127.0.0.1:app", self.hosting.account.name)
    }

    fn environment(&self, user: &str) -> Vec<(&'static str, String)> {
        let ssh = format!(
            "ssh -F /dev/null -i {}/keys/{user} -p {} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
             -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR",
            self.hosting.sandbox.path("").display(),
            self.port
        );
        vec![("GIT_SSH_COMMAND", ssh)]
    }
}

impl<'h> Gitolite<'h> {
    fn start(hosting: &'h Hosting<'h>, sshd: &Path) -> Self {
        let Hosting { sandbox, account, home, .. } = hosting;
        let port = free_port();
        let path = sandbox.server_environment().into_iter().find(|(name, _)| *name == "PATH").unwrap().1;
        let configuration = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\nMaxStartups 200\n\
             AllowUsers {name}\nAuthorizedKeysFile {home}/.ssh/authorized_keys\n\
             SetEnv HOME={home} \"PATH={path}\"\n",
            key = sandbox.path("keys/host").display(),
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
        Self { port, _sshd: process, hosting }
    }

    /// Clones the repository with the configuration of gitolite.
    fn clone_admin(&self) -> Repo<'h> {
        let sandbox = self.hosting.sandbox;
        let (name, value) = self.environment("admin").remove(0);
        let url = format!("{}@127.0.0.1:gitolite-admin", self.hosting.account.name);
        sandbox.run("git").args(["clone", "-q", &url, "admin"]).env(name, &value).ok();
        Repo::at(sandbox, sandbox.path("admin"))
    }

    fn push_admin(&self, admin: &Repo<'h>) -> Transcript {
        let (name, value) = self.environment("admin").remove(0);
        admin.git(["push", "-q", "origin", "HEAD"]).env(name, &value).transcript()
    }
}

/// Adds users and a repository to the configuration of gitolite, and further lines to that.
fn configure(admin: &Repo<'_>, hosting: &Hosting<'_>, lines: &str) {
    for user in ["ana", "bob"] {
        let key = std::fs::read(hosting.sandbox.path("keys").join(user).with_extension("pub")).unwrap();
        admin.write(format!("keydir/{user}.pub"), key);
    }
    let access = std::fs::read_to_string(admin.file("conf/gitolite.conf")).unwrap();
    admin.write("conf/gitolite.conf", format!("{access}\nrepo app\n    RW+ = ana bob\n{lines}"));
}

/// gitolite in the home of an account, before its sshd is started.
struct Hosting<'s> {
    sandbox: &'s Sandbox,
    account: Account,
    home: PathBuf,
    shared: PathBuf,
    gitolite: PathBuf,
    recipe: Recipe<'s>,
}

impl<'s> Hosting<'s> {
    /// Creates keys and the account, and sets gitolite up. `policy` are keys of the policy beside `server`, and `rc`
    /// is put into the list of features.
    fn new(sandbox: &'s Sandbox, [keygen, gitolite]: [&Path; 2], policy: &str, rc: &str) -> Self {
        let shared = share(sandbox);
        let (keys, home) = (sandbox.path("keys"), sandbox.path("srv"));
        std::fs::create_dir(&keys).unwrap();
        for key in ["host", "admin", "ana", "bob"] {
            let run = sandbox.run(keygen).args(["-q", "-t", "ed25519", "-N", "", "-C", key, "-f"]);
            run.arg(keys.join(key)).ok();
        }
        let log = home.join("audit.jsonl");
        let keys_of_server =
            format!("type: gitolite, bypass: {{users: [ana]}}, audit-log: {}", log.display());
        let policy = sandbox.write("gate.yml", format!("server: {{{keys_of_server}}}\n{policy}"));
        // gitolite compiles its configuration from `master` alone.
        sandbox.write(
            "srv/.gitconfig",
            format!(
                "[init]\n\tdefaultBranch = master\n[receive]\n\tadvertisePushOptions = true\n\
                 [gate]\n\tpolicy = {}\n",
                policy.display()
            ),
        );
        std::fs::copy(keys.join("admin.pub"), home.join("admin.pub")).unwrap();
        let account = Account::new(sandbox, &home);
        account.ids.own(sandbox, &home);
        let recipe = Recipe::read(sandbox, "gitolite", ("/nowhere", home.clone()), Vec::new());
        let gitolite = gitolite.to_owned();
        let hosting = Self { sandbox, account, home, shared, gitolite, recipe };
        hosting.run("gitolite setup -pk admin.pub\nmkdir -p local/hooks/common local/hooks/repo-specific");
        let text = std::fs::read_to_string(hosting.home.join(".gitolite.rc")).unwrap();
        let local_code = "%RC = (\n    LOCAL_CODE => \"$ENV{HOME}/local\",\n";
        assert!(text.contains("%RC = (\n") && text.contains("ENABLE => [\n"));
        let text = text.replace("%RC = (\n", local_code);
        let text = text.replace("ENABLE => [\n", &format!("ENABLE => [\n{rc}"));
        std::fs::write(hosting.home.join(".gitolite.rc"), text).unwrap();
        hosting
    }

    /// Runs a script as the account, in its home; returns its standard output.
    #[track_caller]
    fn run(&self, script: &str) -> String {
        let mut command = self.account.ids.command(self.sandbox, "sh");
        let folder = self.gitolite.parent().unwrap().to_str().unwrap();
        command
            .args(["-euc", &format!("PATH=$PATH:{folder}\n{script}")])
            .env("HOME", &self.home)
            .env("GIT_GATE", self.shared.join("git-gate"))
            .current_dir(&self.home);
        self.account.ids.run(&mut command)
    }

    /// Runs the commands of the recipe under a comment.
    #[track_caller]
    fn run_recipe(&self, comment: &str) -> String {
        self.run(&self.recipe.script(comment, &self.shared).unwrap())
    }

    fn write_hook(&self, name: &str, text: &str) {
        let path = self.home.join("local/hooks").join(name);
        self.run(&format!("cat >'{0}' <<'END'\n{text}END\nchmod +x '{0}'", path.display()));
    }
}

const NAMES: [&str; 4] = ["sshd", "ssh", "ssh-keygen", "gitolite"];

#[test]
fn gitolite_over_ssh_passes_all_server_checks() {
    let Some([sshd, _, keygen, gitolite]) = programs("gitolite over ssh", NAMES) else { return };
    let sandbox = Sandbox::new();
    let hosting = Hosting::new(&sandbox, [&keygen, &gitolite], "", "");
    // A common hook that was there before.
    const COMMON: &str = "#!/bin/sh\ncat >>\"$HOME/seen\"\n";
    hosting.write_hook("common/pre-receive", COMMON);
    for _ in 0..2 {
        hosting.run_recipe("install");
    }
    let server = Gitolite::start(&hosting, &sshd);
    let admin = server.clone_admin();
    configure(&admin, &hosting, "");
    admin.commit_message("ci: a repository\n");
    let refused = server.push_admin(&admin);
    assert_eq!(refused.says("remote: error[missing-signoff]").status(), Some(1), "{refused}");
    admin.git(["reset", "-q", "--soft", "HEAD~1"]).ok();
    admin.commit("ci: a repository");
    assert_eq!(server.push_admin(&admin).status(), Some(0));
    hosting.run_recipe("prove");
    holds(&sandbox, &server, &hosting.home.join("audit.jsonl"));
    let seen = std::fs::read_to_string(hosting.home.join("seen")).unwrap();
    assert_eq!(seen.matches("refs/heads/n0\n").count(), 1, "{seen}");
    hosting.run_recipe("remove");
    let text = std::fs::read_to_string(hosting.home.join("local/hooks/common/pre-receive")).unwrap();
    assert_eq!(text, COMMON);
    hosting.run("rm local/hooks/common/pre-receive");
    hosting.run_recipe("remove");
    assert_eq!(hosting.run("find repositories -name 'pre-receive*' -type l"), "");
}

/// `option hook.pre-receive` of one repository replaces the common hook there.
#[test]
fn gitolite_runs_the_gate_beside_the_hook_of_one_repository() {
    let Some([sshd, _, keygen, gitolite]) = programs("gitolite over ssh", NAMES) else { return };
    let sandbox = Sandbox::new();
    let recipe = Recipe::read(&sandbox, "gitolite", ("/nowhere", sandbox.path("srv")), Vec::new());
    let feature = "'repo-specific-hooks',\n";
    let hosting = Hosting::new(&sandbox, [&keygen, &gitolite], recipe.block("yaml"), feature);
    hosting.write_hook("repo-specific/other", "#!/bin/sh\ncat >>\"$HOME/seen\"\n");
    hosting.run_recipe("install beside hooks of single repositories");
    let server = Gitolite::start(&hosting, &sshd);
    let admin = server.clone_admin();
    let own = "    option hook.pre-receive = other\n";
    configure(&admin, &hosting, &format!("{own}{}", recipe.block("text")));
    admin.commit("ci: a repository");
    assert_eq!(server.push_admin(&admin).status(), Some(0));
    // The policy of the recipe only warns there.
    admin.commit_message("ci: nothing\n");
    let warned = server.push_admin(&admin);
    assert_eq!(warned.says("missing-signoff").status(), Some(0), "{warned}");
    hosting.run_recipe("prove");
    let client = Client::new(&sandbox, &server);
    client.repo.commit("docs: a change");
    let accepted = client.push("bob", &["main:main"]);
    assert_eq!(accepted.status(), Some(0), "{accepted}");
    client.repo.commit_message(UNSIGNED);
    let refused = client.push("bob", &["main:main"]);
    assert_eq!(refused.says("remote: error[missing-signoff]").status(), Some(1), "{refused}");
    let granted = client.push("ana", &["-o", "git-gate.bypass=an outage", "main:main"]);
    assert_eq!(granted.says("bypassed by `ana`").status(), Some(0), "{granted}");
    let seen = std::fs::read_to_string(hosting.home.join("seen")).unwrap();
    assert!((2..=3).contains(&seen.matches("refs/heads/main\n").count()), "{seen}");
}
