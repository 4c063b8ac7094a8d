//! Repositories that a scan finds, and those that it cannot judge.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::{fleet, scan};
use crate::servers::{Ids, is_root};
use crate::support::{Sandbox, Transcript, not_tested};

/// Returns the verdict on each repository, by its path in the sandbox.
fn verdicts(sandbox: &Sandbox, run: &Transcript) -> BTreeMap<String, String> {
    let root = sandbox.path("").display().to_string();
    let lines = std::str::from_utf8(run.stdout()).unwrap().lines();
    let ends = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ends = ends.filter(|line| line["kind"] == "repository-verdict");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    ends.map(|end| (text(&end["repository"]).replace(&root, ""), text(&end["verdict"]))).collect()
}

#[track_caller]
fn has(sandbox: &Sandbox, run: &Transcript, expected: &[(&str, &str)]) {
    let expected: BTreeMap<String, String> =
        expected.iter().map(|(path, verdict)| ((*path).to_owned(), (*verdict).to_owned())).collect();
    assert_eq!(verdicts(sandbox, run), expected, "{run}");
}

#[test]
fn every_repository_below_a_directory_is_judged_once() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let clone = sandbox.init("srv/clone");
    clone.git(["worktree", "add", "-q", "--detach", "../linked"]).ok();
    clone.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../clean", "sub"]).ok();
    symlink("/no/such/place", clone.file("nowhere")).unwrap();
    symlink(sandbox.path("bin"), clone.file("out")).unwrap();
    symlink("..", clone.file("loop")).unwrap();
    symlink("team", sandbox.path("srv/alias")).unwrap();
    let hooks = sandbox.path("srv/team/bare.git/hooks");
    std::fs::remove_dir_all(&hooks).unwrap();
    symlink(sandbox.path("bin"), &hooks).unwrap();
    std::fs::create_dir(sandbox.path("kept")).unwrap();
    sandbox.run("git").args(["init", "-q", "--separate-git-dir", "kept/own.git", "srv/separate"]).ok();
    sandbox.init_bare("srv/@hashed/6b/86/x.git");
    sandbox.init_bare("srv/a b\u{202e}.git");
    let expected = [
        ("kept/own.git", "clean"),
        ("srv/@hashed/6b/86/x.git", "clean"),
        ("srv/a b\u{202e}.git", "clean"),
        ("srv/clean", "clean"),
        ("srv/clone", "denied"),
        ("srv/team/bare.git", "denied"),
    ];
    has(&sandbox, &scan(&sandbox, ["srv"]).ends_with(1), &expected);
    has(&sandbox, &scan(&sandbox, ["srv", "srv/clone", "srv/team/bare.git"]).ends_with(1), &expected);
    let without = scan(&sandbox, ["srv", "--exclude", "srv/team", "--exclude", "srv/clone"]);
    has(&sandbox, &without.args(["--exclude", "srv/linked"]).ends_with(0), &expected[..4]);
    has(&sandbox, &scan(&sandbox, ["srv/linked"]).ends_with(1), &expected[4..5]);
    has(&sandbox, &scan(&sandbox, ["srv/clone/sub"]).ok(), &[("srv/clone/.git/modules/sub", "clean")]);
}

#[test]
fn places_that_are_not_searched_are_undecided() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    sandbox.init_bare("srv/headless.git");
    std::fs::remove_file(sandbox.path("srv/headless.git/HEAD")).unwrap();
    symlink(sandbox.path("home"), sandbox.path("srv/elsewhere")).unwrap();
    sandbox.write("srv/lost/.git", "gitdir: /no/such/place\n");
    std::fs::create_dir(sandbox.path("srv/clone/nested")).unwrap();
    symlink(sandbox.path("home"), sandbox.path("srv/clone/nested/.git")).unwrap();
    let run = scan(&sandbox, ["srv", "empty", "gone"]).ends_with(2);
    let expected = [
        ("empty", "undecided"),
        ("gone", "undecided"),
        ("srv/clean", "clean"),
        ("srv/clone", "denied"),
        ("srv/clone/nested/.git", "undecided"),
        ("srv/elsewhere", "undecided"),
        ("srv/headless.git", "undecided"),
        ("srv/lost", "undecided"),
        ("srv/team/bare.git", "denied"),
    ];
    has(&sandbox, &run, &expected);
    run.says("[ROOT]/empty: there is no repository in it")
        .says("leave it out: `--exclude [ROOT]/srv/elsewhere`");
    let exclude = ["srv/elsewhere", "srv/headless.git", "srv/lost/.git", "srv/clone/nested/.git"];
    let exclude = exclude.into_iter().flat_map(|path| ["--exclude", path]);
    has(
        &sandbox,
        &scan(&sandbox, ["srv"]).args(exclude).ends_with(1),
        &[expected[2], expected[3], expected[8]],
    );
}

#[test]
fn lists_name_repositories() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    sandbox.init_bare("a\nb.git");
    let lines = sandbox.write("lines", "srv/clean\n\nsrv/clone/.git\nsrv/gone.git\nsrv\n");
    let expected = [
        ("srv/clean", "clean"),
        ("srv/clone", "denied"),
        ("srv/gone.git", "undecided"),
        ("srv", "undecided"),
    ];
    let run = scan(&sandbox, ["lines"]).ends_with(2);
    has(&sandbox, &run, &expected);
    run.says("srv/gone.git: it cannot be read: No such file or directory");
    let zero = "srv/clean\0a\nb.git\0";
    let run = scan(&sandbox, ["-"]).stdin(zero).ends_with(2);
    // git tells no such path to another program.
    has(&sandbox, &run, &[("srv/clean", "clean"), ("a\nb.git", "undecided")]);
    run.says(r"[ROOT]/a\x0ab.git: the path of the repository contains a line break");
    let with_directory = scan(&sandbox, ["srv/team", "-"]).stdin(std::fs::read(lines).unwrap()).ends_with(2);
    has(&sandbox, &with_directory, &[&expected[..], &[("srv/team/bare.git", "denied")]].concat());
    for empty in ["", "\n\n", "\0"] {
        scan(&sandbox, ["-"]).stdin(empty).ends_with(2).says("names no repository");
    }
    scan(&sandbox, []).ends_with(2).says("<DIR|LIST>");
}

#[test]
fn file_that_names_another_repository_does_not_bring_its_own_policy() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let lax = "rules: {missing-signoff: allow, unpinned-uses: allow, persisted-credentials: allow}\n";
    let bare = sandbox.path("srv/team/bare.git");
    sandbox.write("foreign/.git", format!("gitdir: {}\n", bare.display()));
    sandbox.write("foreign/.git-gate.yml", lax);
    for list in ["foreign\nsrv/team/bare.git\n", "foreign/.git\n", "srv/team/bare.git\nforeign\n"] {
        let run = scan(&sandbox, ["-"]).stdin(list).ends_with(1);
        has(&sandbox, &run, &[("srv/team/bare.git", "denied")]);
    }
    // A linked worktree is the same repository, too.
    sandbox.init("srv/clone").git(["worktree", "add", "-q", "--detach", "../../linked"]).ok();
    sandbox.write("linked/.git-gate.yml", lax);
    let run = scan(&sandbox, ["-"]).stdin("linked\nsrv/clone\n").ends_with(1);
    has(&sandbox, &run, &[("srv/clone", "denied")]);
    sandbox.write("gone/.git", "gitdir: ../nowhere\n");
    scan(&sandbox, ["-"]).stdin("gone\n").ends_with(2).says("undecided: 1 repository");
}

#[test]
fn directory_inside_a_repository_is_not_taken_for_it() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let run = scan(&sandbox, ["-"]).stdin("srv/clone/.github\nsrv/team/bare.git/refs\n").ends_with(2);
    has(&sandbox, &run, &[("srv/clone/.github", "undecided"), ("srv/team/bare.git/refs", "undecided")]);
    run.says("it is not a repository, but below one");
}

#[test]
fn repository_of_another_user_is_undecided() {
    if !is_root() {
        return not_tested("fleet scan of repositories of another user", "root");
    }
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    Ids::unprivileged().own(&sandbox, &sandbox.path("srv/team/bare.git"));
    let run = scan(&sandbox, ["srv"]).ends_with(2);
    run.says("detected dubious ownership").says("safe.directory");
    let expected = [("srv/clean", "clean"), ("srv/clone", "denied"), ("srv/team/bare.git", "undecided")];
    has(&sandbox, &run, &expected);
}

#[test]
fn nothing_of_a_repository_is_executed() {
    let sandbox = Sandbox::new();
    fleet(&sandbox);
    let trap = sandbox.path("trap");
    sandbox.run("sh").args(["-c", "printf '#!/bin/sh\\ntouch sprung\\n' >trap && chmod +x trap"]).ok();
    let clone = sandbox.init("srv/clone");
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "diff.external",
        "filter.x.clean",
        "core.pager",
        "uploadpack.packObjectsHook",
    ] {
        clone.git(["config", key]).arg(&trap).ok();
    }
    clone.write(".gitattributes", "* filter=x\n");
    scan(&sandbox, ["srv"]).ends_with(1);
    assert!(!sandbox.path("sprung").exists() && !clone.file("sprung").exists());
}
