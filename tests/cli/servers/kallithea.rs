//! Kallithea, a forge, over http. `GIT_GATE_KALLITHEA` is the folder of its programs, as `.ci/kallithea` prints it.

use std::path::PathBuf;

use super::machine::{Process, free_port, is_open};
use super::recipe::Recipe;
use super::{Client, Host, SIGNED, UNSIGNED, bypasses_for_the_listed, refuses_what_it_must};
use crate::support::{CLEAN_WORKFLOW, Sandbox, WORKFLOW, outer, tested_on_demand};

struct Kallithea {
    port: u16,
    _process: Process,
}

impl Host for Kallithea {
    /// Returns the URL for the only account, as there is no command that creates another one.
    fn url(&self, _user: &str) -> String {
        format!("http://ana:a-password@127.0.0.1:{}/app", self.port)
    }

    fn knows_pushers(&self) -> bool {
        false
    }
}

#[test]
fn kallithea_passes_all_server_checks() {
    let Some(programs) = outer("GIT_GATE_KALLITHEA").map(PathBuf::from) else {
        return tested_on_demand("Kallithea", "GIT_GATE_KALLITHEA, the folder of its programs");
    };
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("srv/repos/app");
    server.git(["config", "receive.advertisePushOptions", "true"]).ok();
    let log = sandbox.path("audit.jsonl");
    server.write("git-gate.yml", format!("server: {{audit-log: {}}}\n", log.display()));
    let repos = sandbox.path("srv/repos");
    let cli = |arguments: &[&str]| {
        let run = sandbox.run(programs.join("kallithea-cli")).args(arguments);
        run.dir(sandbox.path("srv")).ok()
    };
    let port = free_port();
    cli(&["config-create", "site.ini", "host=127.0.0.1", &format!("port={port}")]);
    let account = ["--user=ana", "--password=a-password", "--email=ana@example.org", "--no-public-access"];
    let place = format!("--repos={}", repos.display());
    cli(&[&["db-create", "--config_file=site.ini", "--force-yes", &place], &account[..]].concat());
    let scan = |option: &[&str]| cli(&[&["repo-scan", "--config_file=site.ini"], option].concat());
    scan(&[]);
    let recipe = Recipe::read(&sandbox, "Kallithea", ("/srv/kallithea/repos", repos), Vec::new());
    recipe.run("install");
    recipe.run("prove");

    let mut command = sandbox.command(programs.join("gearbox"));
    let mut process =
        Process::start(command.args(["serve", "-c", "site.ini"]).current_dir(sandbox.path("srv")));
    process.wait_until(|| is_open(port));
    let host = Kallithea { port, _process: process };
    let client = Client::new(&sandbox, &host);
    client.repo.commit_file(WORKFLOW, CLEAN_WORKFLOW);
    let accepted = client.push("ana", &["main:main"]);
    assert_eq!(accepted.status(), Some(0), "{accepted}");
    let bad_tree = refuses_what_it_must(&client);
    bypasses_for_the_listed(&client, &bad_tree, &log);

    let pushed = |message: &str, branch: &str| {
        let oid = client.commit_on_main("main^{tree}", message);
        client.push("ana", &[&format!("{oid}:refs/heads/{branch}")])
    };
    for option in ["--install-git-hooks", "--overwrite-git-hooks"] {
        scan(&[option]);
        let refused = pushed(UNSIGNED, "bad");
        assert_eq!(refused.says("remote: error[missing-signoff]").status(), Some(1), "{refused}");
        let accepted = pushed(SIGNED, &option[2..]);
        assert_eq!(accepted.status(), Some(0), "{accepted}");
        recipe.run("prove");
    }
    recipe.run("remove");
    assert!(!server.hook("pre-receive").exists() && server.hook("post-receive").exists());
    let accepted = pushed(UNSIGNED, "bad");
    assert_eq!(accepted.status(), Some(0), "{accepted}");
}
