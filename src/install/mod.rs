//! Putting the hooks in, taking them out, and proving that they refuse.
//!
//! A [`HooksDirectory`] is where git looks. A [`Survey`] says what stands there for one event, a plan is a list of
//! [`Step`]s that follows from it without touching anything, and a step leaves either the old or the new hook in place
//! wherever it is interrupted.

mod binary;
mod config_hooks;
mod directory;
mod inspect;
mod line_end;
mod plan;
mod proof;
mod shim;
mod step;
mod survey;
mod worktrees;

pub(crate) use binary::own_path;
pub(crate) use config_hooks::{ConfigFile, Version, belongs_into_config, plan_configure, plan_unconfigure};
pub(crate) use directory::{HooksDirectory, shown};
pub(crate) use inspect::inspect;
pub(crate) use plan::{plan_install, plan_uninstall};
pub(crate) use proof::prove;
pub(crate) use step::Step;

use crate::hook::HookEvent;

/// The events whose hooks a repository gets: what is pushed to it when it is bare, what is made in it otherwise.
pub(crate) fn events(bare: bool) -> &'static [HookEvent] {
    if bare {
        &[HookEvent::PreReceive]
    } else {
        &[HookEvent::CommitMsg, HookEvent::ApplypatchMsg, HookEvent::PrePush]
    }
}
