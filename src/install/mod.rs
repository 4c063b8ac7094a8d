//! Installation of the hooks, their removal, and the proof that they refuse.
//!
//! A [`HooksDirectory`] is the directory that git uses. A [`HookSlot`](hook_slot::HookSlot) describes the files at
//! the place of one hook. A plan is a list of [`InstallStep`]s that is computed without changing anything. If a
//! step is interrupted, either the old or the new hook is in place.

mod accounts;
mod binary;
mod by_hand;
mod checks;
mod conditional;
mod config_hooks;
mod config_plan;
mod config_target;
mod defect;
mod directory;
mod dispatcher;
mod examine;
mod final_newline;
mod forge;
mod fresh;
mod git_version;
mod gits;
mod history;
mod hook_file;
mod hook_line;
mod hook_program;
mod hook_slot;
mod inspect;
mod judged;
mod keeping;
mod linked;
mod location;
mod manager;
mod other_hooks;
mod other_script;
mod plan;
mod proof;
mod receiving;
mod removal;
mod rewritten;
mod self_reference;
mod self_start;
mod setting;
mod shim;
mod step;
mod ways;
mod worktrees;

pub(crate) use binary::own_path;
pub(crate) use config_plan::{plan_configure, plan_unconfigure, plan_unconfigure_included};
pub(crate) use config_target::ConfigTarget;
pub(crate) use defect::Defect;
pub(crate) use directory::HooksDirectory;
pub(crate) use examine::{Examination, examine, examine_file};
pub(crate) use fresh::Fresh;
pub(crate) use git_version::GitVersion;
pub(crate) use location::belongs_into_config;
pub(crate) use plan::{Installation, is_complete, plan_install};
pub(crate) use removal::plan_uninstall;
pub(crate) use setting::check_config_hooks;
pub(crate) use step::InstallStep;

use inspect::inspect;
use proof::prove;

use crate::hook::HookEvent;

/// Returns the events whose hooks a repository gets.
///
/// A bare repository gets pre-receive, any other one the hooks of commits and outgoing pushes.
pub(crate) fn events(bare: bool) -> &'static [HookEvent] {
    if bare {
        &[HookEvent::PreReceive]
    } else {
        &[HookEvent::CommitMsg, HookEvent::ApplypatchMsg, HookEvent::PrePush]
    }
}
