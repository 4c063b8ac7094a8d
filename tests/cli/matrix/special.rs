//! Tools that do something in a way of their own.

use super::cell::Cell;
use super::probe::{Expected, probe};
use super::tools::{HUSKY, HUSKY_8};
use super::{Step, is_there};
use crate::support::{Sandbox, git_runs_config_hooks, not_tested, with_new_git};

const BOTH: Expected = Expected { gate: true, other: true };

/// husky 8 starts each of its hooks a second time, so the line of git-gate would run twice.
#[test]
fn husky_8_is_left_as_it_is_and_can_call_git_gate() {
    let sandbox = Sandbox::new();
    if git_runs_config_hooks(&sandbox) || !is_there("husky-8") {
        return not_tested("git-gate called by husky 8", "husky-8, or a git older than 2.54");
    }
    let mut cell = Cell::new(&sandbox, &HUSKY_8);
    cell.go(&[Step::Other], "").unwrap();
    let before = cell.state();
    let refused = cell.gate("install", 2).unwrap();
    refused.says("is started a second time by husky.sh");
    assert_eq!(cell.state(), before);
    for event in ["commit-msg", "pre-push"] {
        let line = format!("git-gate hook {event} -- \"$@\" || exit");
        if event == "commit-msg" {
            refused.says(&format!("add the line `{line}` to its end"));
        }
        cell.run(&["sh", "-c", "echo \"$1\" >>.husky/$2", "sh", &line, event]);
    }
    probe(&mut cell, BOTH).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
    // husky 9 runs the same scripts in another way.
    cell.run(&["husky"]);
    probe(&mut cell, BOTH).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
}

#[test]
fn upgrade_from_husky_8_leaves_config_hooks_alone() {
    let Some(sandbox) = with_new_git("an upgrade of husky beside hooks in git config") else { return };
    if !is_there("husky-8") {
        return not_tested("an upgrade of husky beside hooks in git config", "husky-8");
    }
    let mut cell = Cell::new(&sandbox, &HUSKY_8);
    cell.go(&[Step::Other, Step::Gate], "").unwrap();
    probe(&mut cell, BOTH).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
    cell.run(&["husky"]);
    probe(&mut cell, BOTH).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
    cell.gate("status", 0).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
}

/// husky 9 writes its hooks into a folder of each worktree, which a new one does not have.
#[test]
fn husky_runs_with_git_gate_in_a_linked_worktree() {
    let sandbox = Sandbox::new();
    if git_runs_config_hooks(&sandbox) || !is_there("husky") {
        return not_tested("husky in a linked worktree", "husky, or a git older than 2.54");
    }
    for prepares in [false, true] {
        let mut cell = Cell::new(&sandbox, &HUSKY);
        cell.go(&[Step::Other, Step::Gate], "").unwrap();
        cell.gate("status", 0).unwrap();
        cell.work.git(["worktree", "add", "-q", "--no-checkout", "../linked"]).ok();
        let linked = sandbox.path("linked");
        cell.run_at(&linked, &["git", "reset", "-q", "--hard"]);
        cell.gate("status", 1).unwrap().says("git does not find the hooks in the worktree [ROOT]/linked");
        if prepares {
            cell.run_at(&linked, &["husky"]);
            cell.run_at(&linked, &["git", "gate", "install"]);
        } else {
            let shared = cell.work.file(".husky/_");
            cell.work.git(["config", "core.hooksPath"]).arg(shared).ok();
        }
        for directory in [linked.clone(), cell.work.path().to_owned()] {
            let status = cell.run_at(&directory, &["git", "gate", "status"]);
            assert_eq!(status.status(), Some(0), "{}", cell.report());
            let _ = std::fs::remove_file(sandbox.path("home/ran"));
            let commit = ["git", "commit", "-q", "--allow-empty", "-m", "bad"];
            let bad = cell.run_at(&directory, &commit);
            assert_eq!(bad.status(), Some(1), "{}", cell.report());
            bad.says("missing-signoff");
            let runs = || std::fs::read_to_string(sandbox.path("home/ran")).unwrap().lines().count();
            assert_eq!(runs(), 1, "{}", cell.report());
            let good = cell.run_at(&directory, &[&commit[..], &["-s"]].concat());
            assert_eq!((good.status(), runs()), (Some(0), 2), "{}", cell.report());
        }
        for name in ["work", "server.git", "linked"] {
            std::fs::remove_dir_all(sandbox.path(name)).unwrap();
        }
    }
}
