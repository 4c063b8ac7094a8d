//! git-gate beside other tools that write hooks: each tool in each order of installation, upgrade and removal.
//!
//! In the end both hooks run, once each and as before, or `git gate status` says that the gate is gone and
//! `git gate install` repairs it.

mod cell;
mod probe;
mod servers;
mod special;
mod tools;

use std::collections::BTreeSet;
use std::fs;

use cell::Cell;
use probe::{Expected, probe};

use Step::{Again, Gate, GateOut, Other, OtherOut, Upgrade};

use crate::support::{Sandbox, git_runs_config_hooks, not_tested, outer, tested_on_demand};

/// Event of a hook that a tool runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    CommitMsg,
    PrePush,
    PreReceive,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }
}

/// Tool that writes hooks. Its commands are run by `sh` in the repository that has the hooks.
struct Tool {
    name: &'static str,
    /// Programs that it needs.
    programs: &'static [&'static str],
    /// Origin of the programs.
    from: &'static str,
    /// Files of the work tree that configure it.
    files: &'static [(&'static str, &'static str)],
    /// Hooks that it runs.
    events: &'static [Event],
    install: &'static str,
    /// Installs an older version, for the orders with an upgrade; by default the same one.
    older: Option<&'static str>,
    /// Installs the version that an upgrade brings; by default the same one, with a line more.
    newer: Option<&'static str>,
    /// Ways in which it is installed again.
    again: &'static [&'static str],
    uninstall: &'static str,
    /// True if its removal takes away every script, also one that contains the line of git-gate.
    uninstalls_all: bool,
    /// Step by hand after `git gate install` has left the hook as it is, which it may do where git has no hooks in
    /// config: the line of the hint goes into this file, or this command is run.
    by_hand: ByHand,
}

/// Installation by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ByHand {
    /// Is not needed.
    Never,
    /// The line of the hint is put behind the first line of this file.
    Line(&'static str),
    /// A command is run.
    Command(&'static str),
}

/// One step of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The other tool is installed.
    Other,
    /// It is installed again.
    Again,
    /// It is installed again, in a newer version.
    Upgrade,
    /// It is taken away by its own command.
    OtherOut,
    /// `git gate install`.
    Gate,
    /// `git gate uninstall`.
    GateOut,
}

type Order = &'static [Step];

/// Returns a sandbox with a version of git, or reports that it is missing.
type NewSandbox = fn(&str) -> Option<Sandbox>;

/// Orders that are tried on demand. No other tool reaches hooks in config, so with these only [`FEW_ORDERS`] are.
const ORDERS: &[Order] = &[
    &[Other, Gate],
    &[Gate, Other],
    &[Other, Gate, Again],
    &[Other, Gate, Again, Gate, Again, Gate],
    &[Gate, Other, Gate, Again],
    &[Other, Gate, Upgrade],
    &[Other, Gate, OtherOut],
    &[Gate, Other, Gate, OtherOut],
    &[Gate, Other, OtherOut],
    &[Other, Gate, GateOut, Again, Gate],
    &[Other, Gate, Gate, GateOut],
    &[Other, Gate, Again, GateOut],
    &[Other, Gate, Upgrade, GateOut],
    &[Other, Gate, Upgrade, Gate, GateOut],
    &[Other, Gate, OtherOut, GateOut],
    &[Other, Gate, GateOut, OtherOut],
    &[Gate, Other, GateOut],
    &[Gate, Other, Gate, Again, Gate, GateOut],
];

/// Orders that every run tries.
const FEW_ORDERS: &[Order] = &[
    &[Other, Gate],
    &[Gate, Other],
    &[Other, Gate, Upgrade],
    &[Gate, Other, Gate, Again],
    &[Gate, Other, Gate, OtherOut],
    &[Other, Gate, Again, GateOut],
    &[Gate, Other, Gate, Again, Gate, GateOut],
];

/// Tool beside git-gate, with one version of git.
struct Row {
    tool: &'static Tool,
    sandbox: NewSandbox,
}

impl Row {
    /// Goes through all orders; fails with a report of each that ended badly.
    fn ends_well(&self) {
        let Tool { name, programs, from, .. } = self.tool;
        let what = format!("git-gate beside {name}");
        if let Some(missing) = programs.iter().find(|program| !is_there(program)) {
            return not_tested(&what, &format!("{missing} (from {from})"));
        }
        let Some(sandbox) = (self.sandbox)(&what) else { return };
        let called = self.called_alone(&sandbox);
        let config_hooks = git_runs_config_hooks(&sandbox);
        if !config_hooks && self.tool.by_hand != ByHand::Never {
            return self.is_left_as_it_is(&sandbox, &called);
        }
        let mut faults = Vec::new();
        let all_orders = outer("GIT_GATE_ALL_ORDERS").is_some();
        if !all_orders {
            tested_on_demand(&format!("{what}, in the other orders"), "GIT_GATE_ALL_ORDERS=1");
        }
        let orders = if all_orders && !config_hooks { ORDERS } else { FEW_ORDERS };
        // It stays until git-gate is taken away first.
        let stays = |order: &Order| {
            !config_hooks && !self.tool.uninstalls_all && !order.ends_with(&[GateOut, OtherOut])
        };
        for order in orders.iter().filter(|order| !order.contains(&OtherOut) || !stays(order)) {
            let (all, last) = (self.tool.again, &self.tool.again[self.tool.again.len() - 1..]);
            for again in if order.contains(&Again) && order.len() < 5 { all } else { last } {
                let Some(sandbox) = (self.sandbox)(&what) else { return };
                let mut cell = Cell::new(&sandbox, self.tool);
                if let Err(fault) = self.goes(&mut cell, order, again, &called) {
                    let title = format!("##### {name} {order:?}, again {again:?}: {fault}");
                    faults.push((title, cell.report()));
                }
            }
        }
        let titles: Vec<&str> = faults.iter().map(|(title, _)| title.as_str()).collect();
        let reports: Vec<String> =
            faults.iter().map(|(title, report)| format!("{title}\n{report}")).collect();
        assert!(faults.is_empty(), "{}\n\n{}", reports.join("\n"), titles.join("\n"));
    }

    /// Checks that `git gate install` leaves the hook as it is, and that the way that it names leads to the end.
    fn is_left_as_it_is(&self, sandbox: &Sandbox, called: &str) {
        fs::remove_dir_all(sandbox.path("work")).unwrap();
        fs::remove_dir_all(sandbox.path("server.git")).unwrap();
        let mut cell = Cell::new(sandbox, self.tool);
        cell.go(&[Other], "").unwrap();
        let before = cell.state();
        let refused = cell.gate("install", 2).unwrap();
        refused.says("is left as it is");
        assert_eq!(cell.state(), before, "{}", cell.report());
        cell.by_hand(&refused);
        if let ByHand::Line(_) = self.tool.by_hand {
            cell.gate("install", 0).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
        }
        let ended = probe(&mut cell, Expected { gate: true, other: true });
        let written = ended.unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
        assert_eq!(written, called, "{}", cell.report());
        cell.gate("status", 0).unwrap_or_else(|fault| panic!("{fault}\n{}", cell.report()));
    }

    /// Returns what the hooks of the tool write down where there is no git-gate.
    fn called_alone(&self, sandbox: &Sandbox) -> String {
        let mut cell = Cell::new(sandbox, self.tool);
        cell.go(&[Other], "").unwrap();
        let ended = probe(&mut cell, Expected { gate: false, other: true });
        ended.unwrap_or_else(|fault| panic!("{} by itself: {fault}\n{}", self.tool.name, cell.report()))
    }

    /// Goes through an order, and checks the end.
    fn goes(&self, cell: &mut Cell<'_>, order: Order, again: &str, called: &str) -> Result<(), String> {
        cell.go(order, again)?;
        let last = |steps: [Step; 2]| order.iter().rev().find(|step| steps.contains(step)).copied();
        if last([Gate, GateOut]) == Some(GateOut) {
            return self.is_as_without_gate(cell, order, again);
        }
        self.is_ready(cell, order)?;
        let expected = Expected { gate: true, other: last([Other, OtherOut]) == Some(Other) };
        let written = probe(cell, expected)?;
        if expected.other && written != called {
            return Err(format!("the other hook was called in another way:\n{written}\nbefore:\n{called}"));
        }
        Ok(())
    }

    /// Checks that the gate is ready, or that `status` says that it is not, and `install` repairs it.
    fn is_ready(&self, cell: &mut Cell<'_>, order: Order) -> Result<(), String> {
        let status = cell.run(&["git", "gate", "status"]);
        // The machine may have an older git, too, which a server must not: that is said, and the probe decides.
        if status.status() == Some(0) || status.contains("ignores hook.git-gate-pre-receive in git config") {
            return Ok(());
        }
        if order.last() == Some(&Gate) {
            return Err("not ready after its installation".to_owned());
        }
        // Beside a hook that is of no known tool, and may change the message, `commit-msg` is in that hook.
        let in_hook = self.tool.programs.is_empty() && self.tool.events != [Event::PreReceive];
        if git_runs_config_hooks(cell.sandbox) && !in_hook {
            return Err("another tool has reached the hooks in git config".to_owned());
        }
        if !status.contains("git gate install") {
            return Err("`status` does not say what to do".to_owned());
        }
        cell.gate("install", 0)?;
        cell.gate("status", 0).map(drop)
    }

    /// Checks that every byte is as the other tool alone would have it.
    fn is_as_without_gate(&self, cell: &Cell<'_>, order: Order, again: &str) -> Result<(), String> {
        let Some(sandbox) = (self.sandbox)("") else { return Ok(()) };
        let mut alone = Cell::new(&sandbox, self.tool);
        let others: Vec<Step> =
            order.iter().filter(|step| !matches!(step, Gate | GateOut)).copied().collect();
        alone.go(&others, again)?;
        let (found, wanted) = (cell.state(), alone.state());
        let differs = |name: &&String| found.get(*name) != wanted.get(*name);
        let names: BTreeSet<&String> = found.keys().chain(wanted.keys()).filter(differs).collect();
        match names.is_empty() {
            true => Ok(()),
            false => Err(format!("after `uninstall`, {names:?} are not as without git-gate")),
        }
    }
}

/// Returns whether a program is on PATH.
fn is_there(program: &str) -> bool {
    let path = outer("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Returns a sandbox with the git of the machine.
fn with_git(_: &str) -> Option<Sandbox> {
    Some(Sandbox::new())
}

/// Declares a test of a tool for each version of git.
macro_rules! tools {
    ($($name:ident: $home:ident::$tool:ident,)*) => {
        $(mod $name {
            #[test]
            fn every_order_ends_well() {
                super::Row { tool: &super::$home::$tool, sandbox: super::with_git }.ends_well();
            }

            #[test]
            fn every_order_ends_well_with_config_hooks() {
                super::Row { tool: &super::$home::$tool, sandbox: crate::support::with_new_git }.ends_well();
            }
        })*
    };
}

tools! {
    husky: tools::HUSKY,
    lefthook: tools::LEFTHOOK,
    simple_git_hooks: tools::SIMPLE_GIT_HOOKS,
    pre_commit: tools::PRE_COMMIT,
    prek: tools::PREK,
    git_lfs: tools::GIT_LFS,
    one_script: tools::MASTER,
    links_to_one_script: tools::LINKED,
    gitolite: servers::GITOLITE,
    dispatcher_by_name: servers::BY_NAME,
    caller: servers::CALLER,
    parts: servers::PARTS,
    shared_dispatcher: servers::SHARED,
}
