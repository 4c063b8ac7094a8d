//! `git gate server`: many repositories in one command, of which none is left out without a word.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;

use crate::servers::{Ids, is_root};
use crate::support::{Repo, Run, Sandbox, Transcript, not_tested};

/// Creates ordinary and unusual bare repositories below one directory.
fn fleet(sandbox: &Sandbox) -> Vec<Repo<'_>> {
    let names = ["srv/a.git", "srv/a.git/nested.git", "srv/team/with space", "srv/-dash.git"];
    let repos: Vec<Repo<'_>> = names.iter().map(|name| sandbox.init_bare(name)).collect();
    repos[2].write_executable("hooks/pre-receive", "#!/bin/sh\n# foreign\n");
    repos
}

/// Runs a task in the directory `srv`.
fn server<const N: usize>(sandbox: &Sandbox, arguments: [&str; N]) -> Transcript {
    sandbox.gate(["server"]).args(arguments).arg("srv").transcript()
}

fn last_line(transcript: &Transcript) -> String {
    String::from_utf8_lossy(transcript.stdout()).lines().last().unwrap_or_default().to_owned()
}

#[track_caller]
fn counts(transcript: &Transcript, status: i32, count: &str) {
    assert_eq!(last_line(transcript), count, "{transcript}");
    assert_eq!(transcript.status(), Some(status), "{transcript}");
}

#[test]
fn whole_life_of_a_fleet() {
    let sandbox = Sandbox::new();
    let repos = fleet(&sandbox);
    let install = ["install", "--mode", "shim"];
    counts(&server(&sandbox, ["status"]), 1, "4 repositories: 0 guarded, 4 failed");
    counts(&server(&sandbox, install), 0, "4 repositories: 0 unchanged, 4 installed");
    let again = server(&sandbox, install);
    assert_eq!(again.to_string(), "4 repositories: 4 unchanged\n--- stderr ---\n[exit status: 0]");
    let status = server(&sandbox, ["status"]);
    counts(&status, 0, "4 repositories: 4 guarded");
    // What is to be said of each is said once.
    status.says("\nnote on 4 repositories: pushes that rewrite or delete a branch").never_says("    note: ");

    fs::remove_file(repos[0].hook("pre-receive")).unwrap();
    sandbox.init_bare("srv/new.git");
    let status = server(&sandbox, ["status"]);
    counts(&status, 1, "5 repositories: 3 guarded, 2 failed");
    status.says("[ROOT]/srv/new.git: failed").says("pre-receive is not installed");
    let install = server(&sandbox, install);
    counts(&install, 0, "5 repositories: 3 unchanged, 2 installed");
    install.says("[ROOT]/srv/a.git: installed").says("[ROOT]/srv/new.git: installed");

    counts(&server(&sandbox, ["uninstall"]), 0, "5 repositories: 5 uninstalled");
    counts(&server(&sandbox, ["uninstall"]), 0, "5 repositories: 0 uninstalled, 5 without the hook");
    assert_eq!(fs::read_to_string(repos[2].hook("pre-receive")).unwrap(), "#!/bin/sh\n# foreign\n");
}

/// Place that is not guarded, or not known to be: its description, how it comes about, and what is said.
type Fault = (&'static str, fn(&Sandbox), &'static [&'static str]);

const FAULTS: [Fault; 13] = [
    (
        "a directory is empty",
        |sandbox| {
            fs::remove_dir_all(sandbox.path("srv")).unwrap();
            fs::create_dir(sandbox.path("srv")).unwrap();
        },
        &["[ROOT]/srv: not searched", "there is no repository in it", "0 repositories: 0 "],
    ),
    (
        "a directory is missing",
        |sandbox| fs::remove_dir_all(sandbox.path("srv")).unwrap(),
        &["srv: not searched", "No such file or directory", "0 repositories: 0 "],
    ),
    (
        "a directory is a file",
        |sandbox| {
            fs::remove_dir_all(sandbox.path("srv")).unwrap();
            sandbox.write("srv", "");
        },
        &["[ROOT]/srv: not searched", "0 repositories: 0 "],
    ),
    (
        "the config is broken",
        |sandbox| drop(sandbox.write("srv/a.git/config", "[core\n")),
        &["[ROOT]/srv/a.git: failed", "the git config is not valid", "4 repositories: ", ", 1 failed"],
    ),
    (
        "HEAD is broken",
        |sandbox| drop(sandbox.write("srv/a.git/HEAD", "")),
        &["[ROOT]/srv/a.git: failed", "not inside a git repository", ", 1 failed"],
    ),
    (
        "HEAD is missing",
        |sandbox| fs::remove_file(sandbox.path("srv/a.git/HEAD")).unwrap(),
        &["[ROOT]/srv/a.git: failed", "it has parts of a repository, but no `HEAD`", ", 1 failed"],
    ),
    (
        "a link leads out",
        |sandbox| {
            sandbox.init_bare("elsewhere/x.git");
            symlink(sandbox.path("elsewhere"), sandbox.path("srv/link")).unwrap();
        },
        &[
            "[ROOT]/srv/link: not searched",
            "it leads to [ROOT]/elsewhere, which is not searched",
            "1 place not searched",
        ],
    ),
    (
        "a file of git leads out",
        |sandbox| {
            sandbox.init_bare("elsewhere/x.git");
            drop(sandbox.write("srv/x.git", "gitdir: ../elsewhere/x.git\n"));
        },
        &["[ROOT]/srv/x.git: not searched", "it leads to [ROOT]/elsewhere/x.git", "1 place not searched"],
    ),
    (
        "a git directory shares another repository",
        |sandbox| {
            drop(sandbox.write("srv/s.git/HEAD", "ref: refs/heads/main\n"));
            drop(sandbox.write("srv/s.git/commondir", "../a.git\n"));
        },
        &["[ROOT]/srv/s.git: failed", "from another repository (`commondir`)", ", 1 failed"],
    ),
    (
        "a link leads nowhere",
        |sandbox| symlink("/no/such/disk", sandbox.path("srv/link.git")).unwrap(),
        &["[ROOT]/srv/link.git: not searched", "No such file or directory", "1 place not searched"],
    ),
    (
        "a repository with a work tree takes pushes",
        |sandbox| {
            let clone = sandbox.init("srv/clone");
            clone.git(["config", "receive.denyCurrentBranch", "updateInstead"]).ok();
        },
        &["[ROOT]/srv/clone/.git: failed", "pushes into it are not judged", ", 1 failed"],
    ),
    (
        "a bare repository says that it has a work tree",
        |sandbox| drop(sandbox.run("git").args(["-C", "srv/a.git", "config", "core.bare", "false"]).ok()),
        &["[ROOT]/srv/a.git: failed", "is not a bare repository", ", 1 failed"],
    ),
    (
        "git runs no hooks",
        |sandbox| {
            sandbox.run("git").args(["-C", "srv/a.git", "config", "core.hooksPath", "/dev/null"]).ok();
        },
        &["[ROOT]/srv/a.git: failed", "git runs no hooks here", ", 1 failed"],
    ),
];

#[test]
fn nothing_is_left_out_without_a_word() {
    for (what, fault, said) in FAULTS {
        let sandbox = Sandbox::new();
        fleet(&sandbox);
        // Found instead of a broken repository, it must not be touched.
        sandbox.init(".");
        counts(
            &server(&sandbox, ["install", "--mode", "shim"]),
            0,
            "4 repositories: 0 unchanged, 4 installed",
        );
        fault(&sandbox);
        for task in [&["install", "--mode", "shim", "-q"][..], &["status"]] {
            let run = sandbox.gate(["server"]).args(task).arg("srv").transcript();
            assert_eq!(run.status(), Some(1), "{what}: {run}");
            said.iter().for_each(|said| assert!(run.contains(said), "{what}: `{said}` is not in\n{run}"));
        }
        assert!(!sandbox.path(".git/hooks/commit-msg").exists(), "{what}");
    }
}

#[test]
fn places_are_left_out_on_request_only() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    sandbox.init("srv/clone");
    symlink("/no/such/disk", sandbox.path("srv/gone")).unwrap();
    let options = ["install", "--exclude", "srv/clone", "--exclude", "srv/gone"];
    counts(&server(&sandbox, options), 0, "4 repositories: 0 unchanged, 4 installed; 2 directories left out");
    counts(&server(&sandbox, ["install"]), 1, "5 repositories: 4 unchanged, 1 failed; 1 place not searched");
    // A link into a directory that is searched, or a worktree of a repository that is, adds nothing.
    symlink("a.git", sandbox.path("srv/alias.git")).unwrap();
    let worktree = "commit=$(git -C srv/a.git commit-tree -m x $(git -C srv/a.git mktree </dev/null)) &&
                    git -C srv/a.git worktree add -q --detach ../worktree $commit";
    sandbox.run("sh").args(["-c", worktree]).ok();
    counts(&server(&sandbox, options), 0, "4 repositories: 4 unchanged; 2 directories left out");
}

#[test]
fn mistyped_option_is_an_error() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    for arguments in
        [&["stats", "srv"][..], &["status", "--al", "srv"], &["status"], &["install", "--mode", "x", "srv"]]
    {
        assert_eq!(sandbox.gate(["server"]).args(arguments).transcript().status(), Some(2), "{arguments:?}");
        assert_eq!(
            script(&sandbox).args(arguments).arg("--x").transcript().status(),
            Some(2),
            "{arguments:?}"
        );
    }
    assert_eq!(script(&sandbox).args(["--stauts", "srv"]).transcript().status(), Some(2));
}

#[test]
fn repositories_of_another_user_fail() {
    if !is_root() {
        return not_tested("repositories of another user", "root");
    }
    let sandbox = Sandbox::new();
    let repos = fleet(&sandbox);
    counts(&server(&sandbox, ["install", "--mode", "shim"]), 0, "4 repositories: 0 unchanged, 4 installed");
    Ids::unprivileged().own(&sandbox, repos[0].path());
    for task in [&["install", "--mode", "shim"][..], &["status"]] {
        let run = sandbox.gate(["server"]).args(task).arg("srv").ends_with(1);
        run.says("[ROOT]/srv/a.git: failed").says("the repository belongs to another user");
        run.says("run this as that user");
    }
}

#[test]
fn unreadable_directory_fails() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    fs::set_permissions(sandbox.path(""), Permissions::from_mode(0o755)).unwrap();
    sandbox.copy_gate(sandbox.path("gate"));
    let ids = Ids::unprivileged();
    ids.own(&sandbox, &sandbox.path("srv"));
    fs::set_permissions(sandbox.path("srv/team"), Permissions::from_mode(0o000)).unwrap();
    for task in ["install", "status"] {
        let mut command = ids.command(&sandbox, sandbox.path("gate"));
        let run = command.args(["server", task, "srv"]).output().unwrap();
        let said = String::from_utf8(run.stdout).unwrap();
        assert!(said.contains("/srv/team: not searched\n    it cannot be read: Permission denied"), "{said}");
        assert_eq!(run.status.code(), Some(1), "{said}");
    }
    fs::set_permissions(sandbox.path("srv/team"), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn reports_are_for_programs_too() {
    let sandbox = Sandbox::new();
    let repos = fleet(&sandbox);
    counts(&server(&sandbox, ["install"]), 0, "4 repositories: 0 unchanged, 4 installed");
    repos[3].gate(["uninstall"]).ok();
    symlink("/no/such/disk", sandbox.path("srv/gone")).unwrap();
    let run = server(&sandbox, ["status", "--format", "json", "--output", "prometheus=metrics.prom"]);
    assert_eq!(run.status(), Some(1), "{run}");
    let report: Value = serde_json::from_slice(run.stdout()).unwrap();
    assert_eq!((&report["version"], &report["fine"]), (&1.into(), &false.into()));
    assert_eq!((&report["counts"]["guarded"], &report["counts"]["failed"]), (&3.into(), &1.into()));
    let dash = &report["repositories"][0];
    assert_eq!((&dash["path"], &dash["state"]), (&repos[3].path().to_str().into(), &"failed".into()));
    assert_eq!(dash["problems"][0]["repairs"][0], "install it: `git gate install`");
    assert!(report["unsearched"][0]["path"].as_str().unwrap().ends_with("/srv/gone"));
    let metrics = fs::read_to_string(sandbox.path("metrics.prom")).unwrap();
    let root = sandbox.path("").display().to_string();
    let expected = [
        "git_gate_repositories{state=\"guarded\"} 3",
        "git_gate_repositories{state=\"failed\"} 1",
        "git_gate_unsearched_places 1",
        &format!("git_gate_repository_guarded{{repository=\"{root}srv/-dash.git\"}} 0"),
        &format!("git_gate_repository_guarded{{repository=\"{root}srv/a.git\"}} 1"),
        "git_gate_run_success 0",
    ];
    expected.iter().for_each(|line| assert!(metrics.lines().any(|one| one == *line), "{line}\n{metrics}"));
}

#[test]
fn quiet_run_says_only_what_is_new() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    server(&sandbox, ["install", "-q"]).says("[ROOT]/srv/a.git: installed").says("4 installed");
    for task in ["install", "status"] {
        assert_eq!(server(&sandbox, [task, "-q"]).to_string(), "--- stderr ---\n[exit status: 0]", "{task}");
    }
}

#[test]
fn installation_looks_again_at_what_was_changed() {
    let sandbox = Sandbox::new();
    let repos = fleet(&sandbox);
    let install = ["install", "--mode", "shim"];
    server(&sandbox, install);
    repos[0].git(["config", "core.hooksPath", "/dev/null"]).ok();
    counts(&server(&sandbox, install), 1, "4 repositories: 3 unchanged, 1 failed");
    repos[0].git(["config", "--unset", "core.hooksPath"]).ok();
    repos[1].git(["config", "include.path", "more"]).ok();
    counts(&server(&sandbox, install), 0, "4 repositories: 4 unchanged");
    sandbox.run("git").args(["config", "--global", "core.hooksPath", "/dev/null"]).ok();
    counts(&server(&sandbox, install), 1, "4 repositories: 0 unchanged, 4 failed");
    fs::remove_file(sandbox.path("home/.gitconfig")).unwrap();
    sandbox.copy_gate(sandbox.path("other"));
    let other = sandbox
        .run(sandbox.path("other"))
        .env("PATH", "/usr/bin:/bin")
        .args(["server", "install", "srv"])
        .ok();
    counts(&other, 0, "4 repositories: 0 unchanged, 4 installed");
}

#[test]
fn second_installation_does_not_pass_over_what_only_git_can_judge() {
    for mode in [&[][..], &["--mode", "shim"]] {
        let sandbox = Sandbox::new();
        let repos = fleet(&sandbox);
        let install = || sandbox.gate(["server", "install"]).args(mode).arg("srv").transcript();
        install();
        counts(&install(), 0, "4 repositories: 4 unchanged");
        sandbox.init_bare("elsewhere.git");
        repos[0].write("commondir", sandbox.path("elsewhere.git").display().to_string());
        counts(&install(), 1, "4 repositories: 3 unchanged, 1 failed");
        fs::remove_file(repos[0].path().join("commondir")).unwrap();
        repos[1].git(["config", "core.repositoryformatversion", "1"]).ok();
        repos[1].git(["config", "extensions.unknown", "x"]).ok();
        counts(&install(), 1, "4 repositories: 3 unchanged, 1 failed");
    }
}

#[test]
fn every_path_is_told_from_every_other_one() {
    let sandbox = Sandbox::new();
    let names: [&[u8]; 6] =
        [b"i\xffv.git", br"i\xffv.git", br"i\\xffv.git", b"x\ny.git", br"x\x0ay.git", br"x\ny.git"];
    fs::create_dir(sandbox.path("srv")).unwrap();
    for name in names {
        let path = sandbox.path("srv").join(OsStr::from_bytes(name));
        sandbox.run("git").args(["init", "-q", "--bare"]).arg(path).ok();
    }
    let output = ["--output", "prometheus=metrics.prom"];
    let run = sandbox.gate(["server", "status", "--format", "json"]).args(output).arg("srv").transcript();
    let report: Value = serde_json::from_slice(run.stdout()).unwrap();
    let paths = report["repositories"].as_array().unwrap().iter().map(|one| one["path"].to_string());
    assert_eq!(paths.collect::<BTreeSet<_>>().len(), names.len(), "{run}");
    let metrics = fs::read_to_string(sandbox.path("metrics.prom")).unwrap();
    let series = metrics.lines().filter(|line| line.starts_with("git_gate_repository_guarded{"));
    assert_eq!(series.collect::<BTreeSet<_>>().len(), names.len(), "{metrics}");
}

#[test]
fn crontab_lines_run_with_the_path_of_cron() {
    let readme = include_str!("../../install/README.md");
    let blocks = readme.split("```crontab\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let lines: Vec<&str> = blocks.flat_map(|(block, _)| block.lines()).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    for line in lines {
        let command = line.split_ascii_whitespace().skip(5).collect::<Vec<_>>().join(" ");
        let placed = [
            ("/usr/local/bin/git-gate ", format!("{} ", sandbox.path("bin/git-gate").display())),
            ("/srv/git", sandbox.path("srv").display().to_string()),
            ("/var/lib/node_exporter", sandbox.path("").display().to_string()),
            ("/var/log/git-gate.jsonl", "/dev/null".to_owned()),
        ];
        let command = placed.iter().fold(command, |command, (from, to)| command.replace(from, to));
        sandbox.run("sh").env("PATH", "/usr/bin:/bin").args(["-c", &command]).ok();
    }
    assert!(sandbox.path("git-gate.prom").exists() && sandbox.path("git-gate-audit.prom").exists());
}

fn script(sandbox: &Sandbox) -> Run {
    sandbox.run("sh").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("install/server.sh"))
}

#[test]
fn script_does_the_same() {
    let sandbox = Sandbox::new();
    let repos = fleet(&sandbox);
    script(&sandbox).args(["--shim", "srv"]).ok().says("[ROOT]/srv/a.git: installed");
    script(&sandbox).args(["--status", "srv"]).ok().says("4 repositories: 4 guarded");
    script(&sandbox).args(["--uninstall", "srv"]).ok().says("[ROOT]/srv/a.git: uninstalled");
    assert!(!repos[0].hook("pre-receive").exists());
    script(&sandbox).arg("srv").env("GIT_GATE", sandbox.path("bin/git-gate")).ok().says("4 installed");
    script(&sandbox).ends_with(2).says("<DIR>");
    script(&sandbox).arg("--help").ok().says("<DIR>").says("--exclude");
}
