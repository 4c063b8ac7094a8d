//! Lock file of actions that GitHub reads, `.github/workflows/actions.lock`.
//!
//! It names the commit of each action while `uses` keeps the tag. Format and checks are those of
//! github/actions-lockfile (`schema/lockfile-v0.0.2.json`, `go/pkg/lockfile`) at 8dc6758 of 2026-07-31.

mod fault;
mod pin;
pub(super) mod read;

use std::collections::{BTreeSet, HashMap};

pub(crate) use fault::LockFault;
use pin::LockPin;

use super::model::label::{LabelledPin, normal_version};
use super::model::uses::{Reference, Repository, Uses};
use super::{Document, Job, UsesClause};
use crate::text::Span;

/// Path of the lock file from the root of the tree; GitHub looks nowhere else.
pub(crate) const LOCK_PATH: &str = ".github/workflows/actions.lock";

/// Content of a lock file.
#[derive(Debug, Default)]
pub struct ActionsLock {
    /// Pins of each workflow, by its path.
    workflows: HashMap<String, BTreeSet<LockPin>>,
    /// Locked actions.
    entries: HashMap<LockPin, LockEntry>,
    /// Reasons why the file, or an entry of it, pins nothing.
    pub faults: Vec<LockFault>,
}

/// Locked action.
#[derive(Debug, Clone)]
struct LockEntry {
    /// Tag or branch of which the commit was taken.
    label: String,
    /// Commit; `None` if it is no SHA-1 oid.
    oid: Option<String>,
    /// Pins of the actions that it uses itself.
    uses: Vec<LockPin>,
    /// Span of the key.
    span: Span,
}

/// Actions of one workflow for which the lock file of the tree gives a commit, each with the tag or branch of which
/// it was taken.
#[derive(Debug)]
pub struct WorkflowLock(HashMap<LockPin, String>);

impl ActionsLock {
    /// Reads a lock file. One that GitHub would refuse pins nothing, and has faults.
    pub fn read(text: &[u8]) -> Self {
        read::lock(text).0
    }

    /// Returns the locked actions of a workflow at a path; `None` if the file does not list the workflow.
    pub fn of_workflow(&self, path: &[u8]) -> Option<WorkflowLock> {
        if self.faults.iter().any(LockFault::is_fatal) {
            return None;
        }
        let pins = self.workflows.get(std::str::from_utf8(path).ok()?)?;
        let locked = pins.iter().filter_map(|pin| {
            let entry = self.entries.get(pin).filter(|entry| entry.oid.is_some())?;
            Some((pin.clone(), entry.label.clone()))
        });
        Some(WorkflowLock(locked.collect()))
    }

    /// Returns the locked commits, each with the tag or branch of which it was taken, in the order of the file; none of
    /// a file that pins nothing.
    pub(super) fn labelled_pins(&self) -> Vec<LabelledPin> {
        if self.faults.iter().any(LockFault::is_fatal) {
            return Vec::new();
        }
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.span.start);
        let pin = |(pin, entry): (&LockPin, &LockEntry)| {
            Some(LabelledPin {
                repository: pin.repository.clone(),
                version: normal_version(&entry.label),
                oid: entry.oid.clone()?,
                job: String::new(),
                uses: format!("{}@{}", pin.repository, pin.reference),
                span: entry.span,
            })
        };
        entries.into_iter().filter_map(pin).collect()
    }
}

impl Document {
    /// Returns the tag or branch of which the lock file has the commit of a `uses`; `None` if it has none, and for
    /// the call of a reusable workflow, which it does not pin.
    ///
    /// Source: GitHub's documentation, "Workflow dependency lockfiles".
    pub(crate) fn locked(&self, job: &Job, clause: &UsesClause) -> Option<&str> {
        let Uses::Repository(repository) = &clause.uses else { return None };
        let is_known = !job.calls(clause) && repository.is_plain && repository.host.is_none();
        self.lock.as_ref()?.0.get(&LockPin::of(repository)).filter(|_| is_known).map(String::as_str)
    }

    /// Returns the `uses` of tags and branches that only the lock file pins.
    pub(crate) fn locked_uses(&self) -> usize {
        let named = |clause: &UsesClause| match &clause.uses {
            Uses::Repository(repository) => is_name(repository),
            _ => false,
        };
        self.model.uses().filter(|(job, clause)| named(clause) && self.locked(job, clause).is_some()).count()
    }

    /// Returns whether it uses anything that a lock file might pin.
    pub(crate) fn may_be_locked(&self) -> bool {
        self.model.uses().any(|(_, clause)| matches!(clause.uses, Uses::Repository(_)))
    }
}

/// Returns whether the reference of an action may be the name of a tag or a branch.
pub(crate) fn is_name(repository: &Repository) -> bool {
    matches!(repository.reference, Reference::Name(_) | Reference::Short(_))
}

#[cfg(test)]
mod tests;
