//! Finds out which bad commits others may have already: nobody is advised to rewrite these.

use crate::env;
use crate::error::Result;
use crate::git::{Oid, OidSet, Remotes, Repo, reached_only};
use crate::signoff::repair::PushFacts;

/// Notes which bad commits a remote-tracking ref reaches, or in a bare repository the default branch; and whether
/// merges of the push bring commits that are not part of it.
///
/// Notes nothing during a push to a server, which knows neither the clones nor the other servers of the pusher.
///
/// # Errors
/// Fails when git does not answer, or when the default branch cannot be read.
pub(super) fn find(repo: &Repo, push: &mut PushFacts) -> Result<()> {
    if push.bad.is_empty() || !repo.has_git() || env::git_variable("GIT_QUARANTINE_PATH").is_some() {
        return Ok(());
    }
    let mut public: Vec<Oid> =
        Remotes::read()?.tracking_refs()?.iter().map(|tracking| tracking.oid).collect();
    if repo.is_bare() {
        public.extend(repo.default_commit()?);
    }
    let bad: Vec<Oid> = push.bad.iter().map(|bad| bad.oid).collect();
    if !public.is_empty() {
        let own = reached_only(&bad, &public)?;
        push.published = bad.into_iter().filter(|oid| !own.contains(oid)).collect();
    }
    let joins = joins(push);
    push.merges_others = match push.accepted {
        _ if joins.len() < 2 => false,
        Some(accepted) => !reached_only(&joins, &[accepted])?.is_empty(),
        None => true,
    };
    Ok(())
}

/// Returns the commits on which those of a push are built.
fn joins(push: &PushFacts) -> Vec<Oid> {
    let pushed: OidSet = push.commits.iter().map(|commit| commit.oid).collect();
    let parents = push.commits.iter().flat_map(|commit| commit.parents());
    let joins: OidSet = parents.filter(|parent| !pushed.contains(parent)).collect();
    joins.into_iter().collect()
}
