//! Finds out which bad commits others may have already: nobody is advised to rewrite these.

use super::clone;
use crate::error::Result;
use crate::git::{Oid, Remotes, Repo, reached_only};
use crate::signoff::repair::PushFacts;

/// Notes which bad commits a remote-tracking ref reaches, or in a bare repository the default branch.
///
/// Notes nothing during a push to a server, which knows neither the clones nor the other servers of the pusher.
///
/// # Errors
/// Fails when git does not answer, or when the default branch cannot be read.
pub(super) fn find(repo: &Repo, push: &mut PushFacts) -> Result<()> {
    if push.bad.is_empty() || clone::is_push_received(repo) {
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
    Ok(())
}
