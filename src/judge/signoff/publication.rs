//! Finds out which commits others may have already: nobody is advised to rewrite these.

use std::collections::HashSet;

use super::clone;
use crate::error::Result;
use crate::git::{Oid, Remotes, Repo, unreached};
use crate::signoff::repair::PushFacts;

/// Notes which bad commits are published.
///
/// # Errors
/// As [`published`].
pub(super) fn find(repo: &Repo, push: &mut PushFacts) -> Result<()> {
    let bad: Vec<Oid> = push.bad.iter().map(|bad| bad.oid).collect();
    push.published = published(repo, bad)?;
    Ok(())
}

/// Returns the commits that a remote-tracking ref reaches, or in a bare repository the default branch.
///
/// None during a push to a server, which knows neither the clones nor the other servers of the pusher.
///
/// # Errors
/// Fails when git does not answer, or when the default branch cannot be read.
pub(crate) fn published(repo: &Repo, commits: Vec<Oid>) -> Result<HashSet<Oid>> {
    if commits.is_empty() || clone::is_push_received(repo) {
        return Ok(HashSet::new());
    }
    let mut public: Vec<Oid> =
        Remotes::read()?.tracking_refs()?.iter().map(|tracking| tracking.oid).collect();
    if repo.is_bare() {
        public.extend(repo.default_commit()?);
    }
    if public.is_empty() {
        return Ok(HashSet::new());
    }
    let own = unreached(repo, &commits, &public)?;
    Ok(commits.into_iter().filter(|oid| !own.contains(oid)).collect())
}
