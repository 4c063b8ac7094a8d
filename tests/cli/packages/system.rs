//! The `.deb` and the `.rpm`.

use std::fs;
use std::path::Path;

use super::{has, package, without_ours};
use crate::support::{Run, Sandbox, not_tested, tested_on_demand};

/// Builds a run of dpkg on a root of its own.
fn dpkg(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let root = format!("--root={}", sandbox.path("root").display());
    sandbox
        .run("dpkg")
        .args([&root, "--force-not-root", "--force-depends", "--force-bad-path", "--log=/dev/null"])
        .args(arguments)
}

#[test]
fn deb_keeps_an_edited_policy_until_it_is_purged() {
    let Some(deb) = package("the .deb", ".deb") else { return };
    let sandbox = without_ours();
    if !has(&sandbox, "dpkg") {
        return not_tested("the .deb", "dpkg");
    }
    if sandbox.run("id").arg("-u").ok().line() != "0" {
        return tested_on_demand("the .deb", "the right to give files to root");
    }
    for file in ["status", "available", "triggers/File"] {
        sandbox.write(Path::new("root/var/lib/dpkg").join(file), "");
    }
    for folder in ["info", "updates"] {
        fs::create_dir(sandbox.path("root/var/lib/dpkg").join(folder)).unwrap();
    }
    let deb = deb.to_str().unwrap();
    let policy = sandbox.path("root/etc/git-gate.yml");
    dpkg(&sandbox, &["--install", deb]).ok();
    let gate = sandbox.path("root/usr/bin/git-gate");
    sandbox.init_bare("srv/x.git");
    let server = sandbox.path("root/usr/share/git-gate/install/server.sh");
    sandbox.run(server).env("GIT_GATE", &gate).arg(sandbox.path("srv")).ok().says("1 installed");
    for file in ["man/man1/git-gate.1.gz", "doc/git-gate/copyright", "bash-completion/completions/git-gate"] {
        assert!(sandbox.path("root/usr/share").join(file).exists(), "{file}");
    }
    fs::write(&policy, "profile: hardened\n").unwrap();
    dpkg(&sandbox, &["--install", deb]).ok();
    assert_eq!(fs::read_to_string(&policy).unwrap(), "profile: hardened\n");
    dpkg(&sandbox, &["--remove", "git-gate"]).ok();
    assert!(policy.exists() && !gate.exists());
    dpkg(&sandbox, &["--purge", "git-gate"]).ok();
    assert!(!policy.exists() && !sandbox.path("root/usr/share/git-gate").exists());
}

#[test]
fn rpm_has_the_same_files() {
    let Some(rpm) = package("the .rpm", ".rpm") else { return };
    let sandbox = Sandbox::new();
    if !has(&sandbox, "rpm") {
        return tested_on_demand("the .rpm", "rpm");
    }
    let ask = |options: &[&str]| sandbox.run("rpm").args(["-qp"]).args(options).arg(&rpm).ok();
    ask(&["--configfiles"]).says("/etc/git-gate.yml");
    ask(&["--list"]).says("/usr/bin/git-gate").says("/usr/share/man/man1/git-gate.1.gz");
    ask(&["--recommends"]).says("git");
}
