//! Links among the hooks: a hook of ours is not run by a link that led nowhere.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{CLEAN_WORKFLOW, Sandbox, UNPINNED_WORKFLOW, WORKFLOW};

/// Name of a link, and its target.
type Link = (&'static str, &'static str);

/// Each leads to `pre-receive`, which is not there: the link, and further links.
const LINKS: [(Link, &[Link]); 9] = [
    (("update", "pre-receive"), &[]),
    (("update", "./pre-receive"), &[]),
    (("update", "../hooks/pre-receive"), &[]),
    (("update", "[HOOKS]/pre-receive"), &[]),
    (("post-receive", "one"), &[("one", "two"), ("two", "pre-receive")]),
    (("update", "folder/pre-receive"), &[("folder", ".")]),
    (("update", "[HOOKS]/folder/pre-receive"), &[("folder", "../hooks")]),
    (("update.d/first", "../pre-receive"), &[]),
    (("pre-push", "pre-receive"), &[]),
];

#[test]
fn link_that_leads_nowhere_stays_without_effect() {
    let sandbox = Sandbox::new();
    for ((link, target), others) in LINKS {
        let (server, client) = (sandbox.init_bare("server.git"), sandbox.init("client"));
        let hooks = server.file("hooks");
        fs::create_dir_all(hooks.join("update.d")).unwrap();
        for (name, target) in others.iter().chain([&(link, target)]) {
            symlink(target.replace("[HOOKS]", hooks.to_str().unwrap()), hooks.join(name)).unwrap();
        }
        let install = || server.gate(["install", "--mode", "shim"]);
        let refused = install().ends_with(2);
        refused.says("is a link to [ROOT]/server.git/hooks/pre-receive: a hook of git-gate there would run");
        assert!(!hooks.join("pre-receive").exists(), "{link}");
        client.commit_file(WORKFLOW, CLEAN_WORKFLOW);
        client.git(["push", "-q", "../server.git", "main"]).ok();

        let text = refused.to_string();
        let mut repair = text.split("`rm ").nth(1).unwrap().split('`').next().unwrap().to_owned();
        repair = repair.replace("[ROOT]", sandbox.path("").to_str().unwrap());
        while install().transcript().status() == Some(2) {
            sandbox.run("sh").args(["-c", &format!("rm {repair}")]).ok();
            let text = install().transcript().to_string();
            repair = text
                .split("`rm ")
                .nth(1)
                .map_or(String::new(), |rest| rest.split('`').next().unwrap().to_owned());
            repair = repair.replace("[ROOT]", sandbox.path("").to_str().unwrap());
        }
        server.gate(["status"]).ok();
        client.commit_file(WORKFLOW, UNPINNED_WORKFLOW);
        client.git(["push", "-q", "../server.git", "main"]).ends_with(1).says("error[unpinned-uses]");

        symlink("pre-receive", hooks.join("post-update")).unwrap();
        let status = server.gate(["status"]).ends_with(1);
        status.says("hooks/post-update is a link to [ROOT]/server.git/hooks/pre-receive, so git-gate runs");
        install().ends_with(2);
        fs::remove_file(hooks.join("post-update")).unwrap();
        server.gate(["status"]).ok();
        for name in ["server.git", "client"] {
            fs::remove_dir_all(sandbox.path(name)).unwrap();
        }
    }
}

/// A link to a folder, or to a hook that is not ours, is of no interest.
#[test]
fn other_links_are_left_alone() {
    let sandbox = Sandbox::new();
    let server = sandbox.init_bare("server.git");
    for (link, target) in [("update", "."), ("post-update", "update.sample"), ("post-receive", "gone")] {
        symlink(target, server.file("hooks").join(link)).unwrap();
    }
    server.gate(["install", "--mode", "shim"]).ok();
    server.gate(["status"]).ok();
    server.gate(["uninstall"]).ok();
}

/// Hooks of ours that were links to each other.
#[test]
fn hooks_that_were_links_to_each_other_run_once() {
    let sandbox = Sandbox::new();
    for (link, target) in
        [("commit-msg", "applypatch-msg"), ("applypatch-msg", "commit-msg"), ("pre-push", "commit-msg")]
    {
        let repo = sandbox.init("repo");
        let hooks = repo.file(".git/hooks");
        symlink(target, hooks.join(link)).unwrap();
        repo.gate(["install", "--mode", "shim"]).ok();
        repo.gate(["install", "--mode", "shim"]).ok().says("nothing to do");
        repo.gate(["status"]).ok();
        let commit = repo.git(["commit", "-q", "--allow-empty", "-m", "bad"]).ends_with(1);
        assert_eq!(commit.to_string().matches("error[missing-signoff]").count(), 1, "{commit}");
        repo.git(["commit", "-q", "--allow-empty", "-sm", "good"]).ok();
        repo.gate(["uninstall"]).ok();
        assert_eq!(hooks.join(link).read_link().unwrap().to_str(), Some(target));
        assert!(!hooks.join(target).exists(), "{link}");
        fs::remove_dir_all(repo.path()).unwrap();
    }
}
