//! Tools that do something in a way of their own.

use super::cell::Cell;
use super::probe::{Expected, probe};
use super::tools::HUSKY_8;
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
