//! Examination of an installation: what is installed, what is proven, and what may keep it from refusing.

use super::defect::Defect;
use super::{events, inspect, prove};
use crate::error::Result;
use crate::git::Repo;
use crate::text::escape_path;

/// Result of an examination.
#[derive(Debug)]
pub(crate) struct Examination {
    /// Hooks, one line each.
    pub(crate) proofs: Vec<String>,
    /// Reasons why the hooks may not refuse, each with its repair.
    pub(crate) defects: Vec<Defect>,
    /// Remarks, one line each.
    pub(crate) notes: Vec<String>,
    /// True if the policy turns every refusal into a warning.
    pub(crate) warns_only: bool,
}

/// Inspects and proves the hooks of a repository.
///
/// # Errors
/// Fails if something cannot be inspected, or the scratch repositories cannot be created.
pub(crate) fn examine(repo: &Repo) -> Result<Examination> {
    let mut inspection = inspect(repo, events(repo.is_bare()))?;
    let proven = prove(&inspection)?;
    let slots =
        inspection.slots.iter().map(|slot| format!("{} runs {}", slot.event, escape_path(slot.ours().0)));
    let configured = inspection.configured.iter().map(|event| format!("{event} is installed in git config"));
    let proofs = slots.chain(configured).collect();
    inspection.defects.extend(proven);
    Ok(Examination { proofs, defects: inspection.defects, notes: Vec::new(), warns_only: false })
}
