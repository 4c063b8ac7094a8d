//! Finds the commits with which `git rebase --autosquash` combines others of a push.

use std::collections::HashMap;

use crate::error::Result;
use crate::git::{Oid, Repo};
use crate::signoff::repair::{PushFacts, PushedCommit};

/// Maximum number of commits between one and that with which it is combined.
const MAX_BETWEEN: usize = 256;

/// Notes with which commit of the push each bad one is combined, if it is meant to be.
///
/// # Errors
/// Fails when a commit cannot be read.
pub(super) fn find(repo: &Repo, push: &mut PushFacts) -> Result<()> {
    let PushFacts { commits, bad, .. } = push;
    let mut steps: HashMap<Oid, &PushedCommit> = HashMap::new();
    for bad in bad.iter_mut() {
        let Some(squashed) = &bad.squashed else { continue };
        if steps.is_empty() {
            steps = commits.iter().map(|step| (step.oid, step)).collect();
        }
        let mut at = steps.get(&bad.oid).and_then(|step| step.parent);
        for _ in 0..MAX_BETWEEN {
            let Some(step) = at.and_then(|oid| steps.get(&oid)).filter(|step| step.merged.is_empty()) else {
                break;
            };
            if squashed.belongs_to(step.oid, &repo.store().commit(step.oid)?.text.message) {
                bad.combined_with = Some(step.oid);
            }
            at = step.parent;
        }
    }
    Ok(())
}
